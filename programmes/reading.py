"""A programme's words as one visitor reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from programmes.models import Words


class Said(str):
    """Words of a programme that know their language: in a page of another language they carry a `lang` of their own."""

    lang: str
    """Empty when the words are in the page's language."""

    def __new__(cls, text: str, lang: str = "") -> Said:
        found = super().__new__(cls, text)
        found.lang = lang
        return found

    def __html__(self) -> SafeString:
        text = str.__str__(self)
        return format_html('<span lang="{}">{}</span>', self.lang, text) if self.lang else format_html("{}", text)


@dataclass(frozen=True)
class Reader:
    """A programme's words for one visitor, each marked with its language."""

    words: Words

    @property
    def main(self) -> str:
        """The main language when it is not the visitor's, else empty: the `lang` of what is written in it alone."""
        return "" if self.words.language == self.words.main else self.words.main

    def say(self, key: str, default: str) -> Said:
        text = self.words.text(key, default)
        return Said(text, "" if (key, self.words.language) in self.words.texts else self.main)

    def as_written(self, text: str) -> Said:
        """What has no translation in any programme."""
        return Said(text, self.main if text else "")

    def rows(
        self, key: str, rows: Iterable[Mapping[str, Any]], *names: str, proper: bool = False
    ) -> list[dict[str, Any]]:
        """As Words.localised, with `names` marked with their language; a `proper` name belongs to none."""
        found = []
        for index, row in enumerate(rows):
            start = key.format(**{"index": index, **row})
            told = {name: self.say(f"{start}.{name}", row.get(name) or "") for name in names}
            if proper:
                told["name"] = Said(told["name"])
            found.append({**row, **told})
        return found
