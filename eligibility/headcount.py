"""Annual work units: how many people a firm counts (Recommendation 2003/361/EC, Annex I, Article 5). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Who counts: employees, people seconded in, owners who manage, partners who work regularly.
COUNTED = ("employee", "seconded", "owner", "partner")
# Who does not: apprentices and students under training contracts; those on maternity or parental leave.
NOT_COUNTED = ("apprentice", "placement_student", "parental_leave")


@dataclass(frozen=True)
class Staff:
    """`people` alike: of one kind (COUNTED or NOT_COUNTED), `share` of full time, 0 to 1, for `months` of the year."""

    people: Decimal
    kind: str = "employee"
    share: Decimal = Decimal(1)
    months: Decimal = Decimal(12)


def annual_work_units(staff: Iterable[Staff]) -> Decimal:
    """The headcount to two places: somebody full time all year is 1, part time and part of the year are fractions."""
    counted = (row for row in staff if row.kind in COUNTED)
    total = sum((row.people * row.share * row.months / 12 for row in counted), Decimal(0))
    return total.quantize(Decimal("0.01"), ROUND_HALF_UP)
