"""What a quote says to the firm, in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding.rules import Answer, Why
from programmes import wording
from programmes.matching import GrantTerms, Outcome
from portal.money import money_text

WHY_NOT = {
    Why.COMMITTED: gettext_lazy(
        "You have ordered it, signed for it or paid for it already. We can only help with costs that come after our offer."
    ),
    Why.CATEGORY: gettext_lazy("This funding does not pay for costs of this kind."),
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
    percent: Decimal | None
    limit: str
    ineligible: list[IneligibleLine]
    refusals: list[str]
    notes: list[str]


def limit_sentence(limit: str, terms: GrantTerms, grant: Decimal) -> str:
    """What sets the grant, as a sentence."""
    amount = money_text(grant, terms.currency)
    if limit == "rate" and terms.rate is not None and not terms.category_rates:
        rate = f"{terms.rate.normalize():f}"
        return _("We pay %(rate)s%% of the costs that count.") % {"rate": rate}
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
        percent=quote.effective_percent,
        limit=limit_sentence(quote.limit, terms, quote.grant) if quote.limit and quote.grant is not None else "",
        ineligible=[
            IneligibleLine(line.description, line.cost, str(WHY_NOT[why]))
            for line, why in zip(lines, answer.refused, strict=True)
            if why
        ],
        refusals=[words for found, words in findings if found.outcome is Outcome.FAIL],
        # A cost of another kind is explained beside the cost itself.
        notes=[
            words for found, words in findings if found.outcome is Outcome.REFER and found.rule != "cost_category"
        ],
    )
