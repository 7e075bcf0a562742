"""Account numbers: read and checked as people write them, kept encrypted, compared without decrypting.

The keys come from SECRET_KEY by HKDF, so that a copy of the database alone tells no number. After SECRET_KEY was
changed, numbers written under one of SECRET_KEY_FALLBACKS can still be read.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from stdnum import iban

NONCE = 12
SORT_CODE, ACCOUNT = 6, 8


def _key(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _secrets() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from (str(key) for key in settings.SECRET_KEY_FALLBACKS)


def encrypt(number: str, *, owner: int) -> bytes:
    """AES-256-GCM with a nonce of its own before it; bound to the organisation with the id `owner`."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_key(settings.SECRET_KEY, b"funding.bank secret")).encrypt(
        nonce, number.encode(), _bound(owner)
    )


def decrypt(secret: bytes, *, owner: int) -> str:
    """The number; raises cryptography's InvalidTag when no key fits or the row was moved to another organisation."""
    nonce, text = bytes(secret[:NONCE]), bytes(secret[NONCE:])
    for key in _secrets():
        try:
            return AESGCM(_key(key, b"funding.bank secret")).decrypt(nonce, text, _bound(owner)).decode()
        except InvalidTag:
            continue
    raise InvalidTag


def _bound(owner: int) -> bytes:
    return f"organisation:{owner}".encode()


def fingerprint(number: str) -> str:
    """The same for the same account, and of no use without the key."""
    return hmac.new(_key(settings.SECRET_KEY, b"funding.bank fingerprint"), number.encode(), hashlib.sha256).hexdigest()


def read_british(sort_code: str, number: str) -> str | None:
    """Sort code and account number as 14 digits; None when they are not six and six to eight digits."""
    code, account = (re.sub(r"[\s\-–.]", "", text) for text in (sort_code, number))
    if not re.fullmatch(r"[0-9]{6}", code) or not re.fullmatch(r"[0-9]{6,8}", account):
        return None
    return code + account.zfill(ACCOUNT)


def read_iban(text: str) -> str | None:
    """An IBAN in its compact form when its length and check digits are right, else None."""
    compact: str = iban.compact(text)
    return compact if iban.is_valid(compact) else None
