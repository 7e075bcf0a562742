from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from factory.django import DjangoModelFactory

from accounts.permissions import Role
from funding import actions, quoting
from funding.models import BudgetLine, GrantApplication
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import CallFactory

WRITTEN = datetime(2026, 11, 9, 9, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def a_quote(name="quote.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="application/pdf")


class BudgetLineFactory(DjangoModelFactory):
    class Meta:
        model = BudgetLine

    category = "capital_equipment"
    description = "Six-axis robot with gripper"
    # Each cost another's: one and the same in two applications is paid once.
    supplier = factory.Sequence("Robots of Preston {}".format)
    net = Decimal("30000.00")
    vat = Decimal("6000.00")


class GrantApplicationFactory(DjangoModelFactory):
    """A complete draft with one cost of £30,000, made by the firm's owner.

    `submitted`, `assessed`, `returned`, `approved` or `accepted`=True walk it there by the actions of real use;
    `amount` is what an approver offers (the quote unless given).
    """

    class Meta:
        model = GrantApplication
        skip_postgeneration_save = True

    case = factory.SubFactory(CaseFactory, accepted=True)
    call = factory.LazyAttribute(lambda one: CallFactory(instrument__programme=one.case.programme))
    number = factory.LazyAttribute(lambda one: one.case.grant_applications.count() + 1)
    title = "Robot cell for machine tending"
    summary = "A robot loads our two lathes."
    work = "We buy a robot, fit guards and teach two setters."
    benefit = "Lead time falls from 12 days to 5."
    # Long after any day on which these tests run, and after the factory's call has closed.
    starts_on = date(2036, 3, 1)
    ends_on = date(2036, 8, 31)
    trl_start = 9
    trl_end = 9
    created_at = WRITTEN
    updated_at = WRITTEN
    created_by = factory.LazyAttribute(lambda one: one.case.created_by)

    @factory.post_generation
    def lines(self, create, extracted, **kwargs):
        for line in [{}] if extracted is None else extracted:
            BudgetLineFactory(application=self, **line)

    @factory.post_generation
    def submitted(self, create, extracted, **kwargs):
        if extracted:
            submit(self)

    @factory.post_generation
    def returned(self, create, extracted, **kwargs):
        if extracted:
            submit(self)
            actions.return_to_firm(application=self, reason="Which robot?", by=assessor_of(self), at=WRITTEN)
            self.refresh_from_db()

    @factory.post_generation
    def assessed(self, create, extracted, **kwargs):
        if extracted:
            submit(self)
            assess(self)

    @factory.post_generation
    def approved(self, create, extracted, amount=None, **kwargs):
        if extracted:
            submit(self)
            assess(self)
            approve(self, amount=amount)

    @factory.post_generation
    def accepted(self, create, extracted, **kwargs):
        if extracted:
            submit(self)
            assess(self)
            award = approve(self)
            accept(award)


def assessor_of(application):
    return AssignmentFactory(programme=application.case.programme, role=Role.ASSESSOR).user


def approver_of(application):
    return AssignmentFactory(programme=application.case.programme, role=Role.APPROVER).user


def submit(application, at=WRITTEN):
    actions.submit(application=application, by=application.case.created_by, at=at)
    application.refresh_from_db()


def accept(award, at=WRITTEN, **more):
    facts = {"offer_hash": award.offer_hash, "confirms_aid": True, "by": award.application.case.created_by}
    actions.accept_offer(award=award, at=at, **facts | more)


SCORES = {"need": {"score": 4, "reason": "A real bottleneck."}, "value": {"score": 3, "reason": "Fair price."}}


def assess(application, by=None, at=WRITTEN):
    by = by or assessor_of(application)
    review = actions.declare(application=application, conflict="NONE", note="", by=by, at=at)
    actions.review(review=review, scores=SCORES, recommendation="FUND", comment="", send=True, by=by, at=at)
    application.refresh_from_db()
    review.refresh_from_db()
    return review


def approve(application, *, amount=None, by=None, at=WRITTEN, accept_by=date(2026, 12, 9), conditions=()):
    award = actions.approve(
        application=application,
        amount=application.quoted if amount is None else Decimal(amount),
        accept_by=accept_by,
        conditions=conditions,
        seen=quoting.fingerprint(application),
        by=by or approver_of(application),
        at=at,
    )
    application.refresh_from_db()
    return award
