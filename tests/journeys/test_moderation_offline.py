"""An adviser on a shop floor without a connection: what is typed is kept, sent when it is back, and never lost."""

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from demo.people import DOMAIN
from diagnostics import actions
from diagnostics.actions import Verdict
from programmes.models import Programme
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory

pytestmark = pytest.mark.journey
TABLET = {"width": 1024, "height": 768}
LEVELS = {
    "PE01": (3, "Two printers in daily use, seen."),
    "PE04": (0, "There is no changeover standard."),
    "MS06": (1, "No backup was ever restored."),
}


@pytest.fixture
def assessment(portal):
    case = CaseFactory(programme=Programme.objects.get(slug="made-smarter-north-west"), accepted=True)
    return AssessmentFactory(case=case, submitted=True)


@pytest.fixture
def adviser(person, assessment):
    """At the visit's page, on a tablet."""
    someone = person(size=TABLET)
    someone.sign_in(f"adviser@{DOMAIN}")
    someone.go(f"/casework/{assessment.case.reference}/diagnostic/visit/")
    return someone


def pick(page, code, level, reason):
    page.locator(f"#id_{code}-level_{level}").click()
    page.locator(f"[name='{code}-reason']").fill(reason)


def wait_for(page, state):
    page.locator("[data-visit-state]").filter(has_text=state).wait_for()


def test_answers_typed_without_a_connection_are_sent_when_it_is_back(adviser, assessment):
    page = adviser.page
    page.context.set_offline(True)
    for code, (level, reason) in LEVELS.items():
        pick(page, code, level, reason)
    page.locator("[name='visit-notes']").fill("Saw the press shop with the production manager.")
    page.locator("#id_MS06-strength_2").click()
    page.get_by_role("button", name="Save").first.click()
    wait_for(page, "No connection. Answers kept on this tablet: 4")
    adviser.look()
    assert not assessment.answers.exclude(moderated_at=None).exists()
    page.context.set_offline(False)
    page.locator("[data-visit-saved]").wait_for()
    for code, (level, reason) in LEVELS.items():
        answer = assessment.answers.get(question_code=code)
        assert (answer.moderated_level, answer.moderation_reason) == (level, reason)
    assert assessment.answers.get(question_code="MS06").strength == "seen"
    assessment.refresh_from_db()
    assert assessment.visit_notes == "Saw the press shop with the production manager."
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_kept_answers_come_back_and_a_change_in_between_is_compared(adviser, assessment):
    page = adviser.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.set_offline(True)
    pick(page, "MS06", 1, "No backup was ever restored.")
    wait_for(page, "No connection")
    actions.moderate(
        assessment=assessment, verdicts={"MS06": Verdict(0, "There is no backup at all.", 1)},
        by=User.objects.get(email=f"manager@{DOMAIN}"), at=timezone.now(),
    )  # fmt: skip
    page.context.set_offline(False)
    page.reload()
    wait_for(page, "somebody changed this answer")
    adviser.look()
    adviser.sees("There is no backup at all.")
    assert page.locator("[name='MS06-reason']").input_value() == "No backup was ever restored."
    assert assessment.answers.get(question_code="MS06").moderated_level == 0
    page.get_by_role("button", name="Save mine").click()
    page.locator("[data-visit-saved]").wait_for()
    assert assessment.answers.get(question_code="MS06").moderated_level == 1
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    pick(page, "PE01", 3, "Two printers in daily use, seen.")
    wait_for(page, "You are signed out. Answers kept on this tablet: 1")
