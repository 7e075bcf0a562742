"""Does somebody who diagnosed the firm sell to it? Told, never decided: staff look at it and the firm is warned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from diagnostics.models import Allocation
from funding import rules
from funding.models import BudgetLine
from organisations.models import Organisation


@dataclass(frozen=True)
class Diagnosis:
    """A contractor that took on a diagnostic of the firm, and the days: accepted, delivered (None: not yet)."""

    contractor: Organisation
    reference: str
    accepted_on: date
    delivered_on: date | None

    def sells(self, supplier: str) -> str:
        """How the supplier's name shows that it is this contractor: a rules.SAME_… code, or empty."""
        return rules.same_business(supplier, self.contractor.name, self.contractor.company_number)


@dataclass(frozen=True)
class Conflict:
    """A cost, or a quote for it, from a contractor that diagnosed the firm."""

    line: BudgetLine
    supplier: str
    is_quote: bool
    quoted_on: date | None
    diagnosis: Diagnosis
    how: str

    @property
    def by_number(self) -> bool:
        return self.how == rules.SAME_NUMBER


def diagnoses(organisation_id: int) -> list[Diagnosis]:
    """Contractors that have taken on a diagnostic of the firm in any programme, whatever became of it later."""
    rows = Allocation.objects.filter(assessment__case__organisation=organisation_id).taken_on().with_context()
    found = []
    for row in rows.order_by("accepted_at", "pk"):
        programme = row.contractor.programme
        delivered = programme.local_date(row.delivered_at) if row.delivered_at else None
        accepted = programme.local_date(row.accepted_at or row.offered_at)
        reference = row.assessment.case.reference
        found.append(Diagnosis(row.contractor.organisation, reference, accepted, delivered))
    return found


def conflicts(lines: Iterable[BudgetLine], known: Iterable[Diagnosis]) -> list[Conflict]:
    """Each cost, and each quote of it under another name, that comes from one of those who diagnosed the firm.

    The lines have their quotes read; a quote that names the same supplier as its cost is told once.
    """
    found = []
    for line in lines:
        sold: list[tuple[str, bool, date | None]] = [(line.supplier, False, None)]
        zone = line.application.case.programme
        sold += [
            (quote.supplier, True, zone.local_date(quote.attached_at))
            for quote in line.quotes.all()
            if quote.supplier != line.supplier
        ]
        for supplier, is_quote, day in sold:
            for diagnosis in known:
                if how := diagnosis.sells(supplier):
                    found.append(Conflict(line, supplier, is_quote, day, diagnosis, how))
    return found
