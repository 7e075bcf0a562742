"""What a quote says to the firm, in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.rules import Answer, Why
from portal.money import money_text
from programmes import wording
from programmes.matching import GrantTerms, Outcome

WHY_NOT = {
    Why.COMMITTED: gettext_lazy(
        "You have ordered it, signed for it or paid for it already. We can only help with what comes after our offer."
    ),
    Why.CATEGORY: gettext_lazy("This funding does not pay for costs of this kind."),
}


WHY_NOT_FOR_STAFF = {
    Why.COMMITTED: gettext_lazy("No: committed before an offer"),
    Why.CATEGORY: gettext_lazy("No: not paid for by this call"),
}


@dataclass(frozen=True)
class IneligibleLine:
    description: str
    cost: Decimal
    reason: str


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


def panel(answer: Answer, lines: list[Any], terms: GrantTerms) -> Panel:
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
    )
