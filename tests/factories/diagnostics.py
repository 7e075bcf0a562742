from copy import deepcopy
from datetime import UTC, datetime
from functools import cache

import factory
from factory.django import DjangoModelFactory

from accounts.permissions import Role
from diagnostics import actions, loading, schema
from diagnostics.actions import Reply, Verdict
from diagnostics.models import Answer, Assessment, Evidence, Questionnaire, QuestionnaireVersion
from diagnostics.models.questionnaires import DEFAULT_QUESTIONNAIRE
from documents.actions import take_upload
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.funding import a_quote

STARTED = datetime(2026, 11, 4, 9, tzinfo=UTC)
UNREAD = "We went through every level together at the visit."
"""Why a diagnostic is made final past the firm's own reading."""

FACTS = {
    "employees": "32",
    "sector": "fabricated_metal",
    "production_mode": "jobbing",
    "has_manual_assembly": True,
    "has_production_machines": True,
    "has_networked_machines": False,
    "uses_process_water": False,
    "makes_durable_products": True,
    "owns_product_design": False,
    "makes_to_order": True,
    "region": "lancashire",
    "goals": ["productivity", "lead_time", "sales"],
    "budget_12m": "5k_25k",
}
# A jobbing metal fabricator of 32 people: the method's eighth worked example, with two barriers.
LEVELS = {
    "PE01": 1, "PE02": 1, "PE03": 2, "PE04": 1, "PE05": 1, "PE06": 1,
    "MS01": 0, "MS02": 1, "MS03": 1, "MS04": 1, "MS05": 1, "MS06": 2, "MS08": 0, "MS09": 1,
    "SC01": 2, "SC03": 1, "SC04": 0, "CI01": 1, "CI02": 1, "CI03": 1,
    "PI01": 1, "PI02": 2, "PI03": 2, "FN01": 1, "FN02": 2, "FN03": 2, "FN04": 2,
    "BR01": 3, "BR02": 1, "BR03": 2, "BR04": 2, "BR05": 1, "BR06": 4, "BR07": 2,
}  # fmt: skip
NOT_APPLICABLE = {"SC02": "Our customers send the material; we have no say in it."}


@cache
def _file():
    return loading.read(loading.DATA / "industry-4.yaml")


def questionnaire():
    """The published questionnaire, loaded once."""
    found = QuestionnaireVersion.objects.newest(DEFAULT_QUESTIONNAIRE)
    if found:
        return found
    document = deepcopy(_file())
    return QuestionnaireVersion.objects.create(
        questionnaire=Questionnaire.objects.get_or_create(code=document["framework"]["code"])[0],
        number=document["framework"]["version"],
        document=document,
        sha256=schema.sha256(document),
        loaded_at=STARTED,
    )


class AssessmentFactory(DjangoModelFactory):
    """A diagnostic of an accepted case, facts known and nothing answered.

    `answered`, `submitted`, `returned` or `final`=True walk it there by the actions of real use; `final` needs a test
    with transactions of its own kind, since each action opens one (`django_db` will do).
    """

    class Meta:
        model = Assessment
        skip_postgeneration_save = True

    case = factory.SubFactory(CaseFactory, accepted=True)
    version = factory.LazyFunction(questionnaire)
    facts = factory.LazyFunction(lambda: dict(FACTS))
    started_at = STARTED
    updated_at = STARTED
    started_by = factory.LazyAttribute(lambda assessment: assessment.case.created_by)

    @factory.post_generation
    def answered(self, create, extracted, **kwargs):
        if extracted:
            _answer(self)

    @factory.post_generation
    def submitted(self, create, extracted, **kwargs):
        if extracted:
            _answer(self)
            self.submit(by=self.case.created_by, at=STARTED)

    @factory.post_generation
    def returned(self, create, extracted, **kwargs):
        if extracted:
            _answer(self)
            self.submit(by=self.case.created_by, at=STARTED)
            self.return_to_firm(by=_adviser_of(self.case), at=STARTED, reason="Please look at cyber security again.")

    @factory.post_generation
    def final(self, create, extracted, **kwargs):
        if extracted:
            _answer(self)
            self.submit(by=self.case.created_by, at=STARTED)
            adviser = _adviser_of(self.case)
            moderate(self, {"MS06": (1, "No backup has ever been restored.")}, by=adviser)
            actions.finalise(assessment=self, by=adviser, at=STARTED, reason=UNREAD)
            self.refresh_from_db()


def _answer(assessment):
    rows = [
        Answer(question_code=code, state=Answer.State.ANSWERED, self_level=level, note=NOTES.get(code, ""))
        for code, level in LEVELS.items()
    ] + [
        Answer(question_code=code, state=Answer.State.NOT_APPLICABLE, note=reason)
        for code, reason in NOT_APPLICABLE.items()
    ]
    for row in rows:
        row.assessment, row.answered_by, row.answered_at = assessment, assessment.case.created_by, STARTED
    Answer.objects.bulk_create(rows)


NOTES = {
    "MS03": "Every order is typed three times: quote, job card, invoice.",
    "SC04": "We throw offcuts in one skip.",
    "PE04": "Setting up the press brake takes two hours.",
}


def _adviser_of(case):
    return AssignmentFactory(programme=case.programme, role=Role.ADVISER).user


def moderate(assessment, levels, *, by, at=STARTED):
    """Set the adviser's levels: {code: (level, reason)}."""
    rows = {row.question_code: row.row_version for row in assessment.answers.all()}
    actions.moderate(
        assessment=assessment,
        verdicts={code: Verdict(level, reason, rows.get(code, 0)) for code, (level, reason) in levels.items()},
        by=by,
        at=at,
    )


def level(number, note=""):
    """A reply with a level."""
    return Reply(Answer.State.ANSWERED, number, note)


class EvidenceFactory(DjangoModelFactory):
    """A file that the firm brought for one question."""

    class Meta:
        model = Evidence

    assessment = factory.SubFactory(AssessmentFactory)
    question_code = "PE01"
    kind = Evidence.Kind.FILE
    upload = factory.LazyAttribute(
        lambda piece: take_upload(file=a_quote(), by=piece.assessment.case.created_by, at=STARTED)
    )
    added_at = STARTED
    added_by = factory.LazyAttribute(lambda piece: piece.assessment.case.created_by)


def carried(assessment, code, number, source=Answer.Carried.FIRST_LOOK):
    """An answer brought from before that nobody has confirmed."""
    return Answer.objects.create(
        assessment=assessment, question_code=code, state=Answer.State.ANSWERED, self_level=number, carried_from=source
    )
