"""Findings of `rules` in words: what was found, the figure, the limit, and what would make it fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility.rules import LEGAL_FORMS, NOT_ELIGIBLE, StrandVerdict, Verdict
from organisations import places, sic
from portal.money import money_text
from programmes.matching import Finding, Outcome

Plain = Mapping[str, str]

RULE_NAMES = {
    "size": gettext_lazy("Size of your firm"),
    "sector": gettext_lazy("What you make"),
    "place": gettext_lazy("Where you are"),
    "place_match": gettext_lazy("Postcode and local authority"),
    "legal_form": gettext_lazy("Kind of business"),
    "aid_headroom": gettext_lazy("Earlier public support"),
    "incentive_effect": gettext_lazy("Work already started"),
    "strand_sector": gettext_lazy("What you make"),
    "strand_size": gettext_lazy("Size of your firm"),
}
LEGAL_FORM_NAMES = {
    "company": gettext_lazy("Limited company"),
    "llp": gettext_lazy("Limited liability partnership"),
    "partnership": gettext_lazy("Partnership"),
    "sole_trader": gettext_lazy("Sole trader"),
    "charity": gettext_lazy("Charity"),
    "public_body": gettext_lazy("Public body"),
    "overseas": gettext_lazy("Overseas company"),
}
SIZE_NAMES = {
    "micro": gettext_lazy("micro business"),
    "small": gettext_lazy("small business"),
    "medium": gettext_lazy("medium-sized business"),
    "not_sme": gettext_lazy("larger than a small or medium-sized business"),
    "unknown": gettext_lazy("not known yet"),
}
SECTION_NAMES = {"B": gettext_lazy("mining and quarrying"), "C": gettext_lazy("manufacturing")}
BASIS_NAMES = {
    "mfa": gettext_lazy("Minimal Financial Assistance"),
    "de_minimis": gettext_lazy("de minimis aid"),
}

_REASONS = {
    ("size", "met"): gettext_lazy("Your firm is small enough."),
    ("size", "two_years", "pass"): gettext_lazy(
        "Your firm is over the limit in one year only, so it still counts as small enough."
    ),
    ("size", "two_years", "fail"): gettext_lazy("Your firm has been over the limit for two years running."),
    ("size", "headcount"): gettext_lazy("Too many people work in your firm, with those of its group."),
    ("size", "money"): gettext_lazy("Both your turnover and your balance sheet total are over the limit."),
    ("size", "public_control"): gettext_lazy("Public bodies hold a quarter or more of your firm."),
    ("size", "missing"): gettext_lazy("We need more figures to say whether your firm is small enough."),
    ("size", "group"): gettext_lazy("We need the figures of the firms that yours is connected with."),
    ("sector", "met"): gettext_lazy("What you make belongs to a sector this programme supports."),
    ("sector", "outside"): gettext_lazy("Your industry code is outside the sectors this programme supports."),
    ("sector", "untelling"): gettext_lazy("Your industry code does not say what you make."),
    ("sector", "missing"): gettext_lazy("We need to know what you make."),
    ("place", "met"): gettext_lazy("The work will happen in the area of this programme."),
    ("place", "outside"): gettext_lazy("The work will happen outside the area of this programme."),
    ("place", "border"): gettext_lazy("Your postcode lies on the border of the area, so we need your local authority."),
    ("place", "missing"): gettext_lazy("We need to know where the work will happen."),
    ("place", "overseas_number"): gettext_lazy("Your company number is that of an overseas company."),
    ("place_match", "contradiction"): gettext_lazy("Your postcode and your local authority do not belong together."),
    ("legal_form", "met"): gettext_lazy("Your kind of firm can get this support."),
    ("legal_form", "ask"): gettext_lazy("Your kind of firm can get this support in some cases."),
    ("legal_form", "not_allowed"): gettext_lazy("Your kind of firm cannot get this support."),
    ("legal_form", "missing"): gettext_lazy("We need to know what kind of firm yours is."),
    ("aid_headroom", "met"): gettext_lazy("Earlier public support leaves room for more."),
    ("aid_headroom", "used_up"): gettext_lazy("Earlier public support has used up what one firm may get."),
    ("aid_headroom", "incomplete"): gettext_lazy("We need the date, amount and kind of all earlier public support."),
    ("aid_headroom", "missing"): gettext_lazy("We need to know about earlier public support."),
    ("incentive_effect", "committed"): gettext_lazy(
        "Something has been ordered, signed or paid already. A grant cannot pay for that."
    ),
    ("incentive_effect", "missing"): gettext_lazy("We need to know whether anything has been ordered, signed or paid."),
    ("strand_size", "met"): gettext_lazy("This support is for firms of your size."),
    ("strand_size", "other_size"): gettext_lazy("This support is for firms of another size."),
    ("strand_size", "missing"): gettext_lazy("We need to know the size of your firm."),
}
_REMEDIES = {
    ("size", "missing"): gettext_lazy(
        "Tell us how many people work for you, and your turnover or balance sheet total."
    ),
    ("size", "group"): gettext_lazy("Have the figures of your partner and linked firms ready for an adviser."),
    ("size", "headcount"): gettext_lazy("Fewer people than the limit, counted with the group."),
    ("size", "money"): gettext_lazy("A turnover or a balance sheet total under the limit."),
    ("size", "two_years"): gettext_lazy("Two years running within the limit."),
    ("size", "public_control"): gettext_lazy("Less than a quarter held by public bodies."),
    ("sector", "outside"): gettext_lazy(
        "If you make things under another code, tell an adviser: they can look at what you really do."
    ),
    ("sector", "untelling"): gettext_lazy("Tell an adviser what you make."),
    ("sector", "missing"): gettext_lazy("Find the industry code for what you make."),
    ("place", "outside"): gettext_lazy("A site in the area of this programme where the work would happen."),
    ("place", "border"): gettext_lazy("Choose your local authority."),
    ("place", "missing"): gettext_lazy("Tell us the postcode where the work will happen."),
    ("place", "overseas_number"): gettext_lazy("Show an adviser that the work will happen in the area."),
    ("place_match", "contradiction"): gettext_lazy("Check the postcode and the local authority."),
    ("legal_form", "ask"): gettext_lazy("Ask an adviser whether your firm fits."),
    ("legal_form", "not_allowed"): gettext_lazy("A firm of one of the kinds that can apply."),
    ("legal_form", "missing"): gettext_lazy("Tell us what kind of firm yours is."),
    ("aid_headroom", "used_up"): gettext_lazy("Wait until earlier support is old enough not to count."),
    ("aid_headroom", "incomplete"): gettext_lazy("Look up the letters about the support you had."),
    ("aid_headroom", "missing"): gettext_lazy("Tell us what public support you have had."),
    ("incentive_effect", "committed"): gettext_lazy(
        "A project, or a part of one, of which nothing has been ordered yet."
    ),
    ("incentive_effect", "missing"): gettext_lazy("Tell us that nothing has been ordered, signed or paid."),
    ("strand_size", "other_size"): gettext_lazy("A firm of the right size."),
    ("strand_size", "missing"): gettext_lazy("Tell us the size of your firm."),
}


def _looked_up(table: Mapping[Any, Any], finding: Finding) -> str:
    rule = "sector" if finding.rule == "strand_sector" else finding.rule
    outcome = finding.outcome.value
    return str(table.get((rule, finding.code)) or table.get((rule, finding.code, outcome)) or "")


def reason(finding: Finding, next_place: str = "") -> str:
    """What the rule found, in one sentence; a "no" goes on with where else to turn."""
    sentence = _looked_up(_REASONS, finding)
    if finding.outcome is Outcome.FAIL and next_place:
        sentence = f"{sentence} {next_place}"
    return sentence


def remedy(finding: Finding) -> str:
    """What would make an undecided or failed finding fit."""
    return _looked_up(_REMEDIES, finding)


# --- Figures and limits -------------------------------------------------------------------------


def _number(text: str) -> str:
    figure = Decimal(text)
    places_shown = 0 if figure == figure.to_integral_value() else 2
    return formats.number_format(figure, places_shown, use_l10n=True, force_grouping=True)


def _size_value(value: Plain) -> str:
    parts = [_("%(number)s people") % {"number": _number(value["employees"])} if value["employees"] else ""]
    if value["turnover"]:
        parts.append(_("turnover %(amount)s") % {"amount": money_text(Decimal(value["turnover"]), value["currency"])})
    if value["balance_sheet"]:
        amount = money_text(Decimal(value["balance_sheet"]), value["currency"])
        parts.append(_("balance sheet total %(amount)s") % {"amount": amount})
    return ", ".join(filter(None, parts)) or _("not known")


def _size_limit(limit: Plain) -> str:
    words = {
        "people": _number(limit["employees"]),
        "turnover": money_text(Decimal(limit["turnover"]), limit["currency"]),
        "balance_sheet": money_text(Decimal(limit["balance_sheet"]), limit["currency"]),
    }
    if limit["operator"] == "lt":
        return (
            _(
                "fewer than %(people)s people, and a turnover under %(turnover)s or a balance sheet total under"
                " %(balance_sheet)s"
            )
            % words
        )
    return (
        _(
            "fewer than %(people)s people, and a turnover of %(turnover)s or less or a balance sheet total of"
            " %(balance_sheet)s or less"
        )
        % words
    )


def _sector_value(value: Plain) -> str:
    return "; ".join(f"{code} {sic.codes()[code].title}" for code in value["codes"].split(",") if code)


def _sector_limit(limit: Plain) -> str:
    return ", ".join(str(SECTION_NAMES.get(part, part)) for part in limit["sectors"].split(","))


def _place_value(value: Plain) -> str:
    code = value["local_authority"]
    place = places.places().get(code)
    name = place.name if place else _("somewhere else") if code == places.ELSEWHERE else code
    parts = [value["postcode"], name, value.get("company_number", "")]
    return ", ".join(part for part in parts if part)


def _form_value(value: Plain) -> str:
    return str(LEGAL_FORM_NAMES.get(value["legal_form"], ""))


def _form_limit(limit: Plain) -> str:
    allowed = limit["allowed"].split(",")
    return ", ".join(str(LEGAL_FORM_NAMES[form]) for form in LEGAL_FORMS if form in allowed)


def _aid_value(value: Plain, limit: Plain) -> str:
    if not value["counted"]:
        return ""
    return _("%(counted)s counted, %(left)s left") % {
        "counted": money_text(Decimal(value["counted"]), limit["currency"]),
        "left": money_text(Decimal(value["left"]), limit["currency"]),
    }


def _aid_limit(limit: Plain) -> str:
    return _("%(amount)s of %(basis)s since %(day)s") % {
        "amount": money_text(Decimal(limit["amount"]), limit["currency"]),
        "basis": BASIS_NAMES[limit["basis"]],
        "day": formats.date_format(date.fromisoformat(limit["window_from"]), "j F Y"),
    }


def value_text(finding: Finding) -> str:
    """What the firm has, in words; empty where there is nothing to say."""
    match finding.rule:
        case "size":
            return _size_value(finding.value)
        case "sector" | "strand_sector":
            return _sector_value(finding.value)
        case "place" | "place_match":
            return _place_value(finding.value)
        case "legal_form":
            return _form_value(finding.value)
        case "aid_headroom":
            return _aid_value(finding.value, finding.limit)
        case "strand_size":
            return str(SIZE_NAMES[finding.value["size"]])
    return ""


def limit_text(finding: Finding) -> str:
    """What the rule asks, in words."""
    match finding.rule:
        case "size":
            return _size_limit(finding.limit)
        case "sector" | "strand_sector":
            return _sector_limit(finding.limit)
        case "legal_form":
            return _form_limit(finding.limit)
        case "aid_headroom":
            return _aid_limit(finding.limit)
        case "strand_size":
            return ", ".join(str(SIZE_NAMES[name]) for name in finding.limit["sizes"].split(","))
        case "place" | "place_match":
            return _("the area of this programme")
    return _("nothing ordered, signed or paid before we agree")


# --- The whole answer ---------------------------------------------------------------------------


def next_place(places_to_go: Sequence[Mapping[str, str]]) -> str:
    """ "Try …" with the first place a firm may turn to that this programme cannot help."""
    if not places_to_go:
        return ""
    return _("Try %(name)s: %(what)s") % {"name": places_to_go[0]["name"], "what": places_to_go[0]["what"]}


def answer(verdict: Verdict, *, places_to_go: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """The verdict as the API gives it and a check keeps it: plain JSON, the sentences in the active language."""
    elsewhere = next_place(places_to_go)
    return {
        "outcome": verdict.outcome,
        "rules_version": verdict.rules_version,
        "size": {
            "category": verdict.size.category,
            "employees": _figure(verdict.size.employees),
            "turnover": _figure(verdict.size.turnover),
            "balance_sheet": _figure(verdict.size.balance_sheet),
        },
        "headroom": {
            "basis": verdict.headroom.basis,
            "limit": _figure(verdict.headroom.limit),
            "counted": _figure(verdict.headroom.counted),
            "left": _figure(verdict.headroom.left),
            "window_from": verdict.headroom.window_from.isoformat(),
        },
        "findings": [
            {
                "rule": finding.rule,
                "outcome": finding.outcome.value,
                "reason": reason(finding, elsewhere),
                "value": value_text(finding),
                "limit": limit_text(finding),
            }
            for finding in verdict.findings
        ],
        "strands": [
            {"instrument": strand.instrument, "outcome": strand.outcome, "missing": _missing(strand, elsewhere)}
            for strand in verdict.strands
        ],
    }


def _figure(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:.2f}"


def _missing(strand: StrandVerdict, elsewhere: str) -> list[str]:
    missing = [remedy(finding) for finding in strand.open_points]
    if strand.outcome == NOT_ELIGIBLE and elsewhere:
        missing.append(elsewhere)
    return missing
