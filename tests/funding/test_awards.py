from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import FirmRole, Role
from documents.models import Upload
from funding import actions
from funding.actions.awards import complete, end_early, lower
from funding.models import Award
from notifications.models import Message
from organisations.models import AidRecord
from portal.models import Event
from portal.workflow import IllegalMove
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.funding import PDF, WRITTEN, GrantApplicationFactory, accept, approve
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db
LATER = WRITTEN + timedelta(days=1)


def staff_address(application, name, *args):
    return reverse(f"funding:{name}", args=[application.case.reference, application.number, *args])


@pytest.fixture
def award():
    """Taken up, with one thing to settle before the start and one for later."""
    application = GrantApplicationFactory(assessed=True)
    award = approve(application, conditions=["Send us the builder’s report."], before_start=["Show us the lease."])
    accept(Award.objects.get())
    return Award.objects.select_related("application__case__programme").get(pk=award.pk)


@pytest.fixture
def adviser(award):
    return AssignmentFactory(programme=award.application.case.programme, role=Role.ADVISER).user


def first(award):
    return award.conditions.get(before_start=True)


class TestConditions:
    def test_they_are_the_offers_own_and_not_the_usual_ones(self, award):
        found = [(one.text, one.before_start) for one in award.conditions.all()]
        assert found == [("Show us the lease.", True), ("Send us the builder’s report.", False)]
        assert len(award.offer["conditions"]) > 2

    def test_without_any_the_project_may_start_when_the_offer_is_accepted(self):
        award = GrantApplicationFactory(accepted=True).award
        award.refresh_from_db()
        assert (award.started_at, award.started_by) == (WRITTEN, award.accepted_by)

    def test_the_last_tick_lets_it_start_and_the_firm_is_told(self, award, adviser):
        assert award.started_at is None
        later = award.conditions.get(before_start=False)
        assert actions.tick_condition(condition=later, by=adviser, at=LATER) is False
        assert actions.tick_condition(condition=first(award), by=adviser, at=LATER) is True
        assert actions.tick_condition(condition=first(award), by=adviser, at=LATER) is False
        award.refresh_from_db()
        assert (award.started_at, award.started_by) == (LATER, adviser)
        assert Message.objects.filter(kind="award_started").count() == 1
        assert Event.objects.filter(kind="award.started").count() == 1

    def test_a_tick_is_taken_back_unless_the_firm_has_started_by_it(self, award, adviser):
        later = award.conditions.get(before_start=False)
        actions.tick_condition(condition=later, by=adviser, at=LATER)
        actions.untick_condition(condition=later, by=adviser, at=LATER)
        actions.untick_condition(condition=later, by=adviser, at=LATER)
        assert award.conditions.filter(met_at=None).count() == 2
        assert Event.objects.filter(kind="award.condition_open").count() == 1
        actions.tick_condition(condition=first(award), by=adviser, at=LATER)
        with pytest.raises(actions.UnableToChange, match="may start"):
            actions.untick_condition(condition=first(award), by=adviser, at=LATER)

    def test_nothing_is_ticked_before_the_offer_is_taken_up(self, adviser):
        award = approve(GrantApplicationFactory(assessed=True), before_start=["Show us the lease."])
        with pytest.raises(actions.UnableToChange):
            actions.tick_condition(condition=first(award), by=adviser, at=LATER)

    def test_what_is_settled_is_not_sent_again(self, award, adviser):
        actions.tick_condition(condition=first(award), by=adviser, at=LATER)
        with pytest.raises(actions.UnableToChange):
            actions.show_condition_met(condition=first(award), note="x", file=None, by=award.accepted_by, at=LATER)


class TestPages:
    @pytest.fixture
    def owner(self, award, client):
        client.force_login(award.accepted_by)
        return client

    def test_the_firm_shows_it_and_staff_tick_it_off(self, owner, award, adviser):
        application = award.application
        page = owner.get(address(application, "award"))
        assert "Settle this before you start" in page.text
        form = address(application, "condition", 1)
        assert "Show us the lease." in owner.get(form).text
        assert "Tell us in a few words" in owner.post(form, {"note": ""}).text
        bad = SimpleUploadedFile("lease.pdf", b"no pdf", content_type="application/pdf")
        assert owner.post(form, {"note": "Here.", "file": bad}).status_code == 200
        good = SimpleUploadedFile("lease.pdf", PDF, content_type="application/pdf")
        assert owner.post(form, {"note": "Here it is.", "file": good}).url == address(application, "award")
        assert "With us" in owner.get(address(application, "award")).text
        replaced = award.conditions.get(position=1).evidence
        again = SimpleUploadedFile("lease-signed.pdf", PDF, content_type="application/pdf")
        owner.post(form, {"note": "Here it is.", "file": again})
        assert not Upload.objects.filter(pk=replaced.pk).exists()
        assert owner.get(address(application, "condition-file", 1)).getvalue() == PDF
        assert owner.get(address(application, "condition-file", 2)).status_code == 404

        owner.force_login(adviser)
        assert "lease-signed.pdf" in owner.get(staff_address(application, "start-check")).text
        assert application.title in owner.get(reverse("funding:awards")).text
        assert application.title in owner.get(reverse("funding:awards"), {"waiting": "all"}).text
        assert application.title not in owner.get(reverse("funding:awards"), {"waiting": "changes"}).text
        response = owner.post(staff_address(application, "tick-condition", 1))
        assert response.url == staff_address(application, "start-check")
        assert "told that it can start" in owner.get(response.url).text
        owner.post(staff_address(application, "tick-condition", 1), {"open": ""})
        assert "so this stands" in owner.get(response.url).text
        assert "Nothing here" in owner.get(reverse("funding:awards")).text

        owner.force_login(award.accepted_by)
        assert "You can order and start" in owner.get(address(application, "award")).text
        assert owner.get(form).url == address(application, "award")

    def test_settled_meanwhile(self, owner, award, monkeypatch, adviser):
        stale = first(award)
        actions.tick_condition(condition=first(award), by=adviser, at=LATER)
        monkeypatch.setattr("funding.views.awards._condition", lambda *args: stale)
        assert owner.post(address(award.application, "condition", 1), {"note": "x"}).url.endswith("/award/")

    def test_an_offer_is_read_on_its_own_page(self, owner):
        application = GrantApplicationFactory(approved=True)
        owner.force_login(application.case.created_by)
        assert owner.get(address(application, "award")).url == address(application, "offer")

    def test_who_may_do_what(self, client, award):
        application = award.application
        client.force_login(AssignmentFactory(programme=application.case.programme, role=Role.AUDITOR).user)
        page = client.get(staff_address(application, "start-check"))
        assert "Tick off" not in page.text
        assert client.post(staff_address(application, "tick-condition", 1)).status_code == 403
        assert client.get(address(application, "condition", 1)).status_code == 403
        client.force_login(award.accepted_by)
        assert client.get(staff_address(application, "start-check")).status_code == 404
        assert client.get(reverse("funding:awards")).status_code == 403
        colleague = MembershipFactory(organisation=application.case.organisation, role=FirmRole.COLLEAGUE).user
        client.force_login(colleague)
        assert client.get(address(application, "condition", 1)).status_code == 200


class TestEnds:
    def live(self, award):
        return list(AidRecord.objects.counting().values_list("amount", "reference"))

    def test_completed_for_less_frees_the_rest(self, award, adviser):
        complete(award, paid=Decimal("12000.00"), by=adviser, at=LATER)
        award.refresh_from_db()
        assert (award.status, award.committed, award.completed_at) == ("COMPLETED", Decimal(12000), LATER)
        assert Award.objects.committed_to(award.call) == Decimal(12000)
        assert self.live(award) == [(Decimal(12000), f"{award.application.reference}~2")]
        assert Event.objects.filter(kind="award.money_back").count() == 1
        with pytest.raises(IllegalMove):
            complete(award, paid=Decimal(1), by=adviser, at=LATER)

    def test_completed_in_full_changes_nothing_else(self, award, adviser):
        complete(award, paid=award.amount, by=adviser, at=LATER)
        assert self.live(award) == [(award.amount, award.application.reference)]
        assert not Event.objects.filter(kind="award.money_back").exists()

    def test_ended_early_with_nothing_kept(self, award, adviser):
        end_early(award, kept=Decimal(0), reason="The site is sold.", by=adviser, at=LATER)
        award.refresh_from_db()
        assert (award.status, award.committed) == ("TERMINATED", Decimal(0))
        assert self.live(award) == []

    def test_lowered_twice_and_then_withdrawn(self, award, adviser):
        lower(award, to=Decimal(14000), reason="A partner left.", by=adviser, at=LATER)
        lower(award, to=Decimal(14500), reason="No more than before.", by=adviser, at=LATER)
        lower(award, to=Decimal(13000), reason="Another left.", by=adviser, at=LATER)
        assert self.live(award) == [(Decimal(13000), f"{award.application.reference}~3")]
        actions.withdraw_offer(award=award, reason="Both agree.", by=adviser, at=LATER)
        assert self.live(award) == []


class TestPublication:
    def test_noted_once(self, award, adviser):
        Award.objects.update(publish_by=timezone.localdate())
        actions.publish(award=award, reference="SUB-1", by=adviser, at=LATER)
        award.refresh_from_db()
        assert (award.published_ref, award.published_by) == ("SUB-1", adviser)
        with pytest.raises(IllegalMove):
            actions.publish(award=award, reference="SUB-2", by=adviser, at=LATER)
