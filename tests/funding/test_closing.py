"""A call closes to the second, by when a request came; ten clicks send once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from programmes.models import Call
from tests.factories.funding import GrantApplicationFactory
from tests.funding.closing import one_of_many_clicks, sends_over_the_closing


@pytest.mark.django_db(transaction=True)
def test_in_time_is_sent_and_late_is_kept():
    sends = sends_over_the_closing(12)
    assert [send for send in sends if not send.is_right] == []
    assert {send.is_sent for send in sends} == {True, False}


@pytest.mark.django_db(transaction=True)
def test_ten_identical_sends_give_one_application_and_ten_times_the_same_page():
    assert one_of_many_clicks() == (1, True)


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
