"""What an application comes to: its facts gathered for the pure rules, and the answer frozen as plain JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.models import Case
from eligibility.ledger import Room
from funding import aid, rules
from funding.models import Award, BudgetLine, GrantApplication, Partner
from funding.rules import partners as joint
from programmes import wording
from programmes.matching import FIRM_SIZES, GrantTerms, Outcome, Project
from programmes.models import Call

WORDS = ("problem", "work", "outputs", "benefit", "summary")
"""What the firm tells of its project besides the name, all of it needed."""
SECTIONS: dict[str, Any] = {
    "project": _("Your project"),
    "milestones": _("Milestones"),
    "dates": _("Dates and readiness"),
    "partners": _("Partners"),
    "costs": _("What it costs"),
    "match": _("The rest of the money"),
    "risks": _("What may go wrong"),
    "subsidy": _("Other public money"),
    "conflicts": _("Conflicts of interest"),
}
"""The task list in its order: each section has the page `funding:<code>`."""


def sections_of(call: Call) -> dict[str, Any]:
    """The sections of an application under this call: where firms ask alone, nothing is asked about partners."""
    alone = joint.forms_of(call.partner_terms) == ("SINGLE",)
    return {code: title for code, title in SECTIONS.items() if code != "partners" or not alone}


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
            is_funded_elsewhere=line.is_funded_elsewhere,
        )
        for line in lines
    ]


def project_of(application: GrantApplication) -> Project:
    starts, ends = application.starts_on, application.ends_on
    return Project(
        trl_start=application.trl_start,
        trl_end=application.trl_end,
        months=rules.months_between(starts, ends) if starts and ends else None,
        has_research_partner=has_research_partner(application) if starts else None,
    )


def has_research_partner(application: GrantApplication) -> bool:
    """Named by the firm, or taking part as a partner."""
    return bool(application.research_partner) or any(
        partner.kind == Partner.Kind.RESEARCH for partner in partners_of(application)
    )


def partners_of(application: GrantApplication) -> list[Partner]:
    """Those who take part besides the firm; none where it asks alone. No query where they were read before."""
    if application.form == GrantApplication.Form.SINGLE:
        return []
    return [partner for partner in application.partners.all() if partner.takes_part]


def rooms_of(application: GrantApplication, on: date, *, known: bool = False) -> dict[int, Room]:
    """The room for aid of the firm and of the partners that it limits, as aid.rooms gives it."""
    partners = [one.organisation_id for one in partners_of(application) if _is_aided(one) and one.organisation_id]
    return aid.rooms(application.case, on, [application.case.organisation_id, *partners], known=known)


def _is_aided(partner: Partner) -> bool:
    """Whether its part of the grant is aid to it.

    What a university or research organisation gets for work that is no trade of its own is no aid to it, so its part
    is not limited by any (Commission Communication 2022/C 414/01, 2.1.1).
    """
    return partner.kind != Partner.Kind.RESEARCH


def bearers_of(application: GrantApplication, rooms: Mapping[int, Room]) -> list[joint.Bearer]:
    """The firm and its partners, each with its size and what `rooms` has for it; none there does not limit it."""
    case = application.case
    own = rooms.get(case.organisation_id)
    bearers = [joint.Bearer(None, firm_size_of(case), own.most if own else None)]
    for partner in partners_of(application):
        room = rooms.get(partner.organisation_id or 0) if _is_aided(partner) else None
        size = partner.size.get("category")
        bearers.append(joint.Bearer(partner.pk, size if size in FIRM_SIZES else None, room.most if room else None))
    return bearers


def firm_size_of(case: Case) -> str | None:
    size = case.check_result.size.get("category")
    return size if size in FIRM_SIZES else None


def answer_for(
    application: GrantApplication, *, at: datetime, lines: Sequence[BudgetLine] | None = None
) -> rules.Answer:
    """The grant as things stand; `lines` replaces the saved costs, to try figures out."""
    return together_for(application, at=at, lines=lines).answer


def together_for(
    application: GrantApplication, *, at: datetime, lines: Sequence[BudgetLine] | None = None
) -> joint.Together:
    """The same with what each who bears costs gets of it."""
    call = application.call
    lines = list(application.lines.all()) if lines is None else lines
    return joint.together(
        terms_of(call),
        [(line.partner_id, cost) for line, cost in zip(lines, costs_of(lines), strict=True)],
        bearers_of(application, rooms_of(application, application.case.programme.local_date(at), known=True)),
        requested=application.requested,
        budget_left=call.budget - committed_to_call(application),
        project=project_of(application),
    )


def committed_to_call(application: GrantApplication) -> Decimal:
    """What the call owes already; no query where a page has read it with the application (views.loading)."""
    known: Decimal | None = getattr(application, "call_committed", None)
    return Award.objects.committed_to(application.call) if known is None else known


def most_payable(
    application: GrantApplication,
    *,
    aid_left: Decimal | None,
    lines: Sequence[BudgetLine] | None = None,
    rooms: Mapping[int, Room] | None = None,
) -> Decimal:
    """The most that may be offered under the frozen terms, whatever the call's budget has left; 0 when nothing may.

    `aid_left` is what the limit for small aid leaves the firm (aid.left), `lines` the costs where they are read
    already. Partners' room for aid is that in `rooms`, else that of the day it was sent; their share is held against
    today's when it is reserved.
    """
    lines = list(application.lines.all()) if lines is None else lines
    sent = application.submitted_at
    if rooms is None and sent and partners_of(application):
        rooms = rooms_of(application, application.case.programme.local_date(sent))
    own = joint.Bearer(None, firm_size_of(application.case), aid_left)
    bearers = [own, *bearers_of(application, rooms or {})[1:]]
    found = joint.together(
        terms_of(application.call, application.terms),
        [(line.partner_id, cost) for line, cost in zip(lines, costs_of(lines), strict=True)],
        bearers,
        requested=application.requested,
        project=project_of(application),
    )
    return found.answer.quote.grant or Decimal(0)


def refusals(answer: rules.Answer, currency: str) -> list[str]:
    """Why nothing can be granted, in words; empty when something can."""
    return [wording.reason(finding, currency) for finding in answer.quote.findings if finding.outcome is Outcome.FAIL]


def frozen(application: GrantApplication, answer: rules.Answer, *, at: datetime) -> dict[str, Any]:
    """The answer with the costs it rests on and who gets what of it, as plain JSON in the active language.

    `rows` are {partner (id or null), category, eligible, grant} and add up to the grant.
    """
    quote = answer.quote
    lines = list(application.lines.all())
    rows = together_for(application, at=at, lines=lines).rows
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
                "partner": line.partner_id,
            }
            for line, why in zip(lines, answer.refused, strict=True)
        ],
        "rows": [
            {"partner": row.key, "category": row.category, "eligible": str(row.eligible), "grant": str(row.grant)}
            for row in rows
        ],
    }


def budget_in_force(application: GrantApplication, amount: Decimal) -> list[dict[str, Any]]:
    """The costs of the frozen quote by who bears them and kind, and the part of `amount` that goes to each.

    The parts add up to it, in proportion to what each got in the quote.
    """
    rows = application.quote.get("rows") or _rows_by_cost(application.quote["lines"])
    grants = rules.split(amount, [Decimal(row["grant"]) for row in rows])
    return [row | {"grant": str(grant)} for row, grant in zip(rows, grants, strict=True)]


def _rows_by_cost(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a quote frozen before it held rows: each kind by what it costs."""
    costs: dict[str, Decimal] = {}
    for line in lines:
        if line["why_not"] is None:
            costs[line["category"]] = costs.get(line["category"], Decimal(0)) + Decimal(line["cost"])
    return [
        {"partner": None, "category": category, "eligible": str(cost), "grant": str(cost)}
        for category, cost in costs.items()
    ]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def fingerprint(application: GrantApplication) -> str:
    """Names what was sent, so that a decision is about what the approver read."""
    sent = application.submitted_at
    return rules.fingerprint({"sent": sent.isoformat() if sent else None, "quote": application.quote})


def _partners_are_complete(application: GrantApplication) -> bool:
    partners = partners_of(application)
    alone = application.form == GrantApplication.Form.SINGLE
    offered = application.form in joint.forms_of(application.call.partner_terms)
    return offered and alone != bool(partners) and all(one.status == Partner.Status.DONE for one in partners)


def _has(application: GrantApplication, parts: str) -> bool:
    """Whether there is one of its `parts`; no query where a page has read that with the application."""
    known: bool | None = getattr(application, f"has_{parts}", None)
    return getattr(application, parts).exists() if known is None else known


def missing_sections(application: GrantApplication) -> list[str]:
    """Codes of the task-list sections that are not complete yet."""
    partner = has_research_partner(application) or not terms_of(application.call).research_partner
    done = {
        "project": all(getattr(application, name) for name in ("title", *WORDS)),
        "milestones": _has(application, "milestones"),
        "dates": bool(
            application.starts_on and application.ends_on and application.trl_start and application.trl_end and partner
        ),
        "partners": _partners_are_complete(application),
        "costs": application.lines.exists(),
        "match": application.match_sources.exists(),
        "risks": _has(application, "risks"),
        "subsidy": bool(application.subsidy),
        "conflicts": application.has_conflict is False or bool(application.has_conflict and application.conflict_note),
    }
    return [code for code, complete in done.items() if not complete]
