"""What an application comes to: its facts gathered for the pure rules, and the answer frozen as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from applications.models import Case
from funding import aid, rules
from funding.models import Award, BudgetLine, GrantApplication
from programmes import wording
from programmes.matching import FIRM_SIZES, GrantTerms, Outcome, Project
from programmes.models import Call


def terms_of(call: Call, terms: dict[str, Any] | None = None) -> GrantTerms:
    """The call's terms, or the ones frozen into an application."""
    return GrantTerms.from_data({"currency": call.currency, **(terms or call.terms)})


def costs_of(lines: Iterable[BudgetLine]) -> list[rules.Cost]:
    return [
        rules.Cost(
            category=line.category,
            net=line.net,
            vat=line.vat,
            vat_recoverable=line.vat_recoverable,
            is_committed=line.is_committed,
        )
        for line in lines
    ]


def project_of(application: GrantApplication) -> Project:
    starts, ends = application.starts_on, application.ends_on
    return Project(
        trl_start=application.trl_start,
        trl_end=application.trl_end,
        months=rules.months_between(starts, ends) if starts and ends else None,
        has_research_partner=bool(application.research_partner) if starts else None,
    )


def firm_size_of(case: Case) -> str | None:
    size = case.check_result.size.get("category")
    return size if size in FIRM_SIZES else None


def answer_for(
    application: GrantApplication, *, at: datetime, lines: Sequence[BudgetLine] | None = None
) -> rules.Answer:
    """The grant as things stand; `lines` replaces the saved costs, to try figures out."""
    call = application.call
    return rules.answer(
        terms_of(call),
        costs_of(application.lines.all() if lines is None else lines),
        firm_size=firm_size_of(application.case),
        requested=application.requested,
        aid_headroom=aid.known_left(application.case, application.case.programme.local_date(at)),
        budget_left=call.budget - Award.objects.committed_to(call),
        project=project_of(application),
    )


def most_payable(
    application: GrantApplication, *, aid_left: Decimal | None, lines: Sequence[BudgetLine] | None = None
) -> Decimal:
    """The most that may be offered under the frozen terms, whatever the call's budget has left; 0 when nothing may.

    `aid_left` is what the limit for small aid leaves (aid.left); `lines` are the costs where they are read already.
    """
    answer = rules.answer(
        terms_of(application.call, application.terms),
        costs_of(application.lines.all() if lines is None else lines),
        firm_size=firm_size_of(application.case),
        requested=application.requested,
        aid_headroom=aid_left,
        project=project_of(application),
    )
    return answer.quote.grant or Decimal(0)


def refusals(answer: rules.Answer, currency: str) -> list[str]:
    """Why nothing can be granted, in words; empty when something can."""
    return [wording.reason(finding, currency) for finding in answer.quote.findings if finding.outcome is Outcome.FAIL]


def frozen(application: GrantApplication, answer: rules.Answer) -> dict[str, Any]:
    """The answer with the costs it rests on, as plain JSON in the active language."""
    quote = answer.quote
    currency = application.call.currency
    amounts = ("total", "eligible", "grant", "match", "applicant_pays", "effective_percent")
    return {
        **{name: _text(getattr(quote, name)) for name in amounts},
        "limit": quote.limit,
        "currency": currency,
        "requested": _text(application.requested),
        "findings": [
            {"rule": found.rule, "outcome": found.outcome.value, "reason": wording.reason(found, currency)}
            for found in quote.findings
        ],
        "lines": [
            {
                "category": line.category,
                "description": line.description,
                "supplier": line.supplier,
                "cost": str(line.cost),
                "why_not": why.value if why else None,
            }
            for line, why in zip(application.lines.all(), answer.refused, strict=True)
        ],
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def fingerprint(application: GrantApplication) -> str:
    """Names what was sent, so that a decision is about what the approver read."""
    sent = application.submitted_at
    return rules.fingerprint({"sent": sent.isoformat() if sent else None, "quote": application.quote})


def missing_sections(application: GrantApplication) -> list[str]:
    """Codes of the task-list sections that are not complete yet."""
    partner = bool(application.research_partner) or not terms_of(application.call).research_partner
    done = {
        "project": bool(application.title and application.summary and application.work and application.benefit),
        "dates": bool(
            application.starts_on and application.ends_on and application.trl_start and application.trl_end and partner
        ),
        "costs": application.lines.exists(),
    }
    return [code for code, complete in done.items() if not complete]
