"""Forms in the manner of the GOV.UK Design System: one base, fields for what people write, messages that help.

A page puts its form into the context as `form` and writes `{% crispy form %}`: base.html sums up the errors at the top
and `templates/gds/field.html` draws each field, so that a form needs no layout of its own unless it groups fields.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from crispy_forms.layout import LayoutObject
from crispy_forms_gds.choices import Choice
from crispy_forms_gds.helper import FormHelper
from crispy_forms_gds.layout import Button, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils import formats
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from portal.dates import long_date
from portal.money import CURRENCIES, money_text, parse_money, parse_number, symbol_first

__all__ = [
    "Choice",
    "DatePartsField",
    "FilterForm",
    "GovForm",
    "GovModelForm",
    "HeadcountField",
    "IdempotencyField",
    "LevelCards",
    "LongTextField",
    "MoneyField",
    "QuantityField",
    "WholeNumberField",
]

Words = str | Promise


def _as_object(label: Words | None) -> str:
    """A label as it stands inside a sentence: "Your turnover" -> "your turnover", "VAT number" as it is."""
    text = str(label or "")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _required_message(field: forms.Field) -> str:
    label = str(field.label or "")
    if isinstance(field, forms.FileField):
        return gettext("Choose a file")
    if label.endswith("?"):
        return gettext("Answer the question: %(question)s") % {"question": label}
    if isinstance(field, forms.BooleanField):
        return gettext("Tick the box to go on: %(label)s") % {"label": label}
    verb = gettext("Choose %(what)s") if isinstance(field, forms.ChoiceField) else gettext("Enter %(what)s")
    return verb % {"what": _as_object(label) or gettext("an answer")}


def plain_messages(field: forms.Field) -> None:
    """Replace Django's own messages, which speak of values and fields, where the form has given none."""
    own = field.error_messages
    if own.get("required") == forms.Field.default_error_messages["required"]:
        own["required"] = _required_message(field)
    if isinstance(field, forms.EmailField):
        own["invalid"] = _("Enter an email address like name@example.com")
        field.validators = [v for v in field.validators if not isinstance(v, EmailValidator)] + [
            EmailValidator(own["invalid"])
        ]
    if isinstance(field, forms.ChoiceField) and "invalid_choice" in type(field).default_error_messages:
        own["invalid_choice"] = _("Choose one of the options shown")
    own.setdefault("max_length", _("Use %(limit_value)d characters or fewer. You have used %(show_value)d"))
    own.setdefault("min_length", _("Use %(limit_value)d characters or more. You have used %(show_value)d"))


class GovFormMixin(forms.BaseForm):
    """What every form of the portal shares."""

    use_required_attribute = False  # the browser's own bubbles would hide our messages

    submit_label: ClassVar[Words] = _("Continue")
    """Says what the button does; empty when the page writes its own buttons."""
    label_is_heading: ClassVar[bool] = False
    """On a page of one question its label is the page's heading."""
    mark_optional: ClassVar[bool] = True
    method: ClassVar[str] = "post"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if field.label is None:
                field.label = name.replace("_", " ").capitalize()
            plain_messages(field)

    def layout(self) -> list[str | LayoutObject]:
        """Names of fields, or layout objects that group them. Override to group; hidden fields come by themselves."""
        return list(self.fields)

    @cached_property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_method = self.method
        helper.disable_csrf = self.method == "get"
        helper.attrs = {"novalidate": True}
        helper.layout = Layout(*self.layout())
        helper.render_hidden_fields = True
        if self.submit_label:
            helper.add_input(Button("", self.submit_label))
        return helper


class GovForm(GovFormMixin, forms.Form):
    """Base of plain forms."""


class GovModelForm(GovFormMixin, forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Base of forms that save one page of answers. It never moves a status."""


@dataclass(frozen=True)
class Chip:
    """A filter that is on: `key` and `value` as in the address, `text` as the reader knows it."""

    key: str
    value: str
    label: str
    text: str


class FilterForm(GovForm):
    """Filters of a list, kept in the address. A value nobody offered is dropped, never an error page."""

    method = "get"
    mark_optional = False
    submit_label = _("Filter")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    @cached_property
    def values(self) -> dict[str, Any]:
        """Cleaned values by field; an unreadable one is as if not given."""
        self.full_clean()
        return {
            name: getattr(self, "cleaned_data", {}).get(name) if self.is_bound else field.initial
            for name, field in self.fields.items()
        }

    @property
    def chips(self) -> list[Chip]:
        found = []
        for name, field in self.fields.items():
            value = self.values[name]
            for one in value if isinstance(value, list | tuple) else [value]:
                if one not in (None, "", False):
                    names = {str(key): str(text) for key, text in getattr(field, "choices", [])}
                    key = str(getattr(one, "pk", one))
                    text = names.get(key) or str(one)
                    found.append(Chip(self.add_prefix(name), key, str(field.label), text))
        return found


# --- Fields -------------------------------------------------------------------------------------
class _WrittenNumber(forms.Field):
    """A number as a person writes it. Subclasses say how it is read, shown and asked for."""

    widget = forms.TextInput
    default_input_mode: ClassVar[str] = "numeric"

    def __init__(
        self,
        *,
        what: Words = "",
        min_value: Decimal | int | None = 0,
        max_value: Decimal | int | None = None,
        width: int = 10,
        **kwargs: Any,
    ) -> None:
        """`what` names the thing inside a message ("your turnover"); without it the label is used."""
        self.what, self.min_value, self.max_value, self.width = what, min_value, max_value, width
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            "inputmode": self.default_input_mode,
            "spellcheck": "false",
            "autocomplete": "off",
            "class": f"govuk-input--width-{self.width}",
        }

    @property
    def thing(self) -> str:
        """What is asked for, fit for the middle of a sentence."""
        label = str(self.label or "")
        return str(self.what) or ("" if label.endswith("?") else _as_object(label)) or gettext("the number")

    def ask(self) -> str:
        """The message that says what to write."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A limit as it stands in a message."""
        raise NotImplementedError

    def limited(self, value: Any) -> Any:
        """`value`, unless it is out of bounds (ValidationError)."""
        if self.min_value is not None and value < self.min_value:
            raise ValidationError(
                gettext("Enter %(what)s as %(limit)s or more")
                % {"what": self.thing, "limit": self.shown(self.min_value)},
                code="min_value",
            )
        if self.max_value is not None and value > self.max_value:
            raise ValidationError(
                gettext("Enter %(what)s as %(limit)s or less")
                % {"what": self.thing, "limit": self.shown(self.max_value)},
                code="max_value",
            )
        return value

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise ValidationError(self.ask(), code="required")


class MoneyField(_WrittenNumber):
    """A sum of money, `£1,250,000` or `1250000`, as a Decimal with two places; at most 13 digits in all."""

    default_input_mode = "decimal"
    MOST = Decimal("99999999999.99")

    def __init__(self, *, currency: str = "GBP", example: Decimal | int = 1250000, **kwargs: Any) -> None:
        """A form that serves several programmes sets `fields[name].currency` after it is made."""
        self.currency, self.example = currency, Decimal(example)
        super().__init__(**kwargs)
        self.max_value = min(self.MOST, self.max_value) if self.max_value is not None else self.MOST

    @property
    def input_prefix(self) -> str:
        return CURRENCIES[self.currency].symbol if symbol_first(self.currency) else ""

    @property
    def input_suffix(self) -> str:
        return "" if symbol_first(self.currency) else CURRENCIES[self.currency].symbol

    def ask(self) -> str:
        return gettext("Enter %(what)s in %(currency)s, like %(example)s") % {
            "what": self.thing,
            "currency": CURRENCIES[self.currency].word,
            "example": formats.number_format(self.example, use_l10n=True, force_grouping=True),
        }

    def shown(self, value: Any) -> str:
        return money_text(Decimal(value), self.currency)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        amount = parse_money(str(value), self.currency)
        if amount is None:
            raise ValidationError(self.ask(), code="invalid")
        bounded: Decimal = self.limited(amount)
        return bounded

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal | int):
            places = 0 if value == int(value) else 2
            return formats.number_format(value, places, use_l10n=True, force_grouping=True)
        return value


class WholeNumberField(_WrittenNumber):
    """A whole number, `45` or `1,200`, as an int."""

    MOST = 2_000_000_000  # what an integer column holds

    def __init__(self, *, example: int = 45, **kwargs: Any) -> None:
        self.example = example
        super().__init__(**kwargs)
        self.max_value = min(self.MOST, self.max_value) if self.max_value is not None else self.MOST

    def ask(self) -> str:
        return gettext("Enter %(what)s as a whole number, like %(example)s") % {
            "what": self.thing,
            "example": self.shown(self.example),
        }

    def shown(self, value: Any) -> str:
        return formats.number_format(value, 0, use_l10n=True, force_grouping=True)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        number = parse_number(str(value), places=0)
        if number is None:
            raise ValidationError(self.ask(), code="invalid")
        return int(self.limited(number))


class QuantityField(_WrittenNumber):
    """A number with up to two decimals, as a Decimal: people in full-time equivalents, a share in per cent."""

    default_input_mode = "decimal"

    def __init__(self, *, example: Decimal | int = 45, **kwargs: Any) -> None:
        self.example = example
        super().__init__(**{"max_value": WholeNumberField.MOST} | kwargs)

    def ask(self) -> str:
        return gettext("Enter %(what)s as a number, like %(example)s") % {
            "what": self.thing,
            "example": formats.number_format(self.example, use_l10n=True),
        }

    def shown(self, value: Any) -> str:
        return formats.number_format(value, use_l10n=True, force_grouping=True)

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values or (isinstance(value, str) and not value.strip()):
            return None
        number = parse_number(str(value), places=2)
        if number is None:
            raise ValidationError(self.ask(), code="invalid")
        bounded: Decimal = self.limited(number)
        return bounded

    def prepare_value(self, value: Any) -> Any:
        return formats.number_format(value, use_l10n=True) if isinstance(value, Decimal) else value


class HeadcountField(WholeNumberField):
    """How many people; none is an answer."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"what": _("how many people"), "max_value": 1_000_000, "width": 5} | kwargs
        super().__init__(**kwargs)


class DateParts(forms.MultiWidget):
    """Three boxes: day, month, year."""

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            name: forms.TextInput() for name in ("day", "month", "year")
        }
        super().__init__(boxes, dict(attrs) if attrs else None)

    def decompress(self, value: datetime.date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]


class DatePartsField(forms.Field):
    """A date in three boxes. Error codes `day`, `month` and `year` name the box to look at."""

    widget = DateParts

    def __init__(
        self,
        *,
        what: Words = "",
        min_date: datetime.date | Callable[[], datetime.date] = datetime.date(1900, 1, 1),
        max_date: datetime.date | Callable[[], datetime.date] = datetime.date(2099, 12, 31),
        example: datetime.date | None = None,
        **kwargs: Any,
    ) -> None:
        """`what` names the date inside a message ("the date you started"); limits may be callables."""
        self.what, self.min_date, self.max_date, self.example = what, min_date, max_date, example
        super().__init__(**kwargs)

    @property
    def thing(self) -> str:
        label = str(self.label or "")
        return str(self.what) or ("" if label.endswith("?") else _as_object(label)) or gettext("the date")

    def to_python(self, value: Any) -> datetime.date | None:
        if value is None or isinstance(value, datetime.date):
            return value
        texts = [str(part or "").strip() for part in value]
        if not any(texts):
            return None
        missing = [name for name, text in zip(self._names(), texts, strict=True) if not text]
        if missing:
            words = {"day": gettext("a day"), "month": gettext("a month"), "year": gettext("a year")}
            message = gettext("Add %(part)s to %(what)s") % {"part": words[missing[0]], "what": self.thing}
            raise ValidationError(message, code=missing[0])
        day, month, year = (int(t) if t.isascii() and t.isdigit() and len(t) <= 4 else 0 for t in texts)
        self._bounded(year if len(texts[2]) == 4 else 0, month)
        try:
            return self._limited(datetime.date(year, month, day))
        except ValueError:
            raise ValidationError(self._no_such_day(month), code="day") from None

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            message = gettext("Enter %(what)s, like %(example)s") % {"what": self.thing, "example": self._example()}
            raise ValidationError(message, code="required")

    @staticmethod
    def _names() -> tuple[str, str, str]:
        return ("day", "month", "year")

    def _example(self) -> str:
        example = self.example or datetime.date(2026, 3, 27)
        return f"{example.day} {example.month} {example.year}"

    @staticmethod
    def _bounded(year: int, month: int) -> None:
        if not 1 <= month <= 12:
            raise ValidationError(gettext("The month must be a number from 1 to 12"), code="month")
        if not 1000 <= year <= 9999:
            raise ValidationError(gettext("The year must have 4 numbers, like 2026"), code="year")

    @staticmethod
    def _no_such_day(month: int) -> str:
        longest = 29 if month == 2 else 30 if month in {4, 6, 9, 11} else 31
        return ngettext(
            "Check the day: that month has no more than %(days)d day",
            "Check the day: that month has no more than %(days)d days",
            longest,
        ) % {"days": longest}

    def _limited(self, value: datetime.date) -> datetime.date:
        first = self.min_date() if callable(self.min_date) else self.min_date
        last = self.max_date() if callable(self.max_date) else self.max_date
        if value < first:
            message = gettext("Enter a date on or after %(date)s") % {"date": long_date(first)}
            raise ValidationError(message, code="min_value")
        if value > last:
            message = gettext("Enter a date on or before %(date)s") % {"date": long_date(last)}
            raise ValidationError(message, code="max_value")
        return value


class LongTextField(forms.CharField):
    """Several lines of text, with a count of what is left when it has a limit: of characters, or of words."""

    def __init__(self, *, rows: int = 5, max_words: int | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        self.max_words = max_words
        if max_words:  # so many characters that people meet the limit of words alone
            kwargs.setdefault("max_length", max_words * 20)
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No maxlength: the browser would cut pasted text without a word. The count and the message tell instead.
        return {}

    def to_python(self, value: Any) -> str:
        # Browsers send a line end as two characters and count it as one; the limit must agree with what people see.
        text = super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)
        return text or ""

    def validate(self, value: str) -> None:
        super().validate(value)
        used = len(value.split())
        if self.max_words and used > self.max_words:
            message = gettext("Use %(most)d words or fewer. You have used %(used)d") % {
                "most": self.max_words, "used": used,
            }  # fmt: skip
            raise ValidationError(message, code="max_words")


class LevelCards(forms.RadioSelect):
    """Five levels as cards, chosen by click or by the keys 0 to 4. Choices are `Choice(level, name, hint=sentence)`."""


class IdempotencyField(forms.UUIDField):
    """A hidden number made with the form, unique on the row it creates: a repeated post finds that row."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        out_of_date = _("This page is out of date. Open it again and send it once more")
        kwargs.setdefault("initial", uuid.uuid4)
        kwargs.setdefault("error_messages", {"required": out_of_date, "invalid": out_of_date})
        super().__init__(**kwargs)
