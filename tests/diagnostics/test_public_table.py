"""Nobody stands alone in a public table, and nobody can be worked out from it."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.public_table import ALL, ENOUGH, public_table, suppressed

SIZES = ["micro", "small", "medium"]
many = settings(max_examples=150, deadline=None)
counts = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(SIZES)), st.integers(1, 40), min_size=1, max_size=12
)


def firms_of(cells, score=Decimal(40)):
    return [(row, size, score) for (row, size), n in cells.items() for _ in range(n)]


def with_totals(cells):
    found = {}
    for (row, column), n in cells.items():
        for place in ((row, column), (row, ALL), (ALL, column), (ALL, ALL)):
            found[place] = found.get(place, 0) + n
    return found


def follows(place, hidden):
    """Whether the number at a left-out place follows from the sums of all rows and columns, by elimination."""
    unknown = sorted(hidden)
    equations = []
    for axis in (0, 1):
        for code in {cell[axis] for cell in unknown}:
            line = [Fraction(0)] * len(unknown)
            for index, cell in enumerate(unknown):
                if cell[axis] == code:
                    line[index] = Fraction(-1 if cell[1 - axis] == ALL else 1)
            equations.append(line)
    target = [Fraction(int(cell == place)) for cell in unknown]
    return rank_of(equations) == rank_of([*equations, target])


def rank_of(lines):
    lines, rank = [list(line) for line in lines], 0
    for column in range(len(lines[0]) if lines else 0):
        pivot = next((index for index in range(rank, len(lines)) if lines[index][column]), None)
        if pivot is None:
            continue
        lines[rank], lines[pivot] = lines[pivot], lines[rank]
        for index in range(rank + 1, len(lines)):
            factor = lines[index][column] / lines[rank][column]
            lines[index] = [a - factor * b for a, b in zip(lines[index], lines[rank], strict=True)]
        rank += 1
    return rank


@many
@given(counts)
def test_no_left_out_cell_is_alone_in_its_row_or_column(cells):
    hidden = suppressed(with_totals(cells))
    for axis in (0, 1):
        for code in {place[axis] for place in hidden}:
            assert len([place for place in hidden if place[axis] == code]) != 1


@many
@given(counts)
def test_no_left_out_number_follows_from_what_is_shown(cells):
    hidden = suppressed(with_totals(cells))
    assert not [place for place in hidden if follows(place, hidden)]


@many
@given(counts)
def test_what_is_shown_is_of_ten_firms_or_more(cells):
    numbers = with_totals(cells)
    table = public_table(firms_of(cells), SIZES)
    for place, cell in table.cells.items():
        if cell.is_shown:
            assert numbers[place] >= ENOUGH
            assert cell.n_shown in {"10-19", "20-49", "50+"}
        else:
            assert (cell.median, cell.n_shown) == (None, None)


@many
@given(counts)
def test_nothing_is_left_out_where_everybody_has_company(cells):
    cells = {place: n + ENOUGH for place, n in cells.items()}
    assert suppressed(with_totals(cells)) == set()


def test_medians_by_row_and_column():
    firms = [("metal", "small", Decimal(score)) for score in range(20, 40)]
    firms += [("food", "small", Decimal(score)) for score in range(50, 60)]
    firms += [("food", "micro", Decimal(score)) for score in range(60, 71)]
    table = public_table(firms, SIZES)
    assert (table.rows, table.columns) == (("food", "metal", ALL), ("micro", "small", ALL))
    assert table.cells["metal", "small"].median == 30  # 29.5, half up
    assert table.cells["food", "micro"].median == 65
    assert table.cells["food", "micro"].n_shown == "10-19"
    assert table.cells["metal", "small"].n_shown == "20-49"
    assert table.cells[ALL, ALL].median == 50  # the 21st of 41
    assert not table.cells["metal", "micro"].is_shown  # nobody is there
    assert table.is_worth_showing


def test_a_cell_of_too_few_takes_others_with_it():
    cells = {("a", "micro"): 4, ("a", "small"): 30, ("b", "micro"): 12, ("b", "small"): 25}
    table = public_table(firms_of(cells), SIZES)
    left_out = {place for place, cell in table.cells.items() if not cell.is_shown}
    assert left_out == {("a", "micro"), ("a", "small"), ("b", "micro"), ("b", "small")}
    assert table.cells["a", ALL].is_shown


def test_few_firms_show_nothing():
    assert not public_table(firms_of({("a", "micro"): 9}), SIZES).is_worth_showing
    assert not public_table([], SIZES).is_worth_showing
