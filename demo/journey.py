"""One firm on its way through the demonstration, the clock that it lives by, and the files that it sends."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from applications.models import Case
from demo.firms import Firm
from diagnostics.models import Assessment
from funding.models import Award, GrantApplication
from programmes.models import Programme

# One empty page that says nothing; its key makes it like no other file.
PDF = (
    "%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
    "2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
    "3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Tabs /{key}>> endobj\n"
)
END = (
    "xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \n0000000111 00000 n \n"
    "trailer <</Root 1 0 R /Size 4>>\nstartxref\n{start}\n%%EOF\n"
)
NAMESPACE = uuid.UUID("6f1d8f0a-6d0e-4f57-9a51-2f3b8f6b9d10")


@dataclass
class Journey:
    """One firm on its way, and the clock it lives by: every step a few days after the last, never in the future."""

    firm: Firm
    programme: Programme
    staff: dict[str, User]
    now: datetime
    at: datetime
    chance: random.Random
    owner: User
    last: str
    """The stage at which this firm stays."""
    starts_on: date
    """The first day of the project that it asks money for."""
    is_quick: bool = False
    """One day a step instead of some: its project has to have run by today."""
    case: Case | None = None
    assessment: Assessment | None = None
    application: GrantApplication | None = None
    award: Award | None = None

    def later(self, most_days: int = 6) -> datetime:
        days = 1 if self.is_quick else self.chance.randint(1, most_days)
        self.at = min(self.now, self.at + timedelta(days=days, minutes=37))
        return self.at

    def wait_until(self, day: date) -> datetime:
        """The same time of a later day; where that has passed, nothing is waited for."""
        self.at = min(self.now, self.at + timedelta(days=max(0, (day - self.at.date()).days)))
        return self.at

    def key(self, what: str) -> uuid.UUID:
        return uuid.uuid5(NAMESPACE, f"{self.programme.slug}:{self.firm.number}:{what}")

    def a_file(self, name: str) -> SimpleUploadedFile:
        """A PDF like no other firm's."""
        page = PDF.format(key=self.key(name).hex)
        content = page + END.format(start=len(page))
        return SimpleUploadedFile(f"{name}.pdf", content.encode(), content_type="application/pdf")


def share(amount: Decimal, percent: int) -> Decimal:
    """This much of an amount, in whole pence."""
    return (amount * percent / 100).quantize(Decimal("0.01"))
