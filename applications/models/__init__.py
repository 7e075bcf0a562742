"""The case, what people say about it, and what it rests on."""

from applications.models.cases import Barrier, Case, CaseQuerySet, Lead, Note
from applications.models.checks import CaseCheck, EligibilityOverride, OpenFinding, still_open

__all__ = [
    "Barrier",
    "Case",
    "CaseCheck",
    "CaseQuerySet",
    "EligibilityOverride",
    "Lead",
    "Note",
    "OpenFinding",
    "still_open",
]
