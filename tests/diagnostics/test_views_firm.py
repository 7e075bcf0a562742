"""A firm answers its diagnostic, in the order of real use."""

import pytest
from django.urls import reverse

from accounts.permissions import FirmRole
from diagnostics.models import Answer, Assessment
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import FACTS, UNREAD, AssessmentFactory, questionnaire

pytestmark = pytest.mark.django_db


def url(name, case, *args):
    return reverse(f"diagnostics:{name}", args=[case.reference, *args])


def post(client, address, data, follow=False):
    return client.post(address, data, follow=follow)


def test_from_start_to_sent(firm, case):
    questionnaire()
    start = firm.get(url("start", case))
    assert "about 35 minutes" in start.content.decode()
    assert post(firm, url("begin", case), {}).url == url("about", case)
    about = {
        "employees": "32", "sector": "fabricated_metal", "production_mode": "jobbing", "has_manual_assembly": "yes",
        "has_production_machines": "yes", "has_networked_machines": "no", "uses_process_water": "no",
        "makes_durable_products": "yes", "owns_product_design": "no", "makes_to_order": "yes", "budget_12m": "5k_25k",
        "region": "",
    }  # fmt: skip
    page = firm.get(url("about", case))
    assert "region" in page.context["form"].fields
    case.region = case.programme.regions.create(slug="lancashire", name="Lancashire")
    case.save(update_fields=["region"])
    del about["region"]
    about |= {"first": "productivity", "second": "lead_time", "third": "sales"}
    address = post(firm, url("about", case), about).url
    tasks = firm.get(url("start", case))
    assert tasks.context["next_url"] == address
    asked = []
    while "check" not in address:
        page = firm.get(address)
        asked.append(page.context["question"]["code"])
        number = page.context["row"]["number"]
        assert number == len(asked)
        assert f"Question {number} of {len(page.context['course'].visible)}" in page.content.decode()
        address = post(firm, address, {"level": "2", "note": "", "row_version": "0"}).url
    assert "PE02" in asked
    assert "MS07" not in asked
    check = firm.get(address)
    assert "Check your answers" in check.content.decode()
    assert firm.post(address).url == url("start", case)
    assessment = Assessment.objects.get()
    assert assessment.status == "SUBMITTED"
    assert assessment.facts["goals"] == ["productivity", "lead_time", "sales"]
    assert assessment.facts["employees"] == "32"
    assert "with your adviser" in firm.get(url("start", case)).content.decode()


def test_start_twice_opens_one_round(firm, case):
    questionnaire()
    for _ in range(2):
        post(firm, url("begin", case), {})
    assert Assessment.objects.count() == 1


def test_known_facts_are_not_asked_again(firm, draft, case, now):
    case.region = case.programme.regions.create(slug="lancashire", name="Lancashire")
    case.save(update_fields=["region"])
    case.organisation.size_declarations.create(employees=32, currency="GBP", declared_at=now)
    fields = firm.get(url("about", case)).context["form"].fields
    assert not {"employees", "region", "turnover_band"} & set(fields)
    assert "sector" in fields


def test_about_says_what_is_missing(firm, draft, case):
    page = firm.post(url("about", case), {"sector": "x"}).content.decode()
    assert "There is a problem" in page
    assert "Choose yes or no: Do people assemble" in page


def test_goals_must_differ(firm, draft, case):
    page = firm.post(url("about", case), {"first": "quality", "second": "quality"}).content.decode()
    assert "Choose a different goal here" in page
    assert "Choose what matters most" in firm.post(url("about", case), {}).content.decode()


def test_facts_that_cannot_both_be_so_are_explained(firm, draft, case):
    sent = {"has_production_machines": "no", "has_networked_machines": "yes", "production_mode": "continuous"}
    page = firm.post(url("about", case), sent).content.decode()
    assert "You say that a machine is on a network, and above that you rely on no machines" in page
    assert "A continuous process needs machines or plant" in page
    assert "You say that" not in firm.post(url("about", case), {"has_networked_machines": "yes"}).content.decode()


def test_question_keeps_what_was_typed_when_something_is_missing(firm, draft, case):
    sent = {"level": "not_applicable", "note": "", "row_version": "0"}
    page = firm.post(url("question", case, "PE01"), sent).content.decode()
    assert "Say in a few words why this does not apply to you" in page
    assert 'value="not_applicable" checked' in page
    page = firm.post(url("question", case, "PE01"), {"note": "Two printers.", "row_version": "0"}).content.decode()
    assert "Choose the answer closest to you" in page
    assert "Two printers." in page
    assert not Answer.objects.exists()


def test_answer_survives_and_other_answers_work(firm, draft, case):
    firm.post(url("question", case, "PE01"), {"level": "dont_know", "note": "", "row_version": "0"})
    sent = {"level": "not_applicable", "note": "Not in our trade.", "row_version": "1"}
    assert firm.post(url("question", case, "PE01") + "?check", sent).url == url("check", case)
    answer = Answer.objects.get()
    assert (answer.state, answer.note) == ("not_applicable", "Not in our trade.")
    assert "Not in our trade." in firm.get(url("question", case, "PE01")).content.decode()


def test_level_outside_the_scale_is_refused(firm, draft, case):
    page = firm.post(url("question", case, "PE01"), {"level": "7", "row_version": "0"})
    assert page.status_code == 200
    assert not Answer.objects.exists()


def test_stale_page_shows_both_and_loses_nobodys_words(client, draft, case):
    colleague = MembershipFactory(organisation=case.organisation, role=FirmRole.COLLEAGUE).user
    client.force_login(colleague)
    client.post(url("question", case, "PE01"), {"level": "1", "note": "Only samples.", "row_version": "0"})
    client.force_login(case.created_by)
    mine = {"level": "3", "note": "We print jigs weekly.", "row_version": "0"}
    page = client.post(url("question", case, "PE01"), mine)
    text = page.content.decode()
    assert "Only samples." in text
    assert "We print jigs weekly." in text
    assert colleague.full_name in text
    assert Answer.objects.get().note == "Only samples."
    again = {**mine, "row_version": page.context["form"]["row_version"].value()}
    assert client.post(url("question", case, "PE01"), again).status_code == 302
    assert Answer.objects.get().note == "We print jigs weekly."


def test_hidden_and_unknown_questions_are_not_there(firm, draft, case):
    assert firm.get(url("question", case, "MS07")).status_code == 404
    assert firm.get(url("question", case, "XX01")).status_code == 404


def test_check_names_what_is_missing(firm, case):
    assessment = AssessmentFactory(case=case, answered=True)
    assessment.answers.filter(question_code="PE01").delete()
    page = firm.post(url("check", case)).content.decode()
    assert "Answer “Additive manufacturing (3D printing)”" in page
    assessment.facts = {}
    assessment.save(update_fields=["facts"])
    assert "Tell us about your business first" in firm.post(url("check", case)).content.decode()


@pytest.mark.parametrize("page", ["about", "check"])
def test_pages_are_closed_while_the_adviser_has_the_answers(firm, case, page):
    AssessmentFactory(case=case, submitted=True)
    for method in (firm.get, firm.post):
        assert method(url(page, case)).url == url("start", case)
    assert firm.post(url("question", case, "PE01"), {"level": "2", "row_version": "1"}).url == url("start", case)


def test_returned_shows_the_advisers_words(firm, case):
    AssessmentFactory(case=case, returned=True)
    assert "Please look at cyber security again." in firm.get(url("start", case)).content.decode()
    assert "Check your answers" in firm.get(url("check", case)).content.decode()


def test_result_for_the_firm(firm, case):
    AssessmentFactory(case=case, final=True)
    page = firm.get(url("result", case)).content.decode()
    assert "You are developing in product innovation and exploring in manufacturing system upgrades." in page
    assert "<svg" in page
    assert "28.4 out of 100" in page
    assert "See your result" in firm.get(url("start", case)).content.decode()


def test_a_second_round_leaves_the_first_result_to_be_read(signed_in, firm, case, adviser):
    AssessmentFactory(case=case, final=True)
    AssessmentFactory(case=case, round=Assessment.Round.T1)
    for address in (url("result", case), url("result", case) + "?round=T1", url("result", case) + "?round=T0"):
        page = firm.get(address)
        assert (page.status_code, page.context["assessment"].round) == (200, "T0")
    assert signed_in(adviser).get(url("staff-result", case)).status_code == 200


def test_no_result_yet_is_not_found(firm, case, draft):
    assert firm.get(url("result", case)).status_code == 404


def test_held_back(firm, case, adviser):
    assessment = AssessmentFactory(case=case, answered=True)
    assessment.answers.filter(question_code__startswith="MS").update(self_level=4)
    assessment.answers.filter(question_code="MS03").update(self_level=1)
    assessment.submit(by=case.created_by, at=assessment.started_at)
    from diagnostics import actions  # noqa: PLC0415

    actions.finalise(assessment=assessment, by=adviser, at=assessment.started_at, reason=UNREAD)
    assert "systems integration holds you back" in firm.get(url("result", case)).content.decode()


def test_second_round_shows_the_change(firm, case):
    AssessmentFactory(case=case, final=True)
    second = AssessmentFactory(case=case, round="T1", final=True)
    page = firm.get(url("result", second.case)).content.decode()
    assert "can be compared like for like" in page
    assert "What has changed" not in firm.get(url("result", case) + "?round=T0").content.decode()


def test_begin_needs_the_right_person_and_an_accepted_case(signed_in, programme, adviser):
    questionnaire()
    case = CaseFactory(programme=programme, submitted=True)
    assert signed_in(adviser).post(url("begin", case)).status_code == 403
    client = signed_in(case.created_by)
    assert client.post(url("begin", case)).url == url("start", case)
    assert "once your application has been accepted" in client.get(url("start", case)).content.decode()


@pytest.mark.parametrize("page", ["start", "about", "check", "result", "plan"])
def test_outsider_sees_nothing(signed_in, outsider, case, page):
    AssessmentFactory(case=case, final=True)
    client = signed_in(outsider)
    assert client.get(url(page, case)).status_code == 404
    assert client.post(url(page, case)).status_code == 404
    assert client.get(url("question", case, "PE01")).status_code == 404


def test_staff_read_but_do_not_answer(signed_in, adviser, draft, case):
    client = signed_in(adviser)
    assert client.get(url("start", case)).status_code == 200
    assert client.get(url("question", case, "PE01")).status_code == 403


def test_pages_ask_few_queries(firm, case, django_assert_max_num_queries):
    AssessmentFactory(case=case, answered=True)
    for address in (url("start", case), url("question", case, "PE01"), url("check", case), url("about", case)):
        firm.get(address)
        with django_assert_max_num_queries(15):
            assert firm.get(address).status_code == 200


def test_facts_match_the_published_profile():
    codes = {fact["code"] for fact in questionnaire().document["profile"]}
    assert set(FACTS) <= codes
