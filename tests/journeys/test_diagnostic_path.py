"""One firm's diagnostic: first look, answers, a visit without a connection, plan, PDF, reminder, a year later."""

import re
import time
from datetime import timedelta

import pgtrigger
import pytest
from django.utils import timezone

from applications.models import Case
from diagnostics import tasks
from diagnostics.models import Assessment, PlanReminder, Result
from tests.journeys import diagnosing, steps
from tests.journeys.conftest import NARROW

pytestmark = pytest.mark.journey
TABLET = {"width": 1024, "height": 768}


def test_from_the_first_look_to_the_uplift(person, case, worker):
    owner = person(size=NARROW)
    assert diagnosing.first_look(owner, steps.PROGRAMME) == 10
    owner.sees("Three steps to begin with")
    owner.sign_in(case.created_by.email)
    reference = case.reference
    owner.go(f"/cases/{reference}/diagnostic/")
    owner.press("Start the diagnostic")
    owner.sees("from your first look")
    assert diagnosing.answer(owner, reference) >= 30
    diagnosing.send(owner, reference)

    adviser = person(size=TABLET)
    steps.staff(adviser, "adviser")
    diagnosing.look_at_levels(adviser, reference, {})
    adviser.page.context.set_offline(True)
    page = adviser.page
    page.locator("#id_PE01-level_3").check()
    page.locator("[name='PE01-reason']").fill("Two printers in daily use, seen on the visit.")
    page.locator(".app-visitbar__state").filter(has_text="No connection").wait_for()
    page.context.set_offline(False)
    diagnosing.saved(adviser)
    adviser.go(f"/casework/{reference}/diagnostic/")
    adviser.press("Let the firm read your view")
    owner.go(f"/cases/{reference}/diagnostic/review/")
    owner.sees("Two printers in daily use")
    owner.press("We have read it: send to your adviser")
    adviser.go(f"/casework/{reference}/diagnostic/")
    adviser.press("Make the result final")

    agree(owner, adviser, reference)
    pdf(owner, reference)
    remind(owner, case)
    measure_again(owner, adviser, case)


def agree(owner, adviser, reference):
    """A name and a day for what comes first, then both sides agree."""
    page = owner.page
    owner.go(f"/cases/{reference}/plan/")
    owner.press("Add names and dates")
    day = timezone.localdate() + timedelta(days=20)
    for field in page.locator("main input[name$=owner]").all():
        field.fill("Production manager")
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        for field in page.locator(f"main input[name$=start_on_{part}]").all():
            field.fill(str(value))
    owner.press("Save names and dates")
    owner.press("Agree this plan")
    adviser.go(f"/casework/{reference}/plan/")
    adviser.press("Agree this plan")


def pdf(owner, reference):
    owner.go(f"/cases/{reference}/plan/")
    button = owner.page.get_by_role("button", name=re.compile("Make a new"))
    if button.count():
        button.first.click()
    for _ in range(60):
        owner.page.goto(f"/cases/{reference}/plan/")
        if owner.page.get_by_role("link", name="Download your action plan (PDF)").count():
            break
        time.sleep(1)
    for form, start in (("pdf", b"%PDF"), ("sheet", b"PK")):
        answer = owner.page.context.request.get(f"/cases/{reference}/plan/{form}/")
        assert answer.ok
        assert answer.body().startswith(start)


def remind(owner, case):
    """Two weeks later the firm is asked how it goes, and says so."""
    PlanReminder.objects.filter(kind=PlanReminder.Kind.TWO_WEEKS).update(due_on=timezone.localdate())
    tasks.remind_plans()
    owner.mailed_link(case.created_by.email, "how is your action plan going")
    owner.page.locator("main input[type=radio][value=done]").first.check()
    owner.press("Save how it is going")


def measure_again(owner, adviser, case):
    """A year later: the answers of last time are offered, one level has risen, and the uplift is there."""
    a_year_ago = timezone.now() - timedelta(days=367)
    Assessment.objects.update(finalised_at=a_year_ago)
    with pgtrigger.ignore("diagnostics.Result:final_result"):
        Result.objects.update(created_at=a_year_ago)
    tasks.invite_rounds()
    reference = case.reference
    owner.go(f"/cases/{reference}/diagnostic/")
    owner.press("Answer the diagnostic again")
    owner.sees("from last time")
    page = owner.page
    owner.go(f"/cases/{reference}/diagnostic/")
    for group in page.locator("main .govuk-task-list a[href*='/part/']").all():
        assert group.is_visible()
    diagnosing.answer(owner, reference)
    owner.go(f"/cases/{reference}/diagnostic/PE02/?check")
    page.locator("input[name=level][value='4']").check()
    owner.press("Save and continue")
    diagnosing.send(owner, reference)
    diagnosing.finalise_without_reading(adviser, reference, "The firm and I went through it together on the phone.")
    owner.go(f"/cases/{reference}/diagnostic/change/")
    owner.sees("How far you have come")
    assert owner.page.locator("main svg[role=img]").count()
    assert Case.objects.get().assessments.get(round="T1").is_final
