"""Many firms that send at the moment a call closes, and clicks of one: what the tests and `bin/bench faults` run."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from funding import sheet
from funding.models import GrantApplication, Submission
from notifications.models import Message
from programmes.models import Call
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory
from tests.funding.racing import a_stranger
from tests.parallel import at_once

SERVED_AT_ONCE = 8
STAMP = "portal.middleware.request_id"

_served = threading.BoundedSemaphore(SERVED_AT_ONCE)


def in_turn(get_response):
    """Middleware: all may come at once, a few are served at once, as where a server's workers are busy."""

    def middleware(request):
        with _served:
            try:
                return get_response(request)
            finally:
                connection.close()

    return middleware


@dataclass(frozen=True)
class Send:
    """One firm's try: when the server received it, and what came of it."""

    received: datetime
    closed_at: datetime
    is_sent: bool
    told: str

    @property
    def is_right(self):
        """Received in time is sent, however long it waited; late is kept with clear words."""
        in_time = self.received < self.closed_at
        return self.is_sent == in_time and (self.is_sent or "What you wrote is kept as a draft." in self.told)


def sends_over_the_closing(count):
    """`count` firms send their own applications over the second in whose middle the call closes; a Send of each."""
    programme = ProgrammeFactory()
    call = CallFactory(instrument=InstrumentFactory(programme=programme))
    ready = [_ready(programme, call) for _ in range(count)]
    closes = timezone.now() + timedelta(seconds=3)
    Call.objects.filter(pk=call.pk).update(closes_at=closes)

    def send(number):
        application, client, words = ready[number]
        moment = closes + timedelta(seconds=(number + 0.5) / count - 0.5)
        time.sleep(max(0, (moment - timezone.now()).total_seconds()))
        return client.post(_address(application), words)

    after_the_stamp = settings.MIDDLEWARE.index(STAMP) + 1
    middleware = [*settings.MIDDLEWARE]
    middleware.insert(after_the_stamp, f"{__name__}.in_turn")
    with override_settings(MIDDLEWARE=middleware), ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(send, range(count)))
    kept = GrantApplication.objects.in_bulk([application.pk for application, *_rest in ready])
    sends = []
    for (application, *_rest), answer in zip(ready, answers, strict=True):
        received, now = answer.wsgi_request.received_at, kept[application.pk]
        is_sent = answer.status_code == 302 and now.submitted_at == received
        assert is_sent == (now.status != GrantApplication.Status.DRAFT)
        sends.append(Send(received, closes, is_sent, answer.text))
    return sends


def one_of_many_clicks(clicks=10):
    """The same words sent so many times at once: how many sent it, and whether each got the same page."""
    application = GrantApplicationFactory(case=a_stranger())
    url, words = _address(application), {"declares": "on", "seen": sheet.fingerprint(application)}
    clients = [_signed_in(application) for _ in range(clicks)]
    pages = at_once(clicks, lambda number: clients[number].post(url, words, follow=True))
    sent_page = url.replace("check", "sent")
    same = all(
        page.status_code == 200
        and page.redirect_chain[-1][0] == sent_page
        and "Funding application sent" in page.text
        and application.reference in page.text
        for page in pages
    )
    told = Message.objects.filter(kind="grant_submitted", reference=application.case.reference).count()
    sent = Submission.objects.filter(application=application).count()
    made = GrantApplication.objects.filter(case=application.case).count()
    return sent, same and (told, made) == (1, 1)


def _address(application):
    return reverse("funding:check", args=[application.case.reference, application.number])


def _signed_in(application):
    client = Client(SERVER_NAME="localhost")
    client.force_login(application.created_by)
    return client


def _ready(programme, call):
    application = GrantApplicationFactory(case=a_stranger(programme=programme), call=call)
    return application, _signed_in(application), {"declares": "on", "seen": sheet.fingerprint(application)}
