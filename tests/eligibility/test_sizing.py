from decimal import Decimal as D

import pytest

from eligibility import sizing
from eligibility.sizing import Figures, Holding, LinkedFirm

OWN = Figures(D(20), D(4_000_000), D(3_000_000))
OTHER = Figures(D(100), D(20_000_000), D(18_000_000))


def _people(size):
    return size.employees.known


def test_a_linked_firm_brings_its_partners_and_links():
    partner = Holding(D(40), Figures(D(150), D(30_000_000), D(20_000_000)))
    further = LinkedFirm(Figures(D(7), D(1), D(1)))
    size = sizing.aggregate(OWN, [], [LinkedFirm(OTHER, (partner,), (further,))])
    assert _people(size) == D(20) + 100 + 60 + 7


@pytest.mark.parametrize(
    ("holding", "people"),
    [
        (Holding(D("24.99"), OTHER), 20),
        (Holding(D(25), OTHER), 45),
        (Holding(D(50), OTHER), 70),
        (Holding(D("50.01"), OTHER), 120),
        (Holding(D(30), OTHER, "university"), 20),
        (Holding(D(30), OTHER, "business_angel"), 20),
        (Holding(D(60), OTHER, "venture_capital"), 120),
        (Holding(D(80), OTHER, "person"), 20),
    ],
)
def test_how_much_of_a_holder_counts(holding, people):
    assert _people(sizing.aggregate(OWN, [holding], [])) == people


def test_an_unknown_share_or_figure_leaves_the_sum_open():
    size = sizing.aggregate(OWN, [Holding(None, OTHER)], [])
    assert (size.employees.known, size.employees.complete) == (20, False)
    size = sizing.aggregate(OWN, [Holding(D(30), Figures(D(10), None, D(0)))], [])
    assert (size.employees.complete, size.turnover.complete, size.balance_sheet.complete) == (True, False, True)


def test_a_limit_already_passed_decides_without_the_rest():
    size = sizing.aggregate(Figures(D(240), None, None), [Holding(D(30), Figures(D(100)))], [])
    assert sizing.within(size, sizing.CEILINGS["medium"]) is False


def test_public_holders_are_added_up():
    holders = [Holding(D(13), Figures(), "public_body"), Holding(D(12), Figures(), "public_body")]
    assert sizing.aggregate(OWN, holders, []).public_control
    assert not sizing.aggregate(OWN, holders[:1], []).public_control
    assert sizing.category(sizing.aggregate(OWN, holders, []), euro_rate=D(1)) == sizing.NOT_SME


def test_groups_not_stated_leave_the_category_open_until_it_fails():
    assert sizing.category(sizing.aggregate(OWN, None, []), euro_rate=D(1)) == sizing.UNKNOWN
    large = Figures(D(250), D(1), D(1))
    assert sizing.category(sizing.aggregate(large, None, None), euro_rate=D(1)) == sizing.NOT_SME


def test_ceilings_are_converted_at_the_rate():
    figures = Figures(D(9), D(2_000_000), D(2_000_001))
    assert sizing.category(sizing.aggregate(figures, [], []), euro_rate=D(1)) == "micro"
    assert sizing.category(sizing.aggregate(figures, [], []), euro_rate=D("1.15")) == "small"


def test_settled_needs_two_in_a_row():
    answers = [True, False, True, False, False]
    after = [sizing.settled_last(answers[: year + 1]) for year in range(len(answers))]
    assert after == [True, True, True, True, False]


def test_a_sum_is_kept_as_at_least_and_at_most():
    amount = sizing.Amount().plus(D(100)).plus(D(30), D("0.5"), certain=False)
    assert (amount.known, amount.most, amount.complete) == (100, 115, False)
    assert [amount.test(D(limit), "le") for limit in (99, 100, 114, 115)] == [False, None, None, True]
    assert amount.plus(None, D(0)) == amount
    assert amount.plus(D(1), None).most is None


@pytest.mark.parametrize(
    ("capital", "votes", "greater"), [(D(20), D(30), 30), (D(30), None, 30), (None, D(5), 5), (None, None, None)]
)
def test_the_greater_of_capital_and_votes(capital, votes, greater):
    assert sizing.share(capital, votes) == greater


def test_who_adds_what():
    firm = LinkedFirm(OTHER, (Holding(D(30), OTHER, name="p"),), through_person=True, same_market=True, name="l")
    found = sizing.parts(OWN, [Holding(D(10), OTHER, name="q")], [firm])
    assert [(part.name, part.relation, part.share, part.direct) for part in found] == [
        ("", "own", 1, True), ("q", "too_little", 0, True), ("l", "person_link", 1, True),
        ("p", "partner", D("0.3"), False),
    ]  # fmt: skip


def test_the_firm_alone():
    size = sizing.aggregate(OWN, None, [LinkedFirm(OTHER, through_person=True)])
    assert (size.employees.known, size.employees.most, size.open_links) == (20, 120, True)
    assert (size.alone().employees.most, size.alone().groups_known) == (20, True)


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([True, False], True),
        ([True, False, False], False),
        ([None, False, False], False),
        ([True, None], None),
        ([None, True, True], None),
        ([None], None),
    ],
)
def test_two_years_running_with_gaps(answers, status):
    assert sizing.settled_last(answers) is status
