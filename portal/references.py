"""Case references such as MSNW-7K3F9Q: read aloud without mistakes, not guessable in sequence."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 6


def new_reference(prefix: str) -> str:
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))}"


class ReferenceConverter:
    """URL converter `<reference:...>`; lower case typed by hand is not a different case, so it is refused with 404."""

    regex = rf"[A-Z0-9]{{2,8}}-[{ALPHABET}]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
