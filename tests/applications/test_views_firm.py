import uuid

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.permissions import FirmRole
from applications.models import Case
from eligibility.models import EligibilityCheck
from eligibility.session import KEY
from notifications.models import Message
from portal.models import Event
from programmes.models import Programme
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.applications import CaseFactory, EligibilityCheckFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory
from tests.parallel import at_once

pytestmark = pytest.mark.django_db

SECTIONS = {
    "contact": {
        "contact_name": "Kim Vale", "contact_role": "Works manager", "contact_phone": "+44 1524 000001",
        "contact_email": "kim@firm.example",
    },
    "makes": {"makes": "Pumps & valves <for> dairies."},
    "change": {"wants_to_change": "Set-up takes a day."},
    "barriers": {"barriers": ["time", "skills"], "barriers_other": "The roof leaks."},
    "consent": {"agrees_to_share": "on", "agrees_to_benchmark": "no", "agrees_to_contact": "yes"},
}  # fmt: skip
FIRM = {"name": "Mill & Sons Ltd", "legal_form": "company", "company_number": "1234567", "address": "1 Mill Lane"}


def page(name, case, *arguments):
    return reverse(f"applications:{name}", args=[case.reference, *arguments])


def words(response):
    return " ".join(response.content.decode().split())


def with_check(client, check):
    session = client.session
    session[KEY] = {check.programme.slug: str(check.pk)}
    session.save()
    return check


@pytest.fixture
def colleague(case):
    return MembershipFactory(organisation=case.organisation, role=FirmRole.COLLEAGUE).user


class TestJoin:
    @pytest.fixture
    def person(self):
        return UserFactory()

    @pytest.fixture
    def client(self, signed_in, person):
        return signed_in(person)

    @pytest.fixture
    def check(self, client, programme):
        return with_check(client, EligibilityCheckFactory(programme=programme))

    @pytest.fixture
    def path(self, programme):
        return reverse("applications:join", args=[programme.slug])

    def test_a_visitor_opens_an_account_first_and_comes_back(self, path):
        assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"

    def test_without_a_check_the_questions_come_first(self, client, path, programme):
        response = client.get(path, follow=True)
        assert response.redirect_chain[0] == (reverse("eligibility:start", args=[programme.slug]), 302)
        assert "Answer a few questions first" in words(response)
        assert client.post(path, FIRM).status_code == 302
        assert not Case.objects.exists()

    def test_who_cannot_get_support_reads_why(self, client, path, programme):
        with_check(client, EligibilityCheckFactory(programme=programme, outcome=EligibilityCheck.Outcome.NOT_ELIGIBLE))
        assert client.get(path)["Location"] == reverse("eligibility:result", args=[programme.slug])

    def test_who_has_to_talk_to_an_adviser_may_join(self, client, path, programme):
        with_check(client, EligibilityCheckFactory(programme=programme, outcome=EligibilityCheck.Outcome.REFER))
        assert client.get(path).status_code == 200

    def test_a_check_of_another_programme_is_none(self, client, path):
        with_check(client, EligibilityCheckFactory())
        assert client.get(path).status_code == 302

    def test_the_case_begins(self, client, path, check, django_assert_max_num_queries):
        with django_assert_max_num_queries(15):
            form = client.get(path)
        key = form.context["form"]["key"].initial
        given = {**FIRM, "key": key}

        response = client.post(path, given)
        case = Case.objects.get()
        assert response["Location"] == page("task-list", case)
        assert case.organisation.company_number == "01234567"

        assert client.post(path, given)["Location"] == page("task-list", case), "a double click"
        assert Case.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"name": ""}, "Enter the name of your firm"),
            ({"name": " "}, "Enter the name of your firm"),
            ({"name": "nul\0"}, "Null characters are not allowed"),
            ({"name": "x" * 161}, "160 characters or fewer"),
            ({"legal_form": ""}, "Choose what kind of business it is"),
            ({"legal_form": "club"}, "Choose one of the options shown"),
            ({"company_number": ""}, "Enter your company number, like 01234567"),
            ({"company_number": "", "legal_form": "llp"}, "Enter your company number, like 01234567"),
            ({"company_number": "none"}, "like 01234567 or SC123456"),
            ({"company_number": "123456789"}, "like 01234567 or SC123456"),
            ({"company_number": "١٢٣٤٥٦٧٨"}, "like 01234567 or SC123456"),
            ({"address": ""}, "Enter the address of your firm"),
            ({"key": ""}, "This page is out of date"),
            ({"key": "1"}, "This page is out of date"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_rest_kept(self, client, path, check, changes, message):
        response = client.post(path, {**FIRM, "key": uuid.uuid4(), **changes})
        assert response.status_code == 200
        assert message in words(response)
        assert "There is a problem" in words(response)
        if "address" not in changes:
            assert "1 Mill Lane" in words(response)
        assert not Case.objects.exists()

    def test_a_firm_without_a_number_may_join(self, client, path, check):
        given = {**FIRM, "legal_form": "sole_trader", "company_number": " ", "key": uuid.uuid4()}
        assert client.post(path, given).status_code == 302
        assert Case.objects.get().organisation.company_number == ""

    @pytest.mark.parametrize(
        ("known", "number", "answer"), [("company", "", 200), ("company", "1234567", 302), ("sole_trader", "", 302)]
    )
    def test_a_legal_form_the_check_knows_is_not_asked_again(self, client, path, programme, known, number, answer):
        facts = {**EligibilityCheckFactory.build(programme=programme).facts, "legal_form": known}
        with_check(client, EligibilityCheckFactory(programme=programme, facts=facts))
        assert "What kind of business is it?" not in words(client.get(path))

        given = {**FIRM, "legal_form": "charity", "company_number": number, "key": uuid.uuid4()}
        assert client.post(path, given).status_code == answer
        if answer == 302:
            assert Case.objects.get().organisation.legal_form == known

    def test_a_number_that_is_taken_is_said(self, client, path, check):
        OrganisationFactory(company_number="01234567")
        response = client.post(path, {**FIRM, "key": uuid.uuid4()})
        assert response.status_code == 200
        assert "already registered this company number" in words(response)

    def test_an_open_tab_from_before_says_the_firm_is_in(self, client, path, check):
        client.post(path, {**FIRM, "key": uuid.uuid4()})
        response = client.post(path, {**FIRM, "key": uuid.uuid4()})
        assert "already has an application" in words(response)
        assert Case.objects.count() == 1

    @pytest.mark.parametrize("status", [Programme.Status.PREVIEW, Programme.Status.CLOSED])
    def test_a_programme_that_is_not_open_cannot_be_joined(self, client, check, path, programme, status):
        programme.status = status
        programme.save()
        assert client.get(path).status_code == client.post(path, FIRM).status_code == 404


class TestTaskList:
    def test_it_says_what_is_left(self, signed_in, django_assert_max_num_queries):
        case = CaseFactory(makes="", barriers=[])
        client = signed_in(case.created_by)
        with django_assert_max_num_queries(15):
            response = client.get(page("task-list", case))
        assert "2 sections are still to do" in words(response)
        assert words(response).count("Completed") == 3
        assert page("check-answers", case) not in words(response)

    def test_when_nothing_is_left_it_can_be_sent(self, signed_in, case, applicant):
        assert page("check-answers", case) in words(signed_in(applicant).get(page("task-list", case)))

    def test_the_advisers_question_stands_on_top(self, signed_in):
        case = CaseFactory(returned=True)
        assert "Please tell us more." in words(signed_in(case.created_by).get(page("task-list", case)))

    def test_an_unconfirmed_address_is_told_early(self, signed_in, case, applicant):
        client = signed_in(applicant)
        assert "Send the link again" not in words(client.get(page("task-list", case)))
        EmailAddress.objects.update(verified=False)
        assert "Send the link again" in words(client.get(page("task-list", case)))

    def test_once_sent_it_is_over(self, signed_in):
        case = CaseFactory(submitted=True)
        assert signed_in(case.created_by).get(page("task-list", case))["Location"] == case.get_absolute_url()


class TestSection:
    @pytest.mark.parametrize("code", SECTIONS)
    def test_answers_are_kept_and_shown_again(self, signed_in, code, django_assert_max_num_queries):
        case = CaseFactory(
            contact_name="", contact_role="", contact_phone="", contact_email="", makes="", wants_to_change="",
            barriers=[], agrees_to_share=False, agrees_to_benchmark=None, agrees_to_contact=None,
        )  # fmt: skip
        client = signed_in(case.created_by)
        assert code in case.missing_sections()
        with django_assert_max_num_queries(15):
            assert client.get(page("section", case, code)).status_code == 200

        for _ in range(2):  # a double click is the same answer again
            response = client.post(page("section", case, code), SECTIONS[code])
            assert (response.status_code, response["Location"]) == (302, page("task-list", case))

        case.refresh_from_db()
        assert code not in case.missing_sections()
        again = client.get(page("section", case, code))
        form = again.context["form"]
        if code != "consent":
            assert {name: form[name].value() for name in SECTIONS[code]} == SECTIONS[code]
        else:
            assert (case.agrees_to_share, case.agrees_to_benchmark, case.agrees_to_contact) == (True, False, True)
            assert [form[name].value() for name in SECTIONS[code]] == [True, "no", "yes"]

    @pytest.mark.parametrize(
        ("code", "changes", "message"),
        [
            ("contact", {"contact_name": ""}, "Enter a name"),
            ("contact", {"contact_role": ""}, "Enter their role"),
            ("contact", {"contact_phone": ""}, "Enter a phone number"),
            ("contact", {"contact_phone": "call me"}, "Enter a phone number, like 01524 000000"),
            ("contact", {"contact_email": ""}, "Enter an email address"),
            ("contact", {"contact_email": "kim@"}, "like name@example.com"),
            ("contact", {"contact_name": "x" * 121}, "120 characters or fewer"),
            ("contact", {"contact_name": "nul\0"}, "Null characters are not allowed"),
            ("makes", {"makes": ""}, "Tell us what your firm makes"),
            ("makes", {"makes": "x" * 2001}, "Use 2000 characters or fewer. You have used 2001"),
            ("change", {"wants_to_change": ""}, "Tell us what you want to change"),
            ("barriers", {"barriers": [], "barriers_other": ""}, "Choose what has held you back"),
            ("barriers", {"barriers": ["weather"]}, "Choose one of the options shown"),
            ("consent", {"agrees_to_share": ""}, "We can only help if your adviser may see your answers"),
            ("consent", {"agrees_to_benchmark": ""}, "Choose yes or no"),
            ("consent", {"agrees_to_contact": "maybe"}, "Choose one of the options shown"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_kept(self, signed_in, case, applicant, code, changes, message):
        before = Case.objects.values().get(pk=case.pk)
        response = signed_in(applicant).post(page("section", case, code), {**SECTIONS[code], **changes})
        assert response.status_code == 200
        assert message in words(response)
        assert "There is a problem" in words(response)
        assert Case.objects.values().get(pk=case.pk) == before

    def test_a_change_from_the_summary_goes_back_to_it(self, signed_in, case, applicant):
        path = page("section", case, "makes") + "?from=check"
        client = signed_in(applicant)
        assert page("check-answers", case) in words(client.get(path))
        assert client.post(path, SECTIONS["makes"])["Location"] == page("check-answers", case)

    def test_a_section_there_is_none_of(self, signed_in, case, applicant):
        assert signed_in(applicant).get(page("section", case, "money"))["Location"] == page("task-list", case)

    @pytest.mark.parametrize("trait", ["submitted", "accepted", "rejected", "withdrawn"])
    def test_a_stale_tab_is_told(self, signed_in, trait):
        case = CaseFactory(**{trait: True})
        client = signed_in(case.created_by)
        for response in (
            client.get(page("section", case, "makes"), follow=True),
            client.post(page("section", case, "makes"), SECTIONS["makes"], follow=True),
        ):
            assert response.redirect_chain == [(case.get_absolute_url(), 302)]
            assert "has been sent, so it cannot be changed now" in words(response)
        case.refresh_from_db()
        assert case.makes == "Brackets and frames in steel."

    def test_a_save_that_loses_the_race_against_sending_is_told(self, signed_in, case, applicant, now, monkeypatch):
        """The case is sent between this page's reading and its writing."""
        save = Case.save_answers

        def send_first(self, **answers):
            Case.objects.get(pk=self.pk).submit(by=applicant, at=now)
            save(self, **answers)

        monkeypatch.setattr(Case, "save_answers", send_first)
        response = signed_in(applicant).post(page("section", case, "makes"), SECTIONS["makes"], follow=True)
        assert "has been sent, so it cannot be changed now" in words(response)
        assert Case.objects.get(pk=case.pk).makes == "Brackets and frames in steel."

    def test_a_colleague_answers_too(self, signed_in, case, colleague):
        client = signed_in(colleague)
        assert client.post(page("section", case, "makes"), SECTIONS["makes"]).status_code == 302


class TestCheckAnswers:
    def test_everything_told_is_shown_as_it_was_told(self, signed_in, django_assert_max_num_queries):
        case = CaseFactory(makes="Pumps & valves <for> dairies.", barriers=["time"], barriers_other="The roof leaks.")
        client = signed_in(case.created_by)
        with django_assert_max_num_queries(15):
            response = client.get(page("check-answers", case))
        text = words(response)
        for told in ("Pumps &amp; valves &lt;for&gt; dairies.", "We do not have the time", "The roof leaks.",
                     case.organisation.name, case.organisation.company_number, "£3,200,000", "PR1 2HE"):  # fmt: skip
            assert told in text
        for code in SECTIONS:
            assert page("section", case, code) + "?from=check" in text

    def test_it_is_sent_once(self, signed_in, case, applicant):
        client = signed_in(applicant)
        for _ in range(2):
            response = client.post(page("check-answers", case), {"declares": "on"})
            assert response["Location"] == page("sent", case)
        assert client.get(page("check-answers", case))["Location"] == page("sent", case)
        assert Message.objects.filter(kind="case_submitted").count() == 1
        assert Event.objects.filter(kind="case.submitted").count() == 1

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(("move", "target"), [("submit", "sent"), ("withdraw", "")])
    def test_who_loses_the_race_sees_what_became_of_it(
        self, signed_in, case, applicant, now, monkeypatch, move, target
    ):
        """Somebody else at the firm moves the case between this page's reading and its writing."""
        submit = Case.submit

        def by_another(number):
            other = Case.objects.get(pk=case.pk)
            if move == "submit":
                submit(other, by=applicant, at=now)
            else:
                other.withdraw(by=applicant, at=now, reason="No time")

        def other_first(self, **facts):
            assert at_once(1, by_another) == [None]
            submit(self, **facts)

        monkeypatch.setattr(Case, "submit", other_first)
        response = signed_in(applicant).post(page("check-answers", case), {"declares": "on"})
        assert response["Location"] == (page("sent", case) if target else case.get_absolute_url())
        assert not Message.objects.exists()

    def test_it_asks_for_the_declaration(self, signed_in, case, applicant):
        response = signed_in(applicant).post(page("check-answers", case), {"csrfmiddlewaretoken": "x"})
        assert response.status_code == 200
        assert "Confirm that what you have told us is true" in words(response)
        assert Case.objects.get().status == "DRAFT"

    def test_an_unconfirmed_address_cannot_send(self, signed_in, case, applicant):
        EmailAddress.objects.update(verified=False)
        client = signed_in(applicant)
        assert "Send the link again" in words(client.get(page("check-answers", case)))
        response = client.post(page("check-answers", case), {"declares": "on"})
        assert response.status_code == 200
        assert "Confirm your email address first" in words(response)
        assert Case.objects.get().status == "DRAFT"

    def test_a_colleague_reads_but_may_not_sign(self, signed_in, case, colleague):
        client = signed_in(colleague)
        response = client.get(page("check-answers", case))
        assert "Only an owner or director can send the application" in words(response)
        assert client.post(page("check-answers", case), {"declares": "on"}).status_code == 403
        assert Case.objects.get().status == "DRAFT"

    def test_a_gap_leads_back_to_the_list(self, signed_in):
        case = CaseFactory(makes="")
        response = signed_in(case.created_by).post(page("check-answers", case), {"declares": "on"}, follow=True)
        assert response.redirect_chain == [(page("task-list", case), 302)]
        assert "Complete every section" in words(response)

    @pytest.mark.parametrize("trait", ["accepted", "rejected", "withdrawn"])
    def test_once_decided_it_is_over(self, signed_in, trait):
        case = CaseFactory(**{trait: True})
        client = signed_in(case.created_by)
        for response in (client.get(page("check-answers", case)), client.post(page("check-answers", case), {})):
            assert response["Location"] == case.get_absolute_url()


class TestSent:
    def test_it_names_the_reference_and_the_day(self, signed_in, django_assert_max_num_queries):
        case = CaseFactory(submitted=True)
        client = signed_in(case.created_by)
        with django_assert_max_num_queries(15):
            response = client.get(page("sent", case))
        assert case.reference in words(response)
        assert "16 November 2026" in words(response)  # ten working days after Monday 2 November

    def test_after_the_answer_there_is_no_day(self, signed_in):
        case = CaseFactory(accepted=True)
        assert "Your adviser has answered" in words(signed_in(case.created_by).get(page("sent", case)))

    @pytest.mark.parametrize("trait", [{}, {"returned": True}])
    def test_what_is_not_sent_is_not_confirmed(self, signed_in, trait):
        case = CaseFactory(**trait)
        assert signed_in(case.created_by).get(page("sent", case))["Location"] == page("task-list", case)


class TestWithdraw:
    def test_the_owner_ends_it_with_a_reason(self, signed_in, case, applicant, django_assert_max_num_queries):
        client = signed_in(applicant)
        with django_assert_max_num_queries(15):
            assert client.get(page("withdraw", case)).status_code == 200
        response = client.post(page("withdraw", case), {"reason": "No time this year"}, follow=True)
        assert response.redirect_chain == [(case.get_absolute_url(), 302)]
        assert "You have withdrawn your application" in words(response)
        case.refresh_from_db()
        assert (case.status, case.reason, case.withdrawn_by) == ("WITHDRAWN", "No time this year", applicant)

        again = client.post(page("withdraw", case), {"reason": "Again"})
        assert again["Location"] == case.get_absolute_url()
        assert Message.objects.filter(kind="case_withdrawn").count() == 1

    def test_a_reason_is_asked_for(self, signed_in, case, applicant):
        response = signed_in(applicant).post(page("withdraw", case), {"reason": " "})
        assert "Give a reason in plain words" in words(response)
        assert Case.objects.get().status == "DRAFT"

    @pytest.mark.django_db(transaction=True)
    def test_who_loses_the_race_is_told(self, signed_in, case, applicant, now, monkeypatch):
        withdraw = Case.withdraw

        def other_first(self, **facts):
            other = Case.objects.get(pk=self.pk)
            assert at_once(1, lambda number: withdraw(other, by=applicant, at=now, reason="First")) == [None]
            withdraw(self, **facts)

        monkeypatch.setattr(Case, "withdraw", other_first)
        response = signed_in(applicant).post(page("withdraw", case), {"reason": "Second"}, follow=True)
        assert "Something has changed meanwhile" in words(response)
        assert Case.objects.get().reason == "First"

    def test_a_colleague_may_not(self, signed_in, case, colleague):
        client = signed_in(colleague)
        assert client.get(page("withdraw", case)).status_code == 403
        assert client.post(page("withdraw", case), {"reason": "No time"}).status_code == 403
        assert Case.objects.get().status == "DRAFT"


FIRM_PAGES = [("task-list",), ("check-answers",), ("sent",), ("withdraw",), ("section", "makes")]


@pytest.mark.parametrize("name", FIRM_PAGES)
def test_an_outsider_finds_nothing(signed_in, outsider, case, name):
    client = signed_in(outsider)
    path = page(name[0], case, *name[1:])
    assert client.get(path).status_code == client.post(path, {"reason": "x", "makes": "x"}).status_code == 404


@pytest.mark.parametrize("name", FIRM_PAGES)
def test_a_visitor_signs_in_first(client, case, name):
    path = page(name[0], case, *name[1:])
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("name", [("task-list",), ("check-answers",), ("withdraw",), ("section", "makes")])
def test_staff_read_a_case_but_do_not_write_for_the_firm(signed_in, programme, adviser, name):
    case = CaseFactory(programme=programme, returned=True)
    client = signed_in(adviser)
    path = page(name[0], case, *name[1:])
    assert client.get(path).status_code == client.post(path, {"reason": "x", "makes": "x"}).status_code == 403
    case.refresh_from_db()
    assert case.status == "RETURNED"


def test_a_student_of_the_firm_does_not_write_for_it(signed_in, case):
    student = MembershipFactory(organisation=case.organisation, role=FirmRole.STUDENT).user
    client = signed_in(student)
    assert client.get(page("task-list", case)).status_code == 404
    assert client.post(page("section", case, "makes"), SECTIONS["makes"]).status_code == 404


def test_two_firms_of_one_person_are_kept_apart(signed_in, case, applicant):
    other = CaseFactory(created_by=applicant, programme=ProgrammeFactory())
    client = signed_in(applicant)
    client.post(page("section", other, "makes"), SECTIONS["makes"])
    case.refresh_from_db()
    assert case.makes == "Brackets and frames in steel."
