"""The first look: walked without an account, shared, deleted, swept, and taken along into the diagnostic."""

from datetime import timedelta
from uuid import uuid4

import pytest

from diagnostics.models import FirstLook
from diagnostics.tasks import sweep_first_looks
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.firstlooks import ANSWERS, FACTS, FirstLookFactory, first_look_questions, with_diagnostic
from tests.factories.programmes import ProgrammeFactory

pytestmark = pytest.mark.django_db

ABOUT = {"employees": "32", "sector": "fabricated_metal", "first": "productivity"}
FIRST = "PE03"


@pytest.fixture
def offered():
    first_look_questions()
    return with_diagnostic()


def base(programme):
    return f"/programmes/{programme.slug}/first-look/"


def walk(client, programme, answers=ANSWERS):
    """From the first page to the result, as a visitor goes; gives the result's response."""
    response = client.post(base(programme))
    while "/result/" not in response["Location"]:
        page = response["Location"]
        assert client.get(page).status_code == 200
        code = page.rstrip("/").rpartition("/")[2]
        response = client.post(page, ABOUT if code == "about" else {"level": str(answers[code])})
        assert response.status_code == 302, response.content.decode()
    return client.get(response["Location"])


def test_the_start_says_how_much_is_asked_and_how_long_it_takes(client, offered):
    page = client.get(base(offered)).content.decode()
    assert "10 questions" in page
    assert "about 6 minutes" in page


def test_only_programmes_with_a_diagnostic_and_a_first_look_have_one(client):
    unpublished = with_diagnostic()
    assert client.get(base(unpublished))["Location"] == f"/programmes/{unpublished.slug}/"
    first_look_questions()
    without = ProgrammeFactory()
    assert client.get(base(without))["Location"] == f"/programmes/{without.slug}/"
    assert "first-look" in client.get(f"/programmes/{unpublished.slug}/").content.decode()
    assert "first-look" not in client.get(f"/programmes/{without.slug}/").content.decode()


def test_from_the_first_page_to_the_picture(client, offered):
    answers = ANSWERS | {"MS03": 4, "MS09": 4}
    page = walk(client, offered, answers).content.decode()
    assert "Your first look" in page
    assert "chart--radar" in page
    assert "holds you back" in page
    assert "Three steps to begin with" in page
    assert "This is a first look" in page
    look = FirstLook.objects.get()
    assert (look.facts, look.answers) == (FACTS, answers)


def test_the_other_answers_are_kept_as_they_were_said(client, offered):
    walk(client, offered, ANSWERS | {"PE06": "dont_know", "CI01": "not_applicable"})
    assert FirstLook.objects.get().answers["CI01"] == "not_applicable"


def test_a_level_that_was_not_offered_is_refused_and_a_missing_one_asked_for(client, offered):
    client.post(base(offered))
    client.post(f"{base(offered)}about/", ABOUT)
    for level in ({}, {"level": "5"}, {"level": "x"}):
        page = client.post(f"{base(offered)}{FIRST}/", level)
        assert page.status_code == 200
        assert "There is a problem" in page.content.decode()
    assert FirstLook.objects.get().answers == {}


def test_pages_without_a_first_look_lead_to_its_start(client, offered):
    for page in ("about", "result", FIRST):
        assert client.get(f"{base(offered)}{page}/")["Location"] == base(offered)
    client.post(base(offered))
    assert client.get(f"{base(offered)}nothing/").status_code == 404
    assert client.get(f"{base(offered)}result/")["Location"] == f"{base(offered)}about/"


def test_a_second_click_begins_no_second_one(client, offered):
    for _click in range(2):
        client.post(base(offered))
    assert FirstLook.objects.count() == 1


def test_what_the_check_has_asked_is_not_asked_again(client, offered):
    session = client.session
    session["eligibility_answers"] = {offered.slug: {"employees": "7", "turnover": "1"}}
    session.save()
    client.post(base(offered))
    assert FirstLook.objects.get().facts == {"employees": "7"}


def test_too_many_from_one_address_are_asked_to_wait(client, settings, offered):
    settings.FIRST_LOOK_RATE = "1/h"
    client.post(base(offered))
    client.cookies.clear()
    response = client.post(base(offered))
    assert response.status_code == 429
    assert "Try again in a while" in response.content.decode()
    look = FirstLook.objects.get()
    assert client.post(f"{base(offered)}result/{look.pk}/").status_code == 429
    assert FirstLook.objects.count() == 1


def test_the_link_shows_the_result_and_going_on_makes_a_copy(client, offered):
    look = FirstLookFactory(programme=offered)
    link = f"{base(offered)}result/{look.pk}/"
    shown = client.get(link)
    assert "chart--radar" in shown.content.decode()
    assert shown["X-Robots-Tag"] == "noindex, nofollow"
    client.post(link)
    client.post(f"{base(offered)}PE03/", {"level": "4"})
    look.refresh_from_db()
    copy = FirstLook.objects.exclude(pk=look.pk).get()
    assert (look.answers["PE03"], copy.answers["PE03"]) == (2, 4)
    client.post(f"{base(offered)}result/{copy.pk}/")
    assert FirstLook.objects.count() == 2, "one's own link goes on with one's own"


def test_a_link_to_one_that_is_not_finished_says_so(client, offered):
    look = FirstLookFactory(programme=offered, answers={})
    page = client.get(f"{base(offered)}result/{look.pk}/").content.decode()
    assert "still open" in page
    assert "chart--radar" not in page
    assert client.get(f"{base(offered)}result/{uuid4()}/").status_code == 404
    assert client.get(f"{base(with_diagnostic())}result/{look.pk}/").status_code == 404


def test_answers_are_deleted_on_request(client, offered):
    walk(client, offered)
    assert client.get(f"{base(offered)}forget/").status_code == 405
    for _click in range(2):
        assert client.post(f"{base(offered)}forget/")["Location"] == base(offered)
    assert not FirstLook.objects.exists()


def test_ninety_days_after_the_last_answer_it_is_forgotten(now):
    FirstLookFactory(changed_at=now - timedelta(days=91))
    kept = FirstLookFactory(changed_at=now - timedelta(days=89))
    sweep_first_looks()
    assert FirstLook.objects.get() == kept


def test_the_next_step_is_the_check_then_joining_then_ones_own_page(client, offered):
    assert "/eligibility/" in walk(client, offered).context["step"]["url"]
    case = CaseFactory(programme=offered)
    session = client.session
    session["eligibility_checks"] = {offered.slug: str(case.check_result.pk)}
    session.save()
    assert client.get(f"{base(offered)}result/").context["step"]["url"].endswith("/join/")
    client.force_login(case.created_by)
    assert client.get(f"{base(offered)}result/").context["step"]["url"] == case.get_absolute_url()


def test_somebody_who_has_it_taken_over_sees_it_and_nobody_else(case, outsider):
    assessment = AssessmentFactory()
    look = FirstLookFactory(taken_into=assessment)
    assert list(FirstLook.objects.visible_to(assessment.case.created_by)) == [look]
    assert not FirstLook.objects.visible_to(outsider).exists()


def test_english_words_on_a_page_of_another_language_say_so(client, offered):
    client.post(base(offered))
    client.post(f"{base(offered)}about/", ABOUT)
    assert 'lang="en"' not in client.get(f"{base(offered)}{FIRST}/").text
    page = client.get(f"{base(offered)}{FIRST}/", headers={"Accept-Language": "sv"})
    assert '<html lang="sv"' in page.text
    assert '<h1 class="govuk-heading-l" lang="en">' in page.text
    assert page.text.count('<span lang="en">') >= 12  # the question, five levels with their sentences, "not sure"
