import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError

from accounts.permissions import Role
from applications import actions
from applications.models import Case, CaseCheck, EligibilityOverride, still_open
from applications.models.checks import OpenFinding
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import (
    STARTED,
    CaseCheckFactory,
    CaseFactory,
    EligibilityCheckFactory,
    EligibilityOverrideFactory,
)
from tests.factories.programmes import RULES, ProgrammeFactory

pytestmark = pytest.mark.django_db
FAILED = {"rule": "sector", "outcome": "fail", "reason": "Outside.", "value": "46690", "limit": "C"}
OPEN = {"rule": "place", "outcome": "refer", "reason": "Border.", "value": "PR1 2HE", "limit": "area"}
LATER = STARTED + timedelta(days=1)


def sent_with(programme, *findings, outcome="refer"):
    check = EligibilityCheckFactory(programme=programme, outcome=outcome, findings=list(findings))
    return CaseFactory(programme=programme, check_result=check, submitted=True)


@pytest.fixture
def refused(programme):
    return sent_with(programme, FAILED, OPEN, outcome="not_eligible")


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


def set_aside(case, rule, by, **more):
    return actions.set_aside(case=case, rule=rule, reason="Seen on a visit.", by=by, at=LATER, **more)


# --- Accepting --------------------------------------------------------------------------------------
class TestAccept:
    def test_an_eligible_firm_needs_no_word(self, programme, adviser):
        case = sent_with(programme, {**OPEN, "outcome": "pass"}, outcome="eligible")
        actions.accept(case=case, by=adviser, at=LATER)
        assert case.status == Case.Status.ACCEPTED

    def test_what_could_not_be_decided_is_settled_with_it(self, programme, adviser):
        case = sent_with(programme, OPEN)
        actions.accept(case=case, settled={"place": "The site is inside, seen on the map."}, by=adviser, at=LATER)
        assert case.status == Case.Status.ACCEPTED
        override = case.overrides.get()
        assert (override.rule, override.needs_second, override.is_of_a_failed_rule) == ("place", False, False)
        event = Event.objects.get(kind="override.settled")
        assert event.note == "Where you are: The site is inside, seen on the map."
        assert event.staff_only

    def test_without_a_word_it_is_not(self, refused, adviser):
        with pytest.raises(actions.UnableToAccept, match="What you make, Where you are"):
            actions.accept(case=refused, by=adviser, at=LATER)
        refused.refresh_from_db()
        assert refused.status == Case.Status.SUBMITTED
        assert not EligibilityOverride.objects.exists()

    def test_a_failed_rule_waits_for_the_second_person(self, refused, adviser, manager):
        override = set_aside(refused, "sector", adviser)
        with pytest.raises(actions.UnableToAccept, match="A second person has to agree first: What you make"):
            actions.accept(case=refused, settled={"place": "Inside."}, by=adviser, at=LATER)
        assert [each.is_settled for each in still_open(refused)] == [False, False], "nothing is half done"
        actions.confirm_override(override=override, by=manager, at=LATER)
        actions.accept(case=refused, settled={"place": "Inside."}, by=adviser, at=LATER)
        assert refused.status == Case.Status.ACCEPTED

    def test_a_case_that_moved_meanwhile_is_left_alone(self, refused, adviser):
        Case.objects.get(pk=refused.pk).withdraw(by=refused.created_by, at=LATER, reason="No.")
        with pytest.raises(IllegalMove):
            actions.accept(case=refused, settled={"place": "Inside."}, by=adviser, at=LATER)

    def test_a_check_taken_meanwhile_is_not_overlooked(self, programme, adviser):
        case = sent_with(programme, {**OPEN, "outcome": "pass"}, outcome="eligible")
        worse = EligibilityCheckFactory(programme=programme, outcome="not_eligible", findings=[FAILED])
        Case.objects.get(pk=case.pk).rest_on(worse, at=LATER)
        with pytest.raises(IllegalMove):
            actions.accept(case=case, by=adviser, at=LATER)


# --- Setting aside ----------------------------------------------------------------------------------
class TestSetAside:
    def test_the_finding_is_frozen_with_its_rules(self, refused, adviser):
        override = set_aside(refused, "sector", adviser)
        assert override.finding == FAILED
        assert override.rules_version == refused.check_result.rules_version
        assert str(override) == f"{refused.reference} sector"

    def test_a_repeat_gives_the_same(self, refused, adviser):
        key = uuid.uuid4()
        assert set_aside(refused, "sector", adviser, key=key) == set_aside(refused, "sector", adviser, key=key)
        assert Event.objects.filter(kind="override.failed").count() == 1

    def test_twice_is_once(self, refused, adviser, manager):
        set_aside(refused, "sector", adviser)
        with pytest.raises(actions.UnableToSetAside, match="Somebody has set this aside"):
            set_aside(refused, "sector", manager)

    @pytest.mark.parametrize("rule", ["size", "nothing"])
    def test_a_rule_that_is_not_open_cannot_be(self, refused, adviser, rule):
        with pytest.raises(actions.UnableToSetAside, match="nothing to set aside"):
            set_aside(refused, rule, adviser)

    def test_of_an_ended_case_nothing_is(self, refused, adviser):
        refused.reject(by=adviser, at=LATER, reason="No.")
        with pytest.raises(actions.UnableToSetAside, match="nothing to set aside"):
            set_aside(refused, "sector", adviser)

    @pytest.mark.parametrize(
        ("over", "cap", "needs"), [("10000.00", "20000.00", True), ("50000.00", "20000.00", False), (None, "1", True)]
    )
    def test_the_programme_says_from_which_sum_two_have_to_agree(self, over, cap, needs):
        rules = {**RULES, "strands": [{"instrument": "grant", "gives_grant": True}]}
        rules |= {"override": {"second_person_over": over}} if over else {}
        programme = ProgrammeFactory(version={"eligibility": rules, "terms": {"grant": {"cap": cap}}})
        case = sent_with(programme, FAILED, outcome="not_eligible")
        adviser = AssignmentFactory(programme=programme).user
        assert set_aside(case, "sector", adviser).needs_second is needs


class TestAfterwards:
    def test_two_have_to_agree(self, refused, manager):
        override = set_aside(refused, "sector", manager)
        with pytest.raises(actions.UnableToSetAside, match="yourself"):
            actions.confirm_override(override=override, by=manager, at=LATER)
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            override.confirm(by=manager, at=LATER)

    def test_what_needs_nobody_is_not_confirmed(self, refused, adviser, manager):
        override = set_aside(refused, "place", adviser)
        with pytest.raises(IllegalMove):
            actions.confirm_override(override=override, by=manager, at=LATER)

    def test_it_is_taken_back_once(self, refused, adviser, manager):
        override = set_aside(refused, "sector", adviser)
        actions.withdraw_override(override=override, reason="They resell.", by=manager, at=LATER)
        assert not override.is_valid
        assert not override.is_unconfirmed
        with pytest.raises(IllegalMove):
            actions.withdraw_override(override=override, reason="Again.", by=manager, at=LATER)
        with pytest.raises(IllegalMove):
            actions.confirm_override(override=override, by=manager, at=LATER)
        assert set_aside(refused, "sector", adviser).pk != override.pk

    def test_it_holds_for_a_later_check_while_the_finding_is_the_same(self, refused, adviser, programme):
        set_aside(refused, "sector", adviser)
        same = EligibilityCheckFactory(programme=programme, outcome="not_eligible", findings=[FAILED])
        refused.rest_on(same, at=LATER)
        assert still_open(refused)[0].override is not None
        other = EligibilityCheckFactory(programme=programme, findings=[{**FAILED, "value": "46620"}])
        refused.rest_on(other, at=LATER)
        assert still_open(refused) == [OpenFinding({**FAILED, "value": "46620"}, None)]


# --- The rows ---------------------------------------------------------------------------------------
class TestRows:
    @pytest.mark.parametrize(
        "changes",
        [{"reason": "Better words."}, {"rule": "size"}, {"needs_second": False}, {"finding": {}}],
    )
    def test_an_override_is_never_rewritten(self, changes):
        override = EligibilityOverrideFactory()
        with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
            EligibilityOverride.objects.filter(pk=override.pk).update(**changes)

    def test_nothing_is_deleted(self):
        override = EligibilityOverrideFactory()
        with pytest.raises(InternalError, match="Cannot delete"), transaction.atomic():
            EligibilityOverride.objects.filter(pk=override.pk).delete()
        with pytest.raises(InternalError, match="Cannot delete"), transaction.atomic():
            CaseCheck.objects.filter(case=override.case).delete()

    @pytest.mark.parametrize("changes", [{"reason": ""}, {"withdrawn_at": STARTED}])
    def test_constraints(self, changes):
        case = CaseFactory(submitted=True)
        changes |= {"withdrawn_by": case.created_by} if "withdrawn_at" in changes else {}
        with pytest.raises(IntegrityError), transaction.atomic():
            EligibilityOverrideFactory(case=case, **changes)

    def test_one_live_override_for_a_finding(self):
        override = EligibilityOverrideFactory()
        with pytest.raises(IntegrityError, match="one_live_override"), transaction.atomic():
            EligibilityOverrideFactory(case=override.case)

    def test_who_sees_them(self, refused, adviser, outsider):
        override = EligibilityOverrideFactory(case=refused)
        assert EligibilityOverride.objects.visible_to(adviser).get() == override
        assert refused.checks.visible_to(adviser).count() == 1
        for user in (outsider, refused.created_by):
            assert not EligibilityOverride.objects.visible_to(user).exists()
            assert not CaseCheck.objects.visible_to(user).exists()

    def test_valid_and_unconfirmed(self, refused, manager):
        override = EligibilityOverrideFactory(case=refused)
        assert list(EligibilityOverride.objects.unconfirmed()) == [override]
        assert not EligibilityOverride.objects.valid().exists()
        assert override.is_unconfirmed
        override.confirm(by=manager, at=LATER)
        assert list(EligibilityOverride.objects.valid()) == [override]
        assert not EligibilityOverride.objects.unconfirmed().exists()
        assert override.is_valid

    def test_a_check_is_taken_once(self, case, adviser):
        made = CaseCheckFactory(
            case=case, check_result=EligibilityCheckFactory(programme=case.programme), taken_at=None, taken_by=None
        )
        assert case.checks.taken().count() == 1
        made.take(by=adviser, at=LATER, why="New accounts.")
        assert case.checks.taken().first() == made
        assert str(made) == f"{case.reference} 2026-11-02"
        with pytest.raises(IllegalMove):
            made.take(by=adviser, at=LATER, why="Again.")

    def test_an_ended_case_rests_where_it_is(self, programme):
        case = CaseFactory(programme=programme, rejected=True)
        with pytest.raises(IllegalMove):
            case.rest_on(EligibilityCheckFactory(programme=programme), at=LATER)


def test_joining_writes_the_first_check(programme, adviser, now):
    firm = actions.FirmDetails("Hollin Bank Ltd", "company", "01234567", "Preston")
    check = EligibilityCheckFactory(programme=programme)
    case = actions.join(programme=programme, check=check, firm=firm, key=uuid.uuid4(), by=adviser, at=now)
    made = case.checks.get()
    assert (made.check_result, made.taken_by, made.taken_at) == (check, adviser, now)
