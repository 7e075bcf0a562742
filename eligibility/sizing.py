"""How large a firm is: its own figures, its group's, and what two years of accounts make of them. Pure.

Source: Commission Recommendation 2003/361/EC, Annex I, Articles 2 to 6. Partners (25 % to 50 %) count by their share,
linked firms (over 50 %) in full. A missing figure is not zero: sums are kept with whether they are complete, so that a
limit already passed decides without the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

PARTNER_FROM = Decimal(25)
LINKED_OVER = Decimal(50)
MILLION = Decimal(1_000_000)
# Article 3(2): between 25 % and 50 % these holders leave a firm autonomous. Persons are no enterprises.
EXEMPT_HOLDERS = frozenset(
    {
        "public_investment",
        "venture_capital",
        "business_angel",
        "university",
        "institutional_investor",
        "small_local_authority",
    }
)
HOLDER_KINDS = frozenset({"enterprise", "person", "public_body"} | EXEMPT_HOLDERS)
NOT_SME = "not_sme"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Figures:
    """Headcount in annual work units, turnover and balance sheet total in one currency; None means not known."""

    employees: Decimal | None = None
    turnover: Decimal | None = None
    balance_sheet: Decimal | None = None


@dataclass(frozen=True)
class Holding:
    """A firm that holds a share of another, or is held: the greater of capital and votes, in per cent.

    Its figures are consolidated with its own linked firms.
    """

    percent: Decimal | None
    figures: Figures
    holder_kind: str = "enterprise"


@dataclass(frozen=True)
class LinkedFirm:
    """A firm over which control runs in either direction, with its own direct partners and further links."""

    figures: Figures
    partners: tuple[Holding, ...] = ()
    linked: tuple[LinkedFirm, ...] = ()


@dataclass(frozen=True)
class Accounts:
    """A closed accounting period of the firm itself."""

    period_end: date
    figures: Figures


@dataclass(frozen=True)
class Limits:
    """A size limit: `employees` is always "fewer than"; the money tests follow `operator` (`lt` or `le`)."""

    employees: Decimal
    turnover: Decimal
    balance_sheet: Decimal
    operator: str = "le"


# Article 2, in euro.
CEILINGS = {
    "micro": Limits(Decimal(10), 2 * MILLION, 2 * MILLION),
    "small": Limits(Decimal(50), 10 * MILLION, 10 * MILLION),
    "medium": Limits(Decimal(250), 50 * MILLION, 43 * MILLION),
}
CATEGORIES = (*CEILINGS, NOT_SME)


@dataclass(frozen=True)
class Amount:
    """A sum of which `known` is at least there; `complete` says that nothing is missing."""

    known: Decimal = Decimal(0)
    complete: bool = True

    def plus(self, figure: Decimal | None, share: Decimal = Decimal(1)) -> Amount:
        if figure is None:
            return Amount(self.known, False)
        return Amount(self.known + figure * share, self.complete)

    def test(self, limit: Decimal, operator: str) -> bool | None:
        """Within the limit? None when the missing rest decides."""
        within = self.known < limit if operator == "lt" else self.known <= limit
        if not within:
            return False
        return True if self.complete else None


@dataclass(frozen=True)
class Size:
    """A firm's size with its group's. `groups_known` is False when partners or linked firms were not stated."""

    employees: Amount
    turnover: Amount
    balance_sheet: Amount
    groups_known: bool = True
    public_control: bool = False


def aggregate(
    own: Figures,
    partners: Sequence[Holding] | None,
    linked: Sequence[LinkedFirm] | None,
    *,
    public_body_percent: Decimal | None = None,
) -> Size:
    """The figures of a firm with its partners' shares and its linked firms' whole; None for either is "not stated"."""
    size = _with_group(Size(Amount(), Amount(), Amount()), LinkedFirm(own, tuple(partners or ()), tuple(linked or ())))
    public = max(public_body_percent or Decimal(0), _public_share(partners or ()))
    return Size(
        size.employees,
        size.turnover,
        size.balance_sheet,
        groups_known=partners is not None and linked is not None,
        public_control=public >= PARTNER_FROM,
    )


def _public_share(partners: Sequence[Holding]) -> Decimal:
    """What public bodies hold together."""
    return sum((held.percent or Decimal(0) for held in partners if held.holder_kind == "public_body"), Decimal(0))


def _add(size: Size, figures: Figures, share: Decimal = Decimal(1)) -> Size:
    return Size(
        size.employees.plus(figures.employees, share),
        size.turnover.plus(figures.turnover, share),
        size.balance_sheet.plus(figures.balance_sheet, share),
    )


def _with_group(size: Size, firm: LinkedFirm) -> Size:
    size = _add(size, firm.figures)
    for partner in firm.partners:
        share = _counted_share(partner)
        if share is None:
            size = _add(size, Figures())
        elif share:
            size = _add(size, partner.figures, share)
    for other in firm.linked:
        size = _with_group(size, other)
    return size


def _counted_share(partner: Holding) -> Decimal | None:
    """The part of a partner's figures that counts, 0 to 1; None when its share is not known."""
    if partner.holder_kind == "person":
        return Decimal(0)
    if partner.percent is None:
        return None
    if partner.percent > LINKED_OVER:
        return Decimal(1)
    if partner.percent < PARTNER_FROM or partner.holder_kind in EXEMPT_HOLDERS:
        return Decimal(0)
    return partner.percent / 100


def within(size: Size, limits: Limits, *, groups: bool = True) -> bool | None:
    """Headcount and one of the two money tests; None when a missing figure, or a group not stated, decides."""
    headcount = size.employees.test(limits.employees, "lt")
    money = [
        size.turnover.test(limits.turnover, limits.operator),
        size.balance_sheet.test(limits.balance_sheet, limits.operator),
    ]
    if headcount is False or money == [False, False]:
        return False
    if headcount is None or True not in money or (groups and not size.groups_known):
        return None
    return True


def category(size: Size, *, euro_rate: Decimal) -> str:
    """`micro`, `small`, `medium`, `not_sme` or `unknown`; `euro_rate` is what one unit of the currency is in euro.

    A quarter or more in public hands makes a firm no SME whatever its size (Article 3(4)).
    """
    if size.public_control:
        return NOT_SME
    for name, ceiling in CEILINGS.items():
        fits = within(size, _converted(ceiling, euro_rate))
        if fits is not False:
            return name if fits else UNKNOWN
    return NOT_SME


def _converted(ceiling: Limits, euro_rate: Decimal) -> Limits:
    """The ceiling in the figures' own currency."""
    return Limits(ceiling.employees, ceiling.turnover / euro_rate, ceiling.balance_sheet / euro_rate, ceiling.operator)


def settled(answers: Sequence[bool]) -> list[bool]:
    """Being within a limit after each closed period: gained or lost only when two in a row say so (Article 4(2))."""
    status: list[bool] = []
    for index, answer in enumerate(answers):
        changed = index > 0 and answer == answers[index - 1]
        status.append(answer if index == 0 or changed else status[-1])
    return status


def settled_categories(raw: Sequence[str]) -> list[str]:
    """The category after each closed period from the raw ones, oldest first, ceiling by ceiling."""
    flags = [settled([CATEGORIES.index(name) <= ceiling for name in raw]) for ceiling in range(len(CEILINGS))]
    return [
        next((CATEGORIES[ceiling] for ceiling, status in enumerate(flags) if status[period]), NOT_SME)
        for period in range(len(raw))
    ]
