"""What templates say the same way everywhere: money, dates, statuses, links of lists, fields of forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms import BoundField
from django.http import QueryDict
from django.template.context import Context
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from portal import dates
from portal.forms import DatePartsField, LevelCards
from portal.money import money_text

register = template.Library()

PAGING = ("cursor", "page")


# --- Money and numbers --------------------------------------------------------------------------
@register.filter
def money(value: Decimal | int | str | None, currency: str = "GBP") -> str:
    """`£20,000`, with pence only when there are any; nothing for no value."""
    return "" if value is None or value == "" else money_text(Decimal(str(value)), currency)


@register.filter
def number(value: Decimal | int | None, places: int = 0) -> str:
    """A number grouped as the reader's language groups it."""
    return "" if value is None else formats.number_format(value, places, use_l10n=True, force_grouping=True)


# --- Dates and times ----------------------------------------------------------------------------
@register.filter
def iso_date(value: str | None) -> date | None:
    """The date, or the date and time, that frozen facts hold as ISO text: `{{ promise|iso_date|long_date }}`."""
    if not value:
        return None
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


@register.filter(expects_localtime=True)
def long_date(value: date | None) -> str:
    """`22 November 2026`; a datetime is told in the active time zone."""
    return dates.long_date(value) if value else ""


@register.filter(expects_localtime=True)
def short_date(value: date | None) -> str:
    """`22 Nov 2026`, for dense tables."""
    return formats.date_format(value, "j M Y" if dates.is_english() else "SHORT_DATE_FORMAT") if value else ""


@register.filter(expects_localtime=True)
def clock(value: datetime | None) -> str:
    """`5:30pm`, and `5pm` on the hour; by 24 hours where the language does so."""
    if not value:
        return ""
    if not dates.is_english():
        return formats.time_format(value.time(), "TIME_FORMAT")
    minutes = f":{value.minute:02}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


@register.filter(expects_localtime=True)
def date_time(value: datetime | None) -> str:
    """`22 November 2026 at 5:30pm`."""
    return _("%(date)s at %(time)s") % {"date": long_date(value), "time": clock(value)} if value else ""


# --- Status -------------------------------------------------------------------------------------
# Colour only underlines what the words say. By what the status means, not by which model it is of.
TAG_COLOURS = {
    "green": "ACCEPTED APPROVED AGREED OFFERED CONTRACTED PAID READY COMPLETED FINAL PUBLISHED OPEN SENT ELIGIBLE",
    "yellow": "RETURNED NOT_YET QUERIED COMPANY_REVIEW QUEUED WORKING WAITING",
    "light-blue": "SUBMITTED SELF_SUBMITTED",
    "blue": "IN_MODERATION IN_ASSESSMENT IN_PROGRESS ASSESSED STARTED MATCHED",
    "red": "REJECTED DECLINED FAILED INELIGIBLE",
    "grey": "DRAFT INVITED WITHDRAWN LAPSED CANCELLED SUPERSEDED CLOSED PREVIEW EXPIRED",
}
_COLOUR_OF = {status: colour for colour, statuses in TAG_COLOURS.items() for status in statuses.split()}


@register.simple_tag
def status_tag(row: Any, public: bool = False) -> SafeString:
    """The status of a row with `status` as a tag: staff words, or with `public=True` the firm's words."""
    text = row.public_label if public else row.get_status_display()
    return tag(text, _COLOUR_OF.get(row.status, "blue"))


@register.simple_tag
def tag(text: Any, colour: str = "blue") -> SafeString:
    """A GOV.UK tag. Colours: grey, green, turquoise, blue, light-blue, purple, pink, red, orange, yellow."""
    return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, text)


# --- Links and the frame ------------------------------------------------------------------------
def _query(context: Context) -> QueryDict:
    query: QueryDict = context["request"].GET.copy()
    for key in PAGING:
        query.pop(key, None)
    return query


@register.simple_tag(takes_context=True)
def query_transform(context: Context, **changes: Any) -> str:
    """`?…` with the address's other filters kept, these set (None takes one away) and paging begun anew."""
    query = _query(context)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_without(context: Context, key: str, value: Any) -> str:
    """`?…` without one of the values of a filter, for a chip that can be taken away."""
    query = _query(context)
    query.setlist(key, [one for one in query.getlist(key) if one != str(value)])
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def next_page(context: Context, cursor: str) -> str:
    """`?…` of the following page of a list, filters kept."""
    query = _query(context)
    query["cursor"] = cursor
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def current_section(context: Context, prefix: str) -> SafeString | str:
    """Marks the link of the header under whose address the page lies."""
    request = context.get("request")
    return SafeString(' aria-current="true"') if request and request.path.startswith(prefix) else ""


@register.filter
def has_role(user: Any, roles: str) -> bool:
    """Whether the person holds one of these roles (names set apart by spaces) anywhere."""
    return bool(user.has_role(*roles.split()))


@register.filter("hex")
def hex_digits(colour: str) -> str:
    """`#1D70B8` as the address of a style sheet spells it: `1d70b8`."""
    return colour.removeprefix("#").lower()


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    is_current: bool


@register.simple_tag(takes_context=True)
def language_choices(context: Context) -> list[Language]:
    """The languages of the page's programme, each in its own words; empty when there is nothing to choose."""
    current = get_language() or settings.LANGUAGE_CODE
    offered = list(getattr(context.get("programme"), "languages", None) or [settings.LANGUAGE_CODE])
    known = dict(settings.LANGUAGES)
    codes = [code if code in known else "en-gb" for code in offered if code in known or code == "en"]
    if current not in codes:
        codes.append(current)
    if len(codes) < 2:
        return []
    own = {code: "English" if code == "en-gb" else get_language_info(code)["name_local"].capitalize() for code in codes}
    return [Language(code, own[code], code == current) for code in codes]


# --- Forms --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Option:
    """One radio or checkbox: `hint` and `divider` come from a `Choice`."""

    id: str
    name: str
    value: str
    label: str
    hint: str
    divider: str
    is_chosen: bool


@register.filter
def options(field: BoundField) -> list[Option]:
    """The choices of a field of radios or checkboxes."""
    extras = {str(choice[0]): choice for choice in field.field.choices}  # type: ignore[attr-defined]
    return [
        Option(
            id=box.id_for_label,
            name=field.html_name,
            value=str(box.data["value"]),
            label=box.data["label"],
            hint=getattr(extras.get(str(box.data["value"])), "hint", ""),
            divider=getattr(extras.get(str(box.data["value"])), "divider", ""),
            is_chosen=bool(box.data["selected"]),
        )
        for box in field.subwidgets
    ]


@dataclass(frozen=True)
class DatePart:
    id: str
    name: str
    label: str
    value: str
    width: int
    has_error: bool


def _wrong_parts(field: BoundField) -> set[str]:
    """Which of the boxes of a date its errors speak of; all of them when they speak of the date."""
    codes = {error.code or "" for error in field.errors.as_data()}
    parts = codes & {"day", "month", "year"}
    return parts if parts or not codes else {"day", "month", "year"}


@register.filter
def date_parts(field: BoundField) -> list[DatePart]:
    """The three boxes of a DatePartsField."""
    value = field.value()
    values = value if isinstance(value, list) else field.field.widget.decompress(value)
    wrong = _wrong_parts(field)
    labels = {"day": _("Day"), "month": _("Month"), "year": _("Year")}
    return [
        DatePart(
            id=f"{field.auto_id}_{index}",
            name=f"{field.html_name}_{part}",
            label=labels[part],
            value="" if values[index] is None else str(values[index]),
            width=4 if part == "year" else 2,
            has_error=part in wrong,
        )
        for index, part in enumerate(labels)
    ]


@register.filter
def kind(field: BoundField) -> str:
    """Which piece of markup draws the field."""
    widget = field.field.widget
    if isinstance(field.field, DatePartsField):
        return "date"
    if isinstance(widget, LevelCards):
        return "levels"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "plain"


@register.filter
def described_by(field: BoundField) -> str:
    """Ids of the hint, the errors and the count of a field, in the order they are read."""
    ids = [f"{field.auto_id}_hint"] if field.help_text else []
    ids += [f"{field.auto_id}_error"] if field.errors else []
    ids += [f"{field.auto_id}-info"] if counted(field) else []
    return " ".join(ids)


@register.filter
def counted(field: BoundField) -> int | None:
    """The limit of a field whose characters are counted while typing."""
    is_long = isinstance(field.field.widget, forms.Textarea)
    return getattr(field.field, "max_length", None) if is_long else None


@register.filter
def counted_words(field: BoundField) -> int | None:
    """The limit of a field whose words are counted instead."""
    return getattr(field.field, "max_words", None)


CLASSES = {
    forms.Textarea: "govuk-textarea",
    forms.Select: "govuk-select",
    forms.FileInput: "govuk-file-upload",
    forms.CheckboxInput: "govuk-checkboxes__input",
}


@register.simple_tag
def govuk_widget(field: BoundField) -> SafeString:
    """The input itself with its GOV.UK classes and descriptions."""
    widget = field.field.widget
    base = next((name for kind_, name in CLASSES.items() if isinstance(widget, kind_)), "govuk-input")
    classes = [base, widget.attrs.get("class", "")]
    if field.errors:
        classes.append(f"{base}--error")
    if counted(field):
        classes.append("govuk-js-character-count")
    attrs: dict[str, Any] = {"class": " ".join(filter(None, classes)), "placeholder": False}
    if described := described_by(field):
        attrs["aria-describedby"] = described
    return field.as_widget(attrs=attrs)


def _target(field: BoundField) -> str:
    """Id of the control that an error of the field is about."""
    if kind(field) == "date":
        return next((part.id for part in date_parts(field) if part.has_error), f"{field.auto_id}_0")
    if kind(field) in {"radios", "checkboxes", "levels"}:
        return next((option.id for option in options(field)), f"div_{field.auto_id}")
    return field.id_for_label or field.auto_id


@register.filter
def error_links(form: forms.BaseForm) -> Iterator[tuple[str, str]]:
    """(id of the control, message) for each error of a form; no id for what concerns the form as a whole."""
    for message in form.non_field_errors():
        yield "", str(message)
    for field in form:
        for message in field.errors:
            yield ("" if field.is_hidden else _target(field)), str(message)
