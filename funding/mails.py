"""The mails that funding owes to firms: the case's own, with a button that opens the page they speak of."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from applications import actions as applications
from funding.models import GrantApplication


def tell_firm(application: GrantApplication, kind: str, at: datetime, *, page: str = "funding:tasks") -> None:
    """Owe the firm one mail; call inside the transaction that needs it."""
    path = reverse(page, args=[application.case.reference, application.number])
    applications.tell_firm(application.case, kind, at, page=path, about=application.title)
