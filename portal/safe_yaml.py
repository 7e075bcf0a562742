"""YAML that a person gives us: refused, in words, before building it could cost the server more than it is worth.

A safe loader runs no code, but a few lines of aliases can stand for billions of values, and brackets can nest deeper
than Python goes. Here the file is read as a stream of events, which costs no more than its length.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from django.utils.translation import gettext as _

MOST_BYTES = 512 * 1024
MOST_VALUES = 25_000
DEEPEST = 40
LONGEST_PLAIN = 20_000
"""Letters in an unquoted value: reading a figure of a million digits takes minutes."""

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class RefusedYaml(Exception):
    """The file is not opened; the message tells the person what to do."""


def text_of(content: bytes) -> str:
    """The text of a file of at most MOST_BYTES in UTF-8; raises RefusedYaml."""
    if len(content) > MOST_BYTES:
        raise RefusedYaml(_("The file must be smaller than %(size)s KB.") % {"size": MOST_BYTES // 1024})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedYaml(_("The file is not text in UTF-8. Save it as UTF-8 and try again.")) from error
    if not text.strip():
        raise RefusedYaml(_("The file is empty. Choose another file."))
    return text


def check(text: str) -> None:
    """Raise RefusedYaml for a file that is too deep or too large once its aliases are followed, or that holds letters
    which cannot be kept; yaml.YAMLError for one that is no YAML."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []  # (anchor, values before it began)
    count = 0
    for event in _events(text):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise RefusedYaml(_("A value that holds itself, or that is not there, is used: *%s") % event.anchor)
            count += sizes[event.anchor]
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, count))
            count += 1
            # Until it ends nothing may refer to it, nor to an earlier one of the same name.
            sizes.pop(event.anchor or "", None)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.ScalarEvent):
            _check_scalar(event)
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        if count > MOST_VALUES or len(open_nodes) > DEEPEST:
            raise RefusedYaml(
                _("The file is nested too deep, or holds too many values. Write it without aliases and try again.")
            )


def _events(text: str) -> Iterator[yaml.Event]:
    return yaml.parse(text, Loader=_LOADER)


def _check_scalar(event: yaml.ScalarEvent) -> None:
    line = event.start_mark.line + 1  # type: ignore[union-attr]  # a parsed event has its place
    if event.implicit[0] and len(event.value) > LONGEST_PLAIN:
        raise RefusedYaml(_("Line %s holds a value that is too long.") % line)
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in event.value):
        raise RefusedYaml(_("Line %s holds a letter that cannot be kept.") % line)
