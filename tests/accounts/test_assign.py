import pytest
from django.core.management import CommandError, call_command

from accounts.models import Assignment
from accounts.permissions import Role
from tests.factories.programmes import RegionFactory


def assign(capsys, *arguments, **options):
    call_command("assign", *arguments, **options)
    return capsys.readouterr().out


def test_a_role_is_given_and_taken_away(capsys, applicant, programme):
    for _ in range(2):
        assert programme.slug in assign(capsys, applicant.email.upper(), programme.slug, "manager")
    assert list(applicant.assignments.values_list("programme", "region", "role")) == [
        (programme.pk, None, Role.MANAGER)
    ]
    assert "no role" in assign(capsys, applicant.email, programme.slug, "manager", end=True)
    assert not Assignment.objects.filter(user=applicant).exists()


def test_a_role_may_be_for_one_region(capsys, applicant, programme):
    region = RegionFactory(programme=programme)
    assign(capsys, applicant.email, programme.slug, "adviser", region=region.slug)
    assert applicant.assignments.get().region == region
    assign(capsys, applicant.email, programme.slug, "adviser", end=True)
    assert applicant.assignments.exists(), "the role in the whole programme is another one"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "nobody@firm.example"}, "No account uses nobody@firm.example"),
        ({"programme": "none"}, "There is no programme none"),
        ({"region": "none"}, "has no region none"),
    ],
)
def test_what_is_not_there_is_named(applicant, programme, changes, words):
    given = {"email": applicant.email, "programme": programme.slug, "region": None, **changes}
    with pytest.raises(CommandError, match=words):
        call_command("assign", given["email"], given["programme"], "adviser", region=given["region"])
    assert not applicant.assignments.exists()
