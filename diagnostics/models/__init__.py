"""The diagnostic: its questionnaire, a firm's answers in one round, the frozen result and the plan that follows."""

from diagnostics.models.assessments import Answer, Assessment, Result
from diagnostics.models.batches import PlanBatch, PlanBatchItem
from diagnostics.models.benchmarks import AcceptedGaps, BenchmarkPeer, BenchmarkSnapshot
from diagnostics.models.contractors import Allocation, Contractor
from diagnostics.models.evidence import Evidence
from diagnostics.models.firstlooks import FirstLook
from diagnostics.models.places import WaitingPlace
from diagnostics.models.plans import ActionPlan, PlanAction, PlanReminder, PlanVersion
from diagnostics.models.questionnaires import LanguageWaiver, Questionnaire, QuestionnaireVersion, TextPatch
from diagnostics.models.rounds import RoundInvitation
from diagnostics.models.sharing import Consent, GroupInvitation

__all__ = [
    "AcceptedGaps",
    "ActionPlan",
    "Allocation",
    "Answer",
    "Assessment",
    "BenchmarkPeer",
    "BenchmarkSnapshot",
    "Consent",
    "Contractor",
    "Evidence",
    "FirstLook",
    "GroupInvitation",
    "LanguageWaiver",
    "PlanAction",
    "PlanBatch",
    "PlanBatchItem",
    "PlanReminder",
    "PlanVersion",
    "Questionnaire",
    "QuestionnaireVersion",
    "Result",
    "RoundInvitation",
    "TextPatch",
    "WaitingPlace",
]
