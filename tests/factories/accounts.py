import time

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from accounts.models import Assignment, Membership, User
from accounts.permissions import FirmRole, Role
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory


class UserFactory(DjangoModelFactory):
    """A person with a confirmed address; `confirmed=False` leaves it unconfirmed."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence("person{}@firm.example".format)
    full_name = factory.Sequence("Person {}".format)

    @factory.post_generation
    def confirmed(self, create, extracted, **kwargs):
        EmailAddress.objects.create(user=self, email=self.email, primary=True, verified=extracted is not False)


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = Assignment

    user = factory.SubFactory(UserFactory)
    programme = factory.SubFactory(ProgrammeFactory)
    role = Role.ADVISER


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = FirmRole.OWNER


def reauthenticated(client, user):
    """`client` as the person who has just shown once more who they are."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session.save()
    return client
