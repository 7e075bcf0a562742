"""The demonstration's firms, brought to their stages by the same actions as real use."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from applications import actions as applications
from applications.models import Barrier, Case, still_open
from demo import claiming, contractors, deciding, sharing
from demo.firms import Firm, firm
from demo.journey import Journey
from demo.outlines import write_outline
from demo.people import make_user
from diagnostics import actions as diagnostics
from diagnostics.models import ActionPlan, Answer, PlanAction
from eligibility import actions as eligibility
from funding import actions as funding
from funding import quoting
from funding.models import BudgetLine, GrantApplication, MatchSource
from funding.wording import SUBSIDY_DECLARATION
from organisations import places
from programmes.actions import copy_call
from programmes.models import Call, Programme

# How many of a programme's twenty firms stand where; each stage goes through all before it on its way.
STAGES = {
    "draft": 1,
    "submitted": 2,
    "set_aside": 1,
    "returned": 1,
    "rejected": 1,
    "withdrawn": 1,
    "accepted": 2,
    "answering": 2,
    "sent": 3,
    "final": 2,
    "grant_sent": 1,
    "assessed": 1,
    "offered": 1,
    "awarded": 1,
}
ON_THE_WAY = [
    "draft",
    "submitted",
    "accepted",
    "answering",
    "sent",
    "final",
    "grant_sent",
    "assessed",
    "offered",
    "awarded",
]
DIAGNOSTIC = {"answering", "sent", "final"}
# Firms after these that asked for money without the diagnostic, and how far they go before their own last step.
MONEY = {
    "made-smarter-north-west": {
        "sent_back": "grant_sent",
        "reserved": "assessed",
        "declined": "assessed",
        **dict.fromkeys(["started", "claimed", "approved", "paid"], "awarded"),
    },
    "wales-industry-4": {"sharing": "grant_sent"},
}
# A firm that sells machines, and makes some: the check says no, the adviser has seen the workshop.
WHOLESALE = "46690"


def build(*, programmes: list[Programme], staff: dict[str, User], now: datetime, seed: int = 1) -> int:
    """Make every firm that is not there yet; how many were made."""
    made = 0
    for programme in programmes:
        contractors.sign(programme, staff, now)
        stages = [stage for stage, count in STAGES.items() for _ in range(count)]
        for number, stage in enumerate(stages):
            made += build_one(firm(number, programme.slug, seed), programme, stage, staff, now)
        contractors.settle(programme, staff, now)
    first = programmes[0]
    made += build_one(firm(len(stages), first.slug, seed), first, "queried", staff, now, owner=staff["owner"])
    for programme in programmes:
        # The paid one comes first, so that its invoice is the one that another firm sends again.
        for number, stage in enumerate(sorted(MONEY[programme.slug], key="paid".__ne__), len(stages) + 1):
            made += build_one(firm(number, programme.slug, seed), programme, stage, staff, now)
    _draft_next_call(first, staff["manager"], now)
    return made


def way_of(stage: str, programme: Programme) -> Sequence[str]:
    """The steps of a firm that stays at `stage`, before what is its own."""
    if stage in ON_THE_WAY:
        return ON_THE_WAY[1 : ON_THE_WAY.index(stage) + 1]
    if stage == "queried":
        return ON_THE_WAY[1:]
    last = MONEY[programme.slug].get(stage)
    if last is None:
        return [] if stage == "withdrawn" else ON_THE_WAY[1:2]
    return [step for step in ON_THE_WAY[1 : ON_THE_WAY.index(last) + 1] if step not in DIAGNOSTIC]


def build_one(
    made: Firm, programme: Programme, stage: str, staff: dict[str, User], now: datetime, owner: User | None = None
) -> int:
    """Bring one firm to `stage`; 0 when it is there already, else 1."""
    if Case.objects.filter(programme=programme, organisation__company_number=made.company_number).exists():
        return 0
    chance = random.Random(f"{programme.slug}:{made.number}")
    owner = owner or make_user(email=made.email, full_name=f"Office of {made.name}")
    way = way_of(stage, programme)
    # About four days a step, so that what waits has waited some days and a few promises are just late.
    began = now - timedelta(days=5 * max(1, len(way)) + chance.randint(2, 5))
    starts = now + timedelta(days=60)
    if runs := stage in claiming.STAYS:
        began = now - claiming.HISTORY
        starts = began + claiming.LEAD
    journey = Journey(made, programme, staff, now, began, chance, owner, stage, starts.date(), is_quick=runs)
    _start(journey)
    for step in way:
        STEPS[step](journey)
    if stage in ASIDE:
        ASIDE[stage](journey)
    return 1


def _draft_next_call(programme: Programme, manager: User, now: datetime) -> None:
    """The next round of the money, copied from the one that is open: a manager changes it and lets firms see it."""
    call = Call.objects.filter(instrument__programme=programme, instrument__kind="grant", is_draft=False).first()
    year = timedelta(days=365)
    name = f"Match funding {call.closes_at.year + 1} to {call.closes_at.year + 2}"
    copy_call(call=call, name=name, opens_at=call.closes_at, closes_at=call.closes_at + year, by=manager, at=now)


def _start(journey: Journey) -> None:
    made = journey.firm
    check = eligibility.record(
        programme=journey.programme,
        answers={
            "postcode": made.postcode,
            "local_authority": places.candidates(made.postcode)[0].code,
            "sic_code": made.sic_code if journey.last != "set_aside" else WHOLESALE,
            "legal_form": "company",
            "employees": str(made.employees),
            "turnover": f"{made.turnover}.00",
            "balance_sheet": f"{made.balance_sheet}.00",
            "group": "no",
            "aid": "no",
            "committed": "no",
        },
        newest=None,
        at=journey.at,
    )
    details = applications.FirmDetails(
        name=made.name,
        legal_form="company",
        company_number=made.company_number,
        address=f"Unit {made.number + 1}, {made.postcode}",
    )
    journey.case = applications.join(
        programme=journey.programme, check=check, firm=details, key=journey.key("case"), by=journey.owner,
        at=journey.at,
    )  # fmt: skip


def _submit(journey: Journey) -> None:
    case = journey.case
    case.save_answers(
        contact_name=journey.owner.full_name, contact_role="Owner",
        contact_phone=f"01524 {journey.firm.company_number[2:]}", contact_email=journey.owner.email,
        makes=journey.firm.makes, wants_to_change=journey.firm.change,
        barriers=sorted(journey.chance.sample(Barrier.values, 2)), barriers_other="", agrees_to_share=True,
        agrees_to_benchmark=journey.chance.random() < 0.8, agrees_to_contact=True,
    )  # fmt: skip
    applications.submit(case=case, by=journey.owner, at=journey.later())


def _accept(journey: Journey) -> None:
    settled = {each.rule: "Talked it through with the owner." for each in still_open(journey.case)}
    applications.accept(case=journey.case, settled=settled, by=journey.staff["adviser"], at=journey.later())
    applications.write_note(
        case=journey.case, kind="PHONE", text="Talked through the aims and the next step.",
        by=journey.staff["adviser"], at=journey.later(2),
    )  # fmt: skip


def _answer(journey: Journey) -> None:
    """Start the diagnostic and answer all of it, or half when this is as far as the firm has come."""
    chance, at = journey.chance, journey.later()
    assessment = journey.assessment = diagnostics.start(case=journey.case, by=journey.owner, at=at)
    facts = {
        "sector": chance.choice(["fabricated_metal", "food_drink", "machinery", "plastics_rubber", "electronics"]),
        "production_mode": chance.choice(["jobbing", "small_batch", "large_batch"]),
        "has_manual_assembly": True,
        "has_production_machines": True,
        "has_networked_machines": chance.random() < 0.5,
        "uses_process_water": chance.random() < 0.3,
        "makes_durable_products": chance.random() < 0.7,
        "owns_product_design": chance.random() < 0.5,
        "makes_to_order": True,
        "goals": chance.sample(["productivity", "quality", "lead_time", "energy_carbon", "sales", "people"], 3),
        "budget_12m": chance.choice(["under_5k", "5k_25k", "25k_100k"]),
    }
    diagnostics.save_facts(assessment=assessment, facts=facts, by=journey.owner, at=at)
    assessment.refresh_from_db()
    document = assessment.document
    questions = [*document["questions"], *document["barriers"]]
    if journey.last == "answering":
        questions = questions[: len(questions) // 2]
    for question in questions:
        level = min(4, max(0, round(chance.gauss(1.4, 0.9))))
        reply = diagnostics.Reply(Answer.State.ANSWERED, level, "")
        diagnostics.save_answer(
            assessment=assessment, code=question["code"], reply=reply, row_version=0, by=journey.owner, at=at
        )


def _send(journey: Journey) -> None:
    diagnostics.send(assessment=journey.assessment, by=journey.owner, at=journey.later())
    if journey.last == "sent":
        contractors.hand_out(journey.assessment, journey.staff, journey.later(1))


def _finalise(journey: Journey) -> None:
    """Whoever carries it out sees one thing otherwise, and makes the result final; the adviser agrees the plan."""
    assessment, adviser = journey.assessment, journey.staff["adviser"]
    given = contractors.give(assessment, journey.staff, journey.later(1), answered_at=journey.later(2))
    specialist = given.person if given else adviser
    answer = (
        assessment.answers.filter(self_level__gte=2)
        .exclude(question_code__startswith="BR")
        .order_by("question_code")
        .first()
    )
    if answer:
        verdict = diagnostics.Verdict(
            answer.self_level - 1, "In use on one line only, as seen on the visit.", answer.row_version
        )
        diagnostics.moderate(
            assessment=assessment, verdicts={answer.question_code: verdict}, by=specialist, at=journey.later(4)
        )
    assessment.refresh_from_db()
    reason = "We went through every level together at the visit."
    diagnostics.finalise(assessment=assessment, by=specialist, at=journey.later(), reason=reason)
    plan = ActionPlan.objects.select_related("assessment__case__programme").get(assessment=assessment)
    diagnostics.agree_plan(plan=plan, for_firm=False, by=adviser, at=journey.later(2))
    if journey.last != "final":
        diagnostics.agree_plan(plan=plan, for_firm=True, by=journey.owner, at=journey.later(2))


def _return(journey: Journey) -> None:
    reason = "Please tell us which machines the new system would have to work with."
    applications.return_to_firm(case=journey.case, reason=reason, by=journey.staff["adviser"], at=journey.later())


def _reject(journey: Journey) -> None:
    reason = "The work would happen at a site outside our area. The growth hub for that area can help."
    applications.reject(case=journey.case, reason=reason, by=journey.staff["adviser"], at=journey.later())


def _set_aside(journey: Journey) -> None:
    """Set aside what the check says no to or cannot decide; a second person has yet to agree."""
    for found in still_open(journey.case):
        applications.set_aside(
            case=journey.case, rule=found.rule, reason="Seen on a visit: they make most of what they sell.",
            by=journey.staff["adviser"], at=journey.later(2),
        )  # fmt: skip


def _withdraw(journey: Journey) -> None:
    reason = "We are moving site this year and will come back."
    applications.withdraw(case=journey.case, reason=reason, by=journey.owner, at=journey.later())


def _apply(journey: Journey) -> None:
    """Ask for the money for the first action of the plan, one cost of two with its quote, and send it."""
    at, by = journey.later(), journey.owner
    call = Call.objects.filter(
        instrument__programme=journey.programme, instrument__kind__in=["grant", "voucher"]
    ).first()
    action = PlanAction.objects.filter(plan__assessment=journey.assessment).order_by("rank").first()
    write_outline(journey, call, action)
    application = journey.application = funding.start(
        case=journey.case, call=call, plan_action=action, key=journey.key("grant"), by=by, at=at
    )
    starts = journey.starts_on
    draft = GrantApplication.objects.get(pk=application.pk)
    draft.title = journey.firm.project
    draft.summary = "We connect our machines and job cards, so that everybody sees what runs and what waits."
    draft.work = "A supplier fits the readers and the software on six machines. We train two people to run it."
    draft.problem = "Nobody sees which job runs on which machine, so urgent ones are found late."
    draft.outputs = "Six machines and every job card connected, two people trained to run them."
    draft.benefit = "Two hours saved each day on typing and looking, and late jobs seen a day earlier."
    draft.starts_on = starts
    draft.ends_on = starts + timedelta(days=claiming.SHORT if journey.last in claiming.OVER else claiming.LONG)
    draft.trl_start, draft.trl_end = 6, 9
    draft.has_conflict = False
    draft.subsidy = {"words": str(SUBSIDY_DECLARATION), "other_money": False, "note": ""}
    draft.save()
    draft.milestones.create(
        title="Readers fitted and accepted", due_on=starts + timedelta(days=110), evidence="The acceptance report"
    )
    draft.risks.create(
        text="The supplier delivers late", likelihood=2, impact=2, answer="We order at once and keep a month in hand."
    )
    net = Decimal(journey.chance.randrange(8_000, 30_000, 250))
    for category, what, amount in [
        ("capital_equipment", "Readers and tablets for six machines", net),
        ("upskilling" if journey.programme.slug.startswith("wales") else "software", "Set-up and training", net / 4),
    ]:
        line = BudgetLine(
            category=category, description=what, supplier="Made-up Automation", net=amount, vat=amount / 5
        )
        funding.save_line(application=draft, line=line)
    funding.attach_quote(
        line=draft.lines.first(), file=journey.a_file("quote"), supplier="Made-up Automation", amount=net,
        valid_until=starts + timedelta(days=30), by=by, at=at,
    )  # fmt: skip
    pays = quoting.answer_for(draft, at=at).quote.applicant_pays
    draft.match_sources.create(kind=MatchSource.Kind.OWN_CASH, amount=pays, is_certain=True)
    if journey.last == "sharing":
        sharing.invite_partners(journey, draft)
        return
    funding.submit(application=draft, by=by, at=journey.later())
    if journey.last == "grant_sent" and call.reviews_needed:  # waits for the assessor's answer
        deciding.ask(journey, draft, journey.staff["assessor"])


STEPS = {
    "submitted": _submit,
    "accepted": _accept,
    "answering": _answer,
    "sent": _send,
    "final": _finalise,
    "grant_sent": _apply,
    "assessed": deciding.assess,
    "offered": deciding.offer,
    "awarded": deciding.take_up,
}
ASIDE = {
    "returned": _return,
    "rejected": _reject,
    "withdrawn": _withdraw,
    "set_aside": _set_aside,
    "sent_back": deciding.send_back,
    "reserved": deciding.reserve,
    "declined": deciding.decline,
    "assessed": deciding.draft,
    **claiming.STAYS,
}
