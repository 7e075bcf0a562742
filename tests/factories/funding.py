from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Assignment
from accounts.permissions import Role
from funding import actions, partner_aid, quoting
from funding.models import Assessor, BudgetLine, GrantApplication, Outline
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import CallFactory

WRITTEN = datetime(2026, 11, 9, 9, tzinfo=UTC)
PDF = (
    b"%PDF-1.4\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
    b"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
    b"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>> endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \n0000000111 00000 n \n"
    b"trailer <</Root 1 0 R /Size 4>>\nstartxref\n180\n%%EOF\n"
)


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
    problem = "Two lathes stand idle at night, because nobody loads them."
    work = "We buy a robot, fit guards and teach two setters."
    outputs = "One cell that runs unattended, two setters who can program it."
    benefit = "Lead time falls from 12 days to 5."
    # Long after any day on which these tests run, and after the factory's call has closed.
    starts_on = date(2036, 3, 1)
    ends_on = date(2036, 8, 31)
    trl_start = 9
    trl_end = 9
    has_conflict = False
    subsidy = factory.LazyFunction(lambda: {"words": "We have told you of all.", "other_money": False, "note": ""})
    created_at = WRITTEN
    updated_at = WRITTEN
    created_by = factory.LazyAttribute(lambda one: one.case.created_by)

    @factory.post_generation
    def lines(self, create, extracted, **kwargs):
        for line in [{}] if extracted is None else extracted:
            BudgetLineFactory(application=self, **line)

    @factory.post_generation
    def planned(self, create, extracted, **kwargs):
        if extracted is not False:
            self.milestones.create(title="Robot installed", due_on=date(2036, 6, 30), evidence="Acceptance report")
            self.risks.create(text="Delivery is late", likelihood=2, impact=2, answer="We order early.")
            pays = quoting.answer_for(self, at=WRITTEN).quote.applicant_pays
            self.match_sources.create(kind="OWN_CASH", amount=pays or 1, is_certain=True)

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


class OutlineFactory(DjangoModelFactory):
    """A complete draft, made by the firm's owner; `sent` or `ready`=True walk it there by the actions of real use."""

    class Meta:
        model = Outline
        skip_postgeneration_save = True

    case = factory.SubFactory(CaseFactory, accepted=True)
    call = factory.LazyAttribute(lambda one: CallFactory(instrument__programme=one.case.programme, needs_outline=True))
    title = "Robot cell for machine tending"
    problem = "Two lathes stand idle at night, because nobody loads them."
    change = "We buy a robot, fit guards and teach two setters."
    supplier = "Robots of Preston"
    rough_cost = Decimal("45000.00")
    starts_on = date(2036, 3, 1)
    ends_on = date(2036, 8, 31)
    created_at = WRITTEN
    updated_at = WRITTEN
    created_by = factory.LazyAttribute(lambda one: one.case.created_by)

    @factory.post_generation
    def sent(self, create, extracted, **kwargs):
        if extracted:
            send_outline(self)

    @factory.post_generation
    def ready(self, create, extracted, **kwargs):
        if extracted:
            send_outline(self)
            judge(self, "BUSINESS")
            judge(self, "TECHNICAL")


def send_outline(outline, at=WRITTEN):
    actions.send_outline(outline=outline, by=outline.case.created_by, at=at)
    outline.refresh_from_db()


def judge(outline, side, *, is_ready=True, by=None, at=WRITTEN, **more):
    """An adviser's opinion on the last sending."""
    by = by or AssignmentFactory(programme=outline.case.programme, role=Role.ADVISER).user
    facts = {"number": outline.turn_number, "is_ready": is_ready, "reason": f"{side}: a clear need."} | more
    opinion = actions.give_opinion(outline=outline, side=side, by=by, at=at, **facts)
    outline.refresh_from_db()
    return opinion


def assessor_of(application):
    """An assessor who has taken the application on, where it was sent in."""
    user = AssignmentFactory(programme=application.case.programme, role=Role.ASSESSOR).user
    if application.status in {"SUBMITTED", "ASSESSED"}:
        take_on(application, user)
    return user


def in_pool(programme, user, **facts):
    """The person's entry in the programme's pool, with this year's declaration of interests."""
    now = timezone.now()
    facts = {"skills": [], "employer": "", "most_at_once": 50, "is_active": True, "by": user, "at": now} | facts
    if not Assignment.objects.filter(user=user, programme=programme, role=Role.ASSESSOR).exists():
        AssignmentFactory(user=user, programme=programme, role=Role.ASSESSOR)
    actions.declare_interests(programme=programme, has_interests=False, text="", by=user, at=now)
    return actions.keep_assessor(programme=programme, user=user, **facts)


def asked(application, user, at=WRITTEN, **more):
    """The invitation to assess that waits for the person's answer."""
    facts = {"due_on": at.date() + timedelta(days=14), "by": application.created_by, "at": at} | more
    programme = application.case.programme
    assessor = Assessor.objects.filter(programme=programme, user=user).first() or in_pool(programme, user)
    return actions.invite(application=application, assessors=[assessor], **facts)[0]


def take_on(application, user, at=WRITTEN):
    invitation = asked(application, user, at)
    actions.accept_invitation(invitation=invitation, by=user, at=at)
    return invitation


def approver_of(application):
    return AssignmentFactory(programme=application.case.programme, role=Role.APPROVER).user


def submit(application, at=WRITTEN):
    actions.submit(application=application, by=application.case.created_by, at=at)
    application.refresh_from_db()


def record_baseline(award, at=WRITTEN):
    award.record_baseline(
        employees=Decimal(32), turnover=Decimal(4_200_000), output_per_hour=Decimal("38.50"),
        period_end=date(2026, 3, 31), by=award.application.case.created_by, at=at,
    )  # fmt: skip


def accept(award, at=WRITTEN, **more):
    record_baseline(award, at)
    for partner in partner_aid.unconfirmed(award):
        actions.confirm_aid(partner=partner, by=partner.contact, at=at)
    facts = {"offer_hash": award.offer_hash, "confirms_aid": True, "by": award.application.case.created_by}
    actions.accept_offer(award=award, at=at, **facts | more)


SCORES = {"need": {"score": 8, "reason": "A real bottleneck."}, "value": {"score": 6, "reason": "Fair price."}}


def assess(application, by=None, at=WRITTEN):
    by = by or AssignmentFactory(programme=application.case.programme, role=Role.ASSESSOR).user
    take_on(application, by, at)
    review = actions.declare(application=application, conflict="NONE", note="", by=by, at=at)
    actions.review(review=review, scores=SCORES, recommendation="FUND", comment="", send=True, by=by, at=at)
    application.refresh_from_db()
    review.refresh_from_db()
    return review


def approve(application, *, amount=None, by=None, at=WRITTEN, accept_by=date(2026, 12, 9), **more):
    award = actions.approve(
        application=application,
        amount=application.quoted if amount is None else Decimal(amount),
        accept_by=accept_by,
        seen=quoting.fingerprint(application),
        by=by or approver_of(application),
        at=at,
        **more,
    )
    application.refresh_from_db()
    return award
