import uuid
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse

from accounts.permissions import Role
from documents.rendering import render_pdf
from documents.tasks import render_document
from funding import actions
from funding.models import Award, Variation
from funding.rules.partners import Row
from funding.rules.variations import Move, Span, Why, dates, end, moved, virement, without
from notifications.models import Message
from portal.workflow import IllegalMove
from programmes.matching import GrantTerms
from tests.factories.accounts import AssignmentFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory
from tests.funding.test_views_firm import address

LATER = WRITTEN + timedelta(days=1)
TODAY = date(2026, 11, 10)
STANDS = Span(date(2027, 3, 1), date(2027, 8, 31))
TERMS = GrantTerms("GBP", frozenset({"software", "labour"}), rate=Decimal(50))
ROWS = [
    Row(None, "software", Decimal(20000), Decimal(10000)),
    Row(None, "labour", Decimal(10000), Decimal(5000)),
    Row(7, "software", Decimal(9000), Decimal("4500.00")),
]
SIZES = {None: "small", 7: "small"}


class TestDates:
    @pytest.mark.parametrize(
        ("starts", "ends", "why"),
        [
            (date(2027, 3, 1), date(2027, 10, 31), []),
            (date(2027, 3, 1), date(2027, 8, 31), [Why.SAME]),
            (date(2027, 9, 1), date(2027, 8, 31), [Why.IN_ORDER]),
            (date(2026, 11, 9), date(2027, 8, 31), [Why.START_PAST]),
            (date(2026, 11, 10), date(2027, 8, 31), []),
            (date(2027, 3, 1), date(2028, 4, 1), [Why.WINDOW, Why.TOO_LONG]),
            (date(2027, 3, 1), date(2028, 2, 29), []),
            (date(2027, 3, 1), date(2028, 3, 1), [Why.TOO_LONG]),
        ],
    )
    def test_inside_the_window_and_the_longest_duration(self, starts, ends, why):
        window = (date(2026, 4, 1), date(2028, 3, 31))
        assert dates(Span(starts, ends), stands=STANDS, today=TODAY, window=window, most_months=12) == why

    def test_a_project_that_has_begun_keeps_its_first_day(self):
        later = STANDS.ends + timedelta(days=30)
        after = date(2027, 5, 1)
        assert dates(Span(STANDS.starts, later), stands=STANDS, today=after, has_claims=True) == []
        assert dates(Span(date(2027, 6, 1), later), stands=STANDS, today=after, has_claims=True) == [Why.START_CLAIMED]
        assert dates(Span(STANDS.starts, date(2027, 4, 30)), stands=STANDS, today=after) == [Why.END_PAST]


class TestVirement:
    @pytest.mark.parametrize(
        ("move", "more", "why"),
        [
            (Move(None, "software", "labour", Decimal(3900)), {}, []),
            (Move(None, "software", "labour", Decimal("3900.01")), {}, [Why.LIMIT]),
            (Move(None, "software", "labour", Decimal(1000)), {"moved_before": Decimal(2900)}, []),
            (Move(None, "software", "labour", Decimal(1001)), {"moved_before": Decimal(2900)}, [Why.LIMIT]),
            (Move(None, "software", "labour", Decimal(7000)), {"percent": Decimal(20)}, []),
            (Move(None, "software", "software", Decimal(10)), {}, [Why.SAME]),
            (
                Move(None, "labour", "software", Decimal(10001)),
                {"percent": Decimal(100)},
                [Why.NOT_IN_BUDGET, Why.CLAIMED],
            ),
            (Move(7, "labour", "software", Decimal(10)), {}, [Why.NOT_IN_BUDGET]),
            (Move(None, "labour", "materials", Decimal(10)), {}, [Why.NOT_PAID_FOR]),
            (Move(None, "labour", "software", Decimal(100)), {"claimed": {(None, "labour"): Decimal(9900)}}, []),
            (
                Move(None, "labour", "software", Decimal(101)),
                {"claimed": {(None, "labour"): Decimal(9900)}},
                [Why.CLAIMED],
            ),
        ],
    )
    def test_limits(self, move, more, why):
        assert virement(ROWS, move, terms=TERMS, **more) == why

    def test_the_grant_stays_where_the_rate_does(self):
        rows = moved(ROWS, Move(None, "software", "labour", Decimal(2000)), terms=TERMS, sizes=SIZES)
        assert {(row.key, row.category): row.eligible for row in rows} == {
            (None, "software"): Decimal(18000), (None, "labour"): Decimal(12000), (7, "software"): Decimal(9000),
        }  # fmt: skip
        assert sum(row.grant for row in rows) == Decimal(19500)

    def test_it_falls_where_the_new_kind_is_helped_less(self):
        terms = GrantTerms(
            "GBP", frozenset({"software", "labour"}), rate=Decimal(50), category_rates={"labour": {"any": Decimal(10)}}
        )
        rows = [Row(None, "software", Decimal(20000), Decimal(10000)), Row(None, "labour", Decimal(100), Decimal(10))]
        after = moved(rows, Move(None, "software", "labour", Decimal(2000)), terms=terms, sizes=SIZES)
        assert sum(row.grant for row in after) == Decimal(9210)

    def test_it_never_rises(self):
        terms = GrantTerms(
            "GBP", frozenset({"software", "labour"}), rate=Decimal(50), category_rates={"labour": {"any": Decimal(90)}}
        )
        rows = [Row(None, "software", Decimal(20000), Decimal(10000))]
        after = moved(rows, Move(None, "software", "labour", Decimal(2000)), terms=terms, sizes=SIZES)
        assert sum(row.grant for row in after) == Decimal(10000)

    def test_below_the_least_cost_nothing_is_left(self):
        terms = GrantTerms("GBP", frozenset({"software"}), rate=Decimal(50), minimum=Decimal(50000))
        assert moved(ROWS[:1], Move(None, "software", "software", Decimal(0)), terms=terms, sizes=SIZES) == []


def test_a_partner_that_leaves_keeps_what_it_has_claimed():
    assert without(ROWS, 7, {}) == ROWS[:2]
    kept = without(ROWS, 7, {(7, "software"): Decimal("1000.01")})
    assert kept[2] == Row(7, "software", Decimal("1000.01"), Decimal("500.00"))


@pytest.mark.parametrize(
    ("on", "open_claims", "why"),
    [
        (date(2026, 11, 10), 0, []),
        (date(2026, 11, 9), 0, [Why.END_PAST]),
        (date(2027, 9, 1), 0, [Why.AFTER_END]),
        (date(2027, 1, 1), 1, [Why.OPEN_CLAIMS]),
    ],
)
def test_ending_early(on, open_claims, why):
    assert end(on, today=TODAY, ends=STANDS.ends, open_claims=open_claims) == why


@pytest.fixture
def award(db):
    application = GrantApplicationFactory(
        accepted=True, lines=[{}, {"category": "software", "net": Decimal(10000), "vat": Decimal(0)}]
    )
    return Award.objects.select_related("application__case__programme", "call").get(application=application)


@pytest.fixture
def adviser(award):
    return AssignmentFactory(programme=award.application.case.programme, role=Role.ADVISER).user


@pytest.fixture
def approver(award):
    return AssignmentFactory(programme=award.application.case.programme, role=Role.APPROVER).user


def ask(award, kind="DATES", asked=None, key=None):
    asked = asked or {"starts_on": "2036-03-01", "ends_on": "2036-09-30"}
    return actions.ask_change(
        award=award, kind=kind, asked=asked, reason="The supplier is late.", key=key or uuid.uuid4(),
        by=award.accepted_by, at=LATER,
    )  # fmt: skip


def agreed(variation, adviser, approver):
    actions.recommend_change(variation=variation, note="Sensible.", by=adviser, at=LATER)
    variation.refresh_from_db()
    actions.agree_change(variation=variation, answer="Good luck.", by=approver, at=LATER)
    variation.refresh_from_db()
    variation.award.refresh_from_db()
    return variation.award


class TestActions:
    def test_dates_are_in_force_once_two_people_have_agreed(self, award, adviser, approver):
        after = agreed(ask(award), adviser, approver)
        assert after.ends_on == date(2036, 9, 30)
        assert after.committed == award.amount
        assert Message.objects.filter(kind="variation_agreed").count() == 1

    def test_the_letter_is_one_page(self, award, adviser, approver):
        variation = ask(award)
        agreed(variation, adviser, approver)
        letter = variation.letter
        names = ("template", "context", "title", "language", "number")
        with pikepdf.open(BytesIO(render_pdf(**{name: getattr(letter, name) for name in names}))) as pdf:
            assert len(pdf.pages) == 1

    def test_who_recommends_does_not_decide(self, award, adviser):
        variation = ask(award)
        actions.recommend_change(variation=variation, note="Sensible.", by=adviser, at=LATER)
        with pytest.raises(actions.UnableToDecide, match="recommended"):
            actions.agree_change(variation=variation, answer="", by=adviser, at=LATER)
        with pytest.raises(actions.UnableToDecide, match="belong to this firm"):
            actions.refuse_change(variation=variation, answer="No.", by=award.accepted_by, at=LATER)

    def test_nothing_is_agreed_that_nobody_recommended(self, award, approver):
        with pytest.raises(IllegalMove):
            actions.agree_change(variation=ask(award), answer="", by=approver, at=LATER)

    def test_money_moves_between_kinds_of_cost(self, award, adviser, approver):
        move = {"partner": None, "from": "capital_equipment", "to": "software", "amount": "2000.00"}
        after = agreed(ask(award, "VIREMENT", {"moves": [move]}), adviser, approver)
        costs = {row["category"]: Decimal(row["eligible"]) for row in after.budget}
        assert costs == {"capital_equipment": Decimal(28000), "software": Decimal(12000)}
        assert sum(Decimal(row["grant"]) for row in after.budget) == award.amount
        with pytest.raises(actions.UnableToChange, match="may be moved"):
            ask(award, "VIREMENT", {"moves": [move | {"amount": "2000.01"}]})

    def test_other_work_changes_no_figure(self, award, adviser, approver):
        after = agreed(ask(award, "SCOPE", {"text": "Two smaller robots."}), adviser, approver)
        assert (after.budget, after.ends_on) == (award.budget, award.ends_on)

    def test_ending_early_frees_what_was_not_claimed(self, award, adviser, approver):
        after = agreed(ask(award, "TERMINATION", {"on": "2036-04-01"}), adviser, approver)
        assert (after.status, after.committed) == (Award.Status.TERMINATED, Decimal(0))
        with pytest.raises(actions.UnableToChange, match="has ended"):
            ask(award)

    def test_rules_are_asked_again_when_it_is_decided(self, award, adviser, approver):
        variation = ask(award)
        actions.recommend_change(variation=variation, note="Sensible.", by=adviser, at=LATER)
        much_later = LATER.replace(year=2036, month=10)
        with pytest.raises(actions.UnableToDecide, match="must be today or later"):
            actions.agree_change(variation=variation, answer="", by=approver, at=much_later)

    def test_one_at_a_time_and_a_repeat_is_the_same(self, award):
        key = uuid.uuid4()
        assert ask(award, key=key) == ask(award, key=key)
        with pytest.raises(actions.UnableToChange, match="still looking"):
            ask(award)
        with pytest.raises(actions.UnableToChange, match="out of date"):
            ask(GrantApplicationFactory(accepted=True).award, key=key)

    def test_no_partner_no_partner_leaves(self, award):
        with pytest.raises(actions.UnableToChange):
            ask(award, "PARTNER", {"partner": 1, "change": "leaves", "name": "x"})


class TestPages:
    DATES = {
        "starts_on_day": "1", "starts_on_month": "3", "starts_on_year": "2036", "ends_on_day": "30",
        "ends_on_month": "9", "ends_on_year": "2036", "reason": "The supplier is late.",
    }  # fmt: skip

    def staff_page(self, award, number=1):
        return reverse(
            "funding:decide-change", args=[award.application.case.reference, award.application.number, number]
        )

    def test_from_asking_to_the_letter(self, client, award, adviser, approver):
        application = award.application
        client.force_login(award.accepted_by)
        assert "Other dates" in client.get(address(application, "changes")).text
        form = address(application, "ask-change", "dates")
        assert client.get(form).status_code == 200
        key = str(uuid.uuid4())
        assert "must end after it starts" in client.post(form, self.DATES | {"ends_on_year": "2035", "key": key}).text
        for _click in range(2):
            assert client.post(form, self.DATES | {"key": key}).url == address(application, "changes")
        page = client.get(address(application, "changes")).text
        assert "31 August 2036 becomes 30 September 2036" in page
        assert "First day" not in page
        assert client.get(address(application, "change-letter", 1)).status_code == 404

        client.force_login(adviser)
        page = self.staff_page(award)
        assert "The supplier is late." in client.get(page).text
        assert "Tell the approver" in client.post(page, {"do": "recommend", "recommend-note": ""}).text
        assert client.post(page, {"do": "recommend", "recommend-note": "Sensible."}).url == page
        assert client.post(page, {"do": "agree", "agree-answer": ""}).status_code == 403

        client.force_login(approver)
        assert "Sensible." in client.get(page).text
        for _click in range(2):
            assert client.post(page, {"do": "agree", "agree-answer": "Good luck."}).url == page
        assert client.get(address(application, "change-letter", 1)).url == page
        render_document(document_id=str(Variation.objects.get().letter_id))
        assert client.get(address(application, "change-letter", 1)).getvalue().startswith(b"%PDF-")

        client.force_login(award.accepted_by)
        shown = client.get(address(application, "changes")).text
        assert "Good luck." in shown
        assert "Sensible." not in shown

    def test_refused_by_the_adviser(self, client, award, adviser):
        variation = ask(award)
        client.force_login(adviser)
        client.post(self.staff_page(award), {"do": "refuse", "refuse-answer": "It is too late."})
        variation.refresh_from_db()
        assert (variation.status, variation.answer) == (Variation.Status.REFUSED, "It is too late.")
        client.force_login(award.accepted_by)
        assert client.get(address(award.application, "change-letter", 1)).url == address(award.application, "changes")

    def test_who_recommended_reads_why_not(self, client, award, adviser):
        AssignmentFactory(programme=award.application.case.programme, role=Role.APPROVER, user=adviser)
        actions.recommend_change(variation=ask(award), note="Sensible.", by=adviser, at=LATER)
        client.force_login(adviser)
        shown = client.post(self.staff_page(award), {"do": "agree", "agree-answer": ""})
        assert "somebody else has to decide" in shown.text

    def test_taken_back_once(self, client, award):
        ask(award)
        client.force_login(award.accepted_by)
        for _click in range(2):
            response = client.post(address(award.application, "take-back-change", 1))
            assert response.url == address(award.application, "changes")
        assert Variation.objects.get().status == Variation.Status.WITHDRAWN

    @pytest.mark.parametrize("kind", ["virement", "scope", "termination"])
    def test_every_kind_has_its_form(self, client, award, kind):
        client.force_login(award.accepted_by)
        form = address(award.application, "ask-change", kind)
        assert client.get(form).status_code == 200
        facts = {
            "key": str(uuid.uuid4()), "reason": "We must.", "source": ":capital_equipment", "target": "software",
            "amount": "2,000", "text": "Two robots.", "on_day": "1", "on_month": "4", "on_year": "2036",
        }  # fmt: skip
        assert client.post(form, facts).url == address(award.application, "changes")
        assert Variation.objects.get().kind == kind.upper()

    def test_no_partners_no_such_change(self, client, award):
        client.force_login(award.accepted_by)
        assert client.get(address(award.application, "ask-change", "partner")).status_code == 404
