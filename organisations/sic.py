"""Industry codes: UK SIC 2007, NACE Rev. 2 (the same to four digits) and NACE Rev. 2.1; what they say of a firm.

Codes are text: 01110 keeps its leading zero. Kept are the smallest codes of a scheme, without points: five digits of UK
SIC for firms in the United Kingdom, the class of four digits of NACE Rev. 2 elsewhere, so that the length tells the
scheme (`find`). A section's letter means something else in NACE Rev. 2.1: it is read here and kept nowhere.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEME = "UKSIC2007"
NACE2 = "NACE2"
NACE21 = "NACE2.1"
MANUFACTURING = "C"
# Valid codes that say nothing about what a firm makes: dormant, non-trading, residents' property management.
UNTELLING = frozenset({"99999", "74990", "98000"})

_TABLES = {  # scheme: its table, its name, the digits of its smallest codes
    SCHEME: ("uk_sic_2007.csv", "SIC 2007", 5),
    NACE2: ("nace_2.csv", "NACE Rev. 2", 4),
    NACE21: ("nace_2_1.csv", "NACE Rev. 2.1", 4),
}
SCHEMES = tuple(_TABLES)
_WORD = re.compile(r"[a-z]+")
_WEAK = frozenset(
    {"and", "of", "the", "for", "or", "in", "other", "except", "not", "nec", "make", "making", "manufacture"}
)
# What makers call their trade, in the words of the titles.
_EVERYDAY = {
    "bakery": "bread", "baker": "bread", "baking": "bread", "boxes": "cartons", "brewery": "beer", "brewing": "beer",
    "brewer": "beer", "cabinet": "furniture", "cabinets": "furniture", "castings": "casting", "cnc": "machining",
    "coating": "coating", "dairy": "milk", "distillery": "distilling", "fabrication": "structures", "fabricator":
    "structures", "foundry": "casting", "garments": "apparel", "joinery": "carpentry", "knitwear": "knitted",
    "mould": "plastic", "moulding": "plastic", "packaging": "packing", "paint": "paints", "pcb": "boards",
    "sheetmetal": "metal", "timber": "wood", "toolmaker": "tools", "toolmaking": "tools", "valves": "taps",
}  # fmt: skip


class UnknownCode(ValueError):
    """The text is no code of the scheme. `choices` holds the codes it may stand for, if it is a class with several."""

    def __init__(self, text: str, choices: tuple["Code", ...] = (), scheme: str = SCHEME):
        self.text = text
        self.choices = choices
        self.scheme = scheme
        super().__init__(f"{text} is not a {_TABLES[scheme][1]} code")


@dataclass(frozen=True)
class Entry:
    """A line of a table: section, division, group, class or (UK) subclass. `parent` is the code of the level above."""

    scheme: str
    version: str
    level: str
    code: str
    parent: str
    title: str


@dataclass(frozen=True)
class Code:
    """A smallest code of its scheme. `section` is a letter, valid for this scheme only."""

    code: str
    section: str
    title: str
    scheme: str = SCHEME

    @property
    def division(self) -> str:
        return self.code[:2]

    @property
    def nace(self) -> str:
        """The class as NACE writes it, like 25.62."""
        return f"{self.code[:2]}.{self.code[2:4]}"


@cache
def table(scheme: str = SCHEME) -> dict[str, Entry]:
    """Every entry of the scheme, from section to the smallest, by its code without points."""
    with (Path(__file__).parent / "data" / _TABLES[scheme][0]).open(encoding="utf-8", newline="") as stream:
        return {row["code"]: Entry(**row) for row in csv.DictReader(stream)}


@cache
def codes(scheme: str = SCHEME) -> dict[str, Code]:
    """The smallest codes in order: 731 of five digits (UK SIC), 615 (NACE Rev. 2) or 651 (Rev. 2.1) of four."""
    found = table(scheme)
    return {
        code: Code(code, found[code[:2]].parent, entry.title, scheme)
        for code, entry in found.items()
        if len(code) == _TABLES[scheme][2]
    }


def scheme_of(country: str) -> str:
    """Which scheme firms in a country use here."""
    return SCHEME if country == "GB" else NACE2


def find(code: str) -> Code | None:
    """The code as it is kept: five digits are of UK SIC, four of NACE Rev. 2; None if it is neither."""
    return codes(NACE2 if len(code) == 4 else SCHEME).get(code)


def normalise(text: str, scheme: str = SCHEME) -> Code:
    """The code meant by `25620`, `25.62`, `2562` or ` 25620 `.

    In NACE a national code (`25.62.00`, `25620`) stands for its class. Raises UnknownCode, with the choices where a
    class of UK SIC has several codes.
    """
    digits = re.sub(r"[\s.]", "", text)
    if not digits.isascii() or not digits.isdigit():
        raise UnknownCode(text, scheme=scheme)
    if scheme != SCHEME:
        digits = digits[:4] if len(digits) <= 6 else ""
    elif len(digits) == 4:
        inside = tuple(code for code in codes().values() if code.code.startswith(digits))
        if len(inside) != 1:
            raise UnknownCode(text, inside)
        return inside[0]
    if digits not in codes(scheme):
        raise UnknownCode(text, scheme=scheme)
    return codes(scheme)[digits]


def search(text: str, *, limit: int = 20, scheme: str = SCHEME) -> list[Code]:
    """Codes whose digits begin with, or whose titles hold, what was typed; manufacturing first, best first.

    Words match by how they begin, without their endings: "machine" finds both "machines" and "machinery". Everyday
    names of trades stand for the titles' words. Codes that hold more of the words come first.
    """
    digits = re.sub(r"[\s.]", "", text)
    if digits.isascii() and digits.isdigit():
        return [code for code in codes(scheme).values() if code.code.startswith(digits)][:limit]
    words = [_stem(_EVERYDAY.get(word, word)) for word in _WORD.findall(text.lower()) if word not in _WEAK]
    scored = [(_score(code, words), code) for code in codes(scheme).values()]
    found = [(score, code) for score, code in scored if score]
    found.sort(key=lambda pair: (-pair[0], pair[1].section != MANUFACTURING, pair[1].code))
    return [code for _, code in found[:limit]]


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ery", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _score(code: Code, words: list[str]) -> int:
    titles = _WORD.findall(code.title.lower())
    return sum(any(title.startswith(word) for title in titles) for word in words)
