"""Staff set up a passkey before they reach anything, and sign in with it: a virtual key answers for the person."""

import pytest

from tests.journeys import steps

pytestmark = pytest.mark.journey


def add_virtual_key(person):
    devices = person.context.new_cdp_session(person.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_staff_reach_nothing_before_a_passkey_and_sign_in_with_it(person, settings):
    settings.STAFF_MFA_REQUIRED = True
    adviser = person()
    add_virtual_key(adviser)
    steps.staff(adviser, "adviser")
    assert "/accounts/2fa/" in adviser.page.url
    adviser.go("/casework/")
    assert "/accounts/2fa/" in adviser.page.url

    adviser.go("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in adviser.page.url:
        adviser.page.get_by_label("Password").fill(steps.PASSWORD)
        adviser.press("Go on")
    adviser.page.get_by_label("Name").fill("Office key")
    adviser.page.get_by_label("Passwordless").check()
    adviser.look()
    adviser.page.get_by_role("button").last.click()
    adviser.page.get_by_text("Security key added").wait_for()
    adviser.look()
    adviser.go("/casework/")
    adviser.sees("Cases")

    adviser.go("/accounts/logout/")
    adviser.press("Sign out")
    adviser.go("/accounts/login/")
    adviser.page.get_by_role("button", name="Sign in with a passkey").click()
    adviser.page.wait_for_url("**/casework/**")
    adviser.look()
    adviser.sees("Cases")
