import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eligibility import rules, wording
from eligibility.actions import rules_on
from eligibility.facts import FactProblem, FactsIn
from eligibility.sizing import HOLDER_KINDS
from portal.api_types import WrittenNumber

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["0", "-1", "1e9", "25620", "PR1 2HE", "\ud800", "a\x00", "mfa", "2024-02-29", "9" * 13]),
)  # fmt: skip
names = st.sampled_from(
    [
        "employees",
        "turnover",
        "balance_sheet",
        "percent",
        "holder_kind",
        "partners",
        "linked",
        "date",
        "amount",
        "basis",
        "x",
    ]
)
tree = st.recursive(
    odd, lambda part: st.lists(part, max_size=3) | st.dictionaries(names, part, max_size=4), max_leaves=8
)
FACTS = [
    "company_number", "legal_form", "sic_codes", "postcode", "local_authority", "employees", "turnover",
    "balance_sheet", "accounts", "partners", "linked", "public_body_percent", "aid_received", "already_committed",
    "takeover_on",
]  # fmt: skip
facts = st.dictionaries(st.sampled_from(FACTS), tree)
PROGRAMMES = [
    "made-smarter-north-west", "wales-industry-4", "basque-industry-4", "piemonte-impresa-4",
    "central-denmark-growth", "smart-industri-i-regionerna",
]  # fmt: skip


@pytest.mark.parametrize("path", ["eligibility/check", "funding/quote", "diagnostics/score"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=tree | st.fixed_dictionaries({"programme": st.sampled_from(PROGRAMMES), "facts": facts}, optional={"on": odd})
)
def test_no_input_is_a_500(programmes, post, path, body):
    response = post(path, json.dumps(body))
    assert response.status_code in {200, 400, 422}
    if response.status_code != 200:
        assert all(set(problem) == {"loc", "msg"} for problem in response.json()["detail"])


# --- Every field, one wrong value at a time -----------------------------------------------------

GOOD = {
    "company_number": "01234567", "legal_form": "company", "sic_codes": ["25620"], "postcode": "PR1 2HE",
    "local_authority": "E07000123", "employees": "32", "turnover": "3200000", "balance_sheet": "1500000",
    "accounts": [{"period_end": "2025-12-31", "employees": "32", "turnover": "3200000", "balance_sheet": "1500000"}],
    "partners": [
        {"percent": "30", "capital_percent": "30", "votes_percent": "20", "holder_kind": "business_angel",
         "invested_eur": "5000", "employees": "5", "turnover": "1", "balance_sheet": "1"},
    ],
    "linked": [
        {"employees": "5", "turnover": "1", "balance_sheet": "1", "through_person": True, "same_market": True,
         "partners": [{"percent": "30", "employees": "5", "turnover": "1", "balance_sheet": "1"}],
         "linked": [{"employees": "5", "turnover": "1", "balance_sheet": "1"}]},
    ],
    "public_body_percent": "0",
    "aid_received": [{"date": "2025-04-01", "amount": "5000", "basis": "mfa"}],
    "already_committed": False, "takeover_on": None,
}  # fmt: skip
NOT_A_FIGURE = [
    "-1", -1, "-0.01", "1e5", "NaN", "Infinity", "-Infinity", "٣٤", "１２", "£12,345.67", "12,345.67", "12.345,67",
    "1 000", "12345678901234", "0.1234567", "", " ", "about 40", "0x1F", "½", True, False, [], {}, [1], "\ud800",
    "1\x00",
]  # fmt: skip
NOT_A_DAY = [
    "2026-02-30",
    "22/11/2026",
    "2026-11-22T00:00:00",
    "0001-01-01",
    "٢٠٢٦-١١-٢٢",
    20261122,
    True,
    [],
    "",
    "\x00",
]
NOT_A_CODE = ["friend", "", " company", "COMPANY", 1, True, [], {}, "\udfff"]
NOT_TEXT = [1, True, [], {}, "a\x00b", "\ud800", "x" * 501]
NOT_A_FLAG = ["true", "no", 0, 1, "", [], {}]


def _figure_paths(names, *start):
    return [(*start, name) for name in names]


MONEY_AND_PEOPLE = ("employees", "turnover", "balance_sheet")
FIGURES = [
    *_figure_paths([*MONEY_AND_PEOPLE, "public_body_percent"]),
    *_figure_paths(MONEY_AND_PEOPLE, "accounts", 0),
    *_figure_paths([*MONEY_AND_PEOPLE, "percent", "capital_percent", "votes_percent", "invested_eur"], "partners", 0),
    *_figure_paths(MONEY_AND_PEOPLE, "linked", 0),
    *_figure_paths([*MONEY_AND_PEOPLE, "percent"], "linked", 0, "partners", 0),
    *_figure_paths(MONEY_AND_PEOPLE, "linked", 0, "linked", 0),
    ("aid_received", 0, "amount"),
]
WRONG = [
    *((path, NOT_A_FIGURE) for path in FIGURES),
    *((path, ["100.01", "101", "9999"]) for path in FIGURES if path[-1].endswith("percent")),
    *((path, NOT_A_DAY) for path in [("accounts", 0, "period_end"), ("aid_received", 0, "date"), ("takeover_on",)]),
    *((path, NOT_A_CODE) for path in [("legal_form",), ("partners", 0, "holder_kind"), ("aid_received", 0, "basis")]),
    *((path, NOT_TEXT) for path in [("company_number",), ("postcode",), ("local_authority",), ("sic_codes", 0)]),
    *(
        (path, NOT_A_FLAG)
        for path in [("already_committed",), ("linked", 0, "through_person"), ("linked", 0, "same_market")]
    ),
]


def _with(path, value, base=GOOD):
    """The good facts with one value put in at `path`."""
    if not path:
        return value
    name, *rest = path
    if isinstance(base, list):
        return [*base[:name], _with(rest, value, base[name]), *base[name + 1 :]]
    return {**base, name: _with(rest, value, base.get(name))}


@pytest.mark.parametrize(
    ("path", "values"), WRONG, ids=lambda one: ".".join(map(str, one)) if type(one) is tuple else ""
)
def test_each_wrong_value_is_refused_where_it_stands(path, values):
    """Told by the types alone, which is what the calculator does before anything else."""
    for value in values:
        facts = read(_with(path, value))
        with pytest.raises(ValidationError) as refused:
            FactsIn.model_validate(facts)
        assert refused.value.errors()[0]["loc"][: len(path)] == path, value


def read(facts):
    """As the calculator's parser reads it: numbers keep how they were written."""
    return json.loads(json.dumps(facts), parse_float=WrittenNumber)


def test_the_good_facts_are_good_and_a_wrong_one_is_422(programmes, post):
    body = {"programme": PROGRAMMES[0], "on": "2026-11-22", "facts": GOOD}
    answer = post("eligibility/check", body)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "eligible")
    for path, values in WRONG[::6]:
        response = post("eligibility/check", body | {"facts": _with(path, values[0])})
        assert response.status_code == 422
        assert response.json()["detail"][0]["loc"][: len(path) + 2] == ["body", "facts", *path]


LONG = 10_000


@pytest.mark.parametrize(
    "facts",
    [
        {"accounts": [{"period_end": "2026-11-23"}]},
        {"accounts": [{"period_end": "2062-03-31", "employees": "1", "turnover": "1", "balance_sheet": "1"}]},
        {"aid_received": [{"date": "2026-11-23", "amount": "1", "basis": "mfa"}]},
        {"aid_received": [{}]},
        {"partners": [{}]},
        {"partners": [{"percent": None, "employees": "1", "turnover": "1", "balance_sheet": "1"}]},
        {"linked": [{}]},
        {"linked": [{"partners": [{}]}]},
        {"linked": [{"linked": [{}]}]},
        {"linked": [{"through_person": True, "employees": "900", "turnover": "1", "balance_sheet": "1"}]},
        {"sic_codes": []},
        {"sic_codes": ["99999"]},
        {"postcode": None, "local_authority": None},
    ],
)
def test_what_is_incomplete_or_yet_to_come_goes_to_an_adviser(programmes, post, facts):
    answer = post("eligibility/check", {"programme": PROGRAMMES[0], "on": "2026-11-22", "facts": GOOD | facts})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "refer")


@pytest.mark.parametrize(
    ("facts", "path"),
    [
        ({"partners": [{}] * LONG}, ["partners"]),
        ({"linked": [{}] * LONG}, ["linked"]),
        ({"linked": [{"partners": [{}] * LONG}]}, ["linked", 0, "partners"]),
        ({"accounts": [{"period_end": "2025-12-31"}] * LONG}, ["accounts"]),
        ({"accounts": [{"period_end": "2025-12-31"}] * 2}, ["accounts", 1, "period_end"]),
        ({"aid_received": [{}] * LONG}, ["aid_received"]),
        ({"sic_codes": ["25620"] * LONG}, ["sic_codes"]),
        ({"sic_codes": ["٢٥٦٢٠"]}, ["sic_codes", 0]),
        ({"postcode": "PR١ 2HE"}, ["postcode"]),
        ({"company_number": "٠١٢٣٤٥٦٧"}, ["company_number"]),
        ({"local_authority": "E٠٧٠٠٠١٢٣"}, ["local_authority"]),
    ],
)
def test_too_many_or_not_readable_is_refused(programmes, post, facts, path):
    response = post("eligibility/check", {"programme": PROGRAMMES[0], "facts": GOOD | facts})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "facts", *path]


# --- Whatever is read can be answered -----------------------------------------------------------

figures = st.sampled_from(["0", "9.5", "249", "250", "9999999999999.99", None, "x", -3])
days = st.sampled_from(["2024-02-29", "2025-12-31", "2199-12-31", "1900-01-01", None, "soon"])
flags = st.sampled_from([True, False, None])
percents = st.sampled_from(["0", "24.99", "25", "50", "50.01", "100", None, "101"])
three = {"employees": figures, "turnover": figures, "balance_sheet": figures}
partners = st.lists(
    st.fixed_dictionaries(
        {}, optional={**three, "percent": percents, "votes_percent": percents, "invested_eur": figures,
                      "holder_kind": st.sampled_from(sorted(HOLDER_KINDS))},
    ), max_size=3,
)  # fmt: skip
linked = st.recursive(
    st.just([]),
    lambda inside: st.lists(
        st.fixed_dictionaries(
            {},
            optional={**three, "partners": partners, "linked": inside, "through_person": flags, "same_market": flags},
        ),
        max_size=2,
    ),
    max_leaves=5,
)
likely = st.fixed_dictionaries(
    {},
    optional={
        **three, "partners": partners, "linked": linked, "public_body_percent": percents, "takeover_on": days,
        "accounts": st.lists(st.fixed_dictionaries({"period_end": days}, optional=three), max_size=3),
        "aid_received": st.lists(
            st.fixed_dictionaries(
                {}, optional={"date": days, "amount": figures, "basis": st.sampled_from(["mfa", None])}
            ),
            max_size=3,
        ),
        "sic_codes": st.lists(st.sampled_from(["25620", "25.62", "1392", "99999", "0", "2562"]), max_size=2),
        "postcode": st.sampled_from(["PR1 2HE", "48001", "IM1 1AA", "8800", "111 22", ""]),
        "local_authority": st.sampled_from(["preston", "E07000123", "nowhere", "ELSEWHERE", ""]),
        "company_number": st.sampled_from(["1", "FC012345", "B-58378431", ""]),
        "legal_form": st.sampled_from(["company", "overseas", "club"]), "already_committed": flags,
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_facts=likely, on=days, number=st.integers(0, len(PROGRAMMES) - 1))
def test_whatever_can_be_read_is_answered(rule_sets, given_facts, on, number):
    rule_set = rule_sets[number]
    try:
        facts = FactsIn.model_validate(read(given_facts)).facts(country=rule_set.country)
    except (ValidationError, FactProblem):
        return
    day = date.fromisoformat(on) if on and on != "soon" else date(2026, 11, 22)
    verdict = rules.check(rule_set, facts, on=day)
    answer = wording.answer(verdict, places_to_go=[{"name": "Hub", "what": "advice"}], sources=rule_set.sources)
    assert json.loads(json.dumps(answer)) == answer
    assert all(finding["reason"] for finding in answer["findings"])
    if not given_facts and rule_set.limits is not None:
        assert answer["outcome"] == "refer"


@pytest.fixture
def rule_sets(programmes):
    return [rules_on(programmes[slug], date(2026, 11, 22)) for slug in PROGRAMMES]
