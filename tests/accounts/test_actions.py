import pytest

from accounts.actions import UnableToChangeRole, end_role, give_role
from accounts.models import Assignment
from accounts.permissions import Role
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, UserFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


def give(programme, by, now, person, **more):
    given = {"email": person.email, "role": Role.ADVISER, "reason": "New in the team."} | more
    return give_role(programme=programme, by=by, at=now, **given)


def test_a_role_is_given_once_and_written_down_without_a_name(programme, manager, now):
    person = UserFactory()
    region = RegionFactory(programme=programme, slug="north")
    first, is_new = give(programme, manager, now, person, email=f" {person.email.upper()} ", region=region)
    again, is_new_again = give(programme, manager, now, person, region=region)
    assert (first, is_new, is_new_again) == (again, True, False)
    event = Event.objects.get()
    assert (event.kind, event.programme, event.reference) == ("programme.role_given", programme.slug, "")
    assert event.data == {"user": person.pk, "role": "ADVISER", "region": "north"}
    assert event.note == "New in the team."
    assert person.email not in str(event.data)


def test_a_person_may_hold_several_roles(programme, manager, now):
    person = UserFactory()
    for role in (Role.ADVISER, Role.ASSESSOR):
        give(programme, manager, now, person, role=role)
    assert set(person.assignments.values_list("role", flat=True)) == {"ADVISER", "ASSESSOR"}


@pytest.mark.parametrize("fields", [{"confirmed": False}, {"is_active": False}])
def test_an_address_that_nobody_has_confirmed_gets_no_role(programme, manager, now, fields):
    with pytest.raises(UnableToChangeRole, match="Nobody has an account"):
        give(programme, manager, now, UserFactory(**fields))


def test_a_region_of_another_programme_is_refused(programme, manager, now):
    with pytest.raises(UnableToChangeRole, match="region of this programme"):
        give(programme, manager, now, UserFactory(), region=RegionFactory(programme=ProgrammeFactory()))


def test_nobody_gives_or_ends_a_role_of_their_own(programme, manager, now):
    with pytest.raises(UnableToChangeRole, match="your own roles"):
        give(programme, manager, now, manager, role=Role.APPROVER)
    with pytest.raises(UnableToChangeRole, match="your own roles"):
        end_role(assignment=manager.assignments.get(), reason="x", by=manager, at=now)


def test_only_an_administrator_names_one(programme, manager, now):
    admin = AssignmentFactory(programme=programme, role=Role.ADMIN)
    with pytest.raises(UnableToChangeRole, match="Only an administrator"):
        give(programme, manager, now, UserFactory(), role=Role.ADMIN)
    with pytest.raises(UnableToChangeRole, match="Only an administrator"):
        end_role(assignment=admin, reason="x", by=manager, at=now)
    assert give(programme, admin.user, now, UserFactory(), role=Role.ADMIN)[1]


def test_two_who_end_each_other_leave_one_behind(programme, manager, now):
    """The programme's row lets them take turns, and the second has no right left."""
    other = AssignmentFactory(programme=programme, role=Role.MANAGER)
    mine = manager.assignments.get()
    assert end_role(assignment=other, reason="Left.", by=manager, at=now)
    with pytest.raises(UnableToChangeRole, match="Your own role in this programme has ended"):
        end_role(assignment=mine, reason="Left.", by=other.user, at=now)
    assert Assignment.objects.filter(pk=mine.pk).exists()


def test_a_role_is_ended_once(programme, manager, now):
    role = AssignmentFactory(programme=programme)
    assert end_role(assignment=role, reason="Left.", by=manager, at=now)
    gone = Assignment(pk=10**9, user=role.user, programme=programme, role=Role.ADVISER)
    assert not end_role(assignment=gone, reason="Left.", by=manager, at=now)
    assert Event.objects.filter(kind="programme.role_ended").count() == 1


def test_a_manager_elsewhere_or_of_one_region_decides_nothing(programme, manager, now):
    region = AssignmentFactory(programme=programme, region=RegionFactory(programme=programme), role=Role.MANAGER)
    elsewhere = AssignmentFactory(role=Role.MANAGER)
    for person in (region.user, elsewhere.user):
        with pytest.raises(UnableToChangeRole):
            give(programme, person, now, UserFactory())
