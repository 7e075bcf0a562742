"""The kinds of value in a programme file: names, addresses, moments, and words in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator
from pydantic_core import PydanticCustomError

from organisations import places
from portal.api_types import Money, Percent, Text, Whole
from portal.money import CURRENCIES
from programmes.matching import CATEGORIES, FIRM_SIZES

CONTRAST = 4.5
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("programme", message)


def matches(pattern: str, expected: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise wrong(f"Give {expected}")
        return text

    return AfterValidator(check)


def contrast_on_white(colour: str) -> float:
    """WCAG 2 contrast ratio, 1 to 21, of `#rrggbb` on white."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _legible(colour: str) -> str:
    if contrast_on_white(colour) < CONTRAST:
        raise wrong(f"Choose a darker colour: it must reach {CONTRAST}:1 on white")
    return colour


def _local_authority(text: str) -> str:
    place = places.find(text)
    if place is None:
        raise wrong("Name a local authority by its slug in organisations/data/places.csv")
    return place.code


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", value, re.ASCII):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise wrong('Give the programme\'s local time, like "2027-12-31 17:00"')


def _known_zone(text: str) -> str:
    if text not in available_timezones():
        raise wrong("Give a time zone like Europe/London")
    return text


def _known_currency(text: str) -> str:
    if text not in CURRENCIES:
        raise wrong(f"Give one of {', '.join(CURRENCIES)}")
    return text


def unique(items: list[Any], key: str) -> None:
    seen = set()
    for item in items:
        name = getattr(item, key)
        if name in seen:
            raise wrong(f"{key} {name} appears twice")
        seen.add(name)


def _storable(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise wrong("Remove the characters that cannot be stored")
    return text


class Words(str):
    """What a visitor reads: the text itself is that of the main language, `others` those of further languages.

    A file gives a plain text, or a mapping from language to text that names the main language first.
    """

    __slots__ = ("main", "others")

    main: str
    """The language of the text; empty where the file does not say."""
    others: Mapping[str, str]

    def __new__(cls, text: str, main: str = "", others: Mapping[str, str] | None = None) -> Words:
        words = super().__new__(cls, text)
        words.main, words.others = main, others or {}
        return words


def _words(longest: int) -> PlainValidator:
    def said(text: str) -> str:
        if not text.strip():
            raise wrong("Give a text that is not empty")
        if len(text) > longest:
            raise wrong(f"Give at most {longest} characters")
        return _storable(text)

    def read(value: Any) -> Words:
        if isinstance(value, str):
            return Words(said(value))
        if isinstance(value, Mapping) and value and all(isinstance(part, str) for part in (*value, *value.values())):
            (main, text), *others = value.items()
            return Words(said(text), main, {language: said(other) for language, other in others})
        raise wrong("Give a text, or a mapping from language to text")

    return PlainValidator(read)


Slug = Annotated[
    Text, matches(r"(?=.{1,50}$)[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and single dashes, at most 50")
]
Web = Annotated[Text, matches(r"https://\S+", "an address that starts with https://")]
Email = Annotated[Text, Field(max_length=254), matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address")]
Colour = Annotated[Text, matches(r"#[0-9a-fA-F]{6}", "a colour like #12436d"), AfterValidator(_legible)]
Prefix = Annotated[Text, matches(r"[A-Z][A-Z0-9]{1,7}", "2 to 8 capital letters and digits")]
Authority = Annotated[Text, AfterValidator(_local_authority)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Category = Literal[CATEGORIES]  # type: ignore[valid-type]
Zone = Annotated[Text, AfterValidator(_known_zone)]
Currency = Annotated[Text, AfterValidator(_known_currency)]
Days = Annotated[Whole, Field(le=366)]
Sum = Annotated[Money, Field(lt=10**12)]
"""An amount that the database holds."""
Rates = dict[Literal["any", *FIRM_SIZES], Percent]  # type: ignore[valid-type]
Prose = Annotated[str, AfterValidator(_storable), Field(max_length=20_000)]
Name = Annotated[Words, _words(120)]
"""Words that fit one line: the name of a programme, a call, an instrument."""
ShortName = Annotated[Words, _words(80)]
Said = Annotated[Words, _words(20_000)]
