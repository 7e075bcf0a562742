from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from eligibility import rules
from eligibility.headroom import Aid
from eligibility.rules import Facts, RuleSet, StrandRule
from eligibility.sizing import Accounts, Figures, Holding, Limits, LinkedFirm

TODAY = date(2026, 11, 22)
PRESTON, LEEDS, HIGH_PEAK = "E07000123", "E08000035", "E07000037"
RULES = RuleSet(
    version="programme/2026-04-01",
    country="GB",
    currency="GBP",
    euro_rate=D("1.15"),
    limits=Limits(D(250), D(44_000_000), D(38_500_000), "lt"),
    groups=True,
    two_years=False,
    exclude_public_control=False,
    sectors=("C",),
    legal_forms=frozenset({"company", "llp"}),
    legal_forms_refer=frozenset({"charity"}),
    places=frozenset({PRESTON, "E07000126", "E08000007", "E07000122"}),
    aid_basis="mfa",
    aid_limit=D(315000),
    strands=(StrandRule("advice", False), StrandRule("grant", True)),
)
FIRM = Facts(
    company_number="01234567",
    legal_form="company",
    sic_codes=("25620",),
    postcode="PR1 2HE",
    local_authority=PRESTON,
    figures=Figures(D(32), D(3_200_000), D(1_500_000)),
    partners=(),
    linked=(),
    aid_received=(),
    already_committed=False,
)


def _check(rule_set=RULES, on=TODAY, **changes):
    return rules.check(rule_set, replace(FIRM, **changes), on=on)


def _finding(verdict, rule):
    (found,) = [finding for finding in verdict.findings if finding.rule == rule]
    return (found.outcome.value, found.code)


def _strands(verdict):
    return {strand.instrument: strand.outcome for strand in verdict.strands}


def test_a_firm_that_fits():
    verdict = _check()
    assert verdict.outcome == rules.ELIGIBLE
    assert verdict.rules_version == "programme/2026-04-01"
    assert [finding.rule for finding in verdict.findings] == ["size", "sector", "place", "legal_form", "aid_headroom"]
    assert verdict.size.category == "small"
    assert _strands(verdict) == {"advice": "eligible", "grant": "eligible"}


def test_nothing_known_refers_everywhere():
    verdict = rules.check(RULES, Facts(), on=TODAY)
    assert verdict.outcome == rules.REFER
    assert {finding.outcome.value for finding in verdict.findings} == {"refer"}
    assert (verdict.size.category, verdict.size.employees) == ("unknown", None)
    assert verdict.headroom.left is None


def test_one_no_decides_over_every_open_question():
    assert _check(figures=Figures(), local_authority=LEEDS).outcome == rules.NOT_ELIGIBLE


# --- Size ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"figures": Figures(D(249), None, None)}, ("refer", "missing")),
        ({"figures": Figures(D(250), None, None)}, ("fail", "headcount")),
        ({"figures": Figures(None, D(44_000_000), D(38_500_000))}, ("fail", "money")),
        ({"figures": Figures(None, D(1), D(1))}, ("refer", "missing")),
        ({"partners": None}, ("refer", "group")),
        ({"linked": None, "figures": Figures(D(900), D(1), D(1))}, ("fail", "headcount")),
        ({"linked": (LinkedFirm(Figures(D(230), D(1), D(1))),)}, ("fail", "headcount")),
        ({"partners": (Holding(D(30), Figures(D(10), None, None)),)}, ("refer", "missing")),
    ],
)
def test_size(changes, expected):
    verdict = _check(**changes)
    assert _finding(verdict, "size") == expected


def test_the_size_tells_the_figures_of_the_whole_group():
    own = Figures(D(200), D(40_000_000), D(30_000_000))
    partner = Holding(D(33), Figures(D(180), D(20_000_000), D(18_000_000)))
    size = _check(figures=own, partners=(partner,)).size
    assert (size.employees, size.turnover, size.balance_sheet) == (D("259.40"), D("46600000.00"), D("35940000.00"))


def test_a_programme_may_leave_groups_out():
    verdict = _check(replace(RULES, groups=False), linked=(LinkedFirm(Figures(D(900), D(1), D(1))),), partners=None)
    assert _finding(verdict, "size") == ("pass", "met")
    assert verdict.size.category == "not_sme"


def test_public_control_decides_only_where_the_programme_says_so():
    assert _finding(_check(public_body_percent=D(25)), "size") == ("pass", "met")
    strict = replace(RULES, exclude_public_control=True)
    assert _finding(_check(strict, public_body_percent=D(25)), "size") == ("fail", "public_control")
    assert _check(public_body_percent=D(25)).size.category == "not_sme"


def _accounts(*people):
    return tuple(
        Accounts(date(2020 + year, 12, 31), Figures(D(count), D(1_000_000), D(1_000_000)))
        for year, count in enumerate(people)
    )


TWO_YEARS = replace(RULES, two_years=True)


@pytest.mark.parametrize(
    ("people", "finding", "category"),
    [
        ((100, 260), ("pass", "two_years"), "medium"),
        ((100, 260, 270), ("fail", "headcount"), "not_sme"),
        ((260, 270, 100), ("fail", "two_years"), "not_sme"),
        ((260, 100, 100), ("pass", "met"), "medium"),
        ((40, 60), ("pass", "met"), "small"),
    ],
)
def test_two_years_running(people, finding, category):
    verdict = _check(TWO_YEARS, accounts=_accounts(*people), figures=Figures())
    assert (_finding(verdict, "size"), verdict.size.category) == (finding, category)


def test_accounts_are_put_in_order():
    verdict = _check(TWO_YEARS, accounts=_accounts(100, 260, 270)[::-1], figures=Figures())
    assert _finding(verdict, "size") == ("fail", "headcount")
    assert verdict.size.employees == 270


def test_accounts_with_a_gap_refer():
    accounts = (*_accounts(100), Accounts(date(2024, 12, 31), Figures()))
    verdict = _check(TWO_YEARS, accounts=accounts, figures=Figures())
    assert (_finding(verdict, "size"), verdict.size.category) == (("refer", "missing"), "unknown")


def test_what_is_stated_goes_before_the_newest_accounts():
    verdict = _check(accounts=_accounts(100, 120), figures=Figures(D(30), None, D(5)))
    assert (verdict.size.employees, verdict.size.turnover, verdict.size.balance_sheet) == (D(30), D(1_000_000), D(5))


def test_a_takeover_ends_the_wait_for_a_second_year():
    linked = (LinkedFirm(Figures(D(5000), D(1), D(1))),)
    changes = {"accounts": _accounts(100, 100), "linked": linked, "figures": Figures()}
    for day, expected in ((date(2026, 11, 22), ("fail", "headcount")), (date(2026, 11, 23), ("fail", "headcount"))):
        assert _finding(_check(TWO_YEARS, takeover_on=day, **changes), "size") == expected
    once = {"accounts": _accounts(100, 260), "figures": Figures()}
    assert _finding(_check(TWO_YEARS, takeover_on=TODAY, **once), "size") == ("fail", "headcount")
    assert _finding(_check(TWO_YEARS, takeover_on=date(2026, 11, 23), **once), "size") == ("pass", "two_years")


# --- Sector -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("25620",), ("pass", "met")),
        (("62012",), ("fail", "outside")),
        (("62012", "25620"), ("pass", "met")),
        (("99999",), ("refer", "untelling")),
        (("74990", "98000"), ("refer", "untelling")),
        (("99999", "62012"), ("fail", "outside")),
        ((), ("refer", "missing")),
        (None, ("refer", "missing")),
    ],
)
def test_sector(codes, expected):
    assert _finding(_check(sic_codes=codes), "sector") == expected


def test_sectors_may_be_the_first_digits_of_codes():
    wider = replace(RULES, sectors=("B", "C", "49", "711"))
    assert _finding(_check(wider, sic_codes=("49410",)), "sector") == ("pass", "met")
    assert _finding(_check(wider, sic_codes=("71200",)), "sector") == ("fail", "outside")


# --- Place --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("postcode", "authority", "place", "match"),
    [
        ("PR1 2HE", PRESTON, ("pass", "met"), None),
        ("PR1 2HE", None, ("pass", "met"), None),
        (None, PRESTON, ("pass", "met"), None),
        (None, None, ("refer", "missing"), None),
        ("PR1 2HE", LEEDS, ("fail", "outside"), ("refer", "contradiction")),
        ("LS1 1AA", None, ("fail", "outside"), None),
        ("LS1 1AA", LEEDS, ("fail", "outside"), None),
        ("LS1 1AA", PRESTON, ("pass", "met"), ("refer", "contradiction")),
        ("SK6 1AA", None, ("refer", "border"), None),
        ("SK6 1AA", "E08000007", ("pass", "met"), None),
        ("SK6 1AA", HIGH_PEAK, ("fail", "outside"), None),
        ("BB18 5AA", None, ("refer", "border"), None),
    ],
)
def test_place(postcode, authority, place, match):
    verdict = _check(postcode=postcode, local_authority=authority)
    assert _finding(verdict, "place") == place
    if match:
        assert _finding(verdict, "place_match") == match
    else:
        assert "place_match" not in {finding.rule for finding in verdict.findings}


def test_an_overseas_company_shows_where_the_work_happens():
    assert _finding(_check(company_number="FC012345"), "place") == ("refer", "overseas_number")
    assert _finding(_check(company_number="FC012345", local_authority=LEEDS), "place")[0] == "fail"


# --- Legal form, aid, incentive -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("llp", ("pass", "met")),
        ("charity", ("refer", "ask")),
        ("public_body", ("fail", "not_allowed")),
        (None, ("refer", "missing")),
    ],
)
def test_legal_form(form, expected):
    assert _finding(_check(legal_form=form), "legal_form") == expected


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ((), ("pass", "met")),
        ((Aid(TODAY, D("314999.99"), "mfa"),), ("pass", "met")),
        ((Aid(TODAY, D(315000), "mfa"),), ("fail", "used_up")),
        ((Aid(TODAY, D(315000), "mfa"), Aid(None, None, None)), ("fail", "used_up")),
        ((Aid(None, D(5), "mfa"),), ("refer", "incomplete")),
        (None, ("refer", "missing")),
    ],
)
def test_aid_headroom(history, expected):
    assert _finding(_check(aid_received=history), "aid_headroom") == expected


@pytest.mark.parametrize(("committed", "code"), [(True, "committed"), (None, "missing")])
def test_orders_already_made_touch_the_grants_alone(committed, code):
    verdict = _check(already_committed=committed)
    assert verdict.outcome == rules.ELIGIBLE
    assert _finding(verdict, "incentive_effect") == ("refer", code)
    assert _strands(verdict) == {"advice": "eligible", "grant": "refer"}


def test_a_programme_without_grants_does_not_ask_about_orders():
    verdict = _check(replace(RULES, strands=RULES.strands[:1]), already_committed=None)
    assert "incentive_effect" not in {finding.rule for finding in verdict.findings}


# --- Strands ------------------------------------------------------------------------------------


def test_a_strand_covers_the_programme_and_its_own_rules():
    strands = (
        StrandRule("small-firms", True, sizes=frozenset({"micro", "small"})),
        StrandRule("medium-firms", False, sizes=frozenset({"medium"})),
        StrandRule("machining", False, sectors=("2562",)),
        StrandRule("food", False, sectors=("10",)),
    )
    verdict = _check(replace(RULES, strands=strands))
    assert _strands(verdict) == {
        "small-firms": "eligible", "medium-firms": "not_eligible", "machining": "eligible", "food": "not_eligible",
    }  # fmt: skip
    assert verdict.outcome == rules.ELIGIBLE
    unknown = _check(replace(RULES, strands=strands), partners=None)
    assert _strands(unknown)["small-firms"] == "refer"
    refused = _check(replace(RULES, strands=strands), local_authority=LEEDS)
    assert set(_strands(refused).values()) == {"not_eligible"}
    assert [finding.rule for finding in refused.strands[0].open_points] == ["place", "place_match"]
