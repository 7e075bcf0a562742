"""Company numbers in the register's own form, and the key by which two spellings of a firm's name meet."""

import re
import unicodedata

_PREFIX = re.compile(
    "[0-9]{2}|AC|CE|CS|FC|FE|GE|GS|IC|LP|NC|NF|NI|NL|NO|NP|OC|OE|PC|R0|RC|SA|SC|SE|SF|SG|SI|SL|SO|SR|SZ|ZC"
)
_SOCIETIES = frozenset({"IP", "SP", "RS"})
# Registered here, seated elsewhere: where the work happens has to be asked.
_OVERSEAS = frozenset({"OE", "FC", "SF", "NF"})
_REGISTER_MARK = re.compile(r"^GB-COH-")
_LEGAL_FORM = re.compile("LIMITED|LTD|PLC|LLP|CYF|CYFYNGEDIG|CIC|COMPANY|CO|AB|APS|AS|SL|SA|SRL|SPA|UAB")


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
