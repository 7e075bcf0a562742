"""The findings of `matching` in words, for the firm that reads its quote."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.money import money_text
from portal.templatetags.portal_tags import number
from programmes.matching import Finding

CATEGORY_NAMES = {
    "capital_equipment": gettext_lazy("Capital equipment"),
    "associated_costs": gettext_lazy("Costs that come with the equipment"),
    "complementary_equipment": gettext_lazy("Complementary equipment"),
    "software": gettext_lazy("Software"),
    "rto_support": gettext_lazy("Support from a research and technology organisation"),
    "consultancy": gettext_lazy("Consultancy"),
    "upskilling": gettext_lazy("Training of your staff"),
    "labour": gettext_lazy("Your own staff's time"),
    "materials": gettext_lazy("Materials"),
    "other": gettext_lazy("Other costs"),
}

LIMIT_NAMES = {
    "rate": gettext_lazy("the share of costs that this support pays"),
    "cap": gettext_lazy("the most that one firm can get"),
    "requested": gettext_lazy("what you ask for"),
    "aid_headroom": gettext_lazy("what earlier public support leaves you"),
    "budget_left": gettext_lazy("what is left in the budget"),
    "category_cap": gettext_lazy("the most that is paid for one kind of cost"),
}

_PLAIN = {
    ("eligible_costs", "none"): gettext_lazy(
        "None of the costs can be supported. Add a cost of a kind that is allowed."
    ),
    ("eligible_costs", "some"): gettext_lazy("There are costs that can be supported."),
    ("research_partner", "unknown"): gettext_lazy(
        "Tell us whether a research organisation takes part. This call needs one."
    ),
    ("research_partner", "met"): gettext_lazy("A research organisation takes part."),
    ("research_partner", "not_met"): gettext_lazy("This call needs a research organisation as a partner."),
    ("incentive_effect", "committed"): gettext_lazy(
        "Something has been ordered, signed or paid already. Support cannot pay for it, so an adviser will look at it."
    ),
    ("incentive_effect", "not_committed"): gettext_lazy("Nothing has been ordered, signed or paid."),
    ("firm_size", "unknown"): gettext_lazy("Tell us the size of your firm: the share we pay depends on it."),
    ("firm_size", "no_rate"): gettext_lazy("Firms of your size get no share of these costs."),
    ("firm_size", "met"): gettext_lazy("The share we pay is that for firms of your size."),
    ("aid_headroom", "not_checked"): gettext_lazy(
        "We have not checked how much earlier public support leaves you. The grant may be lower."
    ),
}


def category_list(codes: str) -> str:
    """Names of the comma-separated categories, in one line."""
    return "; ".join(str(CATEGORY_NAMES.get(code, code)) for code in codes.split(",") if code)


def reason(finding: Finding, currency: str) -> str:
    """One finding of a quote as a sentence in the active language; amounts are in `currency`."""
    plain = _PLAIN.get((finding.rule, finding.code))
    if plain is not None:
        return str(plain)
    return _WITH_FIGURES[finding.rule](finding.code, finding.value, finding.limit, currency)


_Plain = Mapping[str, str]


def _minimum(code: str, value: _Plain, limit: _Plain, currency: str) -> str:
    figures = {
        "amount": money_text(Decimal(value["amount"]), currency),
        "minimum": money_text(Decimal(limit["amount"]), currency),
    }
    if code == "total":
        return _("The whole budget is %(amount)s. It must be %(minimum)s or more.") % figures
    return _("The costs that can be supported are %(amount)s. They must be %(minimum)s or more.") % figures


def _maximum(code: str, value: _Plain, limit: _Plain, currency: str) -> str:
    figures = {
        "amount": money_text(Decimal(value["amount"]), currency),
        "maximum": money_text(Decimal(limit["amount"]), currency),
    }
    if code == "total":
        return _("The whole budget is %(amount)s. It must be %(maximum)s or less.") % figures
    return _("The costs that can be supported are %(amount)s. They must be %(maximum)s or less.") % figures


def _category(code: str, value: _Plain, limit: _Plain, currency: str) -> str:
    return _("This call does not pay for: %(categories)s. These costs are yours to pay.") % {
        "categories": category_list(value["categories"])
    }


def _trl(code: str, value: _Plain, limit: _Plain, currency: str) -> str:
    if code == "unknown":
        return _("Tell us the technology readiness level at the start and at the end, from %(min)s to %(max)s.") % limit
    if code == "met":
        return _("The technology readiness levels lie between %(min)s and %(max)s.") % limit
    return (
        _("The technology readiness levels must lie between %(min)s and %(max)s, and not fall from start to end.")
        % limit
    )


def _duration(code: str, value: _Plain, limit: _Plain, currency: str) -> str:
    most = int(limit["months"])
    if code == "unknown":
        return ngettext(
            "Tell us how many months the project takes. It may take %(most)d month.",
            "Tell us how many months the project takes. It may take up to %(most)d months.",
            most,
        ) % {"most": most}
    words = {"months": value["months"], "most": most}
    if code == "met":
        return _("The project takes %(months)s months, and may take up to %(most)d.") % words
    return _("The project takes %(months)s months. It may take no more than %(most)d.") % words


def _headroom(code: str, value: _Plain, limit: _Plain, currency: str) -> str:
    return _("Earlier public support leaves you %(left)s.") % {"left": money_text(Decimal(value["left"]), currency)}


_WITH_FIGURES = {
    "minimum_budget": _minimum,
    "maximum_budget": _maximum,
    "cost_category": _category,
    "trl": _trl,
    "duration": _duration,
    "aid_headroom": _headroom,
}


# --- Terms -------------------------------------------------------------------------------------------
def terms(found: Mapping[str, Any], currency: str) -> list[str]:
    """A grant's terms (programmes.file_rules.Terms, as stored), one sentence each."""
    said = [_share(found)]
    if cap := found.get("cap"):
        said.append(_("At most %(amount)s") % {"amount": money_text(Decimal(cap), currency)})
    if minimum := found.get("minimum"):
        amount = {"amount": money_text(Decimal(minimum["amount"]), currency)}
        whole = minimum["of"] == "total"
        said.append(
            _("For projects of %(amount)s or more") % amount
            if whole
            else _("For costs of %(amount)s or more that can be supported") % amount
        )
    if maximum := found.get("maximum"):
        amount = {"amount": money_text(Decimal(maximum["amount"]), currency)}
        said.append(
            _("For projects of %(amount)s or less") % amount
            if maximum["of"] == "total"
            else _("For costs of %(amount)s or less that can be supported") % amount
        )
    if months := found.get("months"):
        said.append(
            ngettext("Done within %(months)d month", "Done within %(months)d months", months) % {"months": months}
        )
    if trl := found.get("trl"):
        said.append(_("Technology readiness level %(min)d to %(max)d") % trl)
    if found.get("research_partner"):
        said.append(_("With a research organisation as a partner"))
    return said


def most(found: Mapping[str, Any], currency: str) -> str:
    """The largest grant in a line: `Up to £20,000`, or the share where there is no cap."""
    cap = found.get("cap")
    return _("Up to %(amount)s") % {"amount": money_text(Decimal(cap), currency)} if cap else _share(found)


def _share(found: Mapping[str, Any]) -> str:
    rates = {Decimal(rate) for by_size in found.get("category_rates", {}).values() for rate in by_size.values()}
    own = {name for name, by_size in found.get("category_rates", {}).items() if by_size}
    if found.get("rate") and set(found["categories"]) - own:
        rates.add(Decimal(found["rate"]))
    share = {"rate": number(max(rates), 0 if max(rates) == max(rates).to_integral_value() else 2)}
    if len(rates) == 1:
        return _("Pays %(rate)s%% of the costs it supports") % share
    return _("Pays up to %(rate)s%%, by the kind of cost and the size of your firm") % share
