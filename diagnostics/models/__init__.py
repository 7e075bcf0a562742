"""The diagnostic: its questionnaire, a firm's answers in one round, the frozen result and the plan that follows."""

from diagnostics.models.assessments import Answer, Assessment, Result
from diagnostics.models.places import WaitingPlace
from diagnostics.models.plans import ActionPlan, PlanAction
from diagnostics.models.questionnaires import Questionnaire, QuestionnaireVersion

__all__ = [
    "ActionPlan",
    "Answer",
    "Assessment",
    "PlanAction",
    "Questionnaire",
    "QuestionnaireVersion",
    "Result",
    "WaitingPlace",
]
