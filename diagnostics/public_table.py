"""The table of medians that anybody may read: nobody stands in it alone, and nobody can be worked out from it.

Pure. A cell of fewer than ten firms is left out. Whoever knows the totals could work a left-out cell out from the
others of its row or column, so more are left out until no such way is left. Source: method, section 4.6.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from diagnostics.benchmark import quantile
from diagnostics.rounding import publish

ENOUGH = 10
ALL = ""
"""Code of the total row and of the total column."""

Place = tuple[str, str]


@dataclass(frozen=True)
class Cell:
    """What may be shown of one cell; both are None where it is left out. `n_shown` is a bucket, never a count."""

    median: int | None = None
    n_shown: str | None = None

    @property
    def is_shown(self) -> bool:
        return self.median is not None


@dataclass(frozen=True)
class Table:
    """Cells by (row, column), the totals under the code ALL. Rows and columns without any firm are not in it."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[Place, Cell]

    @property
    def is_worth_showing(self) -> bool:
        return any(cell.is_shown for cell in self.cells.values())


def public_table(firms: Iterable[tuple[str, str, Decimal]], columns: Sequence[str]) -> Table:
    """Medians by row and column with their totals. `firms` are (row, column, published score) of one axis; `columns`
    gives the order of the columns."""
    scores: dict[Place, list[Decimal]] = {}
    for row, column, score in firms:
        for place in ((row, column), (row, ALL), (ALL, column), (ALL, ALL)):
            scores.setdefault(place, []).append(score)
    hidden = suppressed({place: len(values) for place, values in scores.items()})
    rows = (*sorted({row for row, _column in scores if row != ALL}), ALL)
    used = (*(column for column in columns if (ALL, column) in scores), ALL)
    cells = {
        (row, column): Cell() if (row, column) in hidden else _shown(scores[row, column])
        for row in rows
        for column in used
        if (row, column) in scores
    }
    # An empty cell looks like one that is left out: that nobody is there is told of nobody either.
    return Table(rows, used, {(row, column): cells.get((row, column), Cell()) for row in rows for column in used})


def _shown(values: Sequence[Decimal]) -> Cell:
    middle = quantile(sorted(Fraction(value) for value in values), Fraction(1, 2))
    n = len(values)
    return Cell(int(publish(middle, 0)), "10-19" if n < 20 else "20-49" if n < 50 else "50+")


def suppressed(counts: Mapping[Place, int], enough: int = ENOUGH) -> set[Place]:
    """Places to leave out: those of too few firms, and so many more that no left-out number follows from the others.

    `counts` holds how many firms there are at each place that has any, totals included. Each row and each column adds
    up to its total, so a left-out number follows from the others exactly when no closed walk of left-out places, turn
    by turn along a row and along a column, comes back to it.
    """
    hidden = {place for place, n in counts.items() if n < enough}
    while found := _exposed(hidden):
        hidden.add(_companion(found, counts, hidden))
    return hidden


def _exposed(hidden: Collection[Place]) -> set[Place]:
    return {place for place in hidden if not _is_covered(place, hidden)}


def _is_covered(place: Place, hidden: Collection[Place]) -> bool:
    """Whether the place's row and column are joined by other left-out places too."""
    row, column = ("row", place[0]), ("column", place[1])
    met, waiting = {row}, [row]
    while waiting:
        kind, code = waiting.pop()
        for other in hidden:
            if other == place or other[0 if kind == "row" else 1] != code:
                continue
            reached = ("column", other[1]) if kind == "row" else ("row", other[0])
            if reached == column:
                return True
            if reached not in met:
                met.add(reached)
                waiting.append(reached)
    return False


def _companion(exposed: Collection[Place], counts: Mapping[Place, int], hidden: Collection[Place]) -> Place:
    """The shown place of the fewest firms, of those in the row or column of an exposed one if there are any; a total
    only where nothing else is left. With every place left out, each is covered by the totals of its row and column."""
    rows, columns = {row for row, _column in exposed}, {column for _row, column in exposed}

    def rank(place: Place) -> tuple[bool, bool, int, Place]:
        is_near = place[0] in rows or place[1] in columns
        return not is_near, ALL in place, counts[place], place

    return min((place for place in counts if place not in hidden), key=rank)
