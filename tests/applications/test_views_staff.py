import uuid

import pytest
from django.urls import reverse

from accounts.permissions import Role
from applications import actions
from applications.models import Case, Note
from notifications.models import Message
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.applications import STARTED, CaseFactory, EligibilityCheckFactory
from tests.factories.programmes import RegionFactory

pytestmark = pytest.mark.django_db
DECISIONS = {
    "accept": ({}, "ACCEPTED"),
    "return": ({"reason": "Which machines?"}, "RETURNED"),
    "reject": ({"reason": "No manufacturer."}, "REJECTED"),
}


def page(name, case):
    return reverse(f"applications:{name}", args=[case.reference])


def words(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def sent(programme):
    return CaseFactory(programme=programme, submitted=True)


@pytest.mark.parametrize("name", DECISIONS)
class TestDecide:
    def test_it_is_decided_once(self, signed_in, adviser, sent, name, django_assert_max_num_queries):
        given, status = DECISIONS[name]
        client = signed_in(adviser)
        with django_assert_max_num_queries(15):
            form = client.get(page(name, sent))
        assert form.status_code == 200
        assert sent.organisation.name in words(form)

        response = client.post(page(name, sent), given, follow=True)
        assert response.redirect_chain == [(reverse("casework:case", args=[sent.reference]), 302)]
        assert "The firm has been told." in words(response)
        sent.refresh_from_db()
        assert sent.status == status

        again = client.post(page(name, sent), given, follow=True)
        assert "Somebody has decided this application meanwhile" in words(again)
        assert Message.objects.filter(reference=sent.reference).count() == 1

    def test_a_manager_decides_too(self, signed_in, programme, sent, name):
        client = signed_in(AssignmentFactory(programme=programme, role=Role.MANAGER).user)
        assert client.get(page(name, sent)).status_code == 200

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.FINANCE, Role.AUDITOR])
    def test_who_only_reads_may_not(self, signed_in, programme, sent, name, role):
        client = signed_in(AssignmentFactory(programme=programme, role=role).user)
        given, _ = DECISIONS[name]
        assert client.get(page(name, sent)).status_code == client.post(page(name, sent), given).status_code == 403
        sent.refresh_from_db()
        assert sent.status == "SUBMITTED"

    def test_others_find_nothing(self, signed_in, programme, outsider, sent, name):
        elsewhere = RegionFactory(programme=programme)
        given, _ = DECISIONS[name]
        for user in (
            outsider,
            sent.created_by,
            AssignmentFactory(programme=programme, role=Role.CONTRACTOR).user,
            AssignmentFactory(programme=programme, role=Role.ASSESSOR).user,
            AssignmentFactory(programme=programme, role=Role.ADVISER, region=elsewhere).user,
        ):
            client = signed_in(user)
            assert client.get(page(name, sent)).status_code == client.post(page(name, sent), given).status_code == 404
        sent.refresh_from_db()
        assert sent.status == "SUBMITTED"

    def test_a_draft_is_not_theirs_to_see(self, signed_in, adviser, case, name):
        assert signed_in(adviser).get(page(name, case)).status_code == 404


@pytest.mark.parametrize("name", ["return", "reject"])
@pytest.mark.parametrize("reason", ["", " ", "nul\0", "x" * 2001])
def test_a_decision_against_the_firm_has_a_reason(signed_in, adviser, sent, name, reason):
    response = signed_in(adviser).post(page(name, sent), {"reason": reason})
    assert response.status_code == 200
    assert "There is a problem" in words(response)
    sent.refresh_from_db()
    assert sent.status == "SUBMITTED"


class TestNote:
    def test_it_is_kept_once(self, signed_in, adviser, sent):
        given = {"kind": "PHONE", "text": "They ask for March.", "key": uuid.uuid4()}
        client = signed_in(adviser)
        for _ in range(2):
            response = client.post(page("note", sent), given, follow=True)
            assert "Note kept" in words(response)
        note = Note.objects.get()
        assert (note.case, note.kind, note.text, note.written_by) == (sent, "PHONE", "They ask for March.", adviser)
        assert Event.objects.filter(kind="note.phone").count() == 1

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"text": ""}, "Write your note"),
            ({"text": "x" * 5001}, "Use 5000 characters or fewer"),
            ({"kind": "LETTER"}, "Choose one of the options shown"),
            ({"key": ""}, "This page is out of date"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_words_kept(self, signed_in, adviser, sent, changes, message):
        given = {"kind": "NOTE", "text": "They ask for March.", "key": uuid.uuid4(), **changes}
        response = signed_in(adviser).post(page("note", sent), given)
        assert response.status_code == 200
        assert message in words(response)
        assert given["text"] in words(response)
        assert not Note.objects.exists()

    @pytest.mark.parametrize("role", [Role.APPROVER, Role.MANAGER])
    def test_all_who_work_on_cases_may_write(self, signed_in, programme, sent, role):
        client = signed_in(AssignmentFactory(programme=programme, role=role).user)
        given = {"kind": "NOTE", "text": "Read.", "key": uuid.uuid4()}
        assert client.post(page("note", sent), given).status_code == 302

    @pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
    def test_who_only_reads_writes_nothing(self, signed_in, programme, sent, role):
        client = signed_in(AssignmentFactory(programme=programme, role=role).user)
        given = {"kind": "MEETING", "text": "Met.", "key": uuid.uuid4()}
        assert client.post(page("note", sent), given).status_code == 403
        assert not Note.objects.exists()

    def test_it_is_written_by_post_only(self, signed_in, adviser, sent):
        assert signed_in(adviser).get(page("note", sent)).status_code == 405

    def test_others_find_nothing(self, signed_in, outsider, sent):
        for user in (outsider, sent.created_by):
            given = {"kind": "NOTE", "text": "Read.", "key": uuid.uuid4()}
            assert signed_in(user).post(page("note", sent), given).status_code == 404
        assert not Note.objects.exists()


def test_nobody_decides_on_their_own_firm(signed_in, adviser, sent):
    MembershipFactory(user=adviser, organisation=sent.organisation)
    assert signed_in(adviser).get(page("accept", sent)).status_code == 404
    assert signed_in(adviser).post(page("accept", sent)).status_code == 404


def test_every_decision_is_tried_here():
    assert {status for _, status in DECISIONS.values()} == Case.MOVES["SUBMITTED"] - {"WITHDRAWN"}


class TestOpenFindings:
    def case(self, programme, outcome):
        finding = {"rule": "place", "outcome": outcome, "reason": "On the border.", "value": "PR1", "limit": "area"}
        whole = {"refer": "refer", "fail": "not_eligible"}[outcome]
        check = EligibilityCheckFactory(programme=programme, outcome=whole, findings=[finding])
        return CaseFactory(programme=programme, check_result=check, submitted=True)

    def test_what_could_not_be_decided_is_settled_with_the_answer(self, signed_in, adviser, programme):
        case = self.case(programme, "refer")
        client = signed_in(adviser)
        form = words(client.get(page("accept", case)))
        assert "Where you are: why may the firm join?" in form
        assert "On the border." in form
        for nothing in ("", " ", "nul\0", "x" * 2001):
            found = words(client.post(page("accept", case), {"reason_place": nothing}))
            assert "There is a problem" in found
        client.post(page("accept", case), {"reason_place": "The site is inside."})
        case.refresh_from_db()
        assert case.status == "ACCEPTED"
        assert case.overrides.get().reason == "The site is inside."

    def test_a_no_is_set_aside_on_its_own_page_first(self, signed_in, adviser, programme):
        case = self.case(programme, "fail")
        client = signed_in(adviser)
        found = words(client.get(page("accept", case)))
        assert "The eligibility check says no." in found
        assert reverse("casework:set-aside", args=[case.reference, "place"]) in found
        assert "Say first why the firm may join all the same: Where you are." in words(
            client.post(page("accept", case))
        )
        override = actions.set_aside(case=case, rule="place", reason="Seen.", by=adviser, at=STARTED)
        assert "waits for a second person" in words(client.get(page("accept", case)))
        assert "A second person has to agree first" in words(client.post(page("accept", case)))
        override.confirm(by=AssignmentFactory(programme=programme, role=Role.MANAGER).user, at=STARTED)
        client.post(page("accept", case))
        case.refresh_from_db()
        assert case.status == "ACCEPTED"
