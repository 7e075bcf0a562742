from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funding.rules import Cost, answer
from funding.rules.partners import KNOWN, Bearer, Party, Tie, against_terms, forms_of, ties, together
from programmes.matching import GrantTerms, Project

TERMS = GrantTerms("GBP", frozenset({"capital_equipment", "consultancy"}), rate=Decimal(50), cap=Decimal(20000))
BY_SIZE = GrantTerms(
    "EUR", frozenset({"capital_equipment", "consultancy"}),
    category_rates={
        "capital_equipment": {"small": Decimal(20), "medium": Decimal(10)},
        "consultancy": {"any": Decimal(50)},
    },
)  # fmt: skip
LEAD = Bearer(None, "medium")


def cost(net, category="capital_equipment", **more):
    return Cost(category, Decimal(net), **more)


def grants(found):
    return {share.key: share.grant for share in found.shares}


class TestTogether:
    def test_alone_is_the_plain_answer(self):
        costs = [cost("12345.67"), cost(1000, "consultancy"), cost(500, "materials")]
        found = together(TERMS, [(None, one) for one in costs], [Bearer(None)], requested=Decimal(6000))
        assert found.answer == answer(TERMS, costs, requested=Decimal(6000))
        assert sum(row.grant for row in found.rows) == found.answer.quote.grant == 6000
        assert found.shares[0].pays == found.answer.quote.applicant_pays

    def test_each_by_the_rate_of_its_own_size(self):
        costs = [(None, cost(10000)), (7, cost(10000)), (7, cost(1000, "consultancy"))]
        found = together(BY_SIZE, costs, [LEAD, Bearer(7, "small")])
        assert grants(found) == {None: 1000, 7: 2500}
        assert found.answer.quote.grant == 3500
        assert found.answer.quote.limit == "rate"
        assert [(row.key, row.category, row.eligible, row.grant) for row in found.rows] == [
            (None, "capital_equipment", 10000, 1000),
            (7, "capital_equipment", 10000, 2000),
            (7, "consultancy", 1000, 500),
        ]

    def test_each_within_its_own_room_for_aid(self):
        costs = [(None, cost(10000)), (7, cost(10000))]
        found = together(TERMS, costs, [LEAD, Bearer(7, aid_headroom=Decimal("300.005"))])
        assert grants(found) == {None: 5000, 7: Decimal("300.00")}
        assert found.answer.quote.limit == "aid_headroom"
        assert found.shares[1].pays == Decimal("9700.00")

    @pytest.mark.parametrize(
        ("limits", "limit", "grant"),
        [
            ({}, "cap", 20000),
            ({"requested": Decimal(9000)}, "requested", 9000),
            ({"requested": Decimal(9000), "budget_left": Decimal("-3.00")}, "budget_left", 0),
        ],
    )
    def test_the_whole_within_what_holds_for_all(self, limits, limit, grant):
        costs = [(None, cost(60000)), (7, cost(30000))]
        found = together(TERMS, costs, [LEAD, Bearer(7)], **limits)
        assert (found.answer.quote.limit, found.answer.quote.grant) == (limit, grant)
        assert sum(grants(found).values()) == grant
        if grant == 9000:
            assert grants(found) == {None: 6000, 7: 3000}

    def test_a_kind_of_cost_capped_for_all(self):
        terms = GrantTerms(
            "GBP", frozenset({"consultancy"}), rate=Decimal(50), category_caps={"consultancy": Decimal(300)}
        )
        costs = [(None, cost(1000, "consultancy")), (7, cost(500, "consultancy"))]
        found = together(terms, costs, [LEAD, Bearer(7)])
        assert grants(found) == {None: 200, 7: 100}
        assert found.answer.quote.limit == "category_cap"

    def test_nothing_where_the_whole_is_refused(self):
        terms = GrantTerms("GBP", frozenset({"capital_equipment"}), rate=Decimal(25), research_partner=True)
        project = Project(has_research_partner=False)
        found = together(terms, [(None, cost(10)), (7, cost(10))], [LEAD, Bearer(7)], project=project)
        assert (found.answer.quote.accepted, found.rows, found.shares) == (False, (), ())

    def test_costs_that_do_not_count_are_borne(self):
        costs = [(None, cost(100)), (7, cost(100, is_committed=True)), (7, cost(60, is_funded_elsewhere=True))]
        found = together(TERMS, costs, [LEAD, Bearer(7)])
        assert [(share.total, share.eligible, share.pays) for share in found.shares] == [(100, 100, 50), (160, 0, 160)]

    def test_a_rate_of_nothing_gives_nothing(self):
        costs = [(None, cost("0.01", "consultancy")), (None, cost("0.01"))]
        found = together(BY_SIZE, costs, [LEAD])
        assert sum(row.grant for row in found.rows) == found.answer.quote.grant == 0


MONEY = st.decimals("0.01", "90000", places=2)
KINDS = st.sampled_from(["capital_equipment", "consultancy", "materials"])
COSTS = st.lists(st.tuples(st.sampled_from([None, 1, 2]), st.builds(Cost, KINDS, MONEY)), min_size=1, max_size=8)
LIMIT = st.none() | st.decimals("0", "60000", places=2)
SIZES = st.sampled_from(["small", "medium", None])
ALL_TERMS = st.sampled_from([TERMS, BY_SIZE])


@settings(max_examples=200, deadline=None)
@given(ALL_TERMS, COSTS, st.tuples(SIZES, SIZES, SIZES), st.tuples(LIMIT, LIMIT, LIMIT), LIMIT, LIMIT, MONEY)
def test_parts_add_up_stay_under_every_limit_and_never_fall(terms, costs, sizes, rooms, requested, left, more):
    bearers = [Bearer(key, size, room) for key, size, room in zip([None, 1, 2], sizes, rooms, strict=True)]
    found = together(terms, costs, bearers, requested=requested, budget_left=left)
    quote = found.answer.quote
    if quote.grant is None:
        return
    assert sum(row.grant for row in found.rows) == sum(share.grant for share in found.shares) == quote.grant
    assert sum(share.total for share in found.shares) == quote.total
    assert sum(share.eligible for share in found.shares) == quote.eligible
    assert quote.grant <= min(limit for limit in (requested, left, terms.cap, quote.eligible) if limit is not None)
    for share, bearer in zip(found.shares, bearers, strict=True):
        assert 0 <= share.grant <= share.eligible
        assert share.pays == share.total - share.grant >= 0
        assert bearer.aid_headroom is None or share.grant <= bearer.aid_headroom
    raised = together(terms, [*costs, (1, Cost("consultancy", more))], bearers, requested=requested, budget_left=left)
    assert raised.answer.quote.grant >= quote.grant


class TestTerms:
    def test_firms_ask_alone_unless_the_call_says_otherwise(self):
        assert forms_of({}) == ("SINGLE",)
        assert forms_of({"forms": ["SUPPLY_CHAIN", "SINGLE"]}) == ("SINGLE", "SUPPLY_CHAIN")
        assert against_terms("SINGLE", {}, {None: Decimal(100)}) == []
        assert against_terms("COLLABORATIVE", {}, {None: Decimal(1), 7: Decimal(1)}) == [("form", {})]

    def test_every_term(self):
        terms = {"forms": ["COLLABORATIVE"], "most": 1, "most_percent": "70"}
        assert against_terms("COLLABORATIVE", terms, {None: Decimal(100)}) == [("missing", {})]
        assert against_terms("COLLABORATIVE", terms, {None: Decimal(70), 7: Decimal(30)}) == []
        assert against_terms("COLLABORATIVE", terms, {None: Decimal(10), 7: Decimal(71), 8: Decimal(19)}) == [
            ("most", {"most": "1"}),
            ("most_percent", {"key": "7", "most_percent": "70"}),
        ]
        assert against_terms("COLLABORATIVE", terms, {None: Decimal(71), 7: Decimal(29)}) == [
            ("most_percent", {"key": "", "most_percent": "70"})
        ]


class TestTies:
    OWN = Party("Toy Works Ltd", "GB", "01234567", "PR1 2HE", "anna@toys.example", frozenset({1, 2}))

    @pytest.mark.parametrize(
        ("other", "tie"),
        [
            (Party("Other", "GB", "01234567"), Tie.NUMBER),
            (Party("Other", "IT", "01234567"), None),
            (Party("Other", group=frozenset({2})), Tie.GROUP),
            (Party("Other", declares_ties=True), Tie.DECLARED),
            (Party("The Toy Works"), Tie.NAME),
            (Party("Other", postcode="pr12he"), Tie.POSTCODE),
            (Party("Other", email="ben@TOYS.example"), Tie.EMAIL),
            (Party("Other", email="ben@mail.example"), None),
        ],
    )
    def test_the_strongest_sign(self, other, tie):
        assert ties([self.OWN, other]) == ([(0, 1, tie)] if tie else [])

    def test_between_partners_and_open_mail(self):
        partners = [Party("A", email="a@mail.example"), Party("B", email="b@mail.example", declares_ties=True)]
        assert ties([self.OWN, *partners], open_mail=frozenset({"mail.example"})) == [(0, 2, Tie.DECLARED)]
        assert ties([self.OWN, *partners]) == [(0, 2, Tie.DECLARED), (1, 2, Tie.EMAIL)]
        assert Tie.EMAIL not in KNOWN
