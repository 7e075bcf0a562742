"""What other awards and applications, and the programme's window, leave open to an application."""

from datetime import date
from decimal import Decimal

import pytest

from funding import actions, overlaps, rules
from tests.factories.applications import CaseFactory
from tests.factories.funding import (
    WRITTEN,
    BudgetLineFactory,
    GrantApplicationFactory,
    a_quote,
    approve,
    approver_of,
    assess,
    submit,
)
from tests.factories.organisations import OwnershipFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory
from tests.funding.test_actions import attach, start

pytestmark = pytest.mark.django_db
ROBOT = {"supplier": "Robots of Lune", "description": "Six-axis robot", "net": Decimal(30000)}


def sent(organisation, lines=(ROBOT,), **state):
    case = CaseFactory(organisation=organisation, accepted=True)
    return GrantApplicationFactory(case=case, lines=lines, **state or {"submitted": True})


class TestOneCost:
    def test_the_same_cost_in_another_programme_is_refused_with_words(self):
        first = GrantApplicationFactory(lines=[ROBOT], submitted=True)
        second = sent(first.case.organisation, [ROBOT | {"supplier": " robots of  LUNE "}], submitted=False)
        words = f"“Six-axis robot” is in your application {first.reference} .* already. A cost can be paid only once"
        with pytest.raises(actions.UnableToSubmit, match=words):
            submit(second)
        actions.withdraw(application=first, reason="Twice", by=first.created_by, at=WRITTEN)
        submit(second)

    @pytest.mark.parametrize(
        "change", [{"net": Decimal(30001)}, {"description": "Robot"}, {"supplier": ""}, {"is_committed": True}]
    )
    def test_another_cost_is_another(self, change):
        first = GrantApplicationFactory(
            lines=[ROBOT | ({"supplier": ""} if "supplier" in change else {})], submitted=True
        )
        second = sent(first.case.organisation, [ROBOT | change, {}], submitted=False)
        submit(second)

    def test_the_same_quote_is_found_by_its_file(self):
        first = GrantApplicationFactory()
        attach(first.lines.get())
        submit(first)
        second = sent(first.case.organisation, [{"description": "Robot cell"}], submitted=False)
        attach(second.lines.get())
        with pytest.raises(actions.UnableToSubmit, match="The quote for “Robot cell” is in your application"):
            submit(second)
        second.lines.get().quotes.all().delete()
        attach(second.lines.get(), a_quote(content=a_quote().read().replace(b"595", b"596")))
        submit(second)

    def test_a_firm_of_the_group_is_not_named(self):
        first = GrantApplicationFactory(lines=[ROBOT], submitted=True)
        other = OwnershipFactory(other=first.case.organisation).firm
        second = sent(other, submitted=False)
        with pytest.raises(actions.UnableToSubmit) as refused:
            submit(second)
        assert "another firm in your group" in str(refused.value)
        assert first.reference not in str(refused.value)

    @pytest.mark.parametrize(("state", "claims"), [("submitted", True), ("returned", True), ("approved", True)])
    def test_what_was_sent_claims_its_costs(self, state, claims):
        first = GrantApplicationFactory(lines=[ROBOT], **{state: True})
        second = sent(first.case.organisation, submitted=False)
        assert bool(overlaps.paid_twice(second, [first.case.organisation_id])) == claims

    def test_a_draft_and_what_has_ended_claim_nothing(self):
        first = GrantApplicationFactory(lines=[ROBOT])
        second = sent(first.case.organisation, submitted=False)
        assert overlaps.paid_twice(second, [first.case.organisation_id]) == []
        submit(first)
        assess(first)
        approve(first).turn_down(by=first.created_by, at=WRITTEN)
        assert overlaps.paid_twice(second, [first.case.organisation_id]) == []

    def test_a_group_found_later_stops_the_second_award(self):
        first = GrantApplicationFactory(lines=[ROBOT], assessed=True)
        second = GrantApplicationFactory(lines=[ROBOT], assessed=True)
        OwnershipFactory(firm=first.case.organisation, other=second.case.organisation)
        approve(first)
        with pytest.raises(actions.UnableToDecide, match=f"is paid by the award of {first.reference}"):
            approve(second)

    def test_staff_see_where_else_a_cost_stands(self, client):
        first = GrantApplicationFactory(lines=[ROBOT], assessed=True)
        second = GrantApplicationFactory(assessed=True)
        line = BudgetLineFactory(application=second, **ROBOT)
        OwnershipFactory(firm=first.case.organisation, other=second.case.organisation)
        client.force_login(approver_of(second))
        page = client.get(f"/casework/{second.case.reference}/funding/{second.number}/").text
        assert "Costs that stand in another application too" in page
        assert f"{line.description}:" in page
        assert first.reference in page
        actions.decline(application=second, reason="No", by=approver_of(second), at=WRITTEN)
        page = client.get(f"/casework/{second.case.reference}/funding/{second.number}/").text
        assert "Costs that stand in another application too" not in page


class TestCombination:
    @pytest.fixture
    def programme(self):
        return ProgrammeFactory(combine=[["voucher", "diagnostic"]])

    @pytest.fixture
    def case(self, programme):
        return CaseFactory(programme=programme, accepted=True)

    def call(self, programme, slug):
        return CallFactory(instrument=InstrumentFactory(programme=programme, slug=slug, name=slug.title()))

    def test_what_excludes_each_other_is_refused_with_words(self, case, programme):
        voucher, grant = self.call(programme, "voucher"), self.call(programme, "grant")
        draft = GrantApplicationFactory(case=case, call=grant)
        GrantApplicationFactory(case=case, call=voucher, approved=True)
        words = "You have Voucher from us already. It cannot be combined with Grant."
        with pytest.raises(actions.UnableToSubmit, match=words):
            submit(draft)
        draft.withdraw(by=draft.created_by, at=WRITTEN)
        with pytest.raises(actions.UnableToStart, match=words):
            start(case, grant)

    def test_what_may_be_combined_or_is_the_same_is_taken(self, case, programme):
        GrantApplicationFactory(case=case, call=self.call(programme, "voucher"), approved=True)
        assert start(case, self.call(programme, "diagnostic"))
        other = CallFactory(instrument=case.grant_applications.first().call.instrument, slug="next")
        assert start(case, other)

    def test_the_second_decision_of_two_is_refused(self, case, programme):
        draft = GrantApplicationFactory(case=case, call=self.call(programme, "grant"), assessed=True)
        GrantApplicationFactory(case=case, call=self.call(programme, "voucher"), approved=True)
        with pytest.raises(actions.UnableToDecide, match="award that excludes this one"):
            approve(draft)

    def test_without_a_list_all_goes_together(self, case, programme):
        programme.combine = None
        programme.save()
        GrantApplicationFactory(case=case, call=self.call(programme, "voucher"), approved=True)
        assert start(case, self.call(programme, "grant"))


class TestWindow:
    @pytest.fixture
    def programme(self):
        return ProgrammeFactory(delivery={"from": "2027-01-01", "to": "2036-08-30"})

    def test_projects_end_inside_it(self, programme):
        for day, inside in [
            (date(2026, 12, 31), False), (date(2027, 1, 1), True), (date(2036, 8, 30), True),
            (date(2036, 8, 31), False), (None, True),
        ]:  # fmt: skip
            assert (overlaps.outside_window(programme, day) == "") == inside
        assert overlaps.outside_window(ProgrammeFactory(), date(2036, 8, 31)) == ""
        assert rules.window({}) is None

    def test_refused_when_it_is_sent(self, programme):
        application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True))
        with pytest.raises(actions.UnableToSubmit, match="finish between 1 January 2027 and 30 August 2036"):
            submit(application)

    def test_said_at_the_field(self, programme, client):
        application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True))
        client.force_login(application.case.created_by)
        days = {"starts_on": (1, 3, 2036), "ends_on": (31, 8, 2036)}
        parts = ("day", "month", "year")
        facts = {f"{name}_{part}": value for name, day in days.items() for part, value in zip(parts, day, strict=True)}
        address = f"/cases/{application.case.reference}/funding/{application.number}/dates/"
        page = client.post(address, facts | {"trl_start": 9, "trl_end": 9})
        assert page.status_code == 200
        assert page.text.count("Projects in this programme must finish between") == 2
