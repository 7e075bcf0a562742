"""Many firms that send at the moment a call closes: what the test and `bin/bench faults` run."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import sheet
from funding.models import GrantApplication
from programmes.models import Call
from tests.factories.applications import CaseFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory

AT_A_TIME = 20
A_SECOND = 8
"""Sends a second: about what two processors answer, so that they do not all queue up behind the closing."""


@dataclass(frozen=True)
class Send:
    """One firm's try: when it began and ended by our clock, and what came of it."""

    began: datetime
    ended: datetime
    closed_at: datetime
    is_sent: bool
    told: str

    @property
    def is_right(self):
        """In time is sent, late is kept with clear words; in between the server's own time of receipt decides."""
        if self.ended < self.closed_at and not self.is_sent:
            return False
        if self.began >= self.closed_at and self.is_sent:
            return False
        return self.is_sent or "What you wrote is kept as a draft." in self.told


def sends_over_the_closing(count):
    """`count` firms send their own applications evenly around the closing of one call; a Send of each."""
    seconds = max(2, count / A_SECOND)
    programme = ProgrammeFactory()
    call = CallFactory(instrument=InstrumentFactory(programme=programme))
    ready = [_ready(programme, call) for _ in range(count)]
    closes = timezone.now() + timedelta(seconds=seconds / 2 + 1)
    Call.objects.filter(pk=call.pk).update(closes_at=closes)

    def send(number):
        application, client, words = ready[number]
        moment = closes + timedelta(seconds=seconds * (number / max(count - 1, 1) - 0.5))
        time.sleep(max(0, (moment - timezone.now()).total_seconds()))
        url = reverse("funding:check", args=[application.case.reference, application.number])
        try:
            began = timezone.now()
            response = client.post(url, words)
            ended = timezone.now()
            kept = GrantApplication.objects.get(pk=application.pk)
        finally:
            connection.close()
        is_sent = response.status_code == 302 and kept.status != GrantApplication.Status.DRAFT
        assert is_sent == bool(kept.submitted_at and kept.submitted_at < closes)
        return Send(began, ended, closes, is_sent, response.text)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(send, range(count)))


def _ready(programme, call):
    application = GrantApplicationFactory(case=CaseFactory(programme=programme, accepted=True), call=call)
    client = Client(raise_request_exception=True)
    client.force_login(application.created_by)
    return application, client, {"declares": "on", "seen": sheet.fingerprint(application)}
