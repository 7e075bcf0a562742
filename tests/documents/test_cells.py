import csv
import io
from decimal import Decimal

import pytest

from documents.cells import csv_cell
from tests.reference import load_reference

VECTORS = load_reference("domain/vectors.json")["csv_cells"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: repr(vector["input"]))
def test_csv_cell_of_reference(vector):
    value = Decimal(vector["input"]) if vector["kind"] == "decimal" else vector["input"]
    stream = io.StringIO(newline="")
    # A second column: a lone empty cell is written as two quotes, so that the line is not empty.
    csv.writer(stream).writerow([csv_cell(value), "end"])
    assert stream.getvalue() == f"{vector['expected']},end\r\n"
