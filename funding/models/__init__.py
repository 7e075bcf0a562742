from funding.models.applications import GrantApplication
from funding.models.awards import Award, AwardCondition
from funding.models.claims import Claim, ClaimLine, ClaimQuery, Forecast, MilestoneEvidence
from funding.models.costs import CATEGORY_CHOICES, BudgetLine, Quote
from funding.models.decisions import Appeal, Approval, Decision
from funding.models.flags import FraudFlag
from funding.models.outlines import Outline, OutlineOpinion
from funding.models.partners import Colleague, Comment, MatchSource, Partner
from funding.models.payments import BankAccount, Clawback, Payment, PaymentRun
from funding.models.project import Milestone, Risk, Submission
from funding.models.reviews import Assessor, Interests, PanelOutcome, Review, ReviewInvitation
from funding.models.variations import Variation

__all__ = [
    "CATEGORY_CHOICES",
    "Appeal",
    "Approval",
    "Assessor",
    "Award",
    "AwardCondition",
    "BankAccount",
    "BudgetLine",
    "Claim",
    "ClaimLine",
    "ClaimQuery",
    "Clawback",
    "Colleague",
    "Comment",
    "Decision",
    "Forecast",
    "FraudFlag",
    "GrantApplication",
    "Interests",
    "MatchSource",
    "Milestone",
    "MilestoneEvidence",
    "Outline",
    "OutlineOpinion",
    "PanelOutcome",
    "Partner",
    "Payment",
    "PaymentRun",
    "Quote",
    "Review",
    "ReviewInvitation",
    "Risk",
    "Submission",
    "Variation",
]
