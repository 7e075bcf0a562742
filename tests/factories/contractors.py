from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from accounts.permissions import FirmRole, Role
from diagnostics.actions import contractors as actions
from diagnostics.models import Contractor
from organisations.models import Organisation
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory

OFFERED = datetime(2026, 11, 5, 9, tzinfo=UTC)


class ContractorFactory(DjangoModelFactory):
    """A contract for the whole programme, in English, for two at once at £950, of whom one in ten is checked."""

    class Meta:
        model = Contractor

    programme = factory.SubFactory(ProgrammeFactory)
    organisation = factory.SubFactory(OrganisationFactory, kind=Organisation.Kind.CONTRACTOR)
    languages = ["en-gb"]
    capacity = 2
    fee = Decimal(950)
    sample_percent = 10
    from_on = date(2026, 1, 1)


def works_for(contractor, user=None):
    """A person who works for the contractor and has the role in its programme."""
    more = {"user": user} if user else {}
    member = MembershipFactory(organisation=contractor.organisation, role=FirmRole.COLLEAGUE, **more)
    AssignmentFactory(user=member.user, programme=contractor.programme, role=Role.CONTRACTOR)
    return member.user


def offered(assessment, contractor, by, at=OFFERED):
    return actions.offer(assessment=assessment, contractor=contractor, by=by, at=at)


def accepted(assessment, contractor, by, person=None, at=OFFERED):
    """The diagnostic accepted by somebody of the contractor, who is made where none is given."""
    person = person or contractor.people().first() or works_for(contractor)
    allocation = offered(assessment, contractor, by, at)
    actions.accept(allocation=allocation, person=person, by=person, at=at)
    return allocation
