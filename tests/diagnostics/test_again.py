"""What has changed between two rounds: the figures, and the pages of firm and staff."""

from decimal import Decimal

import pytest

from accounts.permissions import Role
from diagnostics import actions, change, uplift
from diagnostics.models import Assessment, PlanAction
from tests.diagnostics.test_rounds import publish, raised
from tests.factories.accounts import AssignmentFactory
from tests.factories.diagnostics import STARTED, UNREAD, AssessmentFactory
from tests.factories.rounds import YEAR, measure_again

pytestmark = pytest.mark.django_db


def first_round():
    first = AssessmentFactory(final=True)
    return Assessment.objects.with_context().select_related("result").get(pk=first.pk)


def page_of(client, case, query=""):
    client.force_login(case.created_by)
    return client.get(f"/cases/{case.reference}/diagnostic/change/{query}")


def test_each_group_is_compared_on_its_common_questions():
    old = {"A1": change.Measured(1, 2, 1, 3), "A2": change.Measured(1, 1, 4, 3), "B1": change.Measured(1, 1, 0, 2)}
    new = {"A1": change.Measured(1, 2, 2, 3), "A2": change.Measured(1, 1, 3, 3), "B1": change.Measured(2, 1, 4, 2)}
    a, b = change.by_group(old, new, {"A": ["A1", "A2", "A9"], "B": ["B1"]})
    assert (a.change.before, a.change.after, a.target) == (Decimal("50.0"), Decimal("58.3"), Decimal("83.3"))
    assert (a.change.gap_closed, a.change.slipped) == (Decimal("50.0"), ("A2",))
    assert (b.change.common, b.target) == ((), None)


def test_groups_add_up_to_the_whole():
    first = first_round()
    found = uplift.comparison(first.result, measure_again(first.case).result)
    assert found["overall"].change > 0
    assert sum(len(row["change"].common) for row in found["rows"]) == len(found["overall"].common)
    assert [item["title"] for item in found["slipped"]] == ["Additive manufacturing (3D printing)"]
    assert not found["other_version"]


def test_the_owner_sees_both_rounds_the_slips_and_what_was_done(client):
    first = first_round()
    done = PlanAction.objects.filter(plan__assessment=first).exclude(horizon="parked").first()
    PlanAction.objects.filter(pk=done.pk).update(progress="done")
    assert page_of(client, first.case).status_code == 404, "nothing to compare yet"
    measure_again(first.case)
    page = page_of(client, first.case).content.decode()
    assert "chart--radar" in page
    assert "chart__peers" in page
    assert "What has slipped back" in page
    assert done.title in page
    assert "The questionnaire has changed" not in page


def test_the_third_round_is_compared_with_both(client):
    first = first_round()
    second = measure_again(first.case)
    third = measure_again(first.case, at=STARTED + 2 * YEAR, levels={"PE01": 3})
    shown = page_of(client, first.case).context
    assert (shown["after"], shown["before"]) == (third.result, first.result)
    assert len(shown["pairs"]) == 3
    shown = page_of(client, first.case, "?since=T1").context
    assert (shown["after"], shown["before"]) == (third.result, second.result)
    shown = page_of(client, first.case, "?round=T1&since=T2").context
    assert (shown["after"], shown["before"]) == (second.result, first.result)
    assert page_of(client, first.case, "?round=%00&since=x").context["after"] == third.result


def test_a_newer_questionnaire_is_compared_on_what_means_the_same(client):
    first = first_round()
    publish(raised(first.version.document, "MS06"))
    second = measure_again(first.case, levels={"PE03": 4, "MS06": 4})
    assert second.version != first.version
    found = uplift.comparison(first.result, second.result)
    assert "MS06" not in found["overall"].common
    assert "PE03" in found["overall"].common
    assert found["other_version"]
    page = page_of(client, first.case).content.decode()
    assert "The questionnaire has changed in between" in page


def test_nothing_in_common_is_said_and_drawn_as_such(client):
    first = first_round()
    document = first.version.document
    for item in document["questions"]:
        document = raised(document, item["code"])
    publish(document)
    levels = {item["code"]: 2 for item in document["questions"]}
    case = first.case
    begun = actions.start(case=case, by=case.created_by, at=STARTED + YEAR)
    assert not begun.answers.exclude(question_code__startswith="BR").exists()
    for code in levels:
        begun.answers.create(
            question_code=code, state="answered", self_level=2, answered_at=STARTED, answered_by=case.created_by
        )
    measure_rest(begun)
    page = page_of(client, case).content.decode()
    assert "No question can be compared" in page
    assert "chart--radar" not in page


def measure_rest(begun):
    owner = begun.case.created_by
    begun.answers.update(carried_from="", answered_at=STARTED, answered_by=owner)
    actions.send(assessment=begun, by=owner, at=STARTED + YEAR)
    adviser = AssignmentFactory(programme=begun.case.programme, role=Role.ADVISER).user
    actions.finalise(assessment=begun, by=adviser, at=STARTED + YEAR, reason=UNREAD)


def test_staff_see_the_same_in_their_frame(client):
    first = first_round()
    measure_again(first.case)
    adviser = AssignmentFactory(programme=first.case.programme, role=Role.ADVISER).user
    client.force_login(adviser)
    page = client.get(f"/casework/{first.case.reference}/diagnostic/change/")
    assert page.status_code == 200
    assert "As the firm reads it" in page.content.decode()
    client.force_login(first.case.created_by)
    assert client.get(f"/casework/{first.case.reference}/diagnostic/change/").status_code == 403
