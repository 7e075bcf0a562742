"""A partner is told of its own aid, confirms it, and has our confirmation once the offer is taken up."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.db import InternalError, transaction
from django.urls import reverse

from accounts.permissions import Role
from documents.rendering import render_pdf
from documents.tasks import render_document
from eligibility import ledger
from funding import actions
from funding.models import Award
from notifications.models import Message
from organisations.models import AidStatement
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.funding import WRITTEN, accept, approve, assess, record_baseline, submit
from tests.factories.joint import cover, fill_in, joint, take_part
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db


@pytest.fixture
def gill():
    return UserFactory(email="gill@guards.example", full_name="Gill Guard")


def offered(gill, **part):
    application = joint()
    partner = take_part(application, gill, **part)
    fill_in(partner)
    submit(cover(application))
    application.refresh_from_db()
    assess(application)
    award = approve(application)
    partner.refresh_from_db()
    return award, partner


def confirm(partner):
    actions.confirm_aid(partner=partner, by=partner.contact, at=WRITTEN)
    partner.refresh_from_db()


def pages_of(document):
    names = ("template", "context", "title", "language", "number")
    with pikepdf.open(BytesIO(render_pdf(**{name: getattr(document, name) for name in names}))) as pdf:
        return len(pdf.pages)


def test_each_is_told_its_own_amount(gill):
    award, partner = offered(gill)
    assert award.offer["aid_statement"].startswith("Your own part of the grant is £15,000")
    assert partner.aid_notice.context["amount"] == "£5,000"
    assert "Guards Ltd and the firms in its group" in partner.aid_words
    assert "£5,000" in partner.aid_words
    assert partner.aid_notice.context["recipient"][:2] == ["Gill Guard", "Guards Ltd"]
    assert Message.objects.filter(kind="partner_offer", to=gill.email).count() == 1
    assert pages_of(partner.aid_notice) == 1


def test_nothing_is_given_before_every_partner_has_confirmed(gill):
    award, partner = offered(gill)
    record_baseline(award)
    facts = {"offer_hash": award.offer_hash, "confirms_aid": True, "by": award.application.created_by, "at": WRITTEN}
    with pytest.raises(actions.UnableToAccept, match="have to confirm first.*Guards Ltd"):
        actions.accept_offer(award=award, **facts)
    award.confirm_aid(by=award.application.created_by, at=WRITTEN)
    with pytest.raises(InternalError, match="every partner"), transaction.atomic():
        award.accept(by=award.application.created_by, at=WRITTEN)
    confirm(partner)
    award.refresh_from_db()
    actions.accept_offer(award=award, **facts)
    partner.refresh_from_db()
    award.refresh_from_db()
    assert partner.aid_letter.context["amount"] == "£5,000"
    assert partner.aid_letter.context["words"] == partner.aid_words
    assert award.aid_letter.context["amount"] == "£15,000"
    assert pages_of(partner.aid_letter) == 1
    assert AidStatement.objects.filter(organisation=partner.organisation, wording=partner.aid_words).exists()
    assert Message.objects.filter(kind="partner_taken_up", to=gill.email).count() == 1


def test_who_does_not_speak_for_the_organisation_confirms_its_part_alone(gill):
    firm = MembershipFactory(organisation__company_number="01234567", organisation__country="GB").organisation
    award, partner = offered(gill)
    accept(award)
    partner.refresh_from_db()
    assert partner.organisation == firm
    assert partner.aid_letter
    assert not AidStatement.objects.filter(organisation=firm).exists()


def test_it_has_to_fit_still(gill):
    award, partner = offered(gill)
    confirm(partner)
    ledger.declare(
        partner.organisation, amount=312000, currency="GBP", on=WRITTEN.date(), basis="mfa", by=gill, at=WRITTEN
    )
    with pytest.raises(actions.UnableToAccept, match="support of Guards Ltd or its group"):
        accept(award)
    assert Award.objects.get().status == "OFFERED"


def test_a_research_organisation_is_asked_nothing(gill):
    award, partner = offered(gill, kind="RESEARCH", company_number="")
    assert (partner.aid_words, partner.aid_notice) == ("", None)
    with pytest.raises(actions.UnableToChange, match="nothing for you to confirm"):
        confirm(partner)
    with pytest.raises(IllegalMove):
        partner.confirm_aid(by=gill, at=WRITTEN)
    accept(award)
    partner.refresh_from_db()
    assert partner.aid_letter is None


def test_once_and_only_while_the_offer_is_open(gill):
    award, partner = offered(gill)
    confirm(partner)
    actions.confirm_aid(partner=partner, by=gill, at=WRITTEN + timedelta(days=1))
    partner.refresh_from_db()
    assert partner.aid_confirmed_at == WRITTEN
    actions.turn_down_offer(award=award, reason="No.", by=award.application.created_by, at=WRITTEN)
    with pytest.raises(actions.UnableToChange):
        actions.confirm_aid(partner=partner, by=gill, at=WRITTEN)


class TestPages:
    def part(self, partner, name="part", *args):
        return reverse(f"funding:{name}", args=[partner.key, *args])

    def test_read_confirm_and_download(self, client, gill, outsider):
        _award, partner = offered(gill)
        client.force_login(gill)
        assert "Read and confirm" in client.get(self.part(partner)).text
        page = self.part(partner, "partner-support")
        assert partner.aid_words in client.get(page).text
        assert "There is a problem" in client.post(page, {"sent": ""}).text
        assert "reauthenticate" in client.post(page, {"confirms": "on"}).url
        notice = self.part(partner, "partner-aid-letter", "notice")
        assert client.get(notice).url == self.part(partner)
        render_document(document_id=str(partner.aid_notice_id))
        assert client.get(notice).getvalue().startswith(b"%PDF-")
        for what in ("confirmation", "nonsense"):
            assert client.get(self.part(partner, "partner-aid-letter", what)).status_code == 404
        confirm(partner)
        assert "Gill Guard confirmed on" in client.get(page).text
        client.force_login(outsider)
        assert client.get(page).status_code == 404
        assert client.get(notice).status_code == 404

    def test_who_has_confirmed(self, client, gill):
        award, _partner = offered(gill)
        client.force_login(award.application.created_by)
        record_baseline(award)
        page = client.get(address(award.application, "offer")).text
        assert "Each of your partners confirms its own part" in page
        assert "You can accept once every partner has confirmed" in page
        client.force_login(AssignmentFactory(programme=award.application.case.programme, role=Role.ADVISER).user)
        assert "Guards Ltd confirmed what public support" in client.get(address(award.application, "start-check")).text

    def test_nothing_asked_nothing_shown(self, client, gill):
        partner = take_part(joint(), gill)
        client.force_login(gill)
        assert client.get(self.part(partner, "partner-support")).status_code == 404
