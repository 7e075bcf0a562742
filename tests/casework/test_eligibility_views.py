import uuid

import pytest
from django.urls import reverse

from accounts.permissions import Role
from applications import actions
from applications.models import CaseCheck, EligibilityOverride
from eligibility.models import EligibilityCheck
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.applications import (
    STARTED,
    CaseFactory,
    EligibilityCheckFactory,
    EligibilityOverrideFactory,
)

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15
FAILED = {
    "rule": "sector", "outcome": "fail", "reason": "Outside the sectors.", "value": "46690", "limit": "manufacturing",
    "source": {"text": "Scheme guidance, section 2", "url": "https://rules.example/2", "as_of": "2026-01-01"},
}  # fmt: skip
OPEN = {"rule": "place", "outcome": "refer", "reason": "On the border.", "value": "PR1 2HE", "limit": "the area"}
STRANDS = [{"instrument": "match-funding", "outcome": "not_eligible", "missing": ["Another code."]}]


def words(response):
    return " ".join(response.content.decode().split())


def page(name, case, **more):
    return reverse(f"casework:{name}", kwargs={"reference": case.reference, **more})


def sent_with(programme, *findings, outcome="not_eligible"):
    check = EligibilityCheckFactory(programme=programme, outcome=outcome, findings=list(findings), strands=STRANDS)
    return CaseFactory(programme=programme, check_result=check, submitted=True)


@pytest.fixture
def refused(programme):
    return sent_with(programme, FAILED, OPEN)


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


# --- The page ---------------------------------------------------------------------------------------
def test_it_shows_the_frozen_check_with_sources(signed_in, adviser, refused, django_assert_max_num_queries):
    EligibilityOverrideFactory(case=refused)
    client = signed_in(adviser)
    with django_assert_max_num_queries(MOST_QUERIES):
        found = words(client.get(page("eligibility", refused)))
    for text in (
        "Outside the sectors.", "46690", "manufacturing", "Scheme guidance, section 2", "https://rules.example/2",
        "1 Jan 2026", "On the border.", "Another code.", "Rules programme/2026-01-01", "£3,200,000", "PR1 2HE",
        "25620 Machining", "2 findings are open",
    ):  # fmt: skip
        assert text in found, text


def test_its_queries_do_not_grow(signed_in, adviser, refused, django_assert_num_queries, django_assert_max_num_queries):
    client = signed_in(adviser)
    client.get(page("eligibility", refused))
    with django_assert_max_num_queries(MOST_QUERIES) as one:
        client.get(page("eligibility", refused))
    for number in range(10):
        check = EligibilityCheckFactory(programme=refused.programme)
        CaseCheck.objects.create(case=refused, check_result=check, made_at=STARTED, made_by=adviser)
        EligibilityOverrideFactory(case=refused, rule=f"rule-{number}")
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(page("eligibility", refused))


def test_it_warns_of_what_does_not_fit_together(signed_in, adviser, refused):
    check = refused.check_result
    EligibilityCheck.objects.filter(pk=check.pk).update(facts={**check.facts, "local_authority": "E06000009"})
    firm = refused.organisation
    firm.register = {"status": "liquidation"}
    firm.save()
    found = words(signed_in(adviser).get(page("eligibility", refused)))
    assert "does not lie in Blackpool" in found
    assert "The company register says of this firm: " in found


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE])
def test_readers_read_and_change_nothing(signed_in, programme, refused, role):
    override = EligibilityOverrideFactory(case=refused, rule="sector", finding=FAILED)
    client = signed_in(AssignmentFactory(programme=programme, role=role).user)
    found = words(client.get(page("eligibility", refused)))
    assert "Check again" not in found
    assert "Take back" not in found
    assert client.post(page("recheck", refused)).status_code == 403
    assert client.post(page("set-aside", refused, code="place"), {"reason": "x"}).status_code == 403
    for name in ("confirm-override", "withdraw-override"):
        assert client.post(page(name, refused, override=override.pk), {"reason": "x"}).status_code == 403
    assert EligibilityOverride.objects.count() == 1


def test_others_find_nothing(signed_in, outsider, adviser, refused):
    MembershipFactory(user=adviser, organisation=refused.organisation)
    for user in (outsider, refused.created_by, adviser):
        assert signed_in(user).get(page("eligibility", refused)).status_code == 404


# --- Setting aside ----------------------------------------------------------------------------------
class TestSetAside:
    def test_it_is_kept_once_with_its_finding(self, signed_in, adviser, refused):
        client = signed_in(adviser)
        address = page("set-aside", refused, code="sector")
        assert "A manager or an approver has to agree" in words(client.get(address))
        given = {"reason": "They make what they sell.", "key": uuid.uuid4()}
        for _ in range(2):
            response = client.post(address, given, follow=True)
            assert response.redirect_chain[0][0] == page("eligibility", refused)
        override = EligibilityOverride.objects.get()
        assert (override.rule, override.finding, override.decided_by) == ("sector", FAILED, adviser)
        assert override.needs_second
        assert Event.objects.filter(kind="override.failed", staff_only=True).count() == 1
        assert "Waits for a second person" in words(client.get(page("eligibility", refused)))

    @pytest.mark.parametrize("reason", ["", " ", "nul\0", "x" * 2001])
    def test_it_has_a_reason(self, signed_in, adviser, refused, reason):
        given = {"reason": reason, "key": uuid.uuid4()}
        response = signed_in(adviser).post(page("set-aside", refused, code="sector"), given)
        assert response.status_code == 200
        assert "There is a problem" in words(response)
        assert not EligibilityOverride.objects.exists()

    @pytest.mark.parametrize("code", ["size", "nothing"])
    def test_what_is_not_open_cannot_be(self, signed_in, adviser, refused, code):
        response = signed_in(adviser).get(page("set-aside", refused, code=code), follow=True)
        assert "There is nothing to set aside here." in words(response)

    def test_two_at_once(self, signed_in, adviser, refused, monkeypatch):
        client = signed_in(adviser)

        def somebody_was_faster(**_):
            raise actions.UnableToSetAside("Somebody has set this aside meanwhile.")

        monkeypatch.setattr(actions, "set_aside", somebody_was_faster)
        given = {"reason": "Seen.", "key": uuid.uuid4()}
        response = client.post(page("set-aside", refused, code="place"), given, follow=True)
        assert "Somebody has set this aside meanwhile." in words(response)

    def test_the_second_person_agrees(self, signed_in, adviser, manager, refused):
        override = actions.set_aside(case=refused, rule="sector", reason="Seen.", by=adviser, at=STARTED)
        address = page("confirm-override", refused, override=override.pk)
        client = signed_in(manager)
        queue = words(client.get(page("case", refused)))
        assert "A second person has to agree" in queue
        assert "I agree: set this rule aside" in words(client.get(address))
        assert "You have agreed." in words(client.post(address, follow=True))
        assert "meanwhile" in words(client.post(address, follow=True))
        override.refresh_from_db()
        assert override.confirmed_by == manager
        assert "Nobody waits for your agreement" in words(client.get(address))
        assert "A second person has to agree" not in words(client.get(page("case", refused)))

    def test_nobody_agrees_with_themselves(self, signed_in, manager, refused):
        override = actions.set_aside(case=refused, rule="sector", reason="Seen.", by=manager, at=STARTED)
        client = signed_in(manager)
        address = page("confirm-override", refused, override=override.pk)
        assert "You have set this aside yourself" in words(client.get(address))
        assert "You have set this aside yourself" in words(client.post(address, follow=True))
        override.refresh_from_db()
        assert not override.is_valid

    def test_an_adviser_may_not_agree(self, signed_in, programme, refused):
        override = EligibilityOverrideFactory(case=refused)
        client = signed_in(AssignmentFactory(programme=programme, role=Role.ADVISER).user)
        assert client.post(page("confirm-override", refused, override=override.pk)).status_code == 403

    def test_it_is_taken_back_with_a_reason(self, signed_in, adviser, refused):
        override = EligibilityOverrideFactory(case=refused)
        client = signed_in(adviser)
        address = page("withdraw-override", refused, override=override.pk)
        assert "There is a problem" in words(client.post(address, {"reason": ""}))
        assert "The rule stands again." in words(client.post(address, {"reason": "They resell."}, follow=True))
        assert "meanwhile" in words(client.post(address, {"reason": "They resell."}, follow=True))
        assert "The rule stands again already." in words(client.get(address))
        assert "Taken back by" in words(client.get(page("eligibility", refused)))

    def test_an_override_of_another_case_is_not_found(self, signed_in, adviser, programme, refused):
        other = EligibilityOverrideFactory(case=CaseFactory(programme=programme, submitted=True))
        client = signed_in(adviser)
        assert client.get(page("withdraw-override", refused, override=other.pk)).status_code == 404


# --- The check made again ---------------------------------------------------------------------------
class TestRecheck:
    def test_it_is_compared_and_then_taken(self, signed_in, adviser, refused, django_assert_max_num_queries):
        client = signed_in(adviser)
        response = client.post(page("recheck", refused))
        made = refused.checks.get(taken_at=None)
        address = page("compare-check", refused, check=made.pk)
        assert response.url == address
        assert client.post(page("recheck", refused)).url == address
        with django_assert_max_num_queries(MOST_QUERIES):
            found = words(client.get(address))
        assert "Use this check from now on" in found
        assert "Changed" in found
        refused.refresh_from_db()
        assert refused.check_result != made.check_result

        assert "There is a problem" in words(client.post(address, {"why": ""}))
        done = words(client.post(address, {"why": "They changed their code."}, follow=True))
        assert "The application rests on this check from now on." in done
        assert "They changed their code." in done
        refused.refresh_from_db()
        assert refused.check_result == made.check_result
        assert "already" in words(client.get(address))
        assert "meanwhile" in words(client.post(address, {"why": "Again."}, follow=True))

    def test_the_first_check_can_be_looked_at_beside_the_new_one(self, signed_in, adviser, refused):
        client = signed_in(adviser)
        first = refused.checks.get()
        client.post(page("recheck", refused))
        made = refused.checks.get(taken_at=None)
        client.post(page("compare-check", refused, check=made.pk), {"why": "New."})
        found = words(client.get(page("compare-check", refused, check=first.pk)))
        assert "has rested on this check before" in found
        assert "Use this check from now on" not in found

    def test_a_reader_sees_the_comparison_and_takes_nothing(self, signed_in, adviser, programme, refused):
        signed_in(adviser).post(page("recheck", refused))
        made = refused.checks.get(taken_at=None)
        client = signed_in(AssignmentFactory(programme=programme, role=Role.AUDITOR).user)
        address = page("compare-check", refused, check=made.pk)
        assert "Use this check from now on" not in words(client.get(address))
        assert client.post(address, {"why": "x"}).status_code == 403

    def test_what_cannot_be_read_is_said(self, signed_in, adviser, refused):
        firm = refused.organisation
        firm.sic_codes = ["00000"]
        firm.save()
        found = words(signed_in(adviser).post(page("recheck", refused), follow=True))
        assert "What is recorded of this firm cannot be checked" in found

    def test_an_ended_case_is_not_checked(self, signed_in, adviser, programme):
        case = CaseFactory(programme=programme, rejected=True)
        client = signed_in(adviser)
        assert "nothing to check" in words(client.post(page("recheck", case), follow=True))
        assert "Check again" not in words(client.get(page("eligibility", case)))

    def test_a_check_of_another_case_is_not_found(self, signed_in, adviser, programme, refused):
        other = CaseFactory(programme=programme, submitted=True).checks.get()
        assert signed_in(adviser).get(page("compare-check", refused, check=other.pk)).status_code == 404
