"""What a file tells the apps above."""

from django.dispatch import Signal

upload_infected = Signal()
"""Sent inside the transaction that records a virus, with `upload` (its `virus` names it) and `at`."""
