from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from applications.models import Case, CaseCheck, EligibilityOverride
from eligibility.models import EligibilityCheck
from tests.factories.accounts import AssignmentFactory, MembershipFactory, UserFactory
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory

STARTED = datetime(2026, 11, 2, 9, tzinfo=UTC)


class EligibilityCheckFactory(DjangoModelFactory):
    class Meta:
        model = EligibilityCheck

    programme = factory.SubFactory(ProgrammeFactory)
    rules_version = "programme/2026-01-01"
    facts = factory.LazyFunction(
        lambda: {
            "employees": "32",
            "turnover": "3200000.00",
            "balance_sheet": "1500000.00",
            "postcode": "PR1 2HE",
            "local_authority": "E07000123",
            "sic_codes": ["25620"],
            "in_group": False,
            "already_committed": False,
        }
    )
    outcome = EligibilityCheck.Outcome.ELIGIBLE
    findings = factory.LazyFunction(
        lambda: [{"rule": "size", "outcome": "pass", "reason": "Fewer than 250 people.", "value": "32", "limit": "250"}]
    )
    created_at = STARTED


class CaseFactory(DjangoModelFactory):
    """A draft with every section filled in, whose creator owns the firm.

    `submitted`, `returned`, `accepted`, `rejected` or `withdrawn`=True walk it there by the model's own moves.
    """

    class Meta:
        model = Case
        skip_postgeneration_save = True

    programme = factory.SubFactory(ProgrammeFactory)
    reference = factory.Sequence(lambda n: f"TEST-{_letters(n)}")
    organisation = factory.SubFactory(OrganisationFactory)
    check_result = factory.LazyAttribute(lambda case: EligibilityCheckFactory(programme=case.programme))
    created_by = factory.SubFactory(UserFactory)
    created_at = STARTED
    updated_at = STARTED
    contact_name = "Sam Field"
    contact_role = "Owner"
    contact_phone = "01524 000000"
    contact_email = factory.LazyAttribute(lambda case: case.created_by.email)
    makes = "Brackets and frames in steel."
    wants_to_change = "Paper job cards get lost."
    barriers = ["money"]
    agrees_to_share = True
    agrees_to_benchmark = True
    agrees_to_contact = False

    @factory.post_generation
    def first_check(self, create, extracted, **kwargs):
        if extracted is not False:
            CaseCheckFactory(case=self)

    @factory.post_generation
    def owner(self, create, extracted, **kwargs):
        MembershipFactory(user=self.created_by, organisation=self.organisation)

    @factory.post_generation
    def submitted(self, create, extracted, **kwargs):
        if extracted:
            self.submit(by=self.created_by, at=STARTED)

    @factory.post_generation
    def returned(self, create, extracted, **kwargs):
        if extracted:
            self.submit(by=self.created_by, at=STARTED)
            self.return_to_firm(by=_adviser_of(self), at=STARTED, reason="Please tell us more.")

    @factory.post_generation
    def accepted(self, create, extracted, **kwargs):
        if extracted:
            self.submit(by=self.created_by, at=STARTED)
            self.accept(by=_adviser_of(self), at=STARTED)

    @factory.post_generation
    def rejected(self, create, extracted, **kwargs):
        if extracted:
            self.submit(by=self.created_by, at=STARTED)
            self.reject(by=_adviser_of(self), at=STARTED, reason="Not a manufacturer.")

    @factory.post_generation
    def withdrawn(self, create, extracted, **kwargs):
        if extracted:
            self.withdraw(by=self.created_by, at=STARTED, reason="No time this year.")


class CaseCheckFactory(DjangoModelFactory):
    """The check that the firm joined with."""

    class Meta:
        model = CaseCheck

    case = factory.SubFactory(CaseFactory)
    check_result = factory.SelfAttribute("case.check_result")
    made_at = STARTED
    made_by = factory.SelfAttribute("case.created_by")
    taken_at = STARTED
    taken_by = factory.SelfAttribute("case.created_by")


class EligibilityOverrideFactory(DjangoModelFactory):
    """A failed rule that an adviser has set aside, and that needs a second person."""

    class Meta:
        model = EligibilityOverride

    case = factory.SubFactory(CaseFactory)
    check_result = factory.SelfAttribute("case.check_result")
    rule = "sector"
    finding = factory.LazyFunction(
        lambda: {
            "rule": "sector",
            "outcome": "fail",
            "reason": "Your industry code is outside the sectors this programme supports.",
            "value": "46690 Wholesale of other machinery",
            "limit": "manufacturing",
            "source": None,
        }
    )
    rules_version = factory.SelfAttribute("check_result.rules_version")
    reason = "They make the machines that they sell: seen on a visit."
    needs_second = True
    decided_at = STARTED
    decided_by = factory.LazyAttribute(lambda row: _adviser_of(row.case))


def _adviser_of(case):
    return AssignmentFactory(programme=case.programme).user


def _letters(number):
    """`number` as six characters of the reference alphabet."""
    alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = ""
    for _ in range(6):
        number, digit = divmod(number, len(alphabet))
        text = alphabet[digit] + text
    return text
