"""What the result page shows of a frozen check: to the one who made it with the figures, to others without."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from eligibility import actions
from eligibility.answers import FIGURES, HALF, QUARTER, UNKNOWN, needs_figures
from eligibility.entry_forms import AID_KINDS, HOLDER_CHOICES
from eligibility.forms import YES_NO_UNKNOWN, code_text, code_title
from eligibility.models import EligibilityCheck
from eligibility.wording import BASIS_NAMES, LEGAL_FORM_NAMES, RULE_NAMES, SIZE_NAMES
from organisations import places, sic
from portal import charts, dates
from portal.money import money_text
from programmes.models import Instrument, Programme

if TYPE_CHECKING:
    from eligibility.walk import Walk

Kind = Instrument.Kind
GROUPS = (
    (gettext_lazy("Money for your investment"), {Kind.GRANT, Kind.VOUCHER}),
    (gettext_lazy("Diagnosis and advice"), {Kind.DIAGNOSTIC, Kind.ADVICE}),
    (gettext_lazy("People and skills"), {Kind.PLACEMENT, Kind.COURSE}),
    (gettext_lazy("Projects of organisations"), {Kind.PROJECT}),
    (gettext_lazy("Open to firms without applying here"), actions.OPEN_KINDS),
)
_GATES = {"other-firms": ("group", "firms"), "earlier-support": ("aid", "aids"), "already-started": ("committed", "")}
_HOLDERS = {choice[0]: choice[1] for choice in HOLDER_CHOICES}
_YES_NO = {choice[0]: choice[1] for choice in YES_NO_UNKNOWN}


class Result:
    """One check for a page. `is_shared` leaves out whatever could tell which firm it was."""

    def __init__(self, check: EligibilityCheck, *, on: date, is_shared: bool = False):
        self.check, self.on, self.is_shared = check, on, is_shared
        self.programme: Programme = check.programme

    @property
    def share_path(self) -> str:
        return reverse("eligibility:shared", args=[self.programme.slug, self.check.share_key])

    # --- The verdict ---
    @cached_property
    def _supports(self) -> dict[str, Instrument]:
        found = list(self.programme.instruments.order_by("position"))
        for support in found:
            support.programme = self.programme  # one reading of the words for all
        return {support.slug: support for support in found}

    @cached_property
    def strands(self) -> list[dict[str, Any]]:
        """Each kind of support that is still on offer: the frozen strand with `support` and `is_open_to_all`.

        A measure that the programme only points to has no rule of ours: its outcome is empty.
        """
        found = [
            {**strand, "support": support, "is_open_to_all": support.kind in actions.OPEN_KINDS}
            for strand in self.check.strands
            if (support := self._supports.get(strand["instrument"]))
        ]
        ruled = {strand["instrument"] for strand in found}
        return found + [
            {"instrument": slug, "outcome": "", "missing": [], "support": support, "is_open_to_all": True}
            for slug, support in self._supports.items()
            if slug not in ruled and support.kind in actions.OPEN_KINDS
        ]

    @cached_property
    def groups(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The strands by what they give, those that fit first."""
        order = ["eligible", "refer", "not_eligible", ""]
        found = []
        for name, kinds in GROUPS:
            inside = [strand for strand in self.strands if strand["support"].kind in kinds]
            inside.sort(key=lambda strand: order.index(strand["outcome"]))
            if inside:
                found.append((str(name), inside))
        return found

    @cached_property
    def common_gaps(self) -> list[str]:
        """What every kind of support lacks alike, so that it is said once."""
        lists = [strand["missing"] for strand in self.strands if not strand["is_open_to_all"]]
        alike = len(lists) > 1 and all(lines == lists[0] for lines in lists)
        return lists[0] if alike else []

    @property
    def still_fitting(self) -> list[Instrument]:
        """What a firm may still take up although the programme itself does not fit."""
        return [strand["support"] for strand in self.strands if strand["outcome"] == "eligible"]

    def _count(self, outcome: str, *, open_to_all: bool) -> int:
        return sum(one["outcome"] == outcome and one["is_open_to_all"] == open_to_all for one in self.strands)

    @cached_property
    def outcome(self) -> str:
        """The programme's own outcome, unless each single kind of support says less."""
        said = str(self.check.outcome)
        outcomes = {one["outcome"] for one in self.strands if not one["is_open_to_all"]}
        if not outcomes:
            outcomes = {one["outcome"] for one in self.strands}
        if said == "eligible" and outcomes and "eligible" not in outcomes:
            return "refer" if "refer" in outcomes else "not_eligible"
        return said

    @property
    def is_eligible(self) -> bool:
        return self.outcome == EligibilityCheck.Outcome.ELIGIBLE

    @property
    def is_refused(self) -> bool:
        return self.outcome == EligibilityCheck.Outcome.NOT_ELIGIBLE

    @cached_property
    def fitting(self) -> int:
        """How many kinds of support of the programme itself fit now."""
        return self._count("eligible", open_to_all=False)

    @cached_property
    def measures(self) -> int:
        """How many measures fit that one takes up without applying here."""
        return self._count("eligible", open_to_all=True)

    @cached_property
    def only_measures(self) -> bool:
        return bool(self.strands) and all(one["is_open_to_all"] for one in self.strands)

    @property
    def heading(self) -> str:
        if self.only_measures and self.measures:
            return ngettext(
                "%(count)d measure is open to your firm", "%(count)d measures are open to your firm", self.measures
            ) % {"count": self.measures}
        if self.is_eligible:
            return _("Your firm can get support")
        if self.is_refused:
            return _("Your firm cannot get this support")
        if not self.programme.takes_applications:
            return _("We cannot say yet if this fits your firm")
        return _("An adviser needs to look at this")

    @property
    def sentence(self) -> str:
        name = {"name": self.programme.local_name, "count": self.fitting}
        if self.only_measures and self.measures:
            return _("You need not apply to %(name)s for them: each says below who sets it and what it asks.") % name
        if self.is_eligible:
            return (
                ngettext(
                    "From what you have told us, your firm fits %(name)s: %(count)d kind of support fits now.",
                    "From what you have told us, your firm fits %(name)s: %(count)d kinds of support fit now.",
                    self.fitting,
                )
                % name
            )
        if self.is_refused:
            return (
                _("From what you have told us, your firm does not fit %(name)s. Below: where else you can go, and why.")
                % name
            )
        if not self.programme.takes_applications:
            return _("Nothing speaks against it so far. Below you see what is still open.")
        return _("Nothing speaks against support so far. Something is open, and an adviser can settle it with you.")

    # --- Rules ---
    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        """What speaks against it first, then what is open."""
        order = ["fail", "refer", "pass"]
        return [self._finding(found) for found in sorted(self.check.findings, key=lambda f: order.index(f["outcome"]))]

    def _finding(self, finding: Mapping[str, Any]) -> dict[str, Any]:
        """With the rule's name; to others the size as a category and the place as its first letters, nothing more."""
        shown = {**finding, "name": RULE_NAMES[finding["rule"]]}
        if self.is_shared:
            shown["value"] = {"size": self.category, "place": self._outward}.get(finding["rule"], "")
        return shown

    @property
    def _outward(self) -> str:
        postcode = self.check.facts.get("postcode") or ""
        return postcode.split()[0] if self.programme.country == "GB" and postcode else postcode[:2]

    # --- Size and earlier support ---
    @cached_property
    def category(self) -> str:
        name = self.check.size.get("category", UNKNOWN)
        return "" if name == UNKNOWN else str(SIZE_NAMES[name])

    @property
    def size_rows(self) -> list[dict[str, str]]:
        """The figures that the category rests on, the group's included."""
        size = self.check.size
        currency = size.get("currency") or self.programme.currency
        rows = [{"key": _("People"), "value": number_text(size["employees"])}] if size.get("employees") else []
        for key, name in (("turnover", _("Turnover")), ("balance_sheet", _("Balance sheet total"))):
            if size.get(key):
                rows.append({"key": name, "value": money_text(Decimal(size[key]), currency)})
        return rows

    @cached_property
    def headroom(self) -> dict[str, Any] | None:
        """What the firm may still get of small aid, with its picture; None without the rule or without the history."""
        left = self.check.headroom
        if not left or left["left"] is None or self.is_shared:
            return None
        currency = self.programme.currency
        limit, counted, rest = (Decimal(left[key]) for key in ("limit", "counted", "left"))
        basis = str(BASIS_NAMES[left["basis"]])
        rows = [
            {"key": _("The most one firm may get"), "value": money_text(limit, currency)},
            {"key": _("You have had"), "value": money_text(counted, currency)},
            {"key": _("You could still get"), "value": money_text(rest, currency)},
        ]
        bars = [
            charts.Bar(row["key"], value, text=row["value"])
            for row, value in zip(rows[1:], (counted, rest), strict=True)
        ]
        return {
            "rows": rows,
            "basis": basis,
            "left": money_text(rest, currency),
            "limit": money_text(limit, currency),
            "since": dates.long_date(date.fromisoformat(left["window_from"])),
            "chart": charts.bars(bars, title=_("Earlier public support"), maximum=max(limit, counted)),
        }

    # --- Where to go ---
    @cached_property
    def other_programmes(self) -> list[Programme]:
        return [] if self.is_eligible else actions.other_programmes(self.check, on=self.on)

    @cached_property
    def next_places(self) -> list[dict[str, Any]]:
        return self.programme.words().localised("next.{index}", self.programme.next_places, "name", "what")


# --- Answers in words -----------------------------------------------------------------------------


def number_text(text: str) -> str:
    figure = Decimal(text)
    decimals = 0 if figure == figure.to_integral_value() else 2
    return formats.number_format(figure, decimals, use_l10n=True, force_grouping=True)


def _figure(key: str, value: str, currency: str) -> str:
    """A figure of a list's entry with its name: "45 people", "turnover £3,200,000"."""
    if key == "employees":
        return _("people not known") if value == UNKNOWN else _("%(number)s people") % {"number": number_text(value)}
    amount = _("not known") if value == UNKNOWN else money_text(Decimal(value), currency)
    name = _("turnover %(amount)s") if key == "turnover" else _("balance sheet total %(amount)s")
    return name % {"amount": amount}


def entry_text(name: str, entry: Mapping[str, Any], programme: Programme) -> str:
    """One entry of a list in a line."""
    if name == "other-firms":
        return _firm_text(entry, programme.currency)
    on, amount, basis = entry["on"], entry["amount"], entry["basis"]
    day = _("day not known") if on == UNKNOWN else on
    if on != UNKNOWN and len(on) > len("2026"):
        day = dates.long_date(date.fromisoformat(on))
    money = _("amount not known") if amount == UNKNOWN else money_text(Decimal(amount), programme.currency)
    return ", ".join([money, day, str(AID_KINDS.get(basis, _("kind not known")))])


def _firm_text(entry: Mapping[str, Any], currency: str) -> str:
    who = _("Not known who") if entry["who"] == UNKNOWN else str(_HOLDERS[entry["who"]])
    share = {
        HALF: _("more than half"),
        QUARTER: f"{number_text(entry['percent'] or '0')} %",
    }
    parts = [who, share.get(entry["share"], _("share not known"))]
    if needs_figures(entry):
        parts += [_figure(key, entry[key], currency) if key in entry else _("figures missing") for key in FIGURES]
    return ", ".join(dict.fromkeys(parts))


def _size_text(answers: Mapping[str, Any], currency: str) -> Any:
    return _lines(_figure(key, answers[key], currency) for key in FIGURES)


def _lines(texts: Any) -> Any:
    return format_html_join("", "<div>{}</div>", ((text,) for text in texts))


def _answer(name: str, answers: Mapping[str, Any], programme: Programme) -> Any:
    """An answer as the result shows it."""
    unknown = _("I do not know")
    match name:
        case "place":
            code = answers["local_authority"]
            known = places.places()
            area = known[code].name if code in known else _("Somewhere else") if code == places.ELSEWHERE else ""
            postcode = "" if answers["postcode"] == UNKNOWN else answers["postcode"]
            return ", ".join(filter(None, [postcode, area])) or unknown
        case "product":
            code = sic.find(answers["sic_code"])
            return format_html("{} ({})", code_title(code), code_text(code)) if code else unknown
        case "kind-of-business":
            return LEGAL_FORM_NAMES.get(answers["legal_form"], unknown)
        case "size":
            return _size_text(answers, programme.currency)
    gate, entries = _GATES[name]
    if entries and answers[gate] == "yes":
        return _lines(entry_text(name, entry, programme) for entry in answers[entries].values())
    return _YES_NO[answers[gate]]


def answer_rows(walk: Walk) -> list[dict[str, Any]]:
    """Every answer with its question and where to change it."""
    return [
        {"key": walk.short(name), "value": _answer(name, walk.answers, walk.programme), "url": walk.url(name)}
        for name in walk.names
    ]
