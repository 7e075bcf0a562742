import pytest

from accounts.permissions import Role
from tests.factories.accounts import AssignmentFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("roles", "page"),
    [
        ([], "/cases/"),
        ([Role.ADVISER], "/casework/"),
        ([Role.ASSESSOR], "/casework/funding/assess/"),
        ([Role.APPROVER], "/casework/"),
        ([Role.FINANCE], "/casework/"),
        ([Role.MANAGER], "/reports/"),
        ([Role.AUDITOR], "/reports/"),
        ([Role.CONTRACTOR], "/casework/diagnostics/"),
        ([Role.ADMIN], "/casework/programmes/"),
        ([Role.MANAGER, Role.ADVISER], "/casework/"),
    ],
)
def test_everyone_lands_on_their_own_work(signed_in, roles, page):
    user = UserFactory()
    for role in roles:
        AssignmentFactory(user=user, role=role)
    client = signed_in(user)
    assert client.get("/after-sign-in/")["Location"] == page
    assert client.get(page).status_code == 200


def test_a_visitor_signs_in_first(client):
    assert client.get("/after-sign-in/")["Location"] == "/accounts/login/?next=/after-sign-in/"
