"""UK SIC 2007 (to four digits the same as NACE Rev. 2): which codes exist, what they say, where they belong.

Codes are text: 01110 keeps its leading zero. The scheme's name is stored beside a code, since SIC 2026 will come.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCHEME = "UKSIC2007"
MANUFACTURING = "C"
# Valid codes that say nothing about what a firm makes: dormant, non-trading, residents' property management.
UNTELLING = frozenset({"99999", "74990", "98000"})

_TABLE = Path(__file__).parent / "data" / "uk_sic_2007.csv"
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

    def __init__(self, text: str, choices: tuple["Code", ...] = ()):
        self.text = text
        self.choices = choices
        super().__init__(f"{text} is not a SIC 2007 code")


@dataclass(frozen=True)
class Code:
    """One five-digit code. `section` is the letter from A to U, valid for this scheme only."""

    code: str
    section: str
    title: str

    @property
    def division(self) -> str:
        return self.code[:2]

    @property
    def nace(self) -> str:
        """The NACE Rev. 2 class, like 25.62."""
        return f"{self.code[:2]}.{self.code[2:4]}"


@cache
def codes() -> dict[str, Code]:
    """All 731 codes by their five digits, in order."""
    with _TABLE.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: Code(**row) for row in csv.DictReader(stream)}


def normalise(text: str) -> Code:
    """The code meant by `25620`, `25.62`, `2562` or ` 25620 `.

    Raises UnknownCode, with the choices where a four-digit class has several codes.
    """
    digits = re.sub(r"[\s.]", "", text)
    if not digits.isascii() or not digits.isdigit():
        raise UnknownCode(text)
    if len(digits) == 4:
        inside = tuple(code for code in codes().values() if code.code.startswith(digits))
        if len(inside) != 1:
            raise UnknownCode(text, inside)
        return inside[0]
    if digits not in codes():
        raise UnknownCode(text)
    return codes()[digits]


def search(text: str, *, limit: int = 20) -> list[Code]:
    """Codes whose digits begin with, or whose titles hold, what was typed; manufacturing first, best first.

    Words match by how they begin, without their endings: "machine" finds both "machines" and "machinery". Everyday
    names of trades stand for the titles' words. Codes that hold more of the words come first.
    """
    digits = re.sub(r"[\s.]", "", text)
    if digits.isascii() and digits.isdigit():
        return [code for code in codes().values() if code.code.startswith(digits)][:limit]
    words = [_stem(_EVERYDAY.get(word, word)) for word in _WORD.findall(text.lower()) if word not in _WEAK]
    scored = [(_score(code, words), code) for code in codes().values()]
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
