"""What assessments come to together, and signs that an assessor is close to a firm."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from organisations.identifiers import name_key

HUNDREDTH = Decimal("0.01")
WIDE_SPREAD = Decimal(20)
"""Points out of 100 between the highest and the lowest assessment from which the meeting looks closer."""
FOR_EVERYBODY = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com", "live.co.uk",
        "msn.com", "yahoo.com", "yahoo.co.uk", "icloud.com", "me.com", "aol.com", "btinternet.com", "sky.com",
        "proton.me", "protonmail.com", "gmx.com", "libero.it", "telefonica.net",
    }
)  # fmt: skip
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+", re.IGNORECASE)


def score_and_spread(totals: Sequence[Decimal]) -> tuple[Decimal | None, Decimal | None]:
    """Mean of the weighted scores out of 100, rounded half up to two places, and highest less lowest.

    No score has neither, a single one no spread.
    """
    if not totals:
        return None, None
    mean = (sum(totals, Decimal(0)) / len(totals)).quantize(HUNDREDTH, ROUND_HALF_UP)
    return mean, max(totals) - min(totals) if len(totals) > 1 else None


def is_wide(spread: Decimal | None) -> bool:
    """Whether assessors differ so much that the meeting should talk about it."""
    return spread is not None and spread >= WIDE_SPREAD


@dataclass(frozen=True)
class Person:
    """An assessor, as far as it may tie them to a firm."""

    email: str
    name: str
    employer: str = ""
    postcodes: frozenset[str] = frozenset()
    """Where the organisations are that they belong to."""
    interests: str = ""
    """What they declared this year."""
    contacts: int = 0
    """Things they did about this firm before: notes, advice, decisions."""


@dataclass(frozen=True)
class Firm:
    """A firm and its partners, with the people and suppliers in its application."""

    names: tuple[str, ...]
    people: tuple[str, ...]
    emails: tuple[str, ...]
    suppliers: tuple[str, ...] = ()
    postcodes: frozenset[str] = frozenset()


class Sign(StrEnum):
    """What may tie an assessor to a firm."""

    EMAIL = "email"
    SURNAME = "surname"
    POSTCODE = "postcode"
    EMPLOYER = "employer"
    SUPPLIER = "supplier"
    INTERESTS = "interests"
    CONTACT = "contact"


def signs_of_conflict(person: Person, firm: Firm) -> list[tuple[Sign, str]]:
    """Signs that `person` is close to `firm`, each with what was found; people judge them, they decide nothing.

    Addresses at providers of mail for everybody tie nobody to anybody.
    """
    found: list[tuple[Sign, str]] = []
    domain = _domain(person.email)
    if domain and domain in {_domain(email) for email in firm.emails}:
        found.append((Sign.EMAIL, domain))
    surname = _surname(person.name)
    found += [(Sign.SURNAME, name) for name in firm.people if surname and _surname(name) == surname]
    found += [(Sign.POSTCODE, code) for code in sorted(_codes(person.postcodes) & _codes(firm.postcodes))]
    if person.employer:
        employer = name_key(person.employer)
        found += [(Sign.EMPLOYER, name) for name in firm.names if name_key(name) == employer]
        found += [(Sign.SUPPLIER, name) for name in firm.suppliers if name_key(name) == employer]
    declared = f" {name_key(person.interests)} "
    named = dict.fromkeys((*firm.names, *firm.people, *firm.suppliers))
    found += [(Sign.INTERESTS, name) for name in named if name_key(name) and f" {name_key(name)} " in declared]
    if person.contacts:
        found.append((Sign.CONTACT, str(person.contacts)))
    return found


def _domain(email: str) -> str:
    domain = email.rpartition("@")[2].casefold()
    return "" if domain in FOR_EVERYBODY else domain


def _surname(name: str) -> str:
    words = name.split()
    return words[-1].casefold() if len(words) > 1 else ""


def _codes(postcodes: frozenset[str]) -> set[str]:
    return {"".join(code.split()).upper() for code in postcodes if code.strip()}


def masked(text: str, names: Sequence[str], stand_in: str) -> str:
    """`text` with each of `names` replaced by `stand_in`, in whatever capitals and spacing; longest names first.

    Addresses of e-mail and pages go too, since they name their firm.
    """
    text = _ADDRESS.sub(stand_in, text)
    wanted = sorted({" ".join(name.split()) for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    if not wanted:
        return text
    spelled = "|".join(r"\s+".join(re.escape(word) for word in name.split()) for name in wanted)
    return re.sub(rf"(?<!\w)(?:{spelled})(?!\w)", stand_in, text, flags=re.IGNORECASE)
