"""What the case tells the apps above it."""

from django.dispatch import Signal

case_accepted = Signal()
"""Sent inside the transaction that accepts a case, with `case`, `by` and `at`."""

case_withdrawn = Signal()
"""Sent inside the transaction that ends a case, with `case`, `by` and `at`."""
