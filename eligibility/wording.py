"""Findings of `rules` in words: what was found, the figure, the limit, and what would make it fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from eligibility.headroom import Headroom
from eligibility.rules import ELIGIBLE, LEGAL_FORMS, NOT_ELIGIBLE, StrandVerdict, Verdict
from eligibility.size_rule import SizeResult
from organisations import places, sic
from portal import dates
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
    "strand_place": gettext_lazy("Where you are"),
    "strand_condition": gettext_lazy("One more question"),
}
LEGAL_FORM_NAMES = {
    "company": gettext_lazy("Limited company"),
    "llp": gettext_lazy("Limited liability partnership"),
    "partnership": gettext_lazy("Partnership"),
    "sole_trader": gettext_lazy("Sole trader"),
    "charity": gettext_lazy("Charity"),
    "public_body": gettext_lazy("Public body, such as a region or a council"),
    "overseas": gettext_lazy("Overseas company"),
}
SIZE_NAMES = {
    "micro": gettext_lazy("micro business"),
    "small": gettext_lazy("small business"),
    "medium": gettext_lazy("medium-sized business"),
    "not_sme": gettext_lazy("larger than a small or medium-sized business"),
    "unknown": gettext_lazy("not known yet"),
}
# Sections of NACE Rev. 2 (UK SIC 2007), and the divisions of services close to industry.
SECTOR_NAMES = {
    "A": gettext_lazy("farming, forestry and fishing"),
    "B": gettext_lazy("mining and quarrying"),
    "C": gettext_lazy("manufacturing"),
    "D": gettext_lazy("energy supply"),
    "E": gettext_lazy("water and waste"),
    "F": gettext_lazy("construction"),
    "G": gettext_lazy("wholesale and retail trade"),
    "H": gettext_lazy("transport and storage"),
    "I": gettext_lazy("accommodation and food service"),
    "J": gettext_lazy("information and communication"),
    "K": gettext_lazy("finance and insurance"),
    "L": gettext_lazy("real estate"),
    "M": gettext_lazy("professional, scientific and technical services"),
    "N": gettext_lazy("administrative and support services"),
    "49": gettext_lazy("land transport"),
    "50": gettext_lazy("water transport"),
    "51": gettext_lazy("air transport"),
    "52": gettext_lazy("warehousing and logistics"),
    "53": gettext_lazy("postal and courier services"),
    "62": gettext_lazy("programming and computer services"),
    "63": gettext_lazy("information services"),
    "71": gettext_lazy("engineering, testing and architecture"),
    "72": gettext_lazy("research and development"),
    "73": gettext_lazy("advertising and market research"),
    "74": gettext_lazy("design and other technical services"),
    "77": gettext_lazy("rental and leasing"),
    "82": gettext_lazy("business support services"),
}
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
    ("size", "same_market"): gettext_lazy(
        "The same person controls another firm. It counts if both firms work in the same or a neighbouring market."
    ),
    ("size", "later_accounts"): gettext_lazy(
        "Some of the accounts are for a period that has not ended, so they do not count."
    ),
    ("size", "angel"): gettext_lazy(
        "Your firm is small enough, but a business angel has put in €1.25 million or more, so an adviser has to look."
    ),
    ("size", "joint"): gettext_lazy(
        "Your firm is small enough, but investors together hold more than half of it, so an adviser has to look."
    ),
    ("size", "public_link"): gettext_lazy(
        "A firm connected with yours is mostly in public hands, so an adviser has to look."
    ),
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
    ("aid_headroom", "later"): gettext_lazy(
        "Some of the support is dated in the future. It does not count yet, but it will take up room."
    ),
    ("aid_headroom", "missing"): gettext_lazy("We need to know about earlier public support."),
    ("incentive_effect", "committed"): gettext_lazy(
        "Something has been ordered, signed or paid already. A grant cannot pay for that."
    ),
    ("incentive_effect", "missing"): gettext_lazy("We need to know whether anything has been ordered, signed or paid."),
    ("strand_place", "met"): gettext_lazy("The work will happen in the area of this support."),
    ("strand_place", "outside"): gettext_lazy("The work will happen outside the area of this support."),
    ("strand_condition", "ask"): gettext_lazy("This support has a condition that an adviser has to look at with you."),
    ("strand_size", "met"): gettext_lazy("This support is for firms of your size."),
    ("strand_size", "other_size"): gettext_lazy("This support is for firms of another size."),
    ("strand_size", "missing"): gettext_lazy("We need to know the size of your firm."),
    ("strand_size", "doubt"): gettext_lazy("An adviser has to look at who holds your firm to be sure of its size."),
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
    ("size", "same_market"): gettext_lazy("Tell an adviser what the other firm makes and sells."),
    ("size", "later_accounts"): gettext_lazy("Give accounts of periods that have ended, or check their dates."),
    ("size", "angel"): gettext_lazy("Tell an adviser what else the business angel owns."),
    ("size", "joint"): gettext_lazy("Tell an adviser whether the investors act together."),
    ("size", "public_link"): gettext_lazy("Tell an adviser who owns the firm that yours is connected with."),
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
    ("aid_headroom", "later"): gettext_lazy("Check the date, or tell an adviser what has been promised."),
    ("aid_headroom", "missing"): gettext_lazy("Tell us what public support you have had."),
    ("incentive_effect", "committed"): gettext_lazy(
        "A project, or a part of one, of which nothing has been ordered yet."
    ),
    ("incentive_effect", "missing"): gettext_lazy("Tell us that nothing has been ordered, signed or paid."),
    ("strand_place", "outside"): gettext_lazy("A site in the area of this support where the work would happen."),
    ("strand_size", "other_size"): gettext_lazy("A firm of the right size."),
    ("strand_size", "missing"): gettext_lazy("Tell us the size of your firm."),
    ("strand_size", "doubt"): gettext_lazy("Show an adviser who holds your firm."),
}

# Rules of a strand that speak in the words of the programme's own.
_BASE_RULES = {"strand_sector": "sector", "strand_place": "place"}


def _looked_up(table: Mapping[Any, Any], finding: Finding) -> str:
    rule, code = finding.rule, finding.code
    base = _BASE_RULES.get(rule, rule)
    keys = ((rule, code), (base, code), (base, code, finding.outcome.value))
    return str(next((table[key] for key in keys if key in table), ""))


def reason(finding: Finding, next_place: str = "") -> str:
    """What the rule found, in one sentence; a "no" goes on with where else to turn."""
    sentence = _looked_up(_REASONS, finding)
    if finding.outcome is Outcome.FAIL and next_place:
        sentence = f"{sentence} {next_place}"
    return sentence


def remedy(finding: Finding) -> str:
    """What would make an undecided or failed finding fit."""
    if finding.rule == "strand_condition":
        return finding.value.get("question", _("Talk to an adviser."))
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
    found = [(code, sic.find(code)) for code in value["codes"].split(",") if code]
    return "; ".join(f"{code} {entry.title}" if entry else code for code, entry in found)


def _sector_limit(limit: Plain) -> str:
    titles = sic.table()
    parts = limit["sectors"].split(",")
    return ", ".join(str(SECTOR_NAMES.get(part) or (titles[part].title if part in titles else part)) for part in parts)


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
        "day": dates.long_date(date.fromisoformat(limit["window_from"])),
    }


def value_text(finding: Finding) -> str:
    """What the firm has, in words; empty where there is nothing to say."""
    match finding.rule:
        case "size":
            return _size_value(finding.value)
        case "sector" | "strand_sector":
            return _sector_value(finding.value)
        case "place" | "place_match" | "strand_place":
            return _place_value(finding.value)
        case "legal_form":
            return _form_value(finding.value)
        case "aid_headroom":
            return _aid_value(finding.value, finding.limit)
        case "strand_size":
            return str(SIZE_NAMES[finding.value["size"]])
        case "strand_condition":
            return finding.value["question"]
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
        case "strand_place":
            return _("the area of this support")
        case "strand_condition":
            return ""
    return _("nothing ordered, signed or paid before we agree")


# --- The whole answer ---------------------------------------------------------------------------


def next_place(places_to_go: Sequence[Mapping[str, str]]) -> str:
    """ "Try …" with the first place a firm may turn to that this programme cannot help."""
    if not places_to_go:
        return ""
    return _("Try %(name)s: %(what)s") % {"name": places_to_go[0]["name"], "what": places_to_go[0]["what"]}


def answer(
    verdict: Verdict,
    *,
    places_to_go: Sequence[Mapping[str, str]] = (),
    sources: Mapping[str, Mapping[str, str]] | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The verdict as the API gives it and a check keeps it: plain JSON, the sentences in the active language.

    `places_to_go` ({"name", "what"}) are in order of how well they fit: the first is named after every "no". `headroom`
    is None where the programme has no rule on earlier aid.

    For pages, `sources` (RuleSet.sources) adds to each finding "source": {"text", "url", "as_of"} ("url" is None where
    there is none) or None; to each strand "points", its open findings in the same shape as `findings`; and to `size`
    "currency", "turnover_eur", "balance_sheet_eur", "euro_rate" and "small_mid_cap". `names` (instrument: its name)
    lets a strand that does not fit name one that does.
    """
    elsewhere = next_place(places_to_go)
    answered: dict[str, Any] = {
        "outcome": verdict.outcome,
        "rules_version": verdict.rules_version,
        "size": _size(verdict.size),
        "headroom": _headroom(verdict.headroom),
        "findings": [_finding(finding, elsewhere) for finding in verdict.findings],
        "strands": [
            {
                "instrument": strand.instrument,
                "outcome": strand.outcome,
                "missing": _missing(strand, _other_strand(strand, verdict, names or {}) or elsewhere),
            }
            for strand in verdict.strands
        ],
    }
    if sources is not None:
        _add_for_pages(answered, verdict, sources, elsewhere)
    return answered


def _add_for_pages(
    answered: dict[str, Any], verdict: Verdict, sources: Mapping[str, Mapping[str, str]], elsewhere: str
) -> None:
    for row, finding in zip(answered["findings"], verdict.findings, strict=True):
        row["source"] = source(finding, sources)
    for row, strand in zip(answered["strands"], verdict.strands, strict=True):
        row["points"] = [
            _finding(finding, elsewhere) | {"source": source(finding, sources)} for finding in strand.open_points
        ]
    size = verdict.size
    answered["size"] |= {
        "currency": size.currency,
        "turnover_eur": _figure(size.turnover_eur),
        "balance_sheet_eur": _figure(size.balance_sheet_eur),
        "euro_rate": str(size.euro_rate),
        "small_mid_cap": size.small_mid_cap,
    }


def source(finding: Finding, sources: Mapping[str, Mapping[str, str]]) -> dict[str, str | None] | None:
    """Where the limit of a finding comes from: {"text", "url", "as_of"}, None where the programme does not say."""
    rule = "place" if finding.rule == "place_match" else finding.rule
    found = sources.get(rule) or sources.get(_BASE_RULES.get(rule, rule))
    return {"text": found["text"], "url": found.get("url"), "as_of": found["as_of"]} if found else None


def _finding(finding: Finding, elsewhere: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "outcome": finding.outcome.value,
        "reason": reason(finding, elsewhere),
        "value": value_text(finding),
        "limit": limit_text(finding),
    }


def _size(size: SizeResult) -> dict[str, Any]:
    return {
        "category": size.category,
        "employees": _figure(size.employees),
        "turnover": _figure(size.turnover),
        "balance_sheet": _figure(size.balance_sheet),
    }


def _headroom(left: Headroom | None) -> dict[str, Any] | None:
    if left is None:
        return None
    return {
        "basis": left.basis,
        "limit": _figure(left.limit),
        "counted": _figure(left.counted),
        "left": _figure(left.left),
        "window_from": left.window_from.isoformat(),
    }


def _figure(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:.2f}"


def _other_strand(strand: StrandVerdict, verdict: Verdict, names: Mapping[str, str]) -> str:
    """Names the first strand that fits, for one that does not."""
    fitting = [other.instrument for other in verdict.strands if other.outcome == ELIGIBLE and other.instrument in names]
    if strand.outcome != NOT_ELIGIBLE or not fitting:
        return ""
    return _("You can get this instead: %(name)s.") % {"name": names[fitting[0]]}


def _missing(strand: StrandVerdict, elsewhere: str) -> list[str]:
    missing = [remedy(finding) for finding in strand.open_points]
    if strand.outcome == NOT_ELIGIBLE and elsewhere:
        missing.append(elsewhere)
    return missing
