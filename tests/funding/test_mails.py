import pytest

from notifications.models import Message
from notifications.rendering import render
from tests.factories.funding import WRITTEN

KINDS = (
    "outline_sent",
    "outline_not_yet",
    "outline_ready",
    "grant_submitted",
    "grant_returned",
    "grant_withdrawn",
    "grant_declined",
    "offer_made",
    "offer_accepted",
    "offer_turned_down",
    "offer_withdrawn",
    "offer_lapsed",
    "claim_received",
    "claim_question",
    "claim_agreed",
    "claim_rejected",
    "claim_paid",
    "clawback_asked",
    "bank_entered",
    "bank_changed",
    "bank_confirmed",
    "bank_refused",
    "award_started",
    "partner_offer",
    "partner_taken_up",
    "partner_out",
    "award_ended",
    "variation_agreed",
    "variation_refused",
    "review_invited",
    "review_reminder",
    "review_taken_back",
    "review_again",
    "review_set_aside",
    "reserve_has_room",
)


@pytest.mark.parametrize("kind", KINDS)
def test_mail_says_what_happened_and_nothing_private(kind):
    facts = {
        "button": {"label": "See your application", "url": "http://localhost/x"},
        "about": "Secret robot",
        "by": "2026-12-06",
    }
    message = Message(
        kind=kind, language="en-gb", context=facts, branding={"name": "Made Smarter"}, created_at=WRITTEN,
        reference="TEST-222222",
    )  # fmt: skip
    mail = render(message)
    assert mail.subject.startswith("Made Smarter: ")
    assert len(mail.subject) <= 78
    assert "http://localhost/x" in mail.text
    assert "TEST-222222" in mail.text
    for private in ("Secret robot", "£"):
        assert private not in mail.text + mail.subject
