"""How large a firm is: its own figures, its group's, and what two years of accounts make of them. Pure.

Source: Commission Recommendation 2003/361/EC, Annex I, Articles 2 to 6. Partners (25 % to 50 %) count by their share,
linked firms (over 50 %) in full. What is not known is not zero: sums are kept as what they are at least and at most,
so that a limit decides as soon as no value of the missing figures could change the answer.
"""

from __future__ import annotations

import dataclasses
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
# Article 3(2)(a): up to this much in one firm, a business angel leaves it autonomous.
ANGEL_LIMIT_EUR = Decimal(1_250_000)
# Over half in the hands of these is public control even where a smaller share is not.
_PUBLIC_OVER_HALF = frozenset({"public_investment", "small_local_authority"})
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
    """A firm that holds a share of another, or is held: the greater of capital and votes, in per cent (`share`).

    Its figures are consolidated with its own linked firms. `invested_eur` is what a business angel has put into this
    firm; None is less than the limit, as the kind says.
    """

    percent: Decimal | None
    figures: Figures
    holder_kind: str = "enterprise"
    invested_eur: Decimal | None = None
    name: str = ""


@dataclass(frozen=True)
class LinkedFirm:
    """A firm over which control runs in either direction, with its own direct partners and further links.

    A link that runs through a natural person counts only where both firms are in the same or adjacent markets
    (Article 3(3)); `same_market` None is not known.
    """

    figures: Figures
    partners: tuple[Holding, ...] = ()
    linked: tuple[LinkedFirm, ...] = ()
    through_person: bool = False
    same_market: bool | None = None
    name: str = ""


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


# Recommendation (EU) 2025/1099: a label for reports, no rule here asks for it.
SMALL_MID_CAP = Limits(Decimal(750), 150 * MILLION, 129 * MILLION)


@dataclass(frozen=True)
class Amount:
    """A sum that is at least `known` and at most `most`; None is without bound."""

    known: Decimal = Decimal(0)
    most: Decimal | None = Decimal(0)

    @property
    def complete(self) -> bool:
        return self.known == self.most

    def plus(self, figure: Decimal | None, share: Decimal | None = Decimal(1), *, certain: bool = True) -> Amount:
        """With the share of a figure added; None for either, or a figure that may not count, leaves the sum open."""
        if share == 0:
            return self
        if figure is None or share is None:
            return Amount(self.known, None)
        added = figure * share
        most = None if self.most is None else self.most + added
        return Amount(self.known + added if certain else self.known, most)

    def test(self, limit: Decimal, operator: str) -> bool | None:
        """Within the limit? None when what is missing decides."""
        if not _under(self.known, limit, operator):
            return False
        return True if self.most is not None and _under(self.most, limit, operator) else None


def _under(figure: Decimal, limit: Decimal, operator: str) -> bool:
    return figure < limit if operator == "lt" else figure <= limit


@dataclass(frozen=True)
class Part:
    """What one enterprise adds to a firm's size.

    `relation` is one of RELATIONS; `share` of its `figures` counts, 0 to 1, None where that is not known. `certain` is
    False for what counts only if a link through a person is in the same market. `direct` parts hang on the firm itself.
    """

    relation: str
    figures: Figures
    share: Decimal | None
    name: str = ""
    percent: Decimal | None = None
    holder_kind: str = "enterprise"
    invested_eur: Decimal | None = None
    certain: bool = True
    direct: bool = True


RELATIONS = ("own", "linked", "person_link", "partner", "person", "exempt", "too_little", "unknown")


@dataclass(frozen=True)
class Size:
    """A firm's size with its group's.

    `groups_known` is False when partners or linked firms were not stated. `public_control` is None when a share that
    is not known decides. `open_links`: a link through a person may count or not. `doubts` are what only an adviser can
    settle: `angel`, `joint`, `public_link`.
    """

    employees: Amount
    turnover: Amount
    balance_sheet: Amount
    own: Figures = Figures()
    groups_known: bool = True
    public_control: bool | None = False
    open_links: bool = False
    doubts: tuple[str, ...] = ()

    def alone(self) -> Size:
        """The firm without its group."""
        return dataclasses.replace(
            self,
            employees=Amount().plus(self.own.employees),
            turnover=Amount().plus(self.own.turnover),
            balance_sheet=Amount().plus(self.own.balance_sheet),
            groups_known=True,
            open_links=False,
            doubts=(),
        )


def share(capital: Decimal | None, votes: Decimal | None) -> Decimal | None:
    """A holding in per cent: the greater of capital and votes; None when neither is known."""
    return max((percent for percent in (capital, votes) if percent is not None), default=None)


def aggregate(
    own: Figures,
    partners: Sequence[Holding] | None,
    linked: Sequence[LinkedFirm] | None,
    *,
    public_body_percent: Decimal | None = None,
) -> Size:
    """The figures of a firm with its partners' shares and its linked firms' whole; None for either is "not stated".

    `public_body_percent` None is what the partners say that public bodies hold.
    """
    return size_of(
        parts(own, partners or (), linked or ()),
        groups_known=partners is not None and linked is not None,
        public_body_percent=public_body_percent,
        public_link=any(_publicly_owned(firm) for firm in linked or ()),
    )


def parts(own: Figures, partners: Sequence[Holding], linked: Sequence[LinkedFirm]) -> list[Part]:
    """Everything that may count: the firm first, then its partners, then linked firms with what hangs on them."""
    found = [Part("own", own, Decimal(1))]
    found += [part_of(holding) for holding in partners]
    for firm in linked:
        found += _linked_parts(firm, certain=True)
    return found


def part_of(holding: Holding, *, certain: bool = True, direct: bool = True) -> Part:
    """What a holder, or a firm held, adds by its share."""
    relation, counted = _relation(holding)
    return Part(
        relation, holding.figures, counted, holding.name, holding.percent, holding.holder_kind,
        invested_eur=holding.invested_eur, certain=certain, direct=direct,
    )  # fmt: skip


def _relation(holding: Holding) -> tuple[str, Decimal | None]:
    if holding.holder_kind == "person":
        return "person", Decimal(0)
    if holding.percent is None:
        return "unknown", None
    if holding.percent > LINKED_OVER:
        return "linked", Decimal(1)
    if holding.percent < PARTNER_FROM:
        return "too_little", Decimal(0)
    if holding.holder_kind in EXEMPT_HOLDERS:
        return "exempt", Decimal(0)
    return "partner", holding.percent / 100


def _linked_parts(firm: LinkedFirm, *, certain: bool) -> list[Part]:
    counted = Decimal(1)
    if firm.through_person:
        if firm.same_market is False:
            return [Part("person_link", firm.figures, Decimal(0), firm.name)]
        certain = certain and firm.same_market is True
    relation = "person_link" if firm.through_person else "linked"
    found = [Part(relation, firm.figures, counted, firm.name, certain=certain)]
    found += [part_of(holding, certain=certain, direct=False) for holding in firm.partners]
    for other in firm.linked:
        found += _linked_parts(other, certain=certain)
    return found


def _publicly_owned(firm: LinkedFirm) -> bool:
    """Is over half of a linked firm, or of one further along, in public hands? A person hands no such control on."""
    if firm.through_person:
        return False
    held = sum(
        (holding.percent or Decimal(0) for holding in firm.partners if is_public(holding.holder_kind, holding.percent)),
        Decimal(0),
    )
    return held > LINKED_OVER or any(_publicly_owned(other) for other in firm.linked)


def is_public(kind: str, percent: Decimal | None) -> bool:
    """Does a holder of this kind and share count as a public body? The exceptions end at a half."""
    return kind == "public_body" or (kind in _PUBLIC_OVER_HALF and percent is not None and percent > LINKED_OVER)


def size_of(
    found: Sequence[Part],
    *,
    groups_known: bool = True,
    public_body_percent: Decimal | None = None,
    public_link: bool = False,
) -> Size:
    """The sum of the parts, of which the first is the firm itself."""
    sums = {}
    for name in ("employees", "turnover", "balance_sheet"):
        amount = Amount()
        for part in found:
            amount = amount.plus(getattr(part.figures, name), part.share, certain=part.certain)
        sums[name] = amount
    return Size(
        **sums,
        own=found[0].figures,
        groups_known=groups_known,
        public_control=_public_control(found, public_body_percent),
        open_links=not all(part.certain for part in found),
        doubts=_doubts(found, public_link=public_link),
    )


def _public_control(found: Sequence[Part], stated: Decimal | None) -> bool | None:
    """Do public bodies hold a quarter or more together (Article 3(4))?"""
    public = [part for part in found if part.direct and is_public(part.holder_kind, part.percent)]
    held = sum((part.percent or Decimal(0) for part in public), Decimal(0))
    if max(stated or Decimal(0), held) >= PARTNER_FROM:
        return True
    return None if any(part.percent is None for part in public) else False


def _doubts(found: Sequence[Part], *, public_link: bool) -> tuple[str, ...]:
    exempt = [part for part in found if part.relation == "exempt"]
    angel = any(
        part.holder_kind == "business_angel" and (part.invested_eur or Decimal(0)) >= ANGEL_LIMIT_EUR for part in exempt
    )
    # The exceptions hold only where the holders are not linked to the firm, "either individually or jointly".
    together = sum((part.percent or Decimal(0) for part in exempt if part.direct), Decimal(0))
    doubts = {"angel": angel, "joint": together > LINKED_OVER, "public_link": public_link}
    return tuple(name for name, there in doubts.items() if there)


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
    return category_after([size], euro_rate=euro_rate)


def category_after(closed: Sequence[Size], *, euro_rate: Decimal) -> str:
    """The category after these closed periods, oldest first, ceiling by ceiling (Article 4(2))."""
    if closed[-1].public_control:
        return NOT_SME
    for name, ceiling in CEILINGS.items():
        limits = converted(ceiling, euro_rate)
        fits = settled_last([within(size, limits) for size in closed])
        if fits is not False:
            return name if fits and closed[-1].public_control is False else UNKNOWN
    return NOT_SME


def is_small_mid_cap(size: Size, *, euro_rate: Decimal) -> bool:
    """Within the limits of a small mid-cap for certain; whether it is an SME is asked first."""
    return within(size, converted(SMALL_MID_CAP, euro_rate)) is True


def converted(limits: Limits, euro_rate: Decimal) -> Limits:
    """Limits in euro in the currency of which one unit is `euro_rate` euro."""
    return Limits(limits.employees, limits.turnover / euro_rate, limits.balance_sheet / euro_rate, limits.operator)


def settled_last(answers: Sequence[bool | None]) -> bool | None:
    """Being within a limit after the last of these periods; None is not known.

    It is gained or lost only when two periods in a row say so (Article 4(2)).

    False as soon as no value of the unknown answers could make it True. True needs every answer: a period of which
    nothing is known is no ground to say that a firm is still small.
    """
    possible = {(answer, answer) for answer in _either(answers[0])}
    for answer in answers[1:]:
        possible = {(now if now == last else status, now) for status, last in possible for now in _either(answer)}
    statuses = {status for status, _last in possible}
    if None in answers:
        return False if statuses == {False} else None
    return statuses.pop()


def _either(answer: bool | None) -> tuple[bool, ...]:
    return (True, False) if answer is None else (answer,)
