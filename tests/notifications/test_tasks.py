from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from notifications import actions, tasks
from notifications.models import Message
from portal.celery import app
from portal.models import Owed
from tests.factories.notifications import ASKED, MessageFactory
from tests.parallel import at_once

State = Owed.State
pytestmark = pytest.mark.django_db


class Away(EmailBackend):
    """A mail server that hangs up."""

    def send_messages(self, messages):
        raise SMTPServerDisconnected("Connection unexpectedly closed")


def told():
    with app.connection_for_read() as connection:
        found = []
        while message := connection.default_channel.basic_get(app.conf.task_default_queue, no_ack=True):
            found.append(message.headers["kwargsrepr"])
        return found


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_owed_with_what_calls_for_it(now):
    with transaction.atomic():
        message = actions.queue(to="owner@firm.example", kind="case_returned", at=now)
        assert (message.state, message.not_before, message.created_at) == (State.QUEUED, now, now)
        assert (message.language, message.context, message.branding, message.words) == ("en-gb", {}, {}, {})
        assert told() == []
    assert [str(message.pk) in kwargs for kwargs in told()] == [True]
    assert str(message) == "case_returned to owner@firm.example"


def test_a_mail_keeps_the_facts_of_its_day(now):
    given = {"language": "sv", "reference": "TEST-222222", "context": {"a": 1}, "branding": {"name": "P"},
             "words": {"subject": "S", "body": "B"}}  # fmt: skip
    actions.queue(to="owner@firm.example", kind="case_returned", at=now, **given)
    stored = Message.objects.get()
    assert {name: getattr(stored, name) for name in given} == given


def test_a_sent_mail_is_kept_as_it_was_sent(mailoutbox, settings):
    settings.DEFAULT_FROM_EMAIL = "no-reply@portal.example"
    message = MessageFactory(reference="TEST-222222")

    tasks.send_message(message_id=str(message.pk), of_a_later_release=True)

    message.refresh_from_db()
    [sent] = mailoutbox
    assert sent.to == [message.to]
    assert sent.extra_headers["Message-ID"] == f"<{message.pk}@portal.example>"
    assert (message.state, message.subject, message.text) == (State.READY, sent.subject, sent.body)
    assert sent.alternatives == [(message.html, "text/html")]


def test_a_task_that_runs_twice_sends_one_mail(mailoutbox):
    message = MessageFactory()
    for _ in range(2):
        tasks.send_message(message_id=str(message.pk))
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_task_that_runs_eight_times_at_once_sends_one_mail(mailoutbox):
    message = MessageFactory()
    assert at_once(8, lambda number: tasks.send_message(message_id=str(message.pk))) == [None] * 8
    assert len(mail.outbox) == 1


def test_a_mail_server_may_be_away_for_hours(settings, mailoutbox):
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    message = MessageFactory()
    with time_machine.travel(ASKED, tick=False) as clock:
        while clock_time() < ASKED + timedelta(hours=2):
            with pytest.raises(SMTPServerDisconnected):
                tasks.send_message(message_id=str(message.pk))
            message.refresh_from_db()
            assert message.state == State.QUEUED
            assert message.error == "SMTPServerDisconnected: Connection unexpectedly closed"
            clock.move_to(message.not_before)

        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        tasks.send_message(message_id=str(message.pk))

    message.refresh_from_db()
    assert (message.state, message.error, len(mailoutbox)) == (State.READY, "", 1)


def clock_time():
    return tasks.timezone.now()


def test_a_mail_that_never_goes_is_marked_failed(settings):
    message = MessageFactory(kind="no_such_kind")
    with time_machine.travel(ASKED, tick=False) as clock:
        for _ in range(Message.ATTEMPTS):
            with pytest.raises(Exception, match="no_such_kind"):
                tasks.send_message(message_id=str(message.pk))
            message.refresh_from_db()
            clock.move_to(message.not_before)
        assert message.state == State.FAILED
        tasks.send_message(message_id=str(message.pk))


def test_the_sweeper_sends_what_waits_and_nothing_else():
    with time_machine.travel(ASKED + timedelta(hours=1), tick=False):
        lost = MessageFactory()
        stuck = MessageFactory()
        Message.objects.claim(stuck.pk, ASKED)
        MessageFactory(not_before=ASKED + timedelta(hours=2))
        MessageFactory(state=State.READY)
        MessageFactory(state=State.FAILED)
        MessageFactory(state=State.CANCELLED)
        told()

        tasks.sweep(of_a_later_release=True)

    found = told()
    assert len(found) == 2
    for message in (lost, stuck):
        assert any(str(message.pk) in kwargs for kwargs in found)


def test_the_sweeper_takes_the_oldest_first_and_not_everything(monkeypatch):
    monkeypatch.setattr(tasks, "SWEEP_SIZE", 2)
    rows = [MessageFactory(not_before=ASKED - timedelta(minutes=number)) for number in range(3)]
    told()
    tasks.sweep()
    assert [str(row.pk) in kwargs for row, kwargs in zip([rows[2], rows[1]], told(), strict=True)] == [True, True]
