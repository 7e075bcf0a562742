"""Files of rules between being shown and being loaded: kept here for an hour, named by their SHA-256.

What is loaded is what was shown, never what a browser sends the second time.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.core.cache import cache

from accounts.models import User

KEPT_SECONDS = 3600
_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class KeptFile:
    name: str
    text: str
    sha256: str


def keep(*, name: str, text: str, what: str, user: User) -> str:
    """Keep a file for the one person and purpose (`what`) and return its SHA-256."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    cache.set(_key(sha256, what, user), (name, text), KEPT_SECONDS)
    return sha256


def kept(*, sha256: str, what: str, user: User) -> KeptFile | None:
    """The file; None when the hour is over, or when it never was this person's."""
    if not _NAME.fullmatch(sha256):
        return None
    found = cache.get(_key(sha256, what, user))
    if found is None:
        return None
    name, text = found
    return KeptFile(name, text, sha256)


def _key(sha256: str, what: str, user: User) -> str:
    return f"rules-file:{user.pk}:{what}:{sha256}"
