"""What a firm has chosen to have done with its answers: when it joined, and since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from applications.models import Case
from diagnostics.models import Consent


@dataclass(frozen=True)
class Choice:
    """The choice in force about one purpose (Consent.Purpose), and since when."""

    purpose: str
    is_given: bool
    made_at: datetime

    @property
    def label(self) -> str:
        return str(Consent.Purpose(self.purpose).label)


def in_force(case: Case) -> list[Choice]:
    """In the order they are asked: the newest, else what was said when joining. Never asked is left out."""
    joined_at = case.submitted_at or case.created_at
    held = {purpose: Choice(purpose, is_given, joined_at) for purpose, is_given in said_when_joining(case).items()}
    for row in Consent.objects.filter(case=case).newest():
        held[row.purpose] = Choice(row.purpose, row.is_given, row.given_at)
    return [held[purpose] for purpose in Consent.Purpose.values if purpose in held]


def choices_of(case: Case) -> dict[str, bool]:
    """The choices in force by purpose."""
    return {choice.purpose: choice.is_given for choice in in_force(case)}


def said_when_joining(case: Case) -> dict[str, bool]:
    """What the firm chose when it joined the programme, by purpose; empty when it was not asked."""
    if case.agrees_to_benchmark is None:
        return {}
    return {
        Consent.Purpose.BENCHMARK.value: case.agrees_to_benchmark,
        Consent.Purpose.SHARE.value: case.agrees_to_share,
        Consent.Purpose.CONTACT.value: bool(case.agrees_to_contact),
    }
