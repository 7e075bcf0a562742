"""Every address is closed to visitors, or open for a reason written here; a case is no address for outsiders."""

from collections import Counter

import pytest

from accounts.permissions import FirmRole, Role
from diagnostics.actions import add_action
from diagnostics.models import Assessment
from documents.actions import take_upload
from documents.tasks import render_document
from funding.models import ReviewInvitation
from portal.models import Event
from tests.factories.accounts import AssignmentFactory, MembershipFactory
from tests.factories.applications import CaseFactory, EligibilityOverrideFactory
from tests.factories.claims import running_award, sent_claim
from tests.factories.diagnostics import AssessmentFactory, EvidenceFactory, questionnaire
from tests.factories.funding import GrantApplicationFactory, OutlineFactory, a_quote
from tests.factories.organisations import AidRecordFactory, OwnershipFactory
from tests.factories.rounds import YEAR, measure_again
from tests.guards.addresses import addresses

OPEN = {
    "healthz": "asked by machines that hold no account",
    "readyz": "asked by machines that hold no account",
    "accessibility": "a statement for everybody",
    "privacy": "a statement for everybody",
    "cookies": "a statement for everybody",
    "set_language": "a visitor may choose a language",
    "theme": "colours only",
    "account_login": "the way in",
    "account_logout": "ends a session, asks for none",
    "account_signup": "the way in",
    "account_inactive": "tells a closed account that it is closed",
    "account_email_verification_sent": "says that a mail is on its way",
    "account_confirm_email": "its key is the proof",
    "account_confirm_login_code": "its key is the proof",
    "account_reset_password": "for who cannot sign in",
    "account_reset_password_done": "for who cannot sign in",
    "account_reset_password_from_key": "its key is the proof",
    "account_reset_password_from_key_done": "for who cannot sign in",
    "mfa_authenticate": "second step of the way in",
    "mfa_login_webauthn": "the way in",
    "applications:talk": "a firm asks before it has an account",
    "applications:talk-sent": "a firm asks before it has an account",
    "diagnostics:invitation": "its key is the proof, and without one it tells nothing",
    "diagnostics:first-look": "a first look is for everybody; only the visitor's own session knows its key",
    "diagnostics:first-look-about": "a first look is for everybody; only the visitor's own session knows its key",
    "diagnostics:first-look-question": "a first look is for everybody; only the visitor's own session knows its key",
    "diagnostics:first-look-result": "a first look is for everybody; only the visitor's own session knows its key",
    "diagnostics:first-look-shared": "its key is the proof, and it tells nothing of the firm",
    "diagnostics:first-look-forget": "deletes the visitor's own answers",
    "eligibility:start": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:add": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:entry": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:figures": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:result": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:question": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:remove": "the check is for everybody; its answers are in the visitor's own session",
    "eligibility:shared": "its key is the proof, and it tells nothing of the firm",
    "eligibility:start-again": "forgets the visitor's own answers",
    "funding:part": "its key is the proof, and without one it tells nothing",
    "funding:afford-choose": "figures are tried out by everybody; they are in the visitor's own session",
    "funding:afford": "figures are tried out by everybody; they are in the visitor's own session",
    "network:register": "who can help is for everybody to read",
    "network:expert": "who can help is for everybody to read",
    "reporting:home": "what is on offer",
    "reporting:programme": "what is on offer",
    "reporting:call": "what is on offer",
    "reporting:benchmark": "medians of many firms, of none alone",
    "demo:mail": "in demonstrations only: test_the_demonstrations_mail_is_of_demonstrations",
    "demo:message": "in demonstrations only: test_the_demonstrations_mail_is_of_demonstrations",
    "api:openapi-json": "describes the API, holds no data",
    "api:openapi-view": "describes the API, holds no data",
    "api:api-root": "describes the API, holds no data",
    "api:programmes": "open data",
    "api:calls": "open data",
    "api:check": "a calculator, keeps nothing",
    "api:score": "a calculator, keeps nothing",
    "api:quote": "a calculator, keeps nothing",
    "api:none": "says that there is nothing at an address",
}
ALL = addresses()
OF_A_CASE = [address for address in ALL if "reference" in address.parameters]


def test_what_is_open_is_open_for_a_reason():
    found = {address.name for address in ALL if not address.is_closed}
    assert found - OPEN.keys() == set(), "open to visitors: close it, or give the reason above"
    assert OPEN.keys() - found == set(), "closed or gone: take its reason away"


def test_every_address_has_a_name_of_its_own():
    assert {name: count for name, count in Counter(address.name for address in ALL).items() if count > 1} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_visitors_are_asked_to_sign_in(client, method):
    values = {
        "reference": "TEST-222222", "slug": "x", "name": "x", "code": "x", "group": "x", "number": 1, "pk": 1,
        "line": 1, "quote": 1, "action": 1, "check": 1, "override": 1, "ownership": 1, "record": 1, "user": 1,
        "partner": 1, "source": 1, "colleague": 1, "comment": 1, "outline": 1,
        "milestone": 1, "risk": 1, "version": 1, "evidence": 1, "invitation": 1, "asked": 1, "call": 1,
        "key": "x", "language": "en", "path": "x", "question": "x", "position": 1, "change": 1, "award": 1, "kind": "x",
        "claim": 1, "what": "x", "clawback": 1, "account": 1, "run": 1, "payment": 1, "review": 1,
    }  # fmt: skip
    for address in ALL:
        if not address.is_closed:
            continue
        names = [name for name in ("pk", "key") if f"<uuid:{name}>" in address.route]
        some = values | dict.fromkeys(names, "8f14e45f-ceea-467f-9d0b-3a2c1b7f6a55")
        path = address.path(**some)
        response = getattr(client, method)(path)
        assert response.status_code == 302, address.name
        assert response["Location"].startswith("/accounts/login/"), address.name


@pytest.mark.django_db
def test_the_demonstrations_mail_is_of_demonstrations(client, settings):
    settings.DEMO = False
    for path in ("/demo/mail/", "/demo/mail/8f14e45f-ceea-467f-9d0b-3a2c1b7f6a55/"):
        assert client.get(path).status_code == 404


@pytest.fixture
def world(programme, now):
    """Three ways to fill in the addresses of a case, each with rows there are: a 404 can only come from who asks.

    The firm is diagnosed, was measured again and has a plan; it has taken up one offer of money, has another, and is
    still writing a third.
    """
    case = CaseFactory(programme=programme, accepted=True)
    first = AssessmentFactory(case=case, final=True)
    Assessment.objects.filter(pk=first.pk).update(finalised_at=now - YEAR)
    plan = measure_again(case, at=now).plan
    render_document(document_id=str(plan.document_id))
    taken = GrantApplicationFactory(case=case, accepted=True)
    render_document(document_id=str(taken.award.aid_letter_id))
    _under_way(taken.award, now)
    offered, draft = GrantApplicationFactory(case=case, approved=True), GrantApplicationFactory(case=case)
    filled = []
    for application in (taken, offered, draft):
        line = application.lines.get()
        quote = line.quotes.create(
            upload=take_upload(file=a_quote(), by=case.created_by, at=now), supplier="Robots of Preston", amount=30000,
            attached_at=now, attached_by=case.created_by,
        )  # fmt: skip
        asked, review = application.invitations.first(), application.reviews.first()
        filled.append(
            {
                "number": application.number, "line": line.pk, "quote": quote.pk, "asked": asked.pk if asked else 0,
                "review": review.pk if review else 0,
                "milestone": application.milestones.get().pk, "risk": application.risks.get().pk, "version": 1,
                **_shared(application, now),
            }
        )  # fmt: skip
    colleague = MembershipFactory(organisation=case.organisation, role=FirmRole.COLLEAGUE).user.pk
    action = plan.actions.order_by("rank").first().pk
    words = {"title": "Label tools", "description": "Start on Monday.", "horizon": "now", "cost_band": 0}
    own = add_action(plan=plan, fields=words, by=case.created_by, at=now).pk
    override = EligibilityOverrideFactory(case=case)
    claim = sent_claim(running_award(taken))
    clawback = claim.award.clawbacks.create(
        amount=1, reason="Sold.", proposed_at=now, proposed_by=claim.award.offered_by, updated_at=now
    )
    document = questionnaire().document
    common = {
        "reference": case.reference, "action": action, "pk": action, "own": own, "code": "makes",
        "question": document["questions"][0]["code"], "group": document["groups"][0]["code"],
        "position": 1, "change": 1, "kind": "scope", "colleague": colleague,
        "claim": claim.number, "what": "invoice", "cost": claim.lines.get().pk, "clawback": clawback.pk,
        "check": case.checks.get().pk, "override": override.pk,
        "ownership": OwnershipFactory(firm=case.organisation).pk,
        "record": AidRecordFactory(organisation=case.organisation).pk,
        "evidence": EvidenceFactory(assessment=plan.assessment).pk,
        "invitation": plan.assessment.invitations.create(
            group_code="PE", email="foreman@firm.example", invited_at=now, invited_by=case.created_by
        ).pk,
    }  # fmt: skip
    return case, [common | values for values in filled]


def _shared(application, now):
    """A partner, a source of money with its proof, and a comment."""
    by = application.created_by
    proof = take_upload(file=a_quote("bank.pdf"), by=by, at=now)
    facts = {"name": "Guards Ltd", "email": "gill@guards.example", "updated_at": now}
    return {
        "outline": OutlineFactory(case=application.case, sent=True).pk,
        "partner": application.partners.create(invited_at=now, invited_by=by, **facts).pk,
        "source": application.match_sources.create(kind="OWN_CASH", amount=1, proof=proof).pk,
        "comment": application.comments.create(
            section="costs", text="Which?", for_adviser=True, written_at=now, written_by=by
        ).pk,
    }


def _under_way(award, now):
    """Something to settle, with the file that shows it, and a change with its letter."""
    said = {"note": "Here.", "shown_at": now, "shown_by": award.accepted_by}
    lease = take_upload(file=a_quote("lease.pdf"), by=award.accepted_by, at=now)
    award.conditions.create(position=1, text="Show us the lease.", evidence=lease, **said)
    award.variations.create(
        number=1, kind="SCOPE", asked={"text": "Two robots."}, reason="Smaller parts.", asked_at=now,
        asked_by=award.accepted_by, updated_at=now, letter=award.letter,
    )  # fmt: skip


def ways(address, filled):
    """The address filled in with each of `filled`, once where they say the same."""
    return list(dict.fromkeys(_way(address, values) for values in filled))


def _way(address, values):
    if address.name == "funding:outline-page":
        values = values | {"code": "problem"}
    ours = {"diagnostics:question", "diagnostics:confirm", "diagnostics:evidence", "diagnostics:review-history"}
    if address.name in ours:
        values = values | {"code": values["question"]}
    if address.name in {"diagnostics:plan-own", "diagnostics:staff-plan-own"}:
        values = values | {"pk": values["own"]}
    if address.name in {"funding:claim-line", "funding:remove-claim-line", "funding:claim-file"}:
        values = values | {"line": values["cost"], "pk": values["cost"]}
    return address.path(**values)


@pytest.mark.django_db
def test_an_outsider_finds_no_case_at_any_address(signed_in, outsider, world):
    _, filled = world
    client = signed_in(outsider)
    events = Event.objects.count()
    answers = {}
    for address in OF_A_CASE:
        for path in ways(address, filled):
            answers[address.name, "GET"] = client.get(path).status_code
            answers[address.name, "POST"] = client.post(path, {"reason": "x", "csrfmiddlewaretoken": "x"}).status_code
    # An address that only takes posts says so before it looks for the case.
    wrong = {key: code for key, code in answers.items() if code != 404 and (key[1], code) != ("GET", 405)}
    assert wrong == {}
    assert Event.objects.count() == events


@pytest.mark.django_db
def test_these_addresses_are_somebodys(client, programme, world):
    """The other half of the test before: the same addresses do answer those whom they are for."""
    case, filled = world
    people = [case.created_by, *(AssignmentFactory(programme=programme, role=role).user for role in Role)]
    people += [invitation.assessor for invitation in ReviewInvitation.objects.select_related("assessor")]
    silent = {address.name for address in OF_A_CASE}
    for person in people:
        client.force_login(person)
        for address in OF_A_CASE:
            if address.name in silent and any(_answers(client, path) for path in ways(address, filled)):
                silent.remove(address.name)
    assert silent == set()


def _answers(client, path):
    response = client.get(path)
    response.getvalue()  # reads a file to its end, which closes it
    return response.status_code != 404
