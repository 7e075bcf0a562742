"""A call closes to the second, by when a request came; ten clicks send once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import sheet
from funding.models import GrantApplication, Submission
from notifications.models import Message
from programmes.models import Call
from tests.factories.funding import GrantApplicationFactory
from tests.funding.closing import sends_over_the_closing
from tests.parallel import at_once

CLICKS = 10


@pytest.mark.django_db(transaction=True)
def test_in_time_is_sent_and_late_is_kept():
    sends = sends_over_the_closing(12)
    assert [send for send in sends if not send.is_right] == []
    assert {send.is_sent for send in sends} == {True, False}


@pytest.mark.django_db(transaction=True)
def test_ten_identical_sends_give_one_application_and_ten_times_the_same_page():
    application = GrantApplicationFactory()
    url = reverse("funding:check", args=[application.case.reference, application.number])
    words = {"declares": "on", "seen": sheet.fingerprint(application)}
    clients = [Client() for _ in range(CLICKS)]
    for client in clients:
        client.force_login(application.created_by)
    pages = at_once(CLICKS, lambda number: clients[number].post(url, words, follow=True))
    assert {page.status_code for page in pages} == {200}
    assert {page.redirect_chain[-1][0] for page in pages} == {url.replace("check", "sent")}
    assert all("Funding application sent" in page.text and application.reference in page.text for page in pages)
    assert (GrantApplication.objects.count(), Submission.objects.count()) == (1, 1)
    assert Message.objects.filter(kind="grant_submitted").count() == 1


@pytest.mark.django_db
def test_pages_say_when_it_closes_and_that_it_has_closed(client):
    application = GrantApplicationFactory()
    client.force_login(application.created_by)
    tasks, check = (
        reverse(f"funding:{name}", args=[application.case.reference, application.number]) for name in ("tasks", "check")
    )
    assert "You can send it until" in client.get(tasks).text
    Call.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    for page in (client.get(tasks), client.get(check)):
        assert "This funding closed on" in page.text
        assert "(Europe/London)" in page.text
    assert "Send your application" not in client.get(check).text
    assert application.title in client.get(check).text
