from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from notifications.models import Message

ASKED = datetime(2026, 11, 2, 9, tzinfo=UTC)


class MessageFactory(DjangoModelFactory):
    """A mail owed since 2 November 2026."""

    class Meta:
        model = Message

    to = factory.Sequence("person{}@firm.example".format)
    kind = "case_returned"
    language = "en-gb"
    created_at = ASKED
    not_before = ASKED
