import uuid

import pytest
import time_machine
from django.urls import reverse

from applications.models import Lead
from eligibility.session import KEY
from notifications.models import Message
from programmes.models import Programme
from tests.factories.applications import EligibilityCheckFactory

pytestmark = pytest.mark.django_db
DETAILS = {
    "name": "Sam Field", "firm": "Mill Forge", "email": "sam@firm.example", "phone": "01524 000000",
    "question": "Which machine <first>?", "agrees_to_contact": "on",
}  # fmt: skip


def words(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def path(programme):
    return reverse("applications:talk", args=[programme.slug])


def test_anybody_may_ask_once(client, path, programme, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        form = client.get(path)
    assert "within 2 working days" in words(form)
    given = {**DETAILS, "key": form.context["form"]["key"].initial}
    with time_machine.travel("2026-11-22T15:00:00Z", tick=False):
        for _ in range(2):
            response = client.post(path, given, follow=True)
            assert response.redirect_chain == [(reverse("applications:talk-sent", args=[programme.slug]), 302)]
            assert "by 24 November 2026" in words(response)
    lead = Lead.objects.get()
    assert (lead.name, lead.question, lead.check_result) == ("Sam Field", "Which machine <first>?", None)
    assert Message.objects.get().kind == "lead_received"


def test_what_the_check_knows_goes_along(client, path, programme):
    check = EligibilityCheckFactory(programme=programme)
    session = client.session
    session[KEY] = {programme.slug: str(check.pk)}
    session.save()
    client.post(path, {**DETAILS, "key": uuid.uuid4()})
    assert Lead.objects.get().check_result == check


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Enter your name"),
        ({"firm": ""}, "Enter the name of your firm"),
        ({"email": ""}, "Enter your email address"),
        ({"email": "sam"}, "like name@example.com"),
        ({"question": ""}, "Tell us what you would like to talk about"),
        ({"question": "x" * 2001}, "Use 2000 characters or fewer"),
        ({"question": "nul\0"}, "Null characters are not allowed"),
        ({"agrees_to_contact": ""}, "We can only answer if we may contact you"),
        ({"key": "x"}, "This page is out of date"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_kept(client, path, changes, message):
    response = client.post(path, {**DETAILS, "key": uuid.uuid4(), **changes})
    assert response.status_code == 200
    assert message in words(response)
    assert "There is a problem" in words(response)
    if "question" not in changes:
        assert "Which machine &lt;first&gt;?" in words(response)
    assert not Lead.objects.exists()
    assert not Message.objects.exists()


def test_the_confirmation_without_a_question_names_no_day(client, programme):
    response = client.get(reverse("applications:talk-sent", args=[programme.slug]))
    assert response.status_code == 200
    assert "by " not in words(response).split("We will contact you")[2][:40]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(Programme.Status.OPEN, 200), (Programme.Status.PREVIEW, 200), (Programme.Status.CLOSED, 404)],
)
def test_a_programme_that_comes_soon_answers_and_a_closed_one_does_not(client, path, programme, status, answer):
    programme.status = status
    programme.save()
    assert client.get(path).status_code == answer
    assert client.get(path + "sent/").status_code == answer
    assert client.get("/programmes/none/talk/").status_code == 404


def test_one_address_asks_five_times_an_hour(client, path):
    with time_machine.travel("2026-11-22T15:00:00Z", tick=False):
        keys = [uuid.uuid4() for _ in range(6)]
        answers = [client.post(path, {**DETAILS, "key": key}) for key in keys]
        assert [answer.status_code for answer in answers] == [302] * 5 + [429]
        assert "You have asked several times within an hour" in words(answers[-1])
        assert 'value="sam@firm.example"' in words(answers[-1])
        assert client.post(path, {**DETAILS, "key": keys[0]}).status_code == 302, "a repeat is no new question"
        other = client.post(path, {**DETAILS, "key": uuid.uuid4()}, REMOTE_ADDR="192.0.2.7")
        assert other.status_code == 302
    with time_machine.travel("2026-11-22T16:00:00Z", tick=False):
        assert client.post(path, {**DETAILS, "key": keys[5]}).status_code == 302
    assert Lead.objects.count() == 7
