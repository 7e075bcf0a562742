import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.permissions import Role
from tests.factories.accounts import AssignmentFactory

STAFF_PAGE = "/casework/"


@pytest.fixture(autouse=True)
def _second_factor(settings, _no_second_factor):
    settings.STAFF_MFA_REQUIRED = True


@pytest.mark.parametrize("role", Role)
def test_staff_without_a_second_factor_are_sent_to_set_one_up(signed_in, programme, role):
    client = signed_in(AssignmentFactory(programme=programme, role=role).user)
    for path in (STAFF_PAGE, "/", "/after-sign-in/", "/reports/"):
        response = client.get(path)
        assert (response.status_code, response.headers.get("Location")) == (302, reverse("mfa_index")), path
    assert client.post(STAFF_PAGE).headers.get("Location") == reverse("mfa_index")


@pytest.mark.parametrize("name", ["mfa_index", "account_logout", "account_change_password", "healthz", "privacy"])
def test_they_reach_what_sets_it_up_and_the_statements(signed_in, adviser, name):
    response = signed_in(adviser).get(reverse(name))
    assert (response.status_code, response.headers.get("Location")) in {
        (200, None), (302, f"{reverse('account_reauthenticate')}?next={reverse(name).replace('/', '%2F')}"),
    }  # fmt: skip


def test_with_a_second_factor_they_reach_their_work(signed_in, adviser):
    Authenticator.objects.create(user=adviser, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert signed_in(adviser).get(STAFF_PAGE).status_code == 200


def test_firms_may_do_without(signed_in, applicant, case):
    assert signed_in(applicant).get(reverse("applications:task-list", args=[case.reference])).status_code == 200


def test_a_demonstration_does_without(settings, signed_in, adviser):
    settings.STAFF_MFA_REQUIRED = False
    assert signed_in(adviser).get(STAFF_PAGE).status_code == 200


def test_an_unknown_address_is_still_unknown(signed_in, adviser, client, db):
    assert client.get("/no/such/page/").status_code == 404
    assert signed_in(adviser).get("/no/such/page/").status_code == 404
