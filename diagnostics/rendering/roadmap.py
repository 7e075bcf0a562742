"""The roadmap drawn: three columns of actions, and an arrow from each to those that wait for it.

Presentation attributes alone, like portal.charts; 4 units are a millimetre of the printed page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.charts import GRID, INK, QUIET

WIDTH, LANE, COLUMN, PAD = 664, 28, 193, 8
GAP, LINE, HEAD = 13, 15.0, 44
TITLE_SIZE, NOTE_SIZE = 12, 10.5
SPACE = COLUMN - 2 * PAD
LETTER = 0.59
"""Width to allow for a letter, as a share of its size: the PDF engine sets Inter wider than a browser does."""


@dataclass(frozen=True)
class Box:
    """One action: `number` is its place in the plan, `after` the numbers of those it waits for."""

    number: int
    title: str
    note: str
    after: Sequence[int] = ()


@dataclass(frozen=True)
class Column:
    title: str
    hint: str
    boxes: Sequence[Box]


@dataclass
class _Placed:
    box: Box
    column: int
    top: float
    lines: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def left(self) -> float:
        return LANE + self.column * (COLUMN + LANE)

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + 2 * PAD - 3

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def draw(columns: Sequence[Column], *, colour: str, title: str) -> SafeString:
    """The whole roadmap as one picture; its words are read out from its description."""
    placed = _place(columns)
    bottom = max([HEAD + 20.0, *(each.top + each.height for each in placed)])
    body = [_head(number, column, colour) for number, column in enumerate(columns)]
    body += [_box(each, colour) for each in placed]
    body += _arrows(placed)
    said = escape(f"{title}. {_said(columns)}")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart--roadmap" viewBox="0 0 {WIDTH} {bottom + 4:.0f}"'
        f' width="{WIDTH}" height="{bottom + 4:.0f}" role="img" aria-label="{said}" font-family="Inter">'
        f"<title>{escape(title)}</title><desc>{escape(_said(columns))}</desc>{''.join(body)}</svg>"
    )
    return mark_safe(svg)  # noqa: S308  every text went through escape


def _said(columns: Sequence[Column]) -> str:
    sentences = []
    for column in columns:
        actions = "; ".join(
            f"{box.number} {box.title}" + (f" ({_('after')} {', '.join(map(str, box.after))})" if box.after else "")
            for box in column.boxes
        )
        sentences.append(f"{column.title}: {actions or _('nothing')}.")
    return " ".join(sentences)


def wrapped(text: str, size: float, room: float = SPACE) -> list[str]:
    """`text` in lines that fit `room` units at `size`; a word that is longer than a line is cut with a hyphen."""
    longest = int(room / (size * LETTER))
    lines = [""]
    for word in text.split():
        while len(word) > longest:
            head, word = word[: longest - 1] + "-", word[longest - 1 :]
            lines.append(head)
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) > longest:
            lines.append(word)
        else:
            lines[-1] = joined
    return [line for line in lines if line]


def _place(columns: Sequence[Column]) -> list[_Placed]:
    placed = []
    for number, column in enumerate(columns):
        top = float(HEAD + GAP)
        for box in column.boxes:
            titles = wrapped(f"{box.number}  {box.title}", TITLE_SIZE)
            lines = [(line, True) for line in titles] + [(line, False) for line in wrapped(box.note, NOTE_SIZE)]
            each = _Placed(box, number, top, lines)
            placed.append(each)
            top += each.height + GAP
    return placed


def _text(x: float, y: float, text: str, *, size: float, fill: str, weight: int = 400) -> str:
    look = f'font-size="{size}" font-weight="{weight}" fill="{fill}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'


def _head(number: int, column: Column, colour: str) -> str:
    left = LANE + number * (COLUMN + LANE)
    return (
        f'<rect x="{left}" y="0" width="{COLUMN}" height="{HEAD}" fill="{escape(colour)}"/>'
        + _text(left + PAD, 19, column.title, size=14, fill="#ffffff", weight=700)
        + _text(left + PAD, 35, column.hint, size=10.5, fill="#ffffff")
    )


def _box(each: _Placed, colour: str) -> str:
    frame = (
        f'<rect x="{each.left}" y="{each.top:.1f}" width="{COLUMN}" height="{each.height:.1f}" fill="#ffffff"'
        f' stroke="{GRID}"/><rect x="{each.left}" y="{each.top:.1f}" width="3" height="{each.height:.1f}"'
        f' fill="{escape(colour)}"/>'
    )
    words = [
        _text(
            each.left + PAD,
            each.top + PAD + 9 + LINE * place,
            line,
            size=TITLE_SIZE if strong else NOTE_SIZE,
            fill=INK if strong else QUIET,
            weight=600 if strong else 400,
        )
        for place, (line, strong) in enumerate(each.lines)
    ]
    return frame + "".join(words)


def _arrows(placed: Sequence[_Placed]) -> list[str]:
    """From right to left edge through the lanes between columns; past a column between, through a gap of its boxes."""
    by_number = {each.box.number: each for each in placed}
    used = [0] * 3
    out = []
    for end in placed:
        for number in end.box.after:
            start = by_number.get(number)
            if start is None or start.column > end.column:
                continue  # people have put it before what it waits for: the words in the box still say so
            lane = end.left - 9 - 4 * (used[end.column] % 4)
            used[end.column] += 1
            out.append(_arrow(start, end, lane, placed))
    return out


def _arrow(start: _Placed, end: _Placed, lane: float, placed: Sequence[_Placed]) -> str:
    tip = end.left - 1
    if start.column == end.column:
        path = f"M{start.left} {start.middle + 5:.1f} H{lane} V{end.middle:.1f} H{tip}"
    elif start.column + 1 == end.column:
        path = f"M{start.left + COLUMN} {start.middle:.1f} H{lane} V{end.middle:.1f} H{tip}"
    else:
        gap = _gap_near(end.middle, [each for each in placed if each.column == start.column + 1])
        first = start.left + COLUMN + 6
        path = f"M{start.left + COLUMN} {start.middle:.1f} H{first} V{gap:.1f} H{lane} V{end.middle:.1f} H{tip}"
    head = f"{tip},{end.middle:.1f} {tip - 7},{end.middle - 4:.1f} {tip - 7},{end.middle + 4:.1f}"
    return f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.3"/><polygon points="{head}" fill="{INK}"/>'


def _gap_near(y: float, boxes: Sequence[_Placed]) -> float:
    """The height between two boxes, or above or below all of them, that lies nearest to `y`."""
    gaps = [HEAD + GAP / 2, *(each.top + each.height + GAP / 2 for each in boxes)]
    return min(gaps, key=lambda gap: abs(gap - y))
