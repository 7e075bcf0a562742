import dataclasses
from datetime import date
from decimal import Decimal as D

import pytest

from eligibility import companies_act, group, headroom, rules, sizing
from eligibility.size_rule import SizeRule
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


def test_a_rich_business_angel():
    """SME-EU-21: small with nothing to add, and an adviser looks."""
    angel = Holding(D(26), Figures(), "business_angel", D(1_300_000))
    size = sizing.aggregate(_millions(["12", "1", "1"]), [angel], [])
    assert (sizing.category(size, euro_rate=D(1)), size.employees.known, size.doubts) == ("small", 12, ("angel",))


@pytest.mark.parametrize("vector", VECTORS["sme_eu"], ids=lambda vector: vector["id"])
def test_european_definition_from_recorded_shares(vector):
    firms = {"own": group.Enterprise("own", "Own", (group.Declaration(_millions(vector["own"]), "EUR"),))}
    edges = []

    def add(figures, edge):
        key = str(len(firms))
        declared = (group.Declaration(_millions(figures), "EUR"),) if figures else ()
        firms[key] = group.Enterprise(key, key, declared)
        edges.append(dataclasses.replace(edge, holder=key))

    through = {"through_person": "P", "same_market": True} if "via" in vector else {}
    for figures in vector["linked"]:
        add(figures, group.Edge("", "own", D(60), **through))
    for partner in vector["partners"]:
        add(partner["figures"], group.Edge("", "own", D(partner["pct"])))
    for held in vector.get("exempt_holders", []):
        add(None, group.Edge("", "own", D(held["pct"]), holder_kind=held["kind"]))
    if vector["public_body_pct"] != "0":
        add(None, group.Edge("", "own", D(vector["public_body_pct"]), holder_kind="public_body"))
    found = group.assess("own", firms, edges, SizeRule("EUR", D(1)), on=date(2026, 11, 22))
    assert found.category == vector["expected"]
    if vector["aggregated"]:
        expected = _millions(vector["aggregated"])
        assert (found.size.employees, found.size.turnover, found.size.balance_sheet) == (
            expected.employees, expected.turnover, expected.balance_sheet,
        )  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS["companies_act_2025"], ids=lambda vector: vector["id"])
def test_companies_act(vector):
    year = Figures(D(vector["employees"]), D(vector["turnover"]), D(vector["balance_sheet"]))
    assert companies_act.size(year, begins=date(2025, 4, 6)) == vector["expected"]
    assert companies_act.size_after([year], begins=date(2025, 4, 6)) == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["sme_two_year"], ids=lambda vector: "-".join(vector["raw"]))
def test_two_years_running(vector):
    people = {"micro": 5, "small": 20, "medium": 100, "not_sme": 300}
    sizes = [sizing.aggregate(Figures(D(people[name]), D(1), D(1)), [], []) for name in vector["raw"]]
    after = [sizing.category_after(sizes[: year + 1], euro_rate=D(1)) for year in range(len(sizes))]
    assert after == vector["expected"]


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
