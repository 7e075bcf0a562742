"""Opening an account, confirming it, and every mail that allauth owes: rows of the outbox like all others."""

import pytest
from allauth.account.models import EmailAddress

from accounts.adapter import KINDS, AccountAdapter
from accounts.models import User
from notifications.models import Message
from notifications.rendering import render
from tests.factories.accounts import UserFactory

PASSWORD = "rain-over-the-mill-26"  # a password no list knows
pytestmark = pytest.mark.django_db


def sign_up(client, **changes):
    given = {"full_name": "Sam Field", "email": "Owner@Firm.example", "password1": PASSWORD}
    return client.post("/accounts/signup/", {**given, **changes})


def test_opening_an_account_owes_a_confirmation(client, mailoutbox):
    response = sign_up(client, HTTP_ACCEPT_LANGUAGE="cy")

    assert (response.status_code, response["Location"]) == (302, "/after-sign-in/")
    user = User.objects.get()
    assert (user.email, user.full_name, user.language) == ("owner@firm.example", "Sam Field", "en-gb")
    message = Message.objects.get()
    assert (message.kind, message.to, message.state) == ("confirm_email", "owner@firm.example", "QUEUED")
    assert message.context["button"]["label"] == "Open the link"
    assert message.context["button"]["url"].startswith("http")
    assert "Confirm your email address" in render(message).subject
    assert mailoutbox == []


def test_the_language_of_the_page_becomes_the_persons(client):
    client.cookies["django_language"] = "sv"
    sign_up(client)
    assert User.objects.get().language == "sv"
    assert Message.objects.get().language == "sv"


def test_the_link_confirms_the_address(client):
    sign_up(client)
    path = "/accounts/" + Message.objects.get().context["button"]["url"].partition("/accounts/")[2]
    assert not EmailAddress.objects.get().verified

    assert client.get(path).status_code == 200
    assert not EmailAddress.objects.get().verified, "a mail program that opens links must not confirm"
    response = client.post(path)

    assert (response.status_code, response["Location"]) == (302, "/after-sign-in/")
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"full_name": ""}, "Enter your full name"),
        ({"email": "owner"}, "mail address"),
        ({"password1": "short"}, "too short"),
        ({"password1": "password1234"}, "too common"),
        ({"full_name": "nul\0"}, "Null characters are not allowed"),
        ({"full_name": "x" * 121}, "120"),
    ],
)
def test_an_account_asks_for_what_it_needs(client, changes, words):
    response = sign_up(client, **changes)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not User.objects.exists()
    assert not Message.objects.exists()


def test_an_address_opens_one_account(client, applicant):
    response = sign_up(client, email=applicant.email.upper())
    assert response.status_code == 200
    assert "already registered" in response.content.decode()
    assert User.objects.filter(email=applicant.email).count() == 1
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_of_the_accounts_is_a_row(kind):
    url = "http://portal.example/accounts/x/"
    AccountAdapter().send_mail(kind, "owner@firm.example", {"signup_url": url})
    message = Message.objects.get()
    assert (message.kind, message.to) == (KINDS[kind], "owner@firm.example")
    assert message.context == {"about": kind.rpartition("/")[2], "button": {"label": "Open the link", "url": url}}
    assert url in render(message).text


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("account/email/password_changed", "password of your account"),
        ("account/email/email_changed", "email address of your account"),
        ("mfa/email/totp_activated", "second step"),
        ("mfa/email/webauthn_removed", "second step"),
    ],
)
def test_a_change_to_the_account_is_told(about, words):
    AccountAdapter().send_mail(about, "owner@firm.example", {})
    message = Message.objects.get()
    assert message.kind == "account_notice"
    assert words in render(message).text
    assert "button" not in message.context


def test_a_new_password_is_asked_for_by_mail(client, applicant):
    client.post("/accounts/password/reset/", {"email": applicant.email})

    message = Message.objects.get()
    assert (message.kind, message.to) == ("reset_password", applicant.email)
    path = "/accounts/" + message.context["button"]["url"].partition("/accounts/")[2]
    page = client.get(path, follow=True)
    assert page.status_code == 200
    done = client.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert done.status_code == 302
    applicant.refresh_from_db()
    assert applicant.check_password(PASSWORD)
    told = Message.objects.exclude(pk=message.pk).get()
    assert (told.kind, told.context) == ("account_notice", {"about": "password_reset"})
    assert "password of your account was changed" in render(told).text


def test_a_stranger_who_asks_for_a_password_gets_a_kind_answer(client):
    response = client.post("/accounts/password/reset/", {"email": "stranger@firm.example"})
    assert response.status_code == 302
    message = Message.objects.get()
    assert (message.kind, message.to) == ("unknown_account", "stranger@firm.example")
    assert "/accounts/signup/" in message.context["button"]["url"]


@pytest.mark.parametrize("login", ["owner@firm.example", "OWNER@Firm.Example"])
def test_signing_in_goes_to_ones_own_work(client, login):
    user = UserFactory(email="owner@firm.example")
    user.set_password(PASSWORD)
    user.save()
    response = client.post("/accounts/login/", {"login": login, "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/after-sign-in/")


@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(client, next_page):
    user = UserFactory(email="owner@firm.example")
    user.set_password(PASSWORD)
    user.save()
    response = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD, "next": next_page})
    assert (response.status_code, response["Location"]) == (302, "/after-sign-in/")


def test_an_account_that_was_closed_is_closed_at_once(client, applicant):
    client.force_login(applicant)
    assert client.get("/after-sign-in/")["Location"] == "/cases/"
    applicant.is_active = False
    applicant.save()
    assert client.get("/after-sign-in/")["Location"].startswith("/accounts/login/")
