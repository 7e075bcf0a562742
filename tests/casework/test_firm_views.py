import pytest
from django.urls import reverse

from accounts.permissions import FirmRole
from applications import actions
from documents.models import Document
from notifications.models import Message
from portal.models import Event
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.applications import STARTED, CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.documents import DocumentFactory
from tests.factories.funding import WRITTEN, GrantApplicationFactory
from tests.factories.notifications import MessageFactory
from tests.factories.programmes import ProgrammeFactory

pytestmark = pytest.mark.django_db

HOME = "/cases/"
MOST_QUERIES = 15


def test_nobody_yet_learns_what_to_do(signed_in, programme):
    page = signed_in(UserFactory()).get(HOME).content.decode()
    assert "You have not joined a programme yet" in page
    assert f'href="/programmes/{programme.slug}/eligibility/"' in page


def test_one_case_is_the_home(signed_in, applicant, case):
    response = signed_in(applicant).get(HOME)
    page = response.content.decode()
    assert "Finish your application" in page
    assert case.reference in page
    assert [stage.state for stage in response.context["stages"]][:2] == ["done", "current"]


def test_several_cases_are_a_list(signed_in, applicant, case):
    other = CaseFactory(programme=ProgrammeFactory(), organisation=case.organisation, submitted=True)
    page = signed_in(applicant).get(HOME).content.decode()
    for each in (case, other):
        assert f'href="/cases/{each.reference}/"' in page
    assert "Your adviser is reading your application" in page


def test_firm_reads_its_own_words_and_no_note_of_ours(signed_in, applicant, adviser, case):
    case.submit(by=applicant, at=STARTED)
    actions.write_note(case=case, kind="NOTE", text="They seem slow.", by=adviser, at=STARTED)
    actions.return_to_firm(case=case, reason="Which machines?", by=adviser, at=STARTED)
    page = signed_in(applicant).get(f"/cases/{case.reference}/").content.decode()
    assert "You sent your application" in page
    assert "Your adviser asked you a question" in page
    assert "Which machines?" in page
    assert "They seem slow." not in page
    assert adviser.full_name not in page


def test_colleagues_are_named_and_we_are_not(signed_in, applicant, adviser, case):
    colleague = MembershipFactory(organisation=case.organisation, role=FirmRole.COLLEAGUE).user
    case.submit(by=colleague, at=STARTED)
    case.accept(by=adviser, at=STARTED)
    response = signed_in(applicant).get(f"/cases/{case.reference}/")
    assert [item.by for item in response.context["events"]] == [case.programme.short_name, colleague.full_name]


def test_words_of_other_steps_stay_inside(signed_in, applicant, case):
    Event.objects.record(case, kind="plan.action_changed", by=None, at=STARTED, note="MS03-A1 internal code")
    assert "internal code" not in signed_in(applicant).get(HOME).content.decode()


def test_messages_are_those_to_the_firm(signed_in, applicant, case):
    for to, subject in ((applicant.email, "To the firm"), ("assessor@programme.example", "To an assessor")):
        MessageFactory(to=to, reference=case.reference, state=Message.State.READY, subject=subject, text="Hello.",
                       finished_at=STARTED)  # fmt: skip
    MessageFactory(to=applicant.email, reference=case.reference, subject="Not sent yet")
    page = signed_in(applicant).get(HOME).content.decode()
    assert "To the firm" in page
    assert "To an assessor" not in page
    assert "Not sent yet" not in page


def test_documents_can_be_read_again(signed_in):
    case = CaseFactory(accepted=True)
    plan = AssessmentFactory(case=case, final=True).plan
    ready = {"state": Document.State.READY, "finished_at": STARTED}
    type(plan).objects.filter(pk=plan.pk).update(document=DocumentFactory(**ready))
    application = GrantApplicationFactory(case=case, accepted=True)
    page = signed_in(case.created_by).get(HOME).content.decode()
    for path in ("diagnostic/result/", "plan/", "plan/pdf/", f"funding/{application.number}/offer/letter/"):
        assert f'href="/cases/{case.reference}/{path}"' in page


@pytest.mark.parametrize("state", ["submitted", "returned", "accepted", "rejected", "withdrawn"])
def test_every_state_has_its_page(signed_in, state):
    case = CaseFactory(**{state: True})
    page = signed_in(case.created_by).get(f"/cases/{case.reference}/").content.decode()
    may_withdraw = f'href="/cases/{case.reference}/withdraw/"' in page
    assert may_withdraw is (state not in {"rejected", "withdrawn"})


def test_staff_have_their_own_page(signed_in, adviser, programme):
    case = CaseFactory(programme=programme, submitted=True)
    assert signed_in(adviser).get(f"/cases/{case.reference}/").status_code == 404


def test_home_has_the_same_number_of_queries_for_one_case_and_for_many(
    signed_in, applicant, case, django_assert_max_num_queries
):
    client = signed_in(applicant)

    def add():
        CaseFactory(programme=ProgrammeFactory(), organisation=case.organisation)

    add()
    client.get(HOME)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get(HOME)
    for _ in range(28):
        add()
    with django_assert_max_num_queries(MOST_QUERIES) as many:
        client.get(HOME)
    assert len(few.captured_queries) == len(many.captured_queries)


def test_one_case_has_few_queries_however_much_has_happened(signed_in, django_assert_max_num_queries):
    case = CaseFactory(accepted=True)
    AssessmentFactory(case=case, final=True)
    for _ in range(2):
        GrantApplicationFactory(case=case, submitted=True)
    client = signed_in(case.created_by)
    client.get(HOME)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(HOME).status_code == 200


def test_home_leads_to_the_grant_and_its_claims(signed_in):
    application = GrantApplicationFactory(accepted=True)
    case = application.case
    text = signed_in(case.created_by).get(HOME).content.decode()
    for name in ("tasks", "award", "claims"):
        assert reverse(f"funding:{name}", args=[case.reference, application.number]) in text
    assert reverse("funding:list", args=[case.reference]) in text


@pytest.mark.parametrize("cases", [0, 1, 2])
def test_who_answers_for_a_partner_finds_the_part(signed_in, cases):
    application = GrantApplicationFactory()
    person = UserFactory()
    for _ in range(cases):
        MembershipFactory(user=person, organisation=CaseFactory().organisation)
    facts = {"name": "Guards Ltd", "invited_at": WRITTEN, "invited_by": application.created_by, "updated_at": WRITTEN}
    partner = application.partners.create(status="ACCEPTED", contact=person, email=person.email, **facts)
    gone = application.partners.create(status="REMOVED", contact=person, email=person.email, **facts)
    text = signed_in(person).get(HOME).content.decode()
    assert text.count(reverse("funding:part", args=[partner.key])) == 1
    assert reverse("funding:part", args=[gone.key]) not in text
    assert "Project of" in text
    assert application.case.organisation.name in text
