"""Exact numbers in, published numbers out."""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache


def publish(value: Fraction, places: int) -> Decimal:
    """Round half up (away from zero) to `places` decimals: 18.75 is 18.8, never 18.7 by way of a binary float."""
    scale = 10**places
    scaled = (abs(value) * scale + Fraction(1, 2)).__floor__()
    number = Decimal(scaled).scaleb(-places)
    return -number if value < 0 else number


@lru_cache(maxsize=1000)
def exact(value: float | int | str) -> Fraction:
    """0.60 written in a questionnaire means exactly 60/100, not its nearest binary float."""
    return Fraction(str(value))
