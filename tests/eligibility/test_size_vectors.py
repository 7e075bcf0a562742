from datetime import date
from decimal import Decimal as D

import pytest

from eligibility import headroom, rules, sizing
from eligibility.sizing import Figures, Holding, Limits, LinkedFirm
from tests.reference import load_reference

VECTORS = load_reference("domain/vectors.json")
MADE_SMARTER = Limits(D(250), D(44_000_000), D(38_500_000), "lt")
WORDS = {True: rules.ELIGIBLE, False: rules.NOT_ELIGIBLE, None: rules.REFER}


def _optional(text):
    return None if text is None else D(text)


def _millions(figures):
    employees, turnover, balance_sheet = map(D, figures)
    return Figures(employees, turnover * sizing.MILLION, balance_sheet * sizing.MILLION)


@pytest.mark.parametrize("vector", VECTORS["sme_made_smarter"], ids=lambda vector: vector["id"])
def test_made_smarter(vector):
    own = Figures(*(_optional(vector[name]) for name in ("employees", "turnover_gbp", "balance_sheet_gbp")))
    assert WORDS[sizing.within(sizing.aggregate(own, [], []), MADE_SMARTER)] == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["sme_eu"], ids=lambda vector: vector["id"])
def test_european_definition(vector):
    partners = [Holding(D(partner["pct"]), _millions(partner["figures"])) for partner in vector["partners"]]
    partners += [Holding(D(held["pct"]), Figures(), held["kind"]) for held in vector.get("exempt_holders", [])]
    linked = [LinkedFirm(_millions(figures)) for figures in vector["linked"]]
    size = sizing.aggregate(
        _millions(vector["own"]), partners, linked, public_body_percent=D(vector["public_body_pct"])
    )
    assert sizing.category(size, euro_rate=D(1)) == vector["expected"]
    if vector["aggregated"]:
        expected = _millions(vector["aggregated"])
        assert (size.employees.known, size.turnover.known, size.balance_sheet.known) == (
            expected.employees, expected.turnover, expected.balance_sheet,
        )  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS["sme_two_year"], ids=lambda vector: "-".join(vector["raw"]))
def test_two_years_running(vector):
    assert sizing.settled_categories(vector["raw"]) == vector["expected"]


@pytest.mark.parametrize(
    ("basis", "limit", "vector"),
    [("mfa", "315000", vector) for vector in VECTORS["uk_mfa"]]
    + [("de_minimis", "300000", vector) for vector in VECTORS["eu_de_minimis"]],
    ids=lambda value: value["id"] if isinstance(value, dict) else "",
)
def test_headroom(basis, limit, vector):
    history = [headroom.Aid(date.fromisoformat(day), D(amount), basis) for day, amount in vector["history"]]
    left = headroom.headroom(history, basis=basis, limit=D(limit), on=date.fromisoformat(vector["on"]))
    assert left.counted == D(vector["counted"])
    assert (D(vector["new"]) <= left.left) is (vector["expected"] == "ok")
    if "headroom" in vector:
        assert left.left == D(vector["headroom"])
    if "window_after" in vector:
        assert (left.window_from - date.fromisoformat(vector["window_after"])).days == 1
