"""Words of the public pages that are the same for every programme, and sentences made of its rules and terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from portal.money import CURRENCIES, NBSP, money_text, symbol_first
from portal.templatetags.portal_tags import number
from programmes.models import Instrument, Programme

Kind = Instrument.Kind

ROLES: dict[str, str | Promise] = {
    "lead": gettext_lazy("Led by"),
    "funder": gettext_lazy("Paid for by"),
    "industry": gettext_lazy("Backed by"),
    "delivery": gettext_lazy("Delivered with"),
    "referral": gettext_lazy("Works with"),
    "wanted": gettext_lazy("Still looking for"),
}

COUNTRIES: dict[str, str | Promise] = {
    "DK": gettext_lazy("Denmark"),
    "ES": gettext_lazy("Spain"),
    "GB": gettext_lazy("United Kingdom"),
    "IT": gettext_lazy("Italy"),
    "SE": gettext_lazy("Sweden"),
}

GROUPS: list[tuple[str, str | Promise, frozenset[Kind]]] = [
    ("money", gettext_lazy("Money towards your project"), frozenset({Kind.GRANT, Kind.VOUCHER})),
    ("advice", gettext_lazy("Advice and diagnosis"), frozenset({Kind.DIAGNOSTIC, Kind.ADVICE})),
    ("people", gettext_lazy("People and skills"), frozenset({Kind.PLACEMENT, Kind.COURSE})),
    ("projects", gettext_lazy("Projects that organisations run"), frozenset({Kind.PROJECT})),
    ("measures", gettext_lazy("Measures you may use without applying here"), frozenset({Kind.ENTITLEMENT})),
    ("elsewhere", gettext_lazy("Support that others give"), frozenset({Kind.SIGNPOST})),
]
"""What is on offer by what it is to a firm: code, heading, kinds of instrument."""
FROM_US = frozenset({"money", "advice", "people", "projects"})
"""Groups that the programme itself gives."""

PROMISES: list[tuple[str, str | Promise]] = [
    ("lead", gettext_lazy("we call you back")),
    ("application", gettext_lazy("you hear whether you can join")),
    ("diagnostic", gettext_lazy("your adviser has gone through your diagnostic")),
    ("decision", gettext_lazy("we decide on your funding application")),
]

CHECK = (
    gettext_lazy("Check"),
    gettext_lazy("Answer a few questions about your firm. You see at once what you can get, without signing in."),
)
JOIN = (
    gettext_lazy("Join"),
    gettext_lazy("Tell us what you make and what you want to change. It takes about 10 minutes."),
)
DIAGNOSIS = [
    (
        gettext_lazy("See where you stand"),
        gettext_lazy("Go through the diagnostic with your colleagues. An adviser looks at it with you."),
    ),
    (
        gettext_lazy("Plan"),
        gettext_lazy("Get an action plan that says what to do first, what it costs and what pays for it."),
    ),
]
DO_IT = {
    (True, True): gettext_lazy(
        "Ask for funding before you order anything, carry out your plan, and measure again a year later."
    ),
    (True, False): gettext_lazy("Carry out your plan with your adviser at your side, and measure again a year later."),
    (False, True): gettext_lazy(
        "Ask for funding before you order anything, carry out your project, and show us what it cost."
    ),
    (False, False): gettext_lazy("Carry out what you want to change, with your adviser at your side."),
}
"""By whether the programme has a diagnostic, and whether it gives money."""
BY_YOURSELF = [
    (
        gettext_lazy("Choose"),
        gettext_lazy("Read what each measure gives and who it is for. Each links to the place that runs it."),
    ),
    (
        gettext_lazy("Use it"),
        gettext_lazy("Claim it or ask for it there. Nobody here has to approve it first."),
    ),
]
THROUGH_PROJECTS = [
    (
        gettext_lazy("Organisations run projects"),
        gettext_lazy("Regional bodies, clusters and universities plan projects and ask for the money."),
    ),
    (
        gettext_lazy("Firms take part"),
        gettext_lazy("Your firm gets help in a project near you. You fill in no application for money."),
    ),
    (
        gettext_lazy("Ask us"),
        gettext_lazy("Tell us where you are and what you want to change. We say which project is for you."),
    ),
]


def languages(codes: Iterable[str]) -> list[dict[str, Any]]:
    """Languages to choose from, each in its own words; empty when there is nothing to choose."""
    current = get_language() or settings.LANGUAGE_CODE
    wanted = {current, *codes}
    offered = [code for code, _name in settings.LANGUAGES if code in wanted]
    if len(offered) < 2:
        return []
    return [
        {
            "code": code,
            "name": "English" if code == "en-gb" else get_language_info(code)["name_local"].capitalize(),
            "is_current": code == current,
        }
        for code in offered
    ]


def promised_days(programme: Programme, stage: str) -> int | None:
    days = programme.promise_days.get(stage)
    return int(days) if days else None


def promises(programme: Programme, kinds: set[str]) -> list[dict[str, Any]]:
    """What the programme promises, in working days, of the stages it has."""
    has = {
        "lead": True,
        "application": programme.takes_applications,
        "diagnostic": programme.takes_applications and Kind.DIAGNOSTIC in kinds,
        "decision": programme.takes_applications and bool({Kind.GRANT, Kind.VOUCHER} & kinds),
    }
    found = [{"days": promised_days(programme, stage), "what": what} for stage, what in PROMISES if has[stage]]
    return [promise for promise in found if promise["days"]]


def steps(programme: Programme, kinds: set[str]) -> list[tuple[str | Promise, str | Promise]]:
    """What happens in turn, of what the programme has."""
    if programme.applicants == Programme.Applicants.ORGANISATIONS:
        return list(THROUGH_PROJECTS)
    if not programme.takes_applications:
        return [CHECK, *BY_YOURSELF]
    has_diagnostic, gives_money = Kind.DIAGNOSTIC in kinds, bool({Kind.GRANT, Kind.VOUCHER} & kinds)
    last = (gettext_lazy("Do it"), DO_IT[has_diagnostic, gives_money])
    return [CHECK, JOIN, *(DIAGNOSIS if has_diagnostic else []), last]


def partners(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Partners by what they do, in the order of ROLES."""
    by_role: dict[str, list[dict[str, Any]]] = {}
    for partner in rows:
        by_role.setdefault(partner.get("role", ""), []).append(partner)
    order = [*ROLES, *(role for role in by_role if role not in ROLES)]
    return [{"role": ROLES.get(role, role), "partners": by_role[role]} for role in order if role in by_role]


# --- Rules in a line ----------------------------------------------------------------------------
def for_whom(rules: Mapping[str, Any], currency: str) -> list[str]:
    """Who may get the support, from the rules in force: what kind of firm, how large. Where is another line."""
    return [_sector(rules.get("sectors") or []), *_size(rules.get("size"), currency)]


def _sector(sectors: list[str]) -> str:
    if not sectors:
        return _("Firms in any sector")
    if sectors == ["C"]:
        return _("Manufacturers")
    return _("Manufacturers and some other sectors") if "C" in sectors else _("Firms in some sectors")


def _size(size: Mapping[str, Any] | None, currency: str) -> list[str]:
    if not size:
        return [_("Of any size")]
    figures = {
        "people": number(int(size["employees"])),
        "turnover": _rounded(size["turnover"], currency),
        "balance": _rounded(size["balance_sheet"], currency),
    }
    if size["operator"] == "lt":
        money = _("Turnover below %(turnover)s, or balance sheet below %(balance)s") % figures
    else:
        money = _("Turnover up to %(turnover)s, or balance sheet up to %(balance)s") % figures
    return [_("Fewer than %(people)s people") % figures, money]


def _rounded(amount: str, currency: str) -> str:
    """`£38.5 million`; `about` where that is not the exact limit, which the check shows."""
    exact = Decimal(amount) / 1_000_000
    if exact < 1:
        return money_text(Decimal(amount), currency)
    shown = exact.quantize(Decimal("0.1"))
    millions = _("%(number)s million") % {"number": number(shown, 0 if shown == shown.to_integral_value() else 1)}
    symbol = CURRENCIES[currency].symbol
    text = f"{symbol}{millions}" if symbol_first(currency) else f"{millions}{NBSP}{symbol}"
    return text if shown == exact else _("about %(amount)s") % {"amount": text}
