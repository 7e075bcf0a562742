from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import FirmRole
from documents.models import Document
from documents.tasks import render_document
from funding.models import Award
from tests.factories.accounts import MembershipFactory, reauthenticated
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory, accept, approve, record_baseline
from tests.factories.organisations import AidRecordFactory
from tests.factories.programmes import ProgrammeFactory
from tests.funding.test_views_firm import HTMX, address

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    programme = ProgrammeFactory(version={"eligibility": {"aid": {"basis": "mfa", "limit": "315000.00"}}})
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), assessed=True)
    record_baseline(approve(application, accept_by=timezone.localdate() + timedelta(days=2), at=timezone.now()))
    return application


@pytest.fixture
def owner(application, client):
    return reauthenticated(client, application.case.created_by)


def answer(application, **more):
    facts = {"offer_hash": application.award.offer_hash, "declares": "on", "confirms_aid": "on"}
    return {name: value for name, value in (facts | more).items() if value}


def test_offer_is_read_and_accepted_once(owner, application):
    page = owner.get(address(application, "offer"))
    assert "We offer you a grant of £15,000" in page.text
    assert "Minimal Financial Assistance" in page.text
    for next_page in ("award", "offer"):
        response = owner.post(address(application, "offer"), answer(application))
        assert response.url == address(application, next_page)
    page = owner.get(address(application, "offer"))
    assert "accepted this offer on" in page.text
    assert "We confirm that the aid described below was given" in page.text
    assert application.case.created_by.get_full_name() in page.text


def test_the_password_is_asked_once_more_and_then_it_is_accepted(client, application):
    signatory = application.case.created_by
    signatory.set_password("A long password 1")
    signatory.save()
    client.force_login(signatory)
    response = client.post(address(application, "offer"), answer(application))
    assert response.url.startswith(reverse("account_reauthenticate"))
    assert Award.objects.get().status == Award.Status.OFFERED
    response = client.post(response.url, {"password": "A long password 1"})
    assert response.url == address(application, "award")
    assert Award.objects.get().accepted_by == signatory


class TestBaseline:
    FIGURES = {
        "period_end_day": "31", "period_end_month": "3", "period_end_year": str(timezone.localdate().year - 1),
        "employees": "31.5", "turnover": "4,200,000", "output_per_hour": "38.60",
    }  # fmt: skip

    @pytest.fixture(autouse=True)
    def _without(self, application):
        Award.objects.update(
            baseline_at=None, baseline_by=None, baseline_employees=None, baseline_turnover=None,
            baseline_output_per_hour=None, baseline_period_end=None,
        )  # fmt: skip

    def test_it_comes_before_the_acceptance(self, owner, application):
        page = owner.get(address(application, "offer"))
        assert "Tell us where you stand" in page.text
        assert "Accept this offer" not in page.text
        page = owner.post(address(application, "offer"), answer(application))
        assert "Tell us first where your firm stands today" in page.text
        assert owner.get(address(application, "baseline")).status_code == 200
        assert owner.post(address(application, "baseline"), self.FIGURES).url == address(application, "offer")
        award = Award.objects.get()
        assert (award.baseline_employees, award.baseline_output_per_hour) == (Decimal("31.5"), Decimal("38.60"))
        assert "Accept this offer" in owner.get(address(application, "offer")).text

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"period_end_year": "2099"}, "Choose twelve months that are over"),
            ({"period_end_year": "2019"}, "Choose newer figures"),
            ({"employees": ""}, "Enter how many people work for you"),
            ({"output_per_hour": "0"}, "or more"),
        ],
    )
    def test_figures_that_cannot_be(self, owner, application, wrong, said):
        assert said in owner.post(address(application, "baseline"), self.FIGURES | wrong).text
        assert Award.objects.get().baseline_at is None

    def test_figures_stay_once_the_offer_is_answered(self, owner, application, monkeypatch):
        stale = Award.objects.get()
        accept(Award.objects.get(), at=timezone.now())
        assert owner.get(address(application, "baseline")).url == address(application, "offer")
        monkeypatch.setattr("funding.views.offers.award_or_404", lambda *args: stale)
        owner.post(address(application, "baseline"), self.FIGURES | {"employees": "5"})
        assert Award.objects.get().baseline_employees == Decimal(32)


@pytest.mark.parametrize("left_out", ["declares", "confirms_aid", "offer_hash"])
def test_every_confirmation_is_needed(owner, application, left_out):
    page = owner.post(address(application, "offer"), answer(application, **{left_out: ""}))
    assert page.status_code == 200
    assert Award.objects.get().status == Award.Status.OFFERED


def test_programme_without_aid_rule_asks_for_one_confirmation(client):
    programme = ProgrammeFactory(version={"eligibility": {}})
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), assessed=True)
    record_baseline(approve(application, accept_by=timezone.localdate() + timedelta(days=2), at=timezone.now()))
    reauthenticated(client, application.case.created_by)
    page = client.get(address(application, "offer"))
    assert "Public support" not in page.text
    client.post(address(application, "offer"), answer(application, confirms_aid=""))
    assert Award.objects.get().status == Award.Status.ACCEPTED


def test_another_offer_than_the_one_read(owner, application):
    page = owner.post(address(application, "offer"), answer(application, offer_hash="f" * 64))
    assert "not the one you read" in page.text


def test_late_acceptance_is_refused_clearly(owner, application):
    Award.objects.update(accept_by=timezone.localdate() - timedelta(days=1))
    page = owner.get(address(application, "offer"))
    assert "It has run out" in page.text
    assert "Accept this offer" not in page.text
    page = owner.post(address(application, "offer"), answer(application))
    assert "It has run out" in page.text
    assert Award.objects.get().status == Award.Status.OFFERED


def test_colleague_reads_and_does_not_sign(client, application):
    client.force_login(MembershipFactory(organisation=application.case.organisation, role=FirmRole.COLLEAGUE).user)
    assert "Ask your owner to sign in" in client.get(address(application, "offer")).text
    assert client.post(address(application, "offer"), answer(application)).status_code == 403
    assert client.post(address(application, "turn-down"), {"reason": "No"}).status_code == 403


def test_turned_down_once(owner, application):
    assert owner.get(address(application, "turn-down")).status_code == 200
    for _click in range(2):
        response = owner.post(address(application, "turn-down"), {"reason": "Too late"})
        assert response.url == address(application, "offer")
    assert "Too late" in owner.get(address(application, "offer")).text


def test_answered_meanwhile(owner, application, monkeypatch):
    award = Award.objects.get()
    monkeypatch.setattr("funding.views.offers.award_or_404", lambda *args: award)
    accept(Award.objects.get(), at=timezone.now())
    owner.post(address(application, "turn-down"), {"reason": "Too late"})
    assert Award.objects.get().status == Award.Status.ACCEPTED


def test_standing_leads_to_the_offer(owner, application):
    assert "We offer you £15,000" in owner.get(address(application, "tasks")).text
    owner.post(address(application, "offer"), answer(application))
    assert "See the offer" in owner.get(address(application, "tasks")).text


class TestLetter:
    def test_while_it_is_made(self, owner, application):
        assert owner.get(address(application, "letter")).url == address(application, "offer")
        assert "We are making your letter" in owner.get(address(application, "letter"), headers=HTMX).text

    def test_made_of_the_frozen_offer_and_downloaded(self, owner, application, django_capture_on_commit_callbacks):
        render_document(document_id=str(application.award.letter.pk))
        response = owner.get(address(application, "letter"))
        assert response.getvalue().startswith(b"%PDF-")
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        assert "Download the offer letter" in owner.get(address(application, "letter"), headers=HTMX).text

    def test_failed_letter_says_so(self, owner, application):
        Document.objects.update(state=Document.State.FAILED)
        assert "could not be made" in owner.get(address(application, "offer")).text


def test_application_without_offer_has_no_offer_page(client):
    application = GrantApplicationFactory()
    client.force_login(application.case.created_by)
    assert client.get(address(application, "offer")).status_code == 404


class TestConfirmation:
    def test_the_words_to_confirm_are_the_offers_own(self, owner, application):
        assert application.award.offer["aid_confirmation"] in owner.get(address(application, "offer")).text
        owner.post(address(application, "offer"), answer(application))
        page = owner.get(address(application, "offer")).text
        assert "We are making your confirmation of public support" in page
        assert "whoever offers you public support next will ask for it" in page

    def test_made_and_downloaded(self, owner, application):
        assert owner.get(address(application, "aid-letter")).status_code == 404
        owner.post(address(application, "offer"), answer(application))
        assert owner.get(address(application, "aid-letter")).url == address(application, "offer")
        render_document(document_id=str(Award.objects.get().aid_letter_id))
        assert owner.get(address(application, "aid-letter")).getvalue().startswith(b"%PDF-")
        assert "Download the confirmation" in owner.get(address(application, "aid-letter"), headers=HTMX).text

    def test_failed_confirmation_says_so(self, owner, application):
        owner.post(address(application, "offer"), answer(application))
        Document.objects.update(state=Document.State.FAILED)
        assert "The confirmation could not be made" in owner.get(address(application, "offer")).text

    def test_aid_of_meanwhile_is_said_on_the_page(self, owner, application):
        AidRecordFactory(organisation=application.case.organisation, amount=301000)
        page = owner.post(address(application, "offer"), answer(application))
        assert "Nothing is lost: the offer stands until" in page.text
        assert Award.objects.get().status == Award.Status.OFFERED

    def test_staff_see_each_step(self, client, application):
        client.force_login(application.award.offered_by)
        page = f"/casework/{application.case.reference}/funding/{application.number}/"
        assert "The firm has not confirmed in writing yet" in client.get(page).text
        accept(Award.objects.get(), at=timezone.now())
        shown = client.get(page).text
        assert "confirmed in writing" in shown
        assert "Our confirmation is being made" in shown
        render_document(document_id=str(Award.objects.get().aid_letter_id))
        assert "Our confirmation DOC-" in client.get(page).text
