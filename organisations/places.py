"""Local authorities, the statistical regions they lie in, and what a postcode says about them.

The authority is what is stored; every region code is looked up from it (ITL of 1 January 2025), since the older codes
do not nest in the newer ones. A postcode only suggests and cross-checks: `data/outward_codes.csv` names, for the part
before the space, every authority it may lie in, neighbours across a border included.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEME = "ITL2025"
# Said by a person whose authority is not among those offered: in no programme's area.
ELSEWHERE = "ELSEWHERE"

_DATA = Path(__file__).parent / "data"
_GB = re.compile(
    r"GIR0AA|(?:[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY]))[0-9][ABD-HJLNP-UW-Z]{2}"
)
_ISLANDS = re.compile(r"(?:IM|JE|GY)[0-9]")
_ABROAD = {"ES": r"\d{5}", "IT": r"\d{5}", "SE": r"\d{5}", "DK": r"\d{4}"}
_ONS_CODE = re.compile(r"[ENSW]\d{8}", re.ASCII)


class BadPostcode(ValueError):
    """The text is no postcode of the country."""


class OutsideUnitedKingdom(BadPostcode):
    """A postcode of the Isle of Man, Jersey or Guernsey: well formed, and not in the United Kingdom."""


@dataclass(frozen=True)
class Place:
    """A local authority (in Spain a province). Region codes and names are empty where no programme needs them."""

    code: str
    slug: str
    name: str
    country: str
    itl1: str
    itl1_name: str
    itl2: str
    itl2_name: str
    itl3: str
    itl3_name: str


@cache
def places() -> dict[str, Place]:
    """All authorities that a programme covers or borders on, by code."""
    with (_DATA / "places.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: Place(**row) for row in csv.DictReader(stream)}


@cache
def _by_name() -> dict[str, Place]:
    found = {place.slug: place for place in places().values()}
    return found | {place.name.casefold(): place for place in places().values()}


def find(text: str) -> Place | None:
    """The authority with this code, slug or name; None if the tables do not have it."""
    text = text.strip()
    return places().get(text.upper()) or _by_name().get(text.casefold())


def is_authority_code(text: str) -> bool:
    """True for a code of the register's form, known to the tables or not."""
    return bool(_ONS_CODE.fullmatch(text)) or text in places() or text == ELSEWHERE


@cache
def _outward() -> dict[tuple[str, str], tuple[Place, ...]]:
    with (_DATA / "outward_codes.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (row["country"], row["outward"]): tuple(_by_name()[slug] for slug in row["authorities"].split())
            for row in csv.DictReader(stream)
        }


def normalise_postcode(text: str, country: str = "GB") -> str:
    """The postcode as it is written on letters, `PR1 2HE` for `pr12he`.

    Raises BadPostcode, and OutsideUnitedKingdom for the Isle of Man and the Channel Islands.
    """
    if country == "GB":
        # A pasted postcode may hold a dash or an odd space; a letter of another alphabet is no slip of the keyboard.
        text = "".join(text.split())
        bare = re.sub(r"[^A-Z0-9]", "", text.upper()) if text.isascii() else ""
        if not _GB.fullmatch(bare):
            raise BadPostcode(text)
        if _ISLANDS.match(bare):
            raise OutsideUnitedKingdom(text)
        return f"{bare[:-3]} {bare[-3:]}"
    bare = re.sub(r"\s", "", text)
    if not re.fullmatch(_ABROAD.get(country, r"[A-Za-z0-9-]{3,10}"), bare, re.ASCII):
        raise BadPostcode(text)
    return f"{bare[:3]} {bare[3:]}" if country == "SE" else bare


def candidates(postcode: str, country: str = "GB") -> tuple[Place, ...]:
    """The authorities a normalised postcode may lie in; empty when it lies in none the tables know."""
    outward = postcode.split()[0] if country == "GB" else postcode[:2]
    return _outward().get((country, outward), ())


def contradicts(postcode: str, authority: str, country: str = "GB") -> bool:
    """True if a normalised postcode cannot lie in the authority with this code.

    A postcode outside the tables contradicts every authority in them, and says nothing about others.
    """
    possible = candidates(postcode, country)
    if not possible:
        return authority in places()
    return authority not in {place.code for place in possible}
