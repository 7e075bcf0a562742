"""Three plans at the edges of what a PDF has to hold: next to nothing, everything at once, Welsh letters."""

from datetime import date, timedelta
from decimal import Decimal

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.models import ActionPlan, Answer, Consent, Evidence, PlanAction, PlanReminder
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import FACTS, STARTED, UNREAD, AssessmentFactory, questionnaire
from tests.factories.network import ExpertFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import load_programmes

LATER = STARTED + timedelta(days=7)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
WORDS = (
    "Every order is typed three times, for the quote, the job card and the invoice, and twice a week somebody finds "
    "that the three do not agree; the press brake waits for two hours a day while the drawing is looked for."
)
OPEN_GROUP = "PI"


def _case(name, *, programme="made-smarter-north-west", **more):
    found, firm = load_programmes()[programme], OrganisationFactory(name=name)
    return CaseFactory(programme=found, region=found.regions.first(), organisation=firm, accepted=True, **more)


def _finalised(assessment):
    programme = assessment.case.programme
    adviser = AssignmentFactory(programme=programme, role=Role.ADVISER, user__full_name="Mair Okonkwo-Llewelyn").user
    type(assessment.case).objects.filter(pk=assessment.case_id).update(adviser=adviser)
    actions.finalise(assessment=assessment, by=adviser, at=STARTED, reason=UNREAD)
    return ActionPlan.objects.with_context().get(assessment=assessment), adviser


def thin():
    """One group open, so that the result is provisional; all else beyond its target, so that no action is left."""
    assessment = AssessmentFactory(case=_case("Ty Ltd"), facts={**FACTS, "goals": []})
    document = questionnaire().document
    Answer.objects.bulk_create(
        Answer(
            assessment=assessment, question_code=item["code"], state=Answer.State.ANSWERED,
            self_level=4 if "levels" in item else 0, answered_by=assessment.case.created_by, answered_at=STARTED,
        )
        for item in [*document["questions"], *document["barriers"]]
        if item.get("group") != OPEN_GROUP
    )  # fmt: skip
    assessment.submit(by=assessment.case.created_by, at=STARTED)
    return _finalised(assessment)[0]


def full():
    """Twenty-seven candidates, every field filled in, words that do not end, three estimates, and all agreed."""
    assessment = AssessmentFactory(case=_case(f"{LONG} & Söhne (Preston) Limited"), submitted=True)
    assessment.visited_on, assessment.took_part = date(2026, 10, 28), "Owner, production manager, quality, two fitters"
    assessment.save()
    assessment.answers.update(note=WORDS, strength=Answer.Strength.SEEN)
    moderated = assessment.answers.filter(question_code__in=["MS06", "PE03", "FN02"])
    moderated.update(
        moderated_level=1, moderation_reason=WORDS, moderated_at=STARTED,
        moderated_by=assessment.case.created_by, comment="We see this otherwise.", commented_at=STARTED,
        commented_by=assessment.case.created_by,
    )  # fmt: skip
    assessment.start_moderation(by=assessment.case.created_by, at=STARTED)
    for code in ("PI02", "PI03", "FN04"):
        Evidence.objects.create(
            assessment=assessment, question_code=code, kind="link", url=f"https://firm.example/{LONG}/{code}",
            added_at=STARTED, added_by=assessment.case.created_by,
        )  # fmt: skip
    for purpose in Consent.Purpose.values:
        Consent.objects.create(
            case=assessment.case, purpose=purpose, is_given=True, given_at=STARTED, given_by=assessment.case.created_by
        )
    ExpertFactory(name="Centre for Everything That Turns", kinds=["rto", "training"], what_to_ask=WORDS)
    ExpertFactory(name="Northern Integrators", kinds=["integrator", "software", "cyber"], is_independent=False)
    plan, adviser = _finalised(assessment)
    _fill(plan)
    _agree(plan, adviser)
    return plan


def _fill(plan):
    for row in plan.actions.all():
        row.owner, row.start_on, row.review_on = f"Production manager {LONG[:20]}", date(2026, 12, 1), date(2027, 2, 1)
        row.measure, row.baseline = "Hours a week spent looking for drawings", "Ten hours a week, counted in October"
        row.risks = "The one person who knows the machine retires in spring. Nobody else has its password."
        row.cost_low, row.cost, row.cost_high = Decimal(40000), Decimal(48000), Decimal(61500)
        row.grant, row.running_cost = Decimal(20000), Decimal(3000)
        row.benefit_low, row.yearly_benefit, row.benefit_high = Decimal(2500), Decimal(26000), Decimal(40000)
        row.save()
    first = plan.actions.exclude(horizon=PlanAction.Horizon.PARKED).earliest("rank")
    first.is_kept_first, first.reason = True, "The customer audit in March asks for it."
    first.save()
    PlanAction.objects.create(
        plan=plan, action_code="OWN-1", title=f"Move the guillotine next to {LONG}", rank=90, computed_horizon="next",
        horizon="next", cost_band=0, is_own=True, description="Clear the bay. Then move it on a Sunday.",
        is_pinned=False, is_quick_win=False,
    )  # fmt: skip


def _agree(plan, adviser):
    ActionPlan.objects.filter(pk=plan.pk).update(
        adviser_agreed_at=LATER, adviser_agreed_by=adviser, firm_agreed_at=LATER,
        firm_agreed_by=plan.assessment.case.created_by, next_review_on=date(2026, 11, 25),
    )  # fmt: skip
    plan.refresh_from_db(fields=["adviser_agreed_at", "firm_agreed_at", "next_review_on"])
    PlanReminder.objects.bulk_create(
        PlanReminder(plan=plan, kind=kind, due_on=day)
        for kind, day in zip(
            PlanReminder.Kind.values, [date(2026, 11, 25), date(2027, 2, 11), date(2027, 11, 11)], strict=True
        )
    )


def welsh():
    """Letters that not every font has, in the firm's name and words; Welsh money is in pounds all the same."""
    case = _case("Llŷr & Môn Cyf", programme=WALES)
    assessment = AssessmentFactory(case=case, submitted=True)
    assessment.answers.filter(question_code="MS03").update(note="Ŵyr neb ble mae’r llun: tŷ, dŵr, gŵyl, sïo, ffôl, âr.")
    return _finalised(assessment)[0]


WALES = "wales-industry-4"
CASES = {"thin": thin, "full": full, "welsh": welsh}
