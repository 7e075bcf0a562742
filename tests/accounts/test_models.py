from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.permissions import FirmRole, Permission, Role
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db

# Who may do what to a case of their own programme or firm. Written out by hand: the code is checked against it.
MATRIX = """
                    OWNER COLLEAGUE STUDENT ADVISER CONTRACTOR ASSESSOR APPROVER FINANCE MANAGER AUDITOR ADMIN
edit_application      x       x        .       .        .         .        .        .       .       .      .
sign                  x       .        .       .        .         .        .        .       .       .      .
answer_diagnostic     x       x        .       .        .         .        .        .       .       .      .
withdraw              x       .        .       .        .         .        .        .       .       .      .
view_casework         .       .        .       x        .         .        x        x       x       x      .
write_note            .       .        .       x        .         .        x        .       x       .      .
decide_case           .       .        .       x        .         .        .        .       x       .      .
confirm_override      .       .        .       .        .         .        x        .       x       .      .
moderate              .       .        .       x        x         .        .        .       .       .      .
agree_plan            .       .        .       x        .         .        .        .       .       .      .
assess_grant          .       .        .       .        .         x        .        .       .       .      .
approve_grant         .       .        .       .        .         .        x        .       .       .      .
pay_claim             .       .        .       .        .         .        .        x       .       .      .
export                .       .        .       .        .         .        .        x       x       x      .
configure             .       .        .       .        .         .        .        .       x       .      x
"""
HEAD, *LINES = [line.split() for line in MATRIX.strip().splitlines()]
TABLE = {(role, line[0]): mark == "x" for line in LINES for role, mark in zip(HEAD, line[1:], strict=True)}


def case_like(programme=None, region=None, organisation=None):
    """What `can` and `must` ask of a thing."""
    return SimpleNamespace(
        programme_id=(programme or ProgrammeFactory()).pk, region_id=region.pk if region else None,
        organisation_id=(organisation or OrganisationFactory()).pk,
    )  # fmt: skip


def person_with(role, programme, organisation, region=None):
    if role in FirmRole:
        return MembershipFactory(organisation=organisation, role=role).user
    return AssignmentFactory(programme=programme, role=role, region=region).user


def fresh(user):
    """The person as the next request loads them."""
    return User.objects.get(pk=user.pk)


def test_the_table_names_every_role_and_permission():
    assert {role for role, _ in TABLE} == {*Role.values, *FirmRole.values}
    assert {permission for _, permission in TABLE} == set(Permission.values)


@pytest.mark.parametrize("role", HEAD)
def test_each_may_do_what_the_table_says_and_nothing_else(role):
    programme, organisation = ProgrammeFactory(), OrganisationFactory()
    case = case_like(programme, organisation=organisation)
    user = person_with(role, programme, organisation)
    assert {p.value for p in Permission if user.can(p, case)} == {p for p in Permission.values if TABLE[role, p]}
    for permission in Permission:
        if TABLE[role, permission]:
            user.must(permission, case)
        else:
            with pytest.raises(PermissionDenied):
                user.must(permission, case)


def test_nobody_is_staff_towards_their_own_firm():
    programme, organisation = ProgrammeFactory(), OrganisationFactory()
    user = AssignmentFactory(programme=programme, role=Role.ADVISER).user
    MembershipFactory(user=user, organisation=organisation, role=FirmRole.OWNER)
    own, other = case_like(programme, organisation=organisation), case_like(programme)
    assert not user.can(Permission.DECIDE_CASE, own)
    assert user.can(Permission.SIGN, own)
    assert user.can(Permission.DECIDE_CASE, other)


@pytest.mark.parametrize("role", HEAD)
def test_a_role_elsewhere_is_worth_nothing(role):
    user = person_with(role, ProgrammeFactory(), OrganisationFactory())
    case = case_like()
    assert not any(user.can(permission, case) for permission in Permission)


def test_a_role_in_a_region_ends_at_its_border():
    programme = ProgrammeFactory()
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    user = person_with(Role.ADVISER, programme, None, region=north)

    assert user.can(Permission.DECIDE_CASE, case_like(programme, north))
    assert not user.can(Permission.DECIDE_CASE, case_like(programme, south))
    assert not user.can(Permission.DECIDE_CASE, case_like(programme))
    assert not user.can(Permission.DECIDE_CASE, case_like(region=north))

    AssignmentFactory(user=user, programme=programme, role=Role.ADVISER)
    assert fresh(user).can(Permission.DECIDE_CASE, case_like(programme, south))


def test_one_role_does_not_lend_its_place_to_another():
    """Adviser in the north and auditor of all: decides in the north only."""
    programme = ProgrammeFactory()
    north, south = RegionFactory(programme=programme), RegionFactory(programme=programme)
    user = person_with(Role.ADVISER, programme, None, region=north)
    AssignmentFactory(user=user, programme=programme, role=Role.AUDITOR)
    assert user.can(Permission.VIEW_CASEWORK, case_like(programme, south))
    assert not user.can(Permission.DECIDE_CASE, case_like(programme, south))


def test_programmes_of_a_permission_are_whole_ones():
    whole, part = ProgrammeFactory(), ProgrammeFactory()
    user = AssignmentFactory(programme=whole, role=Role.MANAGER).user
    AssignmentFactory(user=user, programme=part, role=Role.MANAGER, region=RegionFactory(programme=part))
    AssignmentFactory(user=user, programme=ProgrammeFactory(), role=Role.ADVISER)
    assert user.programmes_for(Permission.EXPORT) == {whole.pk}
    assert user.programmes_for(Permission.PAY_CLAIM) == set()


def test_roles_are_read_once_a_request(django_assert_num_queries, case, adviser):
    user = fresh(adviser)
    with django_assert_num_queries(2):
        for permission in Permission:
            user.can(permission, case)
        assert user.works_here
        assert user.has_role(Role.ADVISER, Role.MANAGER)
        assert not user.has_role(Role.MANAGER)


def test_a_firms_person_does_not_work_here(applicant):
    assert not applicant.works_here
    assert not applicant.has_role(*Role)


class TestUser:
    def test_an_address_is_one_person_however_it_is_written(self):
        user = User.objects.create_user("Owner@Firm.Example", "long-enough-2026")
        assert user.email == str(user) == "owner@firm.example"
        assert user.check_password("long-enough-2026")
        with pytest.raises(IntegrityError, match="one_user_per_email"), transaction.atomic():
            User.objects.create(email="OWNER@firm.example")

    def test_no_password_is_no_way_in(self):
        assert not User.objects.create_user("owner@firm.example").has_usable_password()

    def test_nobody_stands_above_the_rules(self):
        assert (User.is_staff, User.is_superuser) == (False, False)

    def test_a_person_without_a_name_is_known_by_address(self):
        user = User(email="owner@firm.example")
        assert user.get_full_name() == user.get_short_name() == "owner@firm.example"
        user.full_name = "Sam Field"
        assert user.get_full_name() == user.get_short_name() == "Sam Field"


class TestConstraints:
    def test_a_role_is_held_once(self):
        held = AssignmentFactory()
        with pytest.raises(IntegrityError, match="one_assignment_each"), transaction.atomic():
            AssignmentFactory(user=held.user, programme=held.programme, role=held.role)
        AssignmentFactory(user=held.user, programme=held.programme, role=Role.MANAGER)
        assert str(held) == f"{held.user} ADVISER {held.programme.slug}"

    def test_a_person_is_in_a_firm_once(self):
        held = MembershipFactory()
        with pytest.raises(IntegrityError, match="one_membership_each"), transaction.atomic():
            MembershipFactory(user=held.user, organisation=held.organisation, role=FirmRole.COLLEAGUE)
        assert str(held) == f"{held.user} in {held.organisation}"
