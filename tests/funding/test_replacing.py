"""A partner of a running project is replaced by another; staff end a project early."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.urls import reverse

from accounts.permissions import Role
from documents.rendering import render_pdf
from eligibility import ledger
from funding import actions, aid
from funding.actions.claims import start_claim
from funding.models import Award, Partner, Variation
from funding.rules.partners import Row
from funding.rules.variations import handed_over
from notifications.models import Message
from organisations.models import AidRecord
from tests.factories.accounts import AssignmentFactory, UserFactory
from tests.factories.claims import add_line, approve, check, running_award, send
from tests.factories.funding import WRITTEN, accept, assess, submit
from tests.factories.funding import approve as offer
from tests.factories.joint import cover, fill_in, joint, take_part
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db
LATER = WRITTEN + timedelta(days=1)
ROWS = [
    Row(None, "software", Decimal(20000), Decimal(10000)),
    Row(7, "software", Decimal(9000), Decimal("4500.00")),
    Row(7, "labour", Decimal(100), Decimal(50)),
]
HALF = {"software": Decimal(50), "labour": Decimal(50)}


class TestBudget:
    def test_the_rest_goes_to_the_new_partner(self):
        assert handed_over(ROWS, 7, 9, {}, HALF) == [
            ROWS[0],
            *(Row(9, r.category, r.eligible, r.grant) for r in ROWS[1:]),
        ]

    def test_what_was_claimed_stays(self):
        rows = handed_over(ROWS, 7, 9, {(7, "software"): Decimal(1000), (7, "labour"): Decimal(100)}, HALF)
        assert rows[1:] == [
            Row(7, "software", Decimal(1000), Decimal(500)), ROWS[2], Row(9, "software", Decimal(8000), Decimal(4000)),
        ]  # fmt: skip

    @pytest.mark.parametrize(("rate", "grant"), [(30, 2700), (90, 4500)])
    def test_its_own_rate_lowers_the_grant_and_never_raises_it(self, rate, grant):
        rows = handed_over(ROWS, 7, 9, {}, HALF | {"software": Decimal(rate)})
        assert rows[1].grant == grant


@pytest.fixture
def gill():
    return UserFactory(email="gill@guards.example", full_name="Gill Guard")


@pytest.fixture
def nick():
    return UserFactory(email="nick@new.example", full_name="Nick New")


@pytest.fixture
def award(gill):
    application = joint()
    fill_in(take_part(application, gill))
    submit(cover(application))
    application.refresh_from_db()
    assess(application)
    accept(offer(application))
    return Award.objects.select_related("application__case__programme", "call").get()


@pytest.fixture
def adviser(award):
    return AssignmentFactory(programme=award.application.case.programme, role=Role.ADVISER).user


@pytest.fixture
def approver(award):
    return AssignmentFactory(programme=award.application.case.programme, role=Role.APPROVER).user


def leaving(award):
    return award.application.partners.get(replaces=None)


def ask(award, **more):
    facts = {"kind": "FIRM", "name": "New Ltd", "email": "nick@new.example", "country": "GB",
             "company_number": "07777777"}  # fmt: skip
    asked = {"partner": leaving(award).pk, "change": "leaves", "name": "Guards Ltd"}
    return actions.ask_change(
        award=award, kind="PARTNER", asked=asked, invited=actions.Invited(**facts | more), reason="It was sold.",
        key=uuid.uuid4(), by=award.accepted_by, at=LATER,
    )  # fmt: skip


def new_of(variation):
    return Partner.objects.select_related("application", "replaces").get(pk=variation.asked["new"])


def ready(variation, nick):
    """The new partner has told everything and confirmed its aid."""
    new = actions.accept_part(partner=new_of(variation), by=nick, at=LATER)
    fill_in(new, lines=0)
    actions.confirm_aid(partner=new_of(variation), by=nick, at=LATER)
    return new_of(variation)


def agree(variation, adviser, approver):
    actions.recommend_change(variation=variation, note="Sensible.", by=adviser, at=LATER)
    variation.refresh_from_db()
    actions.agree_change(variation=variation, answer="Welcome.", by=approver, at=LATER)
    variation.refresh_from_db()
    return Award.objects.get()


def held(award):
    return {row.organisation.name: (row.amount, row.state) for row in AidRecord.objects.counting()}


class TestReplacing:
    def test_the_new_takes_the_place_and_the_room_of_the_old_is_free(self, award, adviser, approver, nick, gill):
        old = leaving(award)
        variation = ask(award)
        assert Message.objects.filter(kind="partner_invited", to=nick.email).count() == 1
        new = ready(variation, nick)
        assert new.aid_notice.context["amount"] == "£5,000"
        after = agree(variation, adviser, approver)
        new.refresh_from_db()
        old.refresh_from_db()
        assert (old.status, new.status, new.takes_part) == ("REMOVED", "DONE", True)
        assert aid.shares(after.budget) == {None: 15000, new.pk: 5000}
        assert after.committed == 20000
        firm = award.application.case.organisation.name
        assert held(award) == {firm: (15000, "GIVEN"), "New Ltd": (5000, "GIVEN")}
        assert new.aid_letter.context["amount"] == "£5,000"
        for kind, to in (("partner_out", gill), ("partner_taken_up", nick)):
            assert Message.objects.filter(kind=kind, to=to.email).count() == 1
        after_words = {row["name"]: row["after"] for row in variation.letter.context["changes"]}
        assert after_words == {"Partner who leaves": "Guards Ltd", "Partner who takes its place": "New Ltd"}

    def test_what_was_claimed_stays_the_leaving_partners(self, award, adviser, approver, nick):
        running_award(award.application, ends_on=date(2027, 8, 31))
        old = leaving(award)
        claim = actions_claim(award, old)
        variation = ask(award)
        new = ready(variation, nick)
        after = agree(variation, adviser, approver)
        assert aid.shares(after.budget) == {None: 15000, old.pk: 1000, new.pk: 4000}
        firm = award.application.case.organisation.name
        assert held(award) == {firm: (15000, "GIVEN"), "Guards Ltd": (1000, "GIVEN"), "New Ltd": (4000, "GIVEN")}
        assert claim.award_id == award.pk

    def test_a_partner_that_just_leaves_frees_its_room_too(self, award, adviser, approver):
        asked = {"partner": leaving(award).pk, "change": "leaves", "name": "Guards Ltd"}
        variation = actions.ask_change(
            award=award, kind="PARTNER", asked=asked, reason="Sold.", key=uuid.uuid4(), by=award.accepted_by, at=LATER
        )
        after = agree(variation, adviser, approver)
        assert after.committed == 15000
        assert held(award) == {award.application.case.organisation.name: (15000, "GIVEN")}

    def test_nothing_is_agreed_before_it_has_told_and_confirmed(self, award, adviser, approver, nick):
        variation = ask(award)
        with pytest.raises(actions.UnableToDecide, match="has not completed its part"):
            agree(variation, adviser, approver)
        new = actions.accept_part(partner=new_of(variation), by=nick, at=LATER)
        assert not new.takes_part
        fill_in(new, lines=0)
        with pytest.raises(actions.UnableToDecide, match="has not completed its part"):
            actions.agree_change(variation=variation, answer="", by=approver, at=LATER)

    def test_its_group_needs_room(self, award, adviser, approver, nick):
        variation = ask(award)
        new = ready(variation, nick)
        ledger.declare(
            new.organisation, amount=Decimal(312000), currency="GBP", on=LATER.date(), basis="mfa", by=nick, at=LATER
        )
        with pytest.raises(actions.UnableToDecide, match="New Ltd and its group may have £3,000 more"):
            agree(variation, adviser, approver)
        assert leaving(award).status == "DONE"

    def test_who_recommends_does_not_decide(self, award, adviser, nick):
        variation = ask(award)
        ready(variation, nick)
        with pytest.raises(actions.UnableToDecide, match="recommended"):
            agree(variation, adviser, adviser)

    @pytest.mark.parametrize("end", ["refused", "taken back"])
    def test_when_it_comes_to_nothing_the_new_one_is_told(self, award, adviser, nick, end):
        variation = ask(award)
        actions.accept_part(partner=new_of(variation), by=nick, at=LATER)
        if end == "refused":
            actions.refuse_change(variation=variation, answer="No.", by=adviser, at=LATER)
        else:
            actions.take_back_change(variation=variation, by=award.accepted_by, at=LATER)
        assert new_of(variation).status == "REMOVED"
        assert Message.objects.filter(kind="partner_out", to=nick.email).count() == 1
        assert leaving(award).takes_part
        ask(award)

    def test_not_one_of_ones_own(self, award):
        with pytest.raises(actions.UnableToChange, match="own firm"):
            ask(award, email=award.accepted_by.email)
        assert not Variation.objects.exists()

    def test_on_the_pages(self, client, award, adviser, approver, nick):
        client.force_login(award.accepted_by)
        form = address(award.application, "ask-change", "partner")
        facts = {"key": str(uuid.uuid4()), "partner": leaving(award).pk, "replaced": "yes", "reason": "Sold."}
        assert "Enter the name of the new partner" in client.post(form, facts).text
        facts |= {"kind": "FIRM", "name": "New Ltd", "email": nick.email}
        for _click in range(2):
            assert client.post(form, facts).url == address(award.application, "changes")
        changes = client.get(address(award.application, "changes")).text
        assert "New Ltd has not answered the invitation yet." in changes
        new = new_of(Variation.objects.get())

        client.force_login(nick)
        part = reverse("funding:part", args=[new.key])
        client.post(part, {"answer": "accept"})
        page = client.get(part).text
        assert "The part that you take over" in page
        assert "£5,000" in page
        assert client.get(reverse("funding:partner-costs", args=[new.key])).url == part
        assert client.get(address(award.application, "claims")).status_code == 404
        assert "Fill in your part" in client.get("/cases/").text
        fill_in(Partner.objects.get(pk=new.pk), lines=0)
        assert "Read and confirm" in client.get(part).text
        actions.confirm_aid(partner=new_of(Variation.objects.get()), by=nick, at=LATER)
        assert "We look at the change" in client.get(part).text

        client.force_login(adviser)
        staff = reverse("funding:decide-change", args=[*_of(award), 1])
        assert "New Ltd" in client.get(staff).text
        assert "Is to take the place of Guards Ltd" in client.get(address(award.application, "staff-partners")).text
        agree(Variation.objects.get(), adviser, approver)
        client.force_login(nick)
        assert client.get(address(award.application, "claims")).status_code == 200
        assert "Your claims" in client.get(part).text


def _of(award):
    return award.application.case.reference, award.application.number


def actions_claim(award, partner):
    """£2,000 of the partner's costs, agreed."""

    claim = start_claim(
        award=award, partner=partner, is_final=False, key=uuid.uuid4(), by=partner.contact, at=WRITTEN
    )  # fmt: skip
    add_line(claim, net="2000.00")
    send(claim)
    check(claim)
    approve(claim)
    return claim


class TestEndedByUs:
    WHY = "The machine was sold to another firm."

    def begin(self, award, by, **more):
        facts = {"on": date(2036, 4, 1), "reason": self.WHY, "key": uuid.uuid4(), "at": LATER}
        return actions.begin_end(award=award, by=by, **facts | more)

    def test_two_people_and_the_firm_is_told_why_and_how_to_appeal(self, award, adviser, approver):
        variation = self.begin(award, adviser)
        assert variation.status == "RECOMMENDED"
        assert not Message.objects.filter(kind="award_ended").exists()
        with pytest.raises(actions.UnableToDecide, match="somebody else"):
            actions.agree_change(variation=variation, answer="", by=adviser, at=LATER)
        actions.agree_change(variation=variation, answer="We are sorry.", by=approver, at=LATER)
        after = Award.objects.get()
        assert (after.status, after.committed) == ("TERMINATED", 0)
        assert not AidRecord.objects.counting().exists()
        assert Message.objects.filter(kind="award_ended").count() == 1
        variation.refresh_from_db()
        context = variation.letter.context
        assert context["ended_because"] == self.WHY
        assert context["appeal_by"] == (LATER.date() + timedelta(days=award.call.appeal_days)).isoformat()
        names = ("template", "context", "title", "language", "number")
        with pikepdf.open(BytesIO(render_pdf(**{name: getattr(variation.letter, name) for name in names}))) as pdf:
            assert len(pdf.pages) == 1

    def test_dropped_without_a_word_to_the_firm(self, client, award, adviser, approver):
        variation = self.begin(award, adviser)
        client.force_login(award.accepted_by)
        for page in ("changes", "award"):
            assert (
                "End the project early" not in client.get(address(award.application, page)).text.split("What do you")[0]
            )
        assert client.post(address(award.application, "take-back-change", 1)).status_code == 404
        with pytest.raises(actions.UnableToChange, match="Talk to your adviser"):
            ask(award)
        sent = Message.objects.count()
        actions.refuse_change(variation=variation, answer="Not yet.", by=approver, at=LATER)
        variation.refresh_from_db()
        assert (variation.status, variation.letter, Message.objects.count()) == ("REFUSED", None, sent)

    def test_refused_by_the_rules(self, award, adviser):
        with pytest.raises(actions.UnableToDecide, match="must be today or later"):
            self.begin(award, adviser, on=date(2026, 11, 1))
        with pytest.raises(actions.UnableToDecide, match="belong to this firm"):
            self.begin(award, award.accepted_by)
        key = uuid.uuid4()
        assert self.begin(award, adviser, key=key) == self.begin(award, adviser, key=key)
        with pytest.raises(actions.UnableToDecide, match="Another change waits"):
            self.begin(award, adviser)
        Award.objects.get().withdraw(by=adviser, at=LATER, reason="x")
        with pytest.raises(actions.UnableToDecide, match="does not run"):
            self.begin(award, adviser)

    def test_on_the_pages(self, client, award, adviser, approver):
        client.force_login(adviser)
        assert "End this project early" in client.get(address(award.application, "start-check")).text
        form = address(award.application, "end-project")
        assert "Give the reason" in client.post(form, {"key": str(uuid.uuid4())}).text
        facts = {"key": str(uuid.uuid4()), "reason": self.WHY, "on_day": "1", "on_month": "4", "on_year": "2036"}
        staff = reverse("funding:decide-change", args=[*_of(award), 1])
        for _click in range(2):
            assert client.post(form, facts).url == staff
        page = client.get(staff).text
        assert "Why we end it" in page
        assert "the firm has not been told" in page
        client.force_login(approver)
        assert client.post(staff, {"do": "agree", "agree-answer": ""}).url == staff
        client.force_login(award.accepted_by)
        shown = client.get(address(award.application, "changes")).text
        assert self.WHY in shown
        assert "You can ask us to look at this again until" in shown
        client.force_login(AssignmentFactory(programme=award.application.case.programme, role=Role.AUDITOR).user)
        assert client.get(form).status_code == 403
