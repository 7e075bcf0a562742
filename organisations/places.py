"""Local authorities, the statistical regions they lie in, and what a postcode says about them.

The authority is what is stored: in the United Kingdom the local authority, elsewhere the region of level 3 (province,
landsdel, län) with its NUTS code. Every region code is looked up from it in `data/regions.csv`, scheme by scheme, and
never from a code of another scheme: the two Welsh regions of 2021 do not nest in the three of 2025. A row there names
the authorities of the smallest region they can be put in; a shorter code holds all that begin with it.

A postcode only suggests and cross-checks: `data/outward_codes.csv` names, for the part before the space (elsewhere the
first two digits), every authority it may lie in, neighbours across a border included. An operator's own rows win.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEME = "ITL2025"
# NUTS holds the United Kingdom until 2016, ITL nothing else.
SCHEMES = ("ITL2025", "ITL2021", "NUTS2024", "NUTS2021", "NUTS2016")
# Said by a person whose authority is not among those offered: in no programme's area.
ELSEWHERE = "ELSEWHERE"

# An operator's table of the same form as `data/outward_codes.csv`, if there is one (OrganisationsConfig.ready).
own_outward_codes: Path | None = None

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
    """A local authority, or the region of level 3 that stands for it outside the United Kingdom."""

    code: str
    slug: str
    name: str
    country: str


_SOMEWHERE_ELSE = Place(ELSEWHERE, "elsewhere", "Elsewhere", "")


@dataclass(frozen=True)
class Region:
    """A statistical region; `level` is 1 (largest) to 3, and its code means nothing without the scheme."""

    scheme: str
    code: str
    level: int
    name: str


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
def regions(scheme: str = SCHEME) -> dict[str, Region]:
    """The regions of a scheme that programmes need, by code. Raises ValueError for a scheme that is not in SCHEMES."""
    return {code: Region(scheme, code, len(code) - 2, row["name"]) for code, row in _regions(scheme).items()}


@cache
def _regions(scheme: str) -> dict[str, dict[str, str]]:
    if scheme not in SCHEMES:
        raise ValueError(f"{scheme} is none of {', '.join(SCHEMES)}")
    with (_DATA / "regions.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row for row in csv.DictReader(stream) if scheme in row["schemes"].split()}


@cache
def _smallest(scheme: str) -> dict[str, str]:
    found = {slug: code for code, row in _regions(scheme).items() for slug in row["authorities"].split()}
    return {_by_name()[slug].code: code for slug, code in found.items()}


def region(authority: str, scheme: str = SCHEME, level: int = 2) -> Region | None:
    """The region of this level and scheme in which the authority with this code lies.

    None where it cannot be said: the scheme does not cover the authority, no programme needs a region that small, or
    the authority lies in several. So it is with Cumberland and with Westmorland and Furness (made in 2023) at level 3
    until 2021: each took in a part of West and a part of East Cumbria.
    """
    smallest = _smallest(scheme).get(authority, "")
    return regions(scheme)[smallest[: level + 2]] if len(smallest) >= level + 2 else None


def name_of(code: str) -> str:
    """What a region of the newest schemes or an authority is called; the code itself where the tables lack it."""
    found = regions(SCHEME).get(code) or regions("NUTS2024").get(code) or places().get(code)
    return found.name if found else code


def country_of(code: str) -> str:
    """The country (GB, ES, …) that a region of ITL or NUTS lies in."""
    return "GB" if code[:2] in {"TL", "UK"} else code[:2]


@cache
def _outward() -> dict[tuple[str, str], tuple[Place, ...]]:
    found = _read_outward(_DATA / "outward_codes.csv")
    if own_outward_codes is not None and own_outward_codes.exists():
        found |= _read_outward(own_outward_codes)
    return found


def _read_outward(path: Path) -> dict[tuple[str, str], tuple[Place, ...]]:
    """Authorities by country and outward code; those that no programme covers or borders on are ELSEWHERE, once."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {
            (row["country"], row["outward"]): tuple(
                dict.fromkeys(find(name) or _SOMEWHERE_ELSE for name in row["authorities"].split())
            )
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
    """The authorities a normalised postcode may lie in; empty when it lies in none the tables know.

    A place with the code ELSEWHERE stands for all others (an operator's own table may name them).
    """
    outward = postcode.split()[0] if country == "GB" else postcode[:2]
    return _outward().get((country, outward), ())


def contradicts(postcode: str, authority: str, country: str = "GB") -> bool:
    """True if a normalised postcode cannot lie in the authority with this code.

    A postcode outside the tables contradicts every authority in them, and says nothing about others.
    """
    possible = {place.code for place in candidates(postcode, country)}
    if authority not in places() and (not possible or ELSEWHERE in possible):
        return False
    return authority not in possible
