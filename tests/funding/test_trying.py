"""Staff try a call out as applicants: data of their own, counted nowhere, and taken away again."""

import uuid

import pytest

from accounts.models import Membership
from accounts.permissions import Role
from applications.models import Case
from casework.scope import worked_cases
from funding import actions
from funding.figures import budget_of
from funding.models import GrantApplication
from organisations.models import Organisation
from reporting.indicators import public_figures
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme), is_draft=True)


def address(call, part):
    return f"/casework/programmes/{call.instrument.programme.slug}/money/{call.pk}/{part}/"


def test_a_draft_is_walked_as_an_applicant_and_taken_away(signed_in, manager, call):
    client = signed_in(manager)
    for _ in range(2):
        page = client.post(address(call, "try"), follow=True)
    case = Case.objects.get(is_test=True)
    assert page.redirect_chain[-1][0] == f"/cases/{case.reference}/funding/start/"
    for words in ("This is a test", call.name):
        assert words in page.text
    client.post(f"/cases/{case.reference}/funding/start/", {"call": call.pk, "key": str(uuid.uuid4())})
    assert case.grant_applications.get().call == call
    page = client.post(f"/cases/{case.reference}/end-test/", follow=True)
    assert "What you tried is gone." in page.text
    assert not Case.objects.exists()
    assert not Organisation.objects.exists()
    assert not Membership.objects.exists()


def test_what_was_sent_is_taken_away_too(manager, call, now):
    case = actions.try_out(programme=call.instrument.programme, by=manager, at=now)
    application = GrantApplicationFactory(case=case, call=call)
    actions.submit(application=application, by=manager, at=now)
    assert budget_of(call).waiting == 0
    assert public_figures([case.programme_id], now) == {}
    assert not worked_cases(AssignmentFactory(programme=case.programme, role=Role.MANAGER).user).exists()
    actions.stop_trying(case=case, by=manager, at=now)
    assert not GrantApplication.objects.exists()
    assert not Case.objects.exists()


def test_a_test_on_which_more_hangs_ends_as_withdrawn(manager, call, now):
    case = actions.try_out(programme=call.instrument.programme, by=manager, at=now)
    AssessmentFactory(case=case)
    actions.stop_trying(case=case, by=manager, at=now)
    case.refresh_from_db()
    assert case.status == Case.Status.WITHDRAWN
    assert not Case.objects.visible_to(manager).exists()


def test_a_real_firms_case_is_never_taken_away(now, programme, manager):
    case = CaseFactory(programme=programme, accepted=True)
    with pytest.raises(actions.UnableToChange):
        actions.stop_trying(case=case, by=manager, at=now)


def test_only_its_maker_ends_a_test(signed_in, manager, call, now, adviser, case):
    client = signed_in(adviser)
    assert client.post(address(call, "try")).status_code == 403
    assert client.post(f"/cases/{case.reference}/end-test/").status_code == 404
    assert signed_in(manager).post(f"/cases/{case.reference}/end-test/").status_code == 404
    assert signed_in(manager).get(f"/cases/{case.reference}/end-test/").status_code == 405
