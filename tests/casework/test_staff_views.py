import uuid
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from applications.models import Lead
from portal.models import Event
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import STARTED, CaseFactory, EligibilityCheckFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory, OutlineFactory
from tests.factories.programmes import RegionFactory

pytestmark = pytest.mark.django_db

QUEUE = "/casework/"
LEADS = "/casework/leads/"
MOST_QUERIES = 15


def queries_of(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES) as counted:
        response = client.get(url)
    assert response.status_code == 200
    return len(counted.captured_queries)


@pytest.fixture
def lead(programme):
    return make_lead(programme)


def make_lead(programme, **more):
    given = {
        "name": "Sam Field", "firm": "Hollin Bank Ltd", "email": "sam@hollinbank.example", "phone": "01524 000000",
        "question": "What does it cost us?", "agrees_to_contact": True, "created_at": STARTED,
        "answer_by": date(2026, 11, 4), "check_result": EligibilityCheckFactory(programme=programme),
    }  # fmt: skip
    return Lead.objects.create(programme=programme, creation_key=uuid.uuid4(), **given | more)


# --- The queue ------------------------------------------------------------------------------------
def test_queue_shows_what_waits_and_how_late_it_is(signed_in, adviser, programme):
    CaseFactory(programme=programme, submitted=True, organisation__name="Hollin Bank Ltd")
    page = signed_in(adviser).get(QUEUE).content.decode()
    assert "Hollin Bank Ltd" in page
    assert "Can this firm join?" in page
    assert "days late" in page or "day late" in page or "16 Nov 2026" in page
    assert "The answer promised first is on top" in page


def test_queue_puts_the_first_promise_on_top_then_the_latest_change(signed_in, adviser, programme):
    accepted = CaseFactory(programme=programme, accepted=True)
    late, early = CaseFactory(programme=programme), CaseFactory(programme=programme)
    late.submit(by=late.created_by, at=STARTED + timedelta(days=3))
    early.submit(by=early.created_by, at=STARTED)
    response = signed_in(adviser).get(QUEUE)
    assert [row.case for row in response.context["rows"]] == [early, late, accepted]


def test_queue_of_an_assignment_to_one_region_is_of_that_region(signed_in, programme):
    north = RegionFactory(programme=programme)
    person = AssignmentFactory(programme=programme, region=north, role=Role.ADVISER).user
    here = CaseFactory(programme=programme, region=north, submitted=True)
    CaseFactory(programme=programme, region=RegionFactory(programme=programme), submitted=True)
    response = signed_in(person).get(QUEUE)
    assert [row.case for row in response.context["rows"]] == [here]
    counts = {entry["label"]: entry["count"] for group in response.context["rail"] for entry in group["entries"]}
    assert counts["Applications to review"] == 1
    assert counts["All open"] == 1


def test_queue_never_shows_a_draft(signed_in, adviser, case):
    withdrawn = CaseFactory(programme=case.programme, withdrawn=True)
    client = signed_in(adviser)
    assert client.get(QUEUE, {"status": "all"}).context["rows"] == []
    for unsent in (case, withdrawn):
        assert client.get(f"/casework/{unsent.reference}/").status_code == 404


@pytest.mark.parametrize("role", [Role.ADVISER, Role.APPROVER, Role.FINANCE, Role.MANAGER, Role.AUDITOR])
def test_queue_is_for_whoever_reads_cases(signed_in, programme, role):
    person = AssignmentFactory(programme=programme, role=role).user
    assert signed_in(person).get(QUEUE).status_code == 200
    assert signed_in(person).get(LEADS).status_code == 200


@pytest.mark.parametrize("role", [Role.CONTRACTOR, Role.ASSESSOR, Role.ADMIN])
def test_queue_does_not_exist_for_other_staff(signed_in, programme, role):
    person = AssignmentFactory(programme=programme, role=role).user
    assert signed_in(person).get(QUEUE).status_code == 404
    assert signed_in(person).get(LEADS).status_code == 404


def test_queue_does_not_exist_for_firms(signed_in, applicant, case):
    assert signed_in(applicant).get(QUEUE).status_code == 404
    assert signed_in(applicant).get(LEADS).status_code == 404
    assert signed_in(applicant).get(f"/casework/{case.reference}/").status_code == 404


def test_queue_asks_to_sign_in(client):
    response = client.get(QUEUE)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_queue_has_the_same_number_of_queries_for_one_case_and_for_many(
    signed_in, adviser, programme, django_assert_max_num_queries
):
    client = signed_in(adviser)
    AssessmentFactory(case=CaseFactory(programme=programme, accepted=True), submitted=True)
    OutlineFactory(case=CaseFactory(programme=programme, accepted=True), sent=True)
    client.get(QUEUE)
    one = queries_of(client, QUEUE, django_assert_max_num_queries)
    for number in range(29):
        state = ("submitted", "returned", "accepted")[number % 3]
        case = CaseFactory(programme=programme, **{state: True})
        if state == "accepted":
            GrantApplicationFactory(case=case, submitted=True)
            OutlineFactory(case=case, sent=True)
    assert queries_of(client, QUEUE, django_assert_max_num_queries) == one


def test_queue_pages_by_cursor_without_gap_or_repeat(signed_in, adviser, programme):
    cases = [CaseFactory(programme=programme, **{"submitted" if n % 2 else "accepted": True}) for n in range(60)]
    client = signed_in(adviser)
    first = client.get(QUEUE)
    cursor = first.context["page"].next_cursor
    assert len(first.context["rows"]) == 50
    second = client.get(QUEUE, {"cursor": cursor})
    found = [row.case.pk for page in (first, second) for row in page.context["rows"]]
    assert len(found) == 60
    assert set(found) == {case.pk for case in cases}
    assert second.context["page"].next_cursor == ""


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMiwzXQ", "WyJhIiwgImIiLCAiYyJd", "bnVsbA", "9" * 500, "\0"])
def test_queue_with_a_cursor_somebody_changed_gives_the_first_page(signed_in, adviser, programme, cursor):
    CaseFactory(programme=programme, submitted=True)
    response = signed_in(adviser).get(QUEUE, {"cursor": cursor})
    assert response.status_code == 200
    assert len(response.context["rows"]) == 1


def test_queue_shows_its_filters_as_chips_that_can_be_taken_away(signed_in, adviser, programme):
    region = RegionFactory(programme=programme, name="Northshire")
    page = signed_in(adviser).get(QUEUE, {"region": region.pk, "status": "RETURNED"}).content.decode()
    assert "Region: <strong>Northshire</strong>" in page
    assert 'href="?status=RETURNED"' in page
    assert "No case fits these filters" in page


def test_empty_queue_teaches(signed_in, adviser):
    assert "Firms appear here as soon as they send" in signed_in(adviser).get(QUEUE).content.decode()


def test_rail_marks_the_queue_that_is_open(signed_in, adviser):
    response = signed_in(adviser).get(QUEUE, {"status": "RETURNED"})
    current = [
        entry["label"] for group in response.context["rail"] for entry in group["entries"] if entry["is_current"]
    ]
    assert current == ["Returned to firm"]


# --- The case -------------------------------------------------------------------------------------
def page_of(client, case, **query):
    response = client.get(f"/casework/{case.reference}/", query)
    assert response.status_code == 200
    return response.content.decode()


def test_case_has_everything_for_a_call(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, submitted=True)
    page = page_of(signed_in(adviser), case)
    for words in (
        case.organisation.name, case.reference, "Sam Field", 'href="tel:01524000000"', case.contact_email,
        case.organisation.company_number, "£3,200,000", "Paper job cards get lost.", "Fewer than 250 people.",
        "Given: 32. Limit: 250.", "We do not have the money at hand",
    ):  # fmt: skip
        assert words in page


def test_case_has_one_primary_button_and_the_other_answers_as_links(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, submitted=True)
    page = page_of(signed_in(adviser), case)
    assert page.count('role="button" draggable="false" class="govuk-button"') == 1
    for verb in ("accept", "return", "reject"):
        assert f'href="/casework/{case.reference}/{verb}/"' in page


def test_case_tells_who_only_reads_that_somebody_else_answers(signed_in, programme):
    auditor = AssignmentFactory(programme=programme, role=Role.AUDITOR).user
    case = CaseFactory(programme=programme, submitted=True)
    page = page_of(signed_in(auditor), case)
    assert "somebody else answers here" in page
    assert f'href="/casework/{case.reference}/accept/"' not in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"returned": True}, "With the firm"),
        ({"rejected": True}, "Not a manufacturer."),
        ({"accepted": True}, "With the firm"),
    ],
)
def test_case_in_other_states(signed_in, adviser, programme, state, words):
    assert words in page_of(signed_in(adviser), CaseFactory(programme=programme, **state))


def test_case_withdrawn_after_sending(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, submitted=True)
    case.withdraw(by=case.created_by, at=STARTED, reason="No time this year.")
    assert "Withdrawn by the firm" in page_of(signed_in(adviser), case)


def test_case_links_diagnostic_plan_and_money(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, accepted=True)
    AssessmentFactory(case=case, final=True)
    application = GrantApplicationFactory(case=case, approved=True)
    page = page_of(signed_in(adviser), case)
    assert "Agree the action plan" in page
    assert f'href="/casework/{case.reference}/diagnostic/"' in page
    assert f'href="/casework/{case.reference}/plan/"' in page
    assert f'href="/casework/{case.reference}/funding/{application.number}/"' in page
    assert "£15,000" in page


@pytest.mark.parametrize(
    ("role", "title"),
    [(Role.ADVISER, "Go through the diagnostic"), (Role.APPROVER, "Have the grant application assessed")],
)
def test_case_opens_with_what_its_reader_may_answer(signed_in, programme, role, title):
    case = CaseFactory(programme=programme, accepted=True)
    AssessmentFactory(case=case, submitted=True)
    GrantApplicationFactory(case=case, submitted=True)
    person = AssignmentFactory(programme=programme, role=role).user
    response = signed_in(person).get(f"/casework/{case.reference}/")
    assert response.context["decision"].title == title
    assert len(response.context["other_points"]) == 1


def test_case_for_the_approver_is_the_decision_on_the_grant(signed_in, programme):
    case = CaseFactory(programme=programme, accepted=True)
    GrantApplicationFactory(case=case, assessed=True)
    approver = AssignmentFactory(programme=programme, role=Role.APPROVER).user
    assert signed_in(approver).get(f"/casework/{case.reference}/").context["decision"].title == "Decide on the grant"


def test_timeline_can_be_filtered(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, submitted=True)
    client = signed_in(adviser)
    asked = {"key": uuid.uuid4(), "kind": "PHONE", "text": "Rang at nine."}
    noted = client.post(f"/casework/{case.reference}/note/", asked)
    assert noted.status_code == 302
    assert "Rang at nine." in page_of(client, case)
    notes = client.get(f"/casework/{case.reference}/", {"show": "notes"}).context["events"]
    assert [event.title for event in notes] == ["Phone call"]
    assert client.get(f"/casework/{case.reference}/", {"show": "money"}).context["events"] == []
    everything = client.get(f"/casework/{case.reference}/", {"show": "nonsense"}).context["events"]
    assert [event.title for event in everything] == ["Phone call", "Application sent in"]


def test_timeline_pages(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, submitted=True)
    for number in range(45):
        Event.objects.record(case, kind="note.note", by=adviser, at=STARTED, note=f"Note {number}", staff_only=True)
    client = signed_in(adviser)
    first = client.get(f"/casework/{case.reference}/")
    assert len(first.context["events"]) == 20
    second = client.get(f"/casework/{case.reference}/", {"cursor": first.context["page"].next_cursor})
    assert second.context["events"][0].text == "Note 24"


def test_case_has_few_queries_however_much_has_happened(signed_in, adviser, programme, django_assert_max_num_queries):
    case = CaseFactory(programme=programme, accepted=True)
    client, url = signed_in(adviser), f"/casework/{case.reference}/"
    client.get(url)
    one = queries_of(client, url, django_assert_max_num_queries)
    AssessmentFactory(case=case, final=True)
    for _ in range(3):
        GrantApplicationFactory(case=case, submitted=True)
    assert queries_of(client, url, django_assert_max_num_queries) == one


def test_outsider_gets_404(signed_in, outsider, case, lead):
    client = signed_in(outsider)
    for state in ("draft", "sent"):
        if state == "sent":
            case.submit(by=case.created_by, at=STARTED)
        for path in (f"/casework/{case.reference}/", f"/cases/{case.reference}/"):
            assert client.get(path).status_code == 404
            assert client.post(path).status_code == 404
    assert client.post(f"/casework/leads/{lead.pk}/answered/").status_code == 404


# --- Leads ----------------------------------------------------------------------------------------
def test_lead_is_answered_once(signed_in, adviser, lead):
    client = signed_in(adviser)
    page = client.get(LEADS).content.decode()
    assert "Hollin Bank Ltd" in page
    assert "days late" in page or "4 Nov 2026" in page
    for words in ("is marked as answered", "Somebody has answered"):
        response = client.post(f"/casework/leads/{lead.pk}/answered/", follow=True)
        assert words in response.content.decode()
    lead.refresh_from_db()
    assert lead.answered_by == adviser
    assert "Hollin Bank Ltd" in client.get(LEADS, {"answered": "yes"}).content.decode()
    assert "Nobody waits for a call" in client.get(LEADS).content.decode()


def test_lead_is_answered_by_post_only_and_by_those_who_decide(signed_in, adviser, programme, lead):
    assert signed_in(adviser).get(f"/casework/leads/{lead.pk}/answered/").status_code == 405
    auditor = AssignmentFactory(programme=programme, role=Role.AUDITOR).user
    assert signed_in(auditor).post(f"/casework/leads/{lead.pk}/answered/").status_code == 403
    assert "Mark as answered" not in signed_in(auditor).get(LEADS).content.decode()


def test_leads_of_another_region_are_not_shown(signed_in, programme):
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    person = AssignmentFactory(programme=programme, region=north).user
    here, there = make_lead(programme, region=north), make_lead(programme, region=south)
    assert [row.lead for row in signed_in(person).get(LEADS).context["rows"]] == [here]
    assert signed_in(person).post(f"/casework/leads/{there.pk}/answered/").status_code == 404


def test_leads_page_and_keep_their_query_count(signed_in, adviser, programme, django_assert_max_num_queries):
    client = signed_in(adviser)
    make_lead(programme)
    client.get(LEADS)
    one = queries_of(client, LEADS, django_assert_max_num_queries)
    for number in range(59):
        make_lead(programme, answer_by=date(2026, 11, 4) + timedelta(days=number % 7))
    assert queries_of(client, LEADS, django_assert_max_num_queries) == one
    first = client.get(LEADS)
    second = client.get(LEADS, {"cursor": first.context["page"].next_cursor})
    assert len(first.context["rows"]) + len(second.context["rows"]) == 60
    Lead.objects.update(answered_at=timezone.now(), answered_by=adviser)
    answered = client.get(LEADS, {"answered": "yes"})
    assert len(answered.context["rows"]) == 50
    more = client.get(LEADS, {"answered": "yes", "cursor": answered.context["page"].next_cursor})
    assert len(more.context["rows"]) == 10
