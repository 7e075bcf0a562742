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
        ({"partners": (Holding(D(30), Figures(D(10), None, None)),)}, ("refer", "group")),
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


def test_a_strand_may_have_a_place_of_its_own():
    strands = (StrandRule("voucher", False, places=frozenset({LEEDS})), StrandRule("open", False))
    verdict = _check(replace(RULES, strands=strands))
    assert _strands(verdict) == {"voucher": "not_eligible", "open": "eligible"}
    assert [(point.rule, point.code) for point in verdict.strands[0].open_points] == [("strand_place", "outside")]
    anywhere = _check(replace(RULES, strands=strands, places=None), postcode="PR1 2HE", local_authority=LEEDS)
    assert anywhere.outcome == rules.ELIGIBLE
    assert [point.rule for point in anywhere.strands[0].open_points] == ["place_match"]
    both = _check(replace(RULES, strands=strands), local_authority=LEEDS)
    assert [point.rule for point in both.strands[0].open_points] == ["place", "place_match"]


def test_a_strand_may_ask_what_no_fact_answers():
    strand = StrandRule("young-firms", False, asks=("Is it younger than 5 years?", "Is it innovative?"))
    verdict = _check(replace(RULES, strands=(strand,)))
    assert (verdict.outcome, _strands(verdict)) == ("eligible", {"young-firms": "refer"})
    assert [point.value["question"] for point in verdict.strands[0].open_points] == list(strand.asks)


def test_a_measure_for_any_firm_stands_beside_the_programmes_rules():
    strands = (StrandRule("tax-relief", False, base=False), StrandRule("loan", True, base=False))
    verdict = _check(replace(RULES, strands=strands), local_authority=LEEDS, already_committed=None)
    assert verdict.outcome == rules.NOT_ELIGIBLE
    assert _strands(verdict) == {"tax-relief": "eligible", "loan": "refer"}


def test_a_strand_of_a_size_waits_for_an_adviser_where_the_size_is_in_doubt():
    strands = (StrandRule("small-firms", False, sizes=frozenset({"small", "medium"}), base=False),)
    angel = Holding(D(30), Figures(), "business_angel", D(2_000_000))
    verdict = _check(replace(RULES, strands=strands, limits=None), partners=(angel,))
    assert (verdict.size.category, _strands(verdict)) == ("small", {"small-firms": "refer"})
    assert [point.code for point in verdict.strands[0].open_points] == ["doubt"]


# --- Rules that are not there -------------------------------------------------------------------

BARE = {
    "country": "IT",
    "currency": "EUR",
    "euro_rate": "1",
    "strands": [{"instrument": "credit", "gives_grant": False}],
}


def test_a_programme_without_any_rule_finds_nothing_against_anybody():
    bare = RuleSet.from_data(BARE, version="bare/1")
    verdict = rules.check(bare, Facts(), on=TODAY)
    assert (verdict.outcome, verdict.findings, verdict.headroom) == (rules.ELIGIBLE, (), None)
    assert _strands(verdict) == {"credit": "eligible"}
    assert verdict.size.category == "unknown"
    assert rules.check(bare, FIRM, on=TODAY).size.category == "small"


def test_rules_are_read_as_the_loader_writes_them():
    whole = {
        **BARE,
        "size": {"employees": 250, "turnover": "44000000.00", "balance_sheet": "38500000.00", "operator": "lt",
                 "groups": False, "two_years": True, "exclude_public_control": True},
        "sectors": ["B", "49"], "places": [PRESTON],
        "legal_forms": {"allowed": ["company"], "refer": ["charity"]},
        "aid": {"basis": "de_minimis", "limit": "300000.00"},
        "sources": {"size": {"text": "The call", "as_of": "2026-01-01"}},
        "strands": [{"instrument": "a", "gives_grant": True, "sizes": ["micro"], "sectors": ["C"],
                     "places": [LEEDS], "asks": ["Is it new?"], "base": False}],
    }  # fmt: skip
    found = RuleSet.from_data(whole, version="whole/1")
    assert found.limits == RULES.limits
    assert (found.groups, found.two_years, found.exclude_public_control) == (False, True, True)
    assert (found.sectors, found.places, found.legal_forms) == (("B", "49"), {PRESTON}, {"company"})
    assert (found.legal_forms_refer, found.aid_basis, found.aid_limit) == ({"charity"}, "de_minimis", 300000)
    assert found.sources["size"]["text"] == "The call"
    assert found.strands == (
        StrandRule("a", True, frozenset({"micro"}), ("C",), frozenset({LEEDS}), ("Is it new?",), base=False),
    )


# --- What is yet to come ------------------------------------------------------------------------


def test_accounts_of_a_period_that_has_not_ended_do_not_count():
    later = Accounts(date(2026, 11, 23), Figures(D(900), D(1), D(1)))
    verdict = _check(TWO_YEARS, accounts=(*_accounts(100, 120), later), figures=Figures())
    assert (_finding(verdict, "size"), verdict.size.employees) == (("refer", "later_accounts"), D(120))
    assert _finding(_check(accounts=(later,)), "size") == ("refer", "later_accounts")
    assert _finding(_check(accounts=(later,), figures=Figures(D(250), D(1), D(1))), "size")[0] == "fail"
    assert _finding(_check(accounts=(replace(later, period_end=TODAY),), figures=Figures()), "size")[0] == "fail"


def test_aid_of_a_day_to_come_does_not_count_and_is_looked_at():
    verdict = _check(aid_received=(Aid(date(2026, 11, 23), D(5), "mfa"),))
    assert (_finding(verdict, "aid_headroom"), verdict.headroom.left) == (("refer", "later"), 315000)
    incomplete = _check(aid_received=(Aid(date(2026, 11, 23), D(5), "mfa"), Aid(None, None, None)))
    assert _finding(incomplete, "aid_headroom") == ("refer", "incomplete")


# --- Links through persons, holders -------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "same_market", "expected"),
    [
        (240, True, ("fail", "headcount")),
        (240, False, ("pass", "met")),
        (240, None, ("refer", "same_market")),
        (5, None, ("pass", "met")),
    ],
)
def test_a_link_through_a_person(people, same_market, expected):
    other = LinkedFirm(Figures(D(people), D(1), D(1)), through_person=True, same_market=same_market)
    assert _finding(_check(linked=(other,)), "size") == expected


@pytest.mark.parametrize(
    ("holders", "expected"),
    [
        ([("business_angel", 26, 1_300_000)], ("refer", "angel")),
        ([("business_angel", 26, 1_000_000)], ("pass", "met")),
        ([("venture_capital", 30, None), ("university", 20.01, None)], ("pass", "met")),
        ([("venture_capital", 30, None), ("university", 25, None)], ("refer", "joint")),
    ],
)
def test_holders_an_adviser_has_to_look_at(holders, expected):
    partners = tuple(Holding(D(str(share)), Figures(), kind, put_in and D(put_in)) for kind, share, put_in in holders)
    assert _finding(_check(partners=partners), "size") == expected
    assert _finding(_check(replace(RULES, groups=False), partners=partners), "size") == ("pass", "met")


def test_a_linked_firm_in_public_hands_is_looked_at():
    council = Holding(D(51), Figures(D(1), D(1), D(1)), "public_body")
    parent = LinkedFirm(Figures(D(5), D(1), D(1)), partners=(council,))
    assert _finding(_check(linked=(parent,)), "size") == ("refer", "public_link")
    further = LinkedFirm(Figures(D(5), D(1), D(1)), linked=(parent,))
    assert _finding(_check(linked=(further,)), "size") == ("refer", "public_link")
    person = replace(parent, through_person=True, same_market=True)
    assert _finding(_check(linked=(person,)), "size") == ("pass", "met")


@pytest.mark.parametrize(
    ("kind", "percent", "expected"),
    [
        ("public_body", None, ("refer", "missing")),
        ("public_body", 25, ("fail", "public_control")),
        ("small_local_authority", 50, ("pass", "met")),
        ("small_local_authority", 51, ("fail", "public_control")),
        ("public_investment", 51, ("fail", "public_control")),
        ("university", 51, ("pass", "met")),
    ],
)
def test_public_control_by_a_holder(kind, percent, expected):
    alone = replace(RULES, groups=False, exclude_public_control=True)
    holder = Holding(None if percent is None else D(percent), Figures(), kind)
    assert _finding(_check(alone, partners=(holder,)), "size") == expected


def test_both_amounts_are_kept():
    size = _check().size
    assert (size.turnover, size.currency, size.turnover_eur, size.balance_sheet_eur) == (
        D("3200000.00"), "GBP", D("3680000.00"), D("1725000.00"),
    )  # fmt: skip
    assert _check(figures=Figures(D(5), None, D(1))).size.turnover_eur is None


def test_the_small_mid_cap_is_a_label():
    large = _check(figures=Figures(D(700), D(100_000_000), D(1))).size
    assert (large.category, large.small_mid_cap) == ("not_sme", True)
    assert not _check(figures=Figures(D(750), D(100_000_000), D(1))).size.small_mid_cap
    assert not _check(public_body_percent=D(30)).size.small_mid_cap
    assert not _check().size.small_mid_cap
