"""Parts given to colleagues by e-mail, and the page behind the link."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import FirmRole
from diagnostics import actions
from diagnostics.actions import colleagues
from diagnostics.models import GroupInvitation
from notifications.models import Message
from notifications.rendering import render
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
EMAIL = "foreman@firm.example"


@pytest.fixture
def owner(case):
    return case.created_by


@pytest.fixture
def foreman(db):
    return UserFactory(email=EMAIL, full_name="Sam Foreman")


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def link(row):
    return reverse("diagnostics:invitation", args=[row.key])


def invite(draft, at, email=EMAIL, group="MS"):
    return actions.invite_colleague(assessment=draft, group_code=group, email=email, by=draft.case.created_by, at=at)


def accept(row, by, at):
    return actions.accept_invitation(invitation=row, by=by, at=at)


def end(row, at, end_access=False):
    actions.withdraw_invitation(invitation=row, end_access=end_access, by=row.invited_by, at=at)


def role(user, case):
    found = Membership.objects.filter(user=user, organisation=case.organisation).first()
    return found and found.role


# --- Actions ------------------------------------------------------------------------------------
def test_one_link_and_one_mail_for_one_person(draft, now):
    row = invite(draft, now)
    assert invite(draft, now, email=EMAIL.upper()) == row
    message = Message.objects.get(kind="diagnostic_invitation")
    assert message.to == EMAIL
    assert message.context["button"]["url"].endswith(link(row))
    assert row.key not in str(row)


def test_a_link_that_is_too_old_is_sent_anew(draft, now):
    old = invite(draft, now - timedelta(days=30))
    new = invite(draft, now)
    old.refresh_from_db()
    assert old.withdrawn_at
    assert new.key != old.key
    assert GroupInvitation.objects.live().get() == new


def test_accepting_makes_a_colleague_once(draft, case, foreman, now):
    row = invite(draft, now)
    assert accept(row, foreman, now) == accept(row, foreman, now)
    assert role(foreman, case) == FirmRole.COLLEAGUE
    assert invite(draft, now).accepted_by == foreman
    assert Message.objects.filter(kind="diagnostic_invitation").count() == 1


def test_a_student_becomes_a_colleague_and_an_owner_stays_one(draft, case, foreman, now):
    MembershipFactory(user=foreman, organisation=case.organisation, role=FirmRole.STUDENT)
    accept(invite(draft, now), foreman, now)
    assert role(foreman, case) == FirmRole.COLLEAGUE
    second = MembershipFactory(organisation=case.organisation).user
    row = accept(invite(draft, now, email=second.email), second, now)
    assert role(second, case) == FirmRole.OWNER
    end(row, now, end_access=True)
    assert role(second, case) == FirmRole.OWNER


def test_who_may_not_come_in(draft, foreman, now):
    row = invite(draft, now)
    with pytest.raises(actions.UnableToAcceptInvitation, match="another address"):
        accept(row, UserFactory(), now)
    with pytest.raises(actions.UnableToAcceptInvitation, match="does not work"):
        accept(row, foreman, now + timedelta(days=30))
    end(row, now)
    end(row, now + timedelta(hours=1))
    row.refresh_from_db()
    assert row.withdrawn_at == now
    with pytest.raises(actions.UnableToAcceptInvitation, match="does not work"):
        accept(row, foreman, now)


def test_who_cannot_be_invited(draft, owner, now, monkeypatch):
    with pytest.raises(actions.UnableToInvite, match="your own address"):
        invite(draft, now, email=owner.email.upper())
    monkeypatch.setattr(colleagues, "MOST_INVITATIONS", 1)
    invite(draft, now)
    with pytest.raises(actions.UnableToInvite, match="as many people as you can"):
        invite(draft, now, email="other@firm.example")
    draft.submit(by=owner, at=now)
    with pytest.raises(actions.UnableToInvite, match="with your adviser"):
        invite(draft, now)


def test_ending_the_access_takes_all_parts_back(draft, case, foreman, now):
    rows = [accept(invite(draft, now, group=group), foreman, now) for group in ("MS", "PE")]
    end(rows[0], now, end_access=True)
    assert role(foreman, case) is None
    assert not GroupInvitation.objects.live().exists()


def test_taking_a_part_back_leaves_the_person(draft, case, foreman, now):
    row = accept(invite(draft, now), foreman, now)
    end(row, now)
    assert role(foreman, case) == FirmRole.COLLEAGUE


def test_invitations_are_scoped(draft, owner, outsider, now):
    invite(draft, now)
    assert GroupInvitation.objects.visible_to(owner).exists()
    assert not GroupInvitation.objects.visible_to(outsider).exists()
    assert not GroupInvitation.objects.visible_to(AnonymousUser()).exists()


# --- The owner's pages --------------------------------------------------------------------------
def test_the_list_shows_who_has_a_part(signed_in, draft, case, owner, foreman, now):
    client = signed_in(owner)
    page = client.post(url("invite", case, "MS"), {"email": EMAIL}, follow=True).content.decode()
    assert f"The invitation is on its way to {EMAIL}." in page
    assert f"{EMAIL} is invited" in page
    row = GroupInvitation.objects.get()
    assert "The link works until" in client.get(url("invite", case, "MS")).content.decode()
    accept(row, foreman, now)
    assert "With Sam Foreman" in client.get(url("start", case)).content.decode()
    page = client.post(url("invite", case, "MS"), {"email": EMAIL}, follow=True).content.decode()
    assert "has this part already" in page
    assert "Answers with you" in client.get(url("invite", case, "MS")).content.decode()


def test_an_old_link_is_called_old(signed_in, draft, case, owner, now):
    invite(draft, now - timedelta(days=31))
    client = signed_in(owner)
    assert "the link is too old now" in client.get(url("start", case)).content.decode()
    assert "Send the invitation again" in client.get(url("invite", case, "MS")).content.decode()


def test_wrong_addresses_and_parts(signed_in, draft, case, owner):
    client = signed_in(owner)
    assert "like name@example.com" in client.post(url("invite", case, "MS"), {"email": "sam"}).content.decode()
    assert "your own address" in client.post(url("invite", case, "MS"), {"email": owner.email}).content.decode()
    assert client.get(url("invite", case, "XX")).status_code == 404


def test_many_invitations_within_an_hour(signed_in, draft, case, owner, monkeypatch):
    monkeypatch.setattr("diagnostics.views.colleagues.MOST_AN_HOUR", 1)
    client = signed_in(owner)
    client.post(url("invite", case, "MS"), {"email": EMAIL})
    page = client.post(url("invite", case, "MS"), {"email": "other@firm.example"})
    assert page.status_code == 429
    assert "other@firm.example" in page.content.decode()
    assert GroupInvitation.objects.count() == 1


def test_only_who_may_sign_gives_parts_away(signed_in, draft, case, now):
    row = invite(draft, now)
    client = signed_in(MembershipFactory(organisation=case.organisation, role=FirmRole.COLLEAGUE).user)
    assert "Give it to a colleague" not in client.get(url("start", case)).content.decode()
    assert client.post(url("invite", case, "MS"), {"email": EMAIL}).status_code == 403
    assert client.post(url("invitation-end", case, row.pk)).status_code == 403


def test_the_owner_takes_a_part_back(signed_in, draft, case, owner, foreman, now):
    client = signed_in(owner)
    row = invite(draft, now)
    page = client.get(url("invitation-end", case, row.pk)).content.decode()
    assert f"Take this part back from {EMAIL}?" in page
    assert "leave our firm" not in page
    accept(row, foreman, now)
    assert "leave our firm" in client.get(url("invitation-end", case, row.pk)).content.decode()
    assert client.post(url("invitation-end", case, row.pk), {"end_access": "on"}).url == url("start", case)
    assert role(foreman, case) is None


def test_closed_once_sent(signed_in, draft, case, owner, now):
    row = invite(draft, now)
    draft.submit(by=owner, at=now)
    client = signed_in(owner)
    assert client.get(url("invite", case, "MS")).url == url("start", case)
    assert client.get(url("invitation-end", case, row.pk)).url == url("start", case)
    assert client.get(link(row)).status_code == 404


# --- Behind the link ----------------------------------------------------------------------------
def test_a_newcomer_reads_what_it_means_and_comes_in(client, draft, case, now):
    row = invite(draft, now)
    page = client.get(link(row)).content.decode()
    assert case.organisation.name in page
    assert "You become a colleague of" in page
    assert EMAIL not in page
    assert client.post(link(row)).url == f"/accounts/login/?next={link(row)}"
    signup = {"email": EMAIL, "password1": "a-long-pass-2026", "full_name": "Sam Foreman", "next": link(row)}
    assert client.post("/accounts/signup/", signup).url == link(row)
    assert "Join and open this part" in client.get(link(row)).content.decode()
    assert client.post(link(row)).url == url("question", case, "MS01")
    assert client.get(url("question", case, "MS01")).status_code == 200
    assert client.get(link(row)).url == url("question", case, "MS01")


def test_the_wrong_person_is_told_kindly(client, draft, now):
    row = invite(draft, now)
    stranger = UserFactory()
    client.force_login(stranger)
    page = client.get(link(row)).content.decode()
    assert f"You are signed in as {stranger.email}" in page
    assert "Join and open" not in page
    page = client.post(link(row), follow=True).content.decode()
    assert "This invitation is for another address." in page
    assert not GroupInvitation.objects.exclude(accepted_at=None).exists()


def test_old_used_withdrawn_and_made_up_links_say_the_same(client, draft, case, foreman, now):
    used = accept(invite(draft, now), foreman, now)
    old = invite(draft, now - timedelta(days=31), group="PE")
    gone = invite(draft, now, group="CI")
    end(gone, now)
    pages = {client.get(link(row)).content for row in (used, old, gone)}
    pages.add(client.get(reverse("diagnostics:invitation", args=["x" * 43])).content)
    for page in pages:
        assert b"This link does not work any more" in page
        assert case.organisation.name.encode() not in page
    assert client.get(link(old)).status_code == 404


def test_a_colleague_whose_part_is_gone_lands_on_the_list(client, draft, case, owner, foreman, now):
    row = accept(invite(draft, now), foreman, now)
    draft.submit(by=owner, at=now)
    client.force_login(foreman)
    assert client.get(link(row)).url == url("start", case)


def test_the_mail_names_nobody(draft, case, owner, now):
    invite(draft, now)
    mail = render(Message.objects.get(kind="diagnostic_invitation"))
    for secret in (owner.full_name, case.organisation.name, EMAIL):
        assert secret not in mail.text + mail.html
