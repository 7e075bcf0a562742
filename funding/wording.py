"""What a quote says to the firm, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.models import GrantApplication
from funding.rules import Answer, Why
from funding.rules.claims import Stop
from funding.rules.partners import Share, Together
from funding.rules.reviews import Sign
from portal.dates import long_date
from portal.money import money_text
from programmes import wording
from programmes.matching import GrantTerms, Outcome

WHY_NOT = {
    Why.COMMITTED: gettext_lazy(
        "You have ordered it, signed for it or paid for it already. We can only help with what comes after our offer."
    ),
    Why.FUNDED_ELSEWHERE: gettext_lazy("Other public money pays for it. No cost is paid for twice."),
    Why.CATEGORY: gettext_lazy("This funding does not pay for costs of this kind."),
}


WHY_NOT_FOR_STAFF = {
    Why.COMMITTED: gettext_lazy("No: committed before an offer"),
    Why.FUNDED_ELSEWHERE: gettext_lazy("No: other public money pays for it"),
    Why.CATEGORY: gettext_lazy("No: not paid for by this call"),
}


STOPS = {
    Stop.NOT_STARTED: gettext_lazy("Settle first what has to be settled before the project starts."),
    Stop.NO_COSTS: gettext_lazy("Add at least one invoice."),
    Stop.INVOICE: gettext_lazy("Add the invoice to each cost."),
    Stop.PROOF: gettext_lazy("Add the day of payment and the proof of payment to each cost."),
    Stop.REPORT: gettext_lazy("Say what was done."),
    Stop.EARLIER: gettext_lazy("Wait until your earlier claims are answered before you send your last one."),
    Stop.MILESTONES: gettext_lazy("Show that each milestone was reached."),
    Stop.CONDITIONS: gettext_lazy("Settle every condition of the offer with us."),
}
"""What has to be done before a claim can be sent."""

CLAIM_LIMITS = {
    "category": gettext_lazy("The budget for a kind of cost is used up. Costs above it do not count."),
    "award": gettext_lazy("The grant is used up. You get what is left of it."),
    "cap": gettext_lazy("Part of the grant is kept until your last claim."),
}
"""What keeps the payment of a claim low."""


DECLARATION = gettext_lazy(
    "What I have told you is true, nothing but what I have marked has been ordered, and I may sign for the firm"
)
"""What a signatory declares by sending; kept with what was sent."""


SUBSIDY_DECLARATION = gettext_lazy(
    "I declare that what I say here of other public money for this project is complete, and that I will tell the "
    "programme of any more before it is taken up"
)
"""What a firm declares of other public money; kept with its answer."""


def moment_text(at: datetime, zone: ZoneInfo) -> str:
    """`22 November 2026 at 17:30:00 (Europe/London)`: to the second, since a deadline is."""
    local = at.astimezone(zone)
    facts = {"date": long_date(local.date()), "time": local.strftime("%H:%M:%S"), "zone": zone.key}
    return _("%(date)s at %(time)s (%(zone)s)") % facts


def closes_text(application: GrantApplication) -> str:
    """The moment from which an application cannot be sent any more."""
    return moment_text(application.call.closes_at, application.case.programme.zone)


def closed_text(application: GrantApplication) -> str:
    """Why an application cannot be sent any more, and what becomes of it."""
    return _("This funding closed on %(moment)s. What you wrote is kept as a draft.") % {
        "moment": closes_text(application)
    }


@dataclass(frozen=True)
class IneligibleLine:
    description: str
    cost: Decimal
    reason: str


@dataclass(frozen=True)
class NamedShare:
    name: str
    total: Decimal
    eligible: Decimal
    grant: Decimal
    pays: Decimal


@dataclass(frozen=True)
class Panel:
    """A quote for the page. Sums are None where nothing can be granted; then `refusals` say why."""

    currency: str
    accepted: bool
    total: Decimal
    eligible: Decimal
    grant: Decimal | None
    match: Decimal | None
    applicant_pays: Decimal | None
    share: str
    """The grant as a percentage of what counts; empty where the limit's sentence says it already."""
    limit: str
    ineligible: list[IneligibleLine]
    refusals: list[str]
    notes: list[str]
    shares: list[NamedShare]
    """What each gets and bears where several bear costs; the firm that applies is the first."""


SIGNS = {
    Sign.EMAIL: (gettext_lazy("Email address at the firm’s domain"), gettext_lazy("Email address at %(value)s")),
    Sign.SURNAME: (gettext_lazy("Same surname as somebody in the firm"), gettext_lazy("Same surname as %(value)s")),
    Sign.POSTCODE: (gettext_lazy("Same postcode"), gettext_lazy("Same postcode: %(value)s")),
    Sign.EMPLOYER: (gettext_lazy("Works for the firm or a partner"), gettext_lazy("Works for %(value)s")),
    Sign.SUPPLIER: (gettext_lazy("Works for a supplier"), gettext_lazy("Works for the supplier %(value)s")),
    Sign.INTERESTS: (
        gettext_lazy("Stands in the yearly declaration"),
        gettext_lazy("%(value)s stands in the yearly declaration"),
    ),
    Sign.CONTACT: (
        gettext_lazy("Earlier contact with the firm"),
        gettext_lazy("Earlier contact with the firm: entries in its timeline: %(value)s"),
    ),
}
"""Signs of a conflict of interest, without and with what was found."""


def signs(hints: Iterable[Mapping[str, str]], *, with_values: bool = True) -> list[str]:
    """Hints ({code, value}) as sentences; without values none tells who the firm is."""
    found = [SIGNS[Sign(hint["code"])][with_values] % {"value": hint["value"]} for hint in hints]
    return list(dict.fromkeys(found))


def percent_text(percent: Decimal) -> str:
    """`50` or `32.26`, with the active language's decimal mark."""
    return formats.number_format(percent, 0 if percent == percent.to_integral_value() else 2, use_l10n=True)


def limit_sentence(limit: str, terms: GrantTerms, grant: Decimal) -> str:
    """What sets the grant, as a sentence."""
    amount = money_text(grant, terms.currency)
    if limit == "rate" and terms.rate is not None and not terms.category_rates:
        return _("We pay %(rate)s%% of the costs that count.") % {"rate": percent_text(terms.rate)}
    sentences = {
        "cap": _("%(amount)s is the most that one firm can get from this funding."),
        "requested": _("%(amount)s is what you ask for."),
        "aid_headroom": _("%(amount)s is what the public support you have had leaves you."),
        "budget_left": _("%(amount)s is all that is left in this funding now."),
    }
    if limit in sentences:
        return sentences[limit] % {"amount": amount}
    return _("The grant is set by %(limit)s.") % {"limit": wording.LIMIT_NAMES[limit]}


def named_shares(found: Together, names: Mapping[int | None, str]) -> list[NamedShare]:
    """What each gets, where several bear costs; else nothing. `names` by partner's id, None for the firm."""
    if len(found.shares) < 2:
        return []
    return [_named(share, names[share.key]) for share in found.shares]


def own_share(found: Together, partner: Any) -> NamedShare | None:
    """What a partner's own part comes to; None where nothing can be worked out yet."""
    return next((_named(share, partner.name) for share in found.shares if share.key == partner.pk), None)


def _named(share: Share, name: str) -> NamedShare:
    return NamedShare(name, share.total, share.eligible, share.grant, share.pays)


def panel(answer: Answer, lines: list[Any], terms: GrantTerms, shares: Iterable[NamedShare] = ()) -> Panel:
    """`lines` are the costs the answer was worked out for, in the same order."""
    quote = answer.quote
    findings = [(found, wording.reason(found, terms.currency)) for found in quote.findings]
    return Panel(
        currency=terms.currency,
        accepted=quote.accepted,
        total=quote.total,
        eligible=quote.eligible,
        grant=quote.grant,
        match=quote.match,
        applicant_pays=quote.applicant_pays,
        share=percent_text(quote.effective_percent) if quote.effective_percent and quote.limit != "rate" else "",
        limit=limit_sentence(quote.limit, terms, quote.grant) if quote.limit and quote.grant is not None else "",
        ineligible=[
            IneligibleLine(line.description, line.cost, str(WHY_NOT[why]))
            for line, why in zip(lines, answer.refused, strict=True)
            if why
        ],
        refusals=[words for found, words in findings if found.outcome is Outcome.FAIL],
        # A cost of another kind is explained beside the cost itself.
        notes=[words for found, words in findings if found.outcome is Outcome.REFER and found.rule != "cost_category"],
        shares=list(shares),
    )


def aid_words_of(partner: Any, *, on: date) -> str:
    """What a partner confirms about small aid under the programme's rule on `on`."""
    case = partner.application.case
    rule = case.programme.terms_on(on).eligibility["aid"]
    if rule["basis"] == "mfa":
        words = _(
            "I confirm in writing that this is all the Minimal Financial Assistance, and other help that counts "
            "towards its limit, that %(firm)s and the firms in its group have had in this financial year and the two "
            "before it"
        )
    else:
        words = _(
            "I declare in writing that this is all the de minimis aid that %(firm)s and the firms linked to it have "
            "had in the last three years"
        )
    return words % {"firm": partner.name}


def shares_sent(application: GrantApplication) -> dict[int | None, NamedShare]:
    """What each was to get when it was sent, by partner's id (None for the firm); empty before that."""
    found: dict[int | None, NamedShare] = {}
    lines = application.quote.get("lines", [])
    rows = application.quote.get("rows", [])
    for key in dict.fromkeys(line.get("partner") for line in lines):
        total = sum((Decimal(line["cost"]) for line in lines if line.get("partner") == key), Decimal(0))
        own = [row for row in rows if row["partner"] == key]
        eligible = sum((Decimal(row["eligible"]) for row in own), Decimal(0))
        grant = sum((Decimal(row["grant"]) for row in own), Decimal(0))
        found[key] = NamedShare("", total, eligible, grant, total - grant)
    return found
