"""Company and tax numbers in the register's own form, and the key by which two spellings of a firm's name meet.

What a number says of itself: its form and its check digits. Whether a firm has it, only a register knows.
"""

import re
import unicodedata
from dataclasses import dataclass

from stdnum import iban, lei
from stdnum.dk import cvr
from stdnum.es import cif, nif
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import utr
from stdnum.gb import vat as gb_vat
from stdnum.it import iva
from stdnum.se import orgnr
from stdnum.se import vat as se_vat

_PREFIX = re.compile(
    "[0-9]{2}|AC|CE|CS|FC|FE|GE|GS|IC|LP|NC|NF|NI|NL|NO|NP|OC|OE|PC|R0|RC|SA|SC|SE|SF|SG|SI|SL|SO|SR|SZ|ZC"
)
_SOCIETIES = frozenset({"IP", "SP", "RS"})
# Registered here, seated elsewhere: where the work happens has to be asked.
_OVERSEAS = frozenset({"OE", "FC", "SF", "NF"})
_REGISTER_MARK = re.compile(r"^GB-COH-")
_LEGAL_FORM = re.compile("LIMITED|LTD|PLC|LLP|CYF|CYFYNGEDIG|CIC|COMPANY|CO|AB|APS|AS|SL|SA|SRL|SPA|UAB")

_NUMBERS = {
    "gb.vat": gb_vat,  # XI, for Northern Ireland, as well
    "gb.utr": utr,
    "es.nif": nif,
    "es.cif": cif,
    "it.iva": iva,
    "dk.cvr": cvr,
    "se.orgnr": orgnr,
    "se.vat": se_vat,
    "eu.vat": eu_vat,
    "iban": iban,
    "lei": lei,
}


@dataclass(frozen=True)
class NumberKind:
    """The number by which a country's firms are known: what people call it, and an invented one."""

    name: str
    example: str
    kind: str = ""


COMPANY_NUMBERS = {
    "GB": NumberKind("Company number", "01234567 or SC123456"),
    "ES": NumberKind("NIF/CIF", "B12345674", "es.nif"),
    "IT": NumberKind("Partita IVA", "01234560017", "it.iva"),
    "DK": NumberKind("CVR-nummer", "12345674", "dk.cvr"),
    "SE": NumberKind("Organisationsnummer", "556123-4567", "se.orgnr"),
}
_ELSEWHERE = NumberKind("Company number", "12345678")


class BadIdentifier(ValueError):
    """The text is no company number of the country; the message says what to write, `wanted` what it is called."""

    def __init__(self, text: str, country: str):
        self.text = text
        self.wanted = number_kind(country)
        super().__init__(f"Give the firm's {self.wanted.name}, like {self.wanted.example}")


def number_kind(country: str) -> NumberKind:
    """What the number of a firm is called in the country."""
    return COMPANY_NUMBERS.get(country, _ELSEWHERE)


def company_identifier(text: str, country: str) -> str:
    """The number of a firm as its country's register writes it, without spaces and dashes; raises BadIdentifier.

    In Denmark, Italy and Sweden the VAT number, which holds it, will do. Of other countries only letters and digits
    are asked, at most 20.
    """
    wanted = number_kind(country)
    if country == "GB":
        number = normalise_company_number(text)
    elif wanted.kind:
        number = normalise_number(text, wanted.kind)
        if number is None and country == "SE" and (vat := normalise_number(text, "se.vat")):
            number = vat[:10]
    else:
        bare = re.sub(r"[\s.-]", "", text.upper())
        number = bare if re.fullmatch(r"[A-Z0-9]{2,20}", bare) else None
    if number is None:
        raise BadIdentifier(text, country)
    return number


def normalise_number(text: str, kind: str) -> str | None:
    """A number in its plain form, None if its form or check digits are wrong.

    `kind` is one of gb.vat, gb.utr, es.nif (persons and companies), es.cif (companies), it.iva, dk.cvr, se.orgnr,
    se.vat, eu.vat (with its country's letters; GB is none), iban, lei.
    """
    try:
        number: str = _NUMBERS[kind].validate(text)
    except ValidationError:
        return None
    return number if number.isascii() else None


def normalise_company_number(text: str) -> str | None:
    """The eight characters of a company number, `01234567` for `1234567`; None if the text cannot be one.

    Short numbers are padded with zeros, `sc 12345` becomes `SC012345`, and an org-id prefix `GB-COH-` is taken off.
    """
    number = _REGISTER_MARK.sub("", re.sub(r"\s", "", text.upper()))
    if re.fullmatch(r"[0-9]{1,8}", number):
        number = number.zfill(8)
    elif short := re.fullmatch(r"([A-Z][A-Z0])([0-9]{1,5})", number):
        number = short[1] + short[2].zfill(6)
    return number if _is_company_number(number) else None


def _is_company_number(number: str) -> bool:
    prefix, rest = number[:2], number[2:]
    if prefix in _SOCIETIES:
        return bool(re.fullmatch(r"[A-Z0-9]{6}", rest))
    if prefix == "SL" and re.fullmatch(r"[0-9]{5}A", rest):
        return True
    if not re.fullmatch(r"[0-9]{6}", rest) or number == "00000000":
        return False
    return bool(_PREFIX.fullmatch(prefix))


def is_overseas_number(number: str) -> bool:
    """True for a normalised number of an overseas entity or company."""
    return number[:2] in _OVERSEAS


def name_key(name: str) -> str:
    """The bare name for finding duplicates: `The Acme Engineering Co. Ltd` gives `ACME ENGINEERING`.

    Accents, punctuation, legal forms and a leading THE go, `&` is AND, and single letters are joined (`S.L.` is SL).
    """
    letters = unicodedata.normalize("NFKD", name.translate({ord("ø"): "o", ord("Ø"): "O"}))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.sub(r"[^A-Z0-9]+", " ", re.sub(r"['’]", "", plain.upper()).replace("&", " AND ")).strip()
    words = re.sub(r"\b(?:[A-Z] )+[A-Z]\b", lambda letters: letters[0].replace(" ", ""), words)
    kept = [word for word in words.split() if not _LEGAL_FORM.fullmatch(word)]
    if len(kept) > 1 and kept[0] == "THE":
        del kept[0]
    return " ".join(kept) or words  # a firm may be called nothing but "The Company"
