"""What the company register says of a firm: the one place that asks Companies House (its public data API).

An outside service that may be slow, busy, wrong or away never breaks a page: `look_up` always gives an Answer, and the
person types what is missing. Answers are kept a day, and all processes together ask less often than the register lets.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import httpx
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from organisations import sic

logger = logging.getLogger(__name__)

SOURCE = "Companies House"
KEPT_SECONDS = 24 * 3600
UNKNOWN_KEPT_SECONDS = 15 * 60
WINDOW_SECONDS = 300
# The register lets 600 calls in five minutes; two of our windows side by side stay below that.
MOST_CALLS = 280
MOST_CALLS_OF_ONE_PERSON = 20
BUSY_SECONDS = 60
TIMEOUT_SECONDS = 3.0
LONGEST_SECONDS = 6.0
MOST_BYTES = 200_000

_STATUSES = {
    "active": _("Active"),
    "open": _("Open"),
    "registered": _("Registered"),
    "dissolved": _("Dissolved"),
    "liquidation": _("In liquidation"),
    "receivership": _("In receivership"),
    "administration": _("In administration"),
    "voluntary-arrangement": _("In a voluntary arrangement with its creditors"),
    "insolvency-proceedings": _("In insolvency proceedings"),
    "converted-closed": _("Converted or closed"),
    "closed": _("Closed"),
    "removed": _("Removed from the register"),
}
_LEGAL_FORMS = {
    "ltd": "company",
    "plc": "company",
    "old-public-company": "company",
    "private-unlimited": "company",
    "private-unlimited-nsc": "company",
    "private-limited-guarant-nsc": "company",
    "private-limited-guarant-nsc-limited-exemption": "company",
    "private-limited-shares-section-30-exemption": "company",
    "llp": "llp",
    "limited-partnership": "partnership",
    "scottish-partnership": "partnership",
    "charitable-incorporated-organisation": "charity",
    "scottish-charitable-incorporated-organisation": "charity",
    "oversea-company": "overseas",
    "registered-overseas-entity": "overseas",
}


class Outcome(StrEnum):
    FOUND = "found"
    UNKNOWN = "unknown"
    """The register has no such number."""
    AWAY = "away"
    """No answer now: no key, too slow, too many calls, or an answer that cannot be read."""


@dataclass(frozen=True)
class Company:
    """A firm as the register has it. Texts may be empty and dates None where the register says nothing.

    `status` is the register's word (active, liquidation, dissolved ...), `legal_form` one of Organisation.LegalForm or
    empty, `sic_codes` only codes of UK SIC 2007, `accounts_to` the last day of the last accounts filed.
    """

    number: str
    name: str
    status: str
    legal_form: str
    kind: str
    sic_codes: tuple[str, ...]
    address: str
    postcode: str
    created_on: date | None
    accounts_to: date | None
    accounts_kind: str
    accounts_due: date | None
    accounts_overdue: bool

    def plain(self, asked_at: datetime) -> dict[str, Any]:
        """What is kept with the organisation (`Organisation.register`): as the register said it, and when."""
        return {
            "source": SOURCE,
            "asked_at": asked_at.isoformat(timespec="seconds"),
            "number": self.number,
            "name": self.name,
            "status": self.status,
            "legal_form": self.legal_form,
            "kind": self.kind,
            "sic_codes": list(self.sic_codes),
            "address": self.address,
            "postcode": self.postcode,
            "created_on": self.created_on and self.created_on.isoformat(),
            "accounts_to": self.accounts_to and self.accounts_to.isoformat(),
            "accounts_kind": self.accounts_kind,
            "accounts_due": self.accounts_due and self.accounts_due.isoformat(),
            "accounts_overdue": self.accounts_overdue,
        }


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    company: Company | None = None


AWAY = Answer(Outcome.AWAY)


class _NoAnswerError(Exception):
    """The register was reached and did not answer as it should, or was not reached; the message is for the log."""


def status_words(kept: dict[str, Any]) -> str:
    """The status in `Organisation.register`, for people; empty when there is none."""
    status = str(kept.get("status") or "")
    return str(_STATUSES.get(status, status))


def may_ask(country: str) -> bool:
    """Whether this country's register can be asked here."""
    return country == "GB" and bool(settings.COMPANIES_HOUSE_KEY)


def look_up(number: str, *, by_id: int, at: datetime) -> Answer:
    """Ask for the firm with this normalised company number, on behalf of the person `by_id`. Raises nothing."""
    if not may_ask("GB"):
        return AWAY
    try:
        return _look_up(number, by_id, at)
    except (_NoAnswerError, httpx.HTTPError, httpx.InvalidURL, RedisError) as error:
        logger.warning("Company register: no answer about %s (%s %s)", number, type(error).__name__, error)
        return AWAY


def _look_up(number: str, by_id: int, at: datetime) -> Answer:
    key = f"register:{number}"
    # Kept is what the register sent, not our objects: a later release reads it anew.
    body = cache.get(key)
    if body is None:
        _stay_below_the_limits(by_id, at)
        body = _ask(number)
        cache.set(key, body, KEPT_SECONDS if body else UNKNOWN_KEPT_SECONDS)
    return Answer(Outcome.FOUND, _read(body, number)) if body else Answer(Outcome.UNKNOWN)


def _stay_below_the_limits(by_id: int, at: datetime) -> None:
    if cache.get("register:busy"):
        raise _NoAnswerError("the register asked us to wait")
    window = f"register:calls:{int(at.timestamp()) // WINDOW_SECONDS}"
    for key, most in ((f"{window}:{by_id}", MOST_CALLS_OF_ONE_PERSON), (window, MOST_CALLS)):
        cache.add(key, 0, 2 * WINDOW_SECONDS)
        if cache.incr(key) > most:
            raise _NoAnswerError("too many calls from here")


def _ask(number: str) -> bytes:
    """The register's answer as it came; empty when it has no such number."""
    url = f"{settings.COMPANIES_HOUSE_URL.rstrip('/')}/company/{number}"
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    auth = httpx.BasicAuth(settings.COMPANIES_HOUSE_KEY, "")
    end = time.monotonic() + LONGEST_SECONDS
    with httpx.stream("GET", url, headers=headers, auth=auth, timeout=TIMEOUT_SECONDS) as response:
        if response.status_code == httpx.codes.NOT_FOUND:
            return b""
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            cache.set("register:busy", True, BUSY_SECONDS)
        if response.status_code != httpx.codes.OK:
            raise _NoAnswerError(f"status {response.status_code}")
        body = b""
        # A server that drips never runs into the time-out of a single read.
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > MOST_BYTES or time.monotonic() > end:
                raise _NoAnswerError("too long")
    _read(body, number)
    return body


# --- Reading: nothing that came over the net is taken on trust -------------------------------------------------------
def _read(body: bytes, number: str) -> Company:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _NoAnswerError("not JSON") from error
    said = _map(said)
    name, kind = _text(said.get("company_name"), 160), _text(said.get("type"), 60)
    if not name or _text(said.get("company_number"), 8) != number:
        raise _NoAnswerError("not about this firm")
    office, accounts = _map(said.get("registered_office_address")), _map(said.get("accounts"))
    last = _map(accounts.get("last_accounts"))
    return Company(
        number=number,
        name=name,
        status=_text(said.get("company_status"), 40).lower(),
        legal_form=_LEGAL_FORMS.get(kind, ""),
        kind=kind,
        sic_codes=_sic_codes(said.get("sic_codes")),
        address=_address(office),
        postcode=_text(office.get("postal_code"), 10).upper(),
        created_on=_day(said.get("date_of_creation")),
        accounts_to=_day(last.get("made_up_to")),
        accounts_kind=_text(last.get("type"), 60),
        accounts_due=_day(accounts.get("next_due")),
        accounts_overdue=accounts.get("overdue") is True,
    )


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, most: int) -> str:
    """One line of what can be printed, no longer than `most`."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())[:most]


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _sic_codes(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else []
    return tuple(code for code in given[:4] if isinstance(code, str) and code in sic.codes())


def _address(office: dict[str, Any]) -> str:
    first = f"{_text(office.get('premises'), 80)} {_text(office.get('address_line_1'), 80)}".strip()
    rest = [_text(office.get(name), 80) for name in ("address_line_2", "locality", "region", "postal_code", "country")]
    return "\n".join(filter(None, [first, *rest]))
