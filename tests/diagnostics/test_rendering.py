"""What the action plan's PDF says, frozen when it is asked for; how it looks is tests/diagnostics/test_plan_pdf.py."""

import json
from datetime import date

import pytest

from accounts.permissions import Role
from diagnostics import actions
from diagnostics.rendering.following import months_after
from documents.models import Document
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import STARTED, UNREAD, AssessmentFactory, moderate
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def document():
    """The plan of a real-looking firm with some things agreed."""
    programme = ProgrammeFactory(name="Made Smarter North West", colour="#12436d")
    CallFactory(instrument=InstrumentFactory(programme=programme, name="Match funding", kind="grant"))
    InstrumentFactory(programme=programme, name="Student placement", kind="placement")
    InstrumentFactory(programme=programme, name="Leadership course", kind="course")
    InstrumentFactory(programme=programme, name="Expert advice", kind="advice")
    firm = OrganisationFactory(name="Calder Vale Fabrications Limited")
    case = CaseFactory(programme=programme, organisation=firm, accepted=True)
    adviser = AssignmentFactory(programme=programme, role=Role.ADVISER).user
    assessment = AssessmentFactory(case=case, submitted=True)
    moderate(assessment, {"MS06": (1, "No backup has ever been restored.")}, by=adviser)
    actions.finalise(assessment=assessment, by=adviser, at=STARTED, reason=UNREAD)
    plan = assessment.plan
    first, second = plan.actions.order_by("rank")[:2]
    actions.change_action(
        action=first, changes={"owner": "Production manager", "start_on": date(2026, 12, 1)}, by=adviser, at=STARTED
    )
    actions.change_action(
        action=second, changes={"cost": 48000, "grant": 20000, "yearly_benefit": 26000, "running_cost": 3000},
        by=adviser, at=STARTED,
    )  # fmt: skip
    Document.objects.update(state=Document.State.READY)
    plan.changed_at = assessment.started_at.replace(year=2027)
    plan.save()
    return actions.request_plan(plan=plan, by=adviser, at=STARTED)


def test_context_is_frozen_plain_text(document):
    context = document.context
    assert context["firm"] == "Calder Vale Fabrications Limited"
    assert context["date"] == "2026-11-04"
    assert [item["when"] for item in context["follow_up"]] == ["18 November 2026", "4 February 2027", "4 November 2027"]
    cards = {card["number"]: card for card in [*context["now"], *context["next"]]}
    assert (cards[1]["owner"], cards[1]["start"]) == ("Production manager", "1 December 2026")
    [likely] = cards[2]["money"]
    assert (likely["payback"], likely["return"]) == ("14.6 months", "146.4 %")
    assert context["changed_count"] == 1
    support = {item["name"]: item for item in context["support"]}
    assert support["Match funding"]["terms"] == "50% of eligible costs, at most £20,000"
    assert {item["code"] for group in context["answers"] for item in group["rows"]} >= {"PE01", "BR07"}
    assert json.loads(json.dumps(context)) == context


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 11, 4), 12, date(2027, 11, 4)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
    ],
)
def test_months_after(start, months, end):
    assert months_after(start, months) == end
