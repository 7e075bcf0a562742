"""Charts as SVG text: drawn on the server, printed unchanged in PDFs.

Presentation attributes and classes only (the content security policy allows no inline style). Every chart has a title
and a description, prints its values, and tells its series apart by dash and marker as well as by colour.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from typing import Literal

from django.utils import formats
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.money import money_text

Value = Decimal | float | int
Kind = Literal["now", "target", "peers"]

INK, QUIET, GRID, TRACK = "#0b0c0c", "#484949", "#cecfd3", "#eceef0"
WIDTH = 440
"""Of a radar, which needs room for names at both sides."""
NARROW = 360
"""Of bars, whose names stand above them: readable on a phone without turning it."""
CHARACTER = 8.2
"""Width to allow for a character at 14 units: the PDF engine sets the same letters wider than a browser does."""


@dataclass(frozen=True)
class Series:
    """One line of a radar: `values` on the chart's scale, None where there is no answer."""

    kind: Kind
    label: str
    values: Sequence[Value | None]


@dataclass(frozen=True)
class Bar:
    """One bar; `low` and `high` bound the range drawn as a whisker over it, `text` replaces the printed value."""

    label: str
    value: Value | None
    low: Value | None = None
    high: Value | None = None
    text: str = ""


@dataclass(frozen=True)
class Stage:
    """One stage of a funnel with how many reached it, and its target where there is one."""

    label: str
    count: int
    target: int | None = None


@dataclass(frozen=True)
class _Look:
    colour: str
    dash: str
    fill: float

    @property
    def dashes(self) -> str:
        return f' stroke-dasharray="{self.dash}"' if self.dash else ""


LOOKS: dict[Kind, _Look] = {
    "now": _Look("#1d70b8", "", 0.14),
    "target": _Look("#d4351c", "7 4", 0),
    "peers": _Look("#505a5f", "2 4", 0),
}


# --- Pieces -------------------------------------------------------------------------------------
def _n(value: float) -> str:
    """A coordinate, short."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: str, **more: str) -> str:
    attributes = {"font-size": "14", "fill": INK} | {key.replace("_", "-"): value for key, value in more.items()}
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<text x="{_n(x)}" y="{_n(y)}"{written}>{escape(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(height)}" fill="{fill}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1) -> str:
    return (
        f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" stroke-width="{_n(width)}"/>'
    )


def _marker(kind: Kind, x: float, y: float) -> str:
    colour = LOOKS[kind].colour
    if kind == "now":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="4.5" fill="{colour}"/>'
    if kind == "target":
        return _rect(x - 4, y - 4, 8, 8, colour)
    points = f"{_n(x)},{_n(y - 5)} {_n(x + 5)},{_n(y + 4)} {_n(x - 5)},{_n(y + 4)}"
    return f'<polygon points="{points}" fill="{colour}"/>'


def _svg(name: str, width: int, height: float, title: str, desc: str, body: list[str]) -> SafeString:
    """The whole drawing; every text in `body` is escaped already."""
    label = escape(f"{title}. {desc}" if desc else title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart--{name}" viewBox="0 0 {width} {_n(height)}"'
        f' width="{width}" height="{_n(height)}" role="img" aria-label="{label}"'
        ' font-family="Inter, Helvetica Neue, Arial, sans-serif">'
        f"<title>{escape(title)}</title><desc>{escape(desc)}</desc>"
    )
    return mark_safe(head + "".join(body) + "</svg>")  # noqa: S308  every text goes through escape above


def _number(value: Value) -> str:
    places = 0 if value == int(value) else 1
    return formats.number_format(round(Decimal(str(value)), places), places, use_l10n=True, force_grouping=True)


def _wrapped(text: str, longest: int) -> list[str]:
    """`text` in lines of at most `longest` characters, broken between words (a longer word stays whole)."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > longest:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _percent(part: int, whole: int) -> str:
    """A share with one decimal, as the table beside the chart says it."""
    share = 100 * part / whole if whole else 0
    places = 0 if share in (0, 100) else 1
    return _("%(share)s%%") % {"share": formats.number_format(round(share, places), places)} if whole else ""


# --- Radar --------------------------------------------------------------------------------------
WIDEST, NARROWEST, GAP, LINE = 118.0, 64.0, 16, 17
MIDDLE = WIDTH / 2
SIDE = 0.1
"""Lean from which a name stands beside its axis, and not above or below it."""


@dataclass(frozen=True)
class _Web:
    """Where everything of one radar lies."""

    names: Sequence[str]
    series: Sequence[Series]
    """In the order of the legend."""

    def _values(self, index: int) -> list[tuple[Kind, str]]:
        return [(one.kind, _number(value)) for one in self.series if (value := one.values[index]) is not None]

    def _turn(self, index: int) -> tuple[float, float]:
        """Direction of an axis; the first points up."""
        angle = 2 * math.pi * index / len(self.names) - math.pi / 2
        return math.cos(angle), math.sin(angle)

    @cached_property
    def radius(self) -> float:
        """As large as the longest word or row of values beside the web leaves room for."""
        fits = [WIDEST]
        for index, name in enumerate(self.names):
            sideways = abs(self._turn(index)[0])
            if sideways > SIDE:
                word = max((len(word) for word in name.split()), default=0) * CHARACTER
                values = sum(len(text) * 8.5 + 8 for _kind, text in self._values(index))
                fits.append((MIDDLE - max(word, values)) / sideways - GAP)
        return max(NARROWEST, min(fits))

    @cached_property
    def middle_y(self) -> float:
        return self.radius + 18 + LINE * (len(self.label(0)[1]) + 1)

    @cached_property
    def bottom(self) -> float:
        """Lowest line of writing around the web."""
        tallest = max(len(self.label(index)[1]) for index in range(len(self.names)))
        return self.middle_y + self.radius + 22 + LINE * (tallest if len(self.names) % 2 == 0 else 1)

    def point(self, index: int, reach: float) -> tuple[float, float]:
        """The point of an axis that lies `reach` units from the middle."""
        x, y = self._turn(index)
        return MIDDLE + reach * x, self.middle_y + reach * y

    def label(self, index: int) -> tuple[str, list[str]]:
        """Where the name of an axis is anchored, and its lines."""
        sideways = self._turn(index)[0]
        if abs(sideways) <= SIDE:
            return "middle", _wrapped(self.names[index], 30)
        room = MIDDLE - (self.radius + GAP) * abs(sideways)
        return ("start" if sideways > 0 else "end"), _wrapped(self.names[index], int(room / CHARACTER))

    def ring(self, reach: float) -> str:
        points = (self.point(index, reach) for index in range(len(self.names)))
        return f'<polygon points="{_points(points)}" fill="none" stroke="{GRID}"/>'

    def axis(self, index: int) -> str:
        """An axis, its name, and under it its values in the colours of their series."""
        x, y = self.point(index, self.radius + GAP)
        anchor, lines = self.label(index)
        upright = self._turn(index)[1]
        height = LINE * (len(lines) + 1)
        top = y - height + 14 if upright < -0.9 else y + 12 if upright > 0.9 else y - height / 2 + 12
        words = [_text(x, top + LINE * place, line, text_anchor=anchor) for place, line in enumerate(lines)]
        spans = "".join(
            f'<tspan fill="{LOOKS[kind].colour}" dx="{8 if place else 0}">{escape(text)}</tspan>'
            for place, (kind, text) in enumerate(self._values(index))
        )
        numbers = (
            f'<text x="{_n(x)}" y="{_n(top + LINE * len(lines))}" font-size="14" font-weight="700"'
            f' text-anchor="{anchor}">{spans}</text>'
        )
        return _line(MIDDLE, self.middle_y, *self.point(index, self.radius), GRID) + "".join(words) + numbers

    def shape(self, series: Series, maximum: float) -> str:
        """Line and markers of one series; where a value is missing the line leaves its axis out."""
        look = LOOKS[series.kind]
        dots = [
            self.point(index, self.radius * min(max(float(value), 0), maximum) / maximum)
            for index, value in enumerate(series.values)
            if value is not None
        ]
        if not dots:
            return ""
        fill = f'fill="{look.colour}" fill-opacity="{look.fill}"' if look.fill else 'fill="none"'
        line = (
            f'<polygon points="{_points(dots)}" {fill} stroke="{look.colour}" stroke-width="2.5"'
            f' stroke-linejoin="round"{look.dashes}/>'
        )
        return f'<g class="chart__{series.kind}">{line}{"".join(_marker(series.kind, x, y) for x, y in dots)}</g>'


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _legend(series: Sequence[Series], y: float) -> str:
    widths = [54 + len(one.label) * CHARACTER for one in series]
    x, out = max(0.0, (WIDTH - sum(widths)) / 2), []
    for one, width in zip(series, widths, strict=True):
        look = LOOKS[one.kind]
        out.append(
            f'<line x1="{_n(x)}" y1="{_n(y - 5)}" x2="{_n(x + 26)}" y2="{_n(y - 5)}" stroke="{look.colour}"'
            f' stroke-width="2.5"{look.dashes}/>{_marker(one.kind, x + 13, y - 5)}{_text(x + 32, y, one.label)}'
        )
        x += width
    return "".join(out)


def radar(
    axes: Sequence[str], series: Sequence[Series], *, title: str, desc: str = "", maximum: int = 100
) -> SafeString:
    """Scores on three or more axes from 0 to `maximum`, in up to three series (now, target, peers).

    The series are drawn in the order given, "now" always last, so that it lies on top. Raises ValueError when a
    series has not one value for each axis.
    """
    if len(axes) < 3 or any(len(one.values) != len(axes) for one in series):
        raise ValueError("A radar needs three axes or more, and of each series one value for each axis")
    web = _Web(axes, sorted(series, key=lambda one: list(LOOKS).index(one.kind)))
    body = [web.ring(web.radius * step / 4) for step in range(1, 5)]
    body += [web.axis(index) for index in range(len(axes))]
    body += [web.shape(one, maximum) for one in sorted(series, key=lambda one: one.kind == "now")]
    body.append(_legend(web.series, web.bottom + 28))
    return _svg("radar", WIDTH, web.bottom + 40, title, desc or _said(axes, web.series), body)


def _said(axes: Sequence[str], series: Sequence[Series]) -> str:
    """The numbers of a radar in words, for those who do not see it."""
    lines = []
    for one in series:
        pairs = (f"{name} {_number(v)}" for name, v in zip(axes, one.values, strict=True) if v is not None)
        lines.append(f"{one.label}: {', '.join(pairs)}.")
    return " ".join(lines)


# --- Bars ---------------------------------------------------------------------------------------
BLUE = LOOKS["now"].colour


def bars(rows: Sequence[Bar], *, title: str, desc: str = "", maximum: Value = 100, unit: str = "") -> SafeString:
    """One bar a row from 0 to `maximum`, label above, value at its right end, the range as a whisker."""
    if float(maximum) <= 0:
        raise ValueError("The scale of a chart must be above nothing")
    body, y = [], 4.0
    scale = NARROW / float(maximum)
    for row in rows:
        shown = row.text or (_("no answer") if row.value is None else _number(row.value) + unit)
        lines = _wrapped(row.label, int((NARROW - len(shown) * 9 - 12) / CHARACTER))
        body += [_text(0, y + 14 + LINE * i, line) for i, line in enumerate(lines)]
        body.append(_text(NARROW, y + 14, shown, text_anchor="end", font_weight="700"))
        y += LINE * len(lines) + 5
        body.append(_rect(0, y, NARROW, 14, TRACK))
        if row.value is not None:
            body.append(_rect(0, y, min(float(row.value) * scale, NARROW), 14, BLUE))
        if row.low is not None and row.high is not None:
            body.append(_whisker(float(row.low) * scale, min(float(row.high) * scale, NARROW), y + 7))
        y += 14 + 12
    said = "; ".join(f"{row.label} {'-' if row.value is None else _number(row.value)}{unit}" for row in rows)
    return _svg("bars", NARROW, y, title, desc or said, body)


def _whisker(low: float, high: float, y: float) -> str:
    """A range: white under black, so that it is seen on the bar and beside it."""
    low, high = max(low, 1.5), max(high - 1.5, 1.5)
    ends = [(low, y, high, y), (low, y - 6, low, y + 6), (high, y - 6, high, y + 6)]
    return "".join(_line(*end, "#ffffff", 4) for end in ends) + "".join(_line(*end, INK, 2) for end in ends)


def funnel(stages: Sequence[Stage], *, title: str, desc: str = "") -> SafeString:
    """How many reached each stage, each as a share of the one before; a target as a mark across the bar."""
    most = max([1, *(stage.count for stage in stages), *(stage.target or 0 for stage in stages)])
    body, y = [], 4.0
    for place, stage in enumerate(stages):
        share = _percent(stage.count, stages[place - 1].count) if place else ""
        notes = [_("%(share)s of the stage before") % {"share": share}] if share else []
        if stage.target is not None:
            notes.append(_("target %(target)s") % {"target": _number(stage.target)})
        body.append(_text(0, y + 14, stage.label))
        body.append(_text(NARROW, y + 14, _number(stage.count), text_anchor="end", font_weight="700"))
        body.append(_rect(0, y + 20, NARROW, 18, TRACK))
        body.append(_rect(0, y + 20, NARROW * stage.count / most, 18, BLUE))
        if stage.target is not None:
            mark = min(max(NARROW * stage.target / most, 2), NARROW - 2)
            body += [_line(mark, y + 17, mark, y + 41, "#ffffff", 7), _line(mark, y + 17, mark, y + 41, INK, 3)]
        if notes:
            body.append(_text(0, y + 54, ", ".join(notes), fill=QUIET, font_size="13"))
        y += 68 if notes else 52
    said = "; ".join(f"{stage.label} {_number(stage.count)}" for stage in stages)
    return _svg("funnel", NARROW, y, title, desc or said, body)


def balance(rows: Sequence[Bar], *, title: str, desc: str = "") -> SafeString:
    """One column for each moment, up from the zero line or down below it; the lowest is framed.

    Every row has a value and its `text`; those of the lowest and the last stand below, the others in the description.
    """
    values = [float(row.value or 0) for row in rows]
    top, bottom = max(0.0, *values), min(0.0, *values)
    scale = 160 / ((top - bottom) or 1)
    left, zero, lowest = 18, 8 + top * scale, values.index(min(values))
    step = (NARROW - left) / len(rows)
    body = [_text(0, zero + 5, _number(0)), _line(left - 4, zero, NARROW, zero, INK)]
    for place, value in enumerate(values):
        height = abs(value) * scale
        x, y, width = left + step * (place + 0.12), zero - max(value, 0) * scale, step * 0.76
        body.append(_rect(x, y, width, height, LOOKS["target"].colour if value < 0 else BLUE))
        if place == lowest:
            frame = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
            body.append(f'<rect {frame} fill="none" stroke="{INK}" stroke-width="3"/>')
    y = zero - bottom * scale + 26
    for name, row in [(_("Lowest: %(when)s"), rows[lowest]), (_("At the end: %(when)s"), rows[-1])]:
        body += [
            _text(0, y, name % {"when": row.label}),
            _text(NARROW, y, row.text, text_anchor="end", font_weight="700"),
        ]
        y += 22
    said = "; ".join(f"{row.label} {row.text}" for row in rows)
    return _svg("balance", NARROW, y - 8, title, desc or said, body)


# --- Money --------------------------------------------------------------------------------------
def budget_bar(
    allocated: Decimal,
    committed: Decimal,
    left: Decimal,
    *,
    title: str,
    paid: Decimal | None = None,
    currency: str = "GBP",
    desc: str = "",
) -> SafeString:
    """A budget as one bar: what is paid (part of what is committed), what is committed, what is left.

    All sums in `currency`. What is committed beyond the allocation is drawn to the end of the bar and said in words.
    """
    whole = float(max(allocated, committed, Decimal(1)))
    parts = [
        (_("Committed"), committed, BLUE),
        (_("Left"), left, TRACK),
        *([(_("Paid, of what is committed"), paid, "#0f385c")] if paid is not None else []),
    ]
    reach = NARROW * float(committed) / whole
    body = [
        _text(0, 18, _("Budget")),
        _text(NARROW, 18, money_text(allocated, currency), text_anchor="end", font_weight="700"),
        _rect(0, 26, NARROW, 26, TRACK),
        _rect(0, 26, reach, 26, BLUE),
        _rect(0, 26, NARROW * float(paid or 0) / whole, 26, "#0f385c"),
        f'<rect x="0.5" y="26.5" width="{NARROW - 1}" height="25" fill="none" stroke="{QUIET}"/>',
    ]
    y = 76.0
    for label, amount, colour in parts:
        body.append(f'<rect x="0.5" y="{_n(y - 11.5)}" width="13" height="13" fill="{colour}" stroke="{QUIET}"/>')
        body.append(_text(22, y, label))
        body.append(_text(NARROW, y, money_text(amount, currency), text_anchor="end", font_weight="700"))
        y += 22
    if committed > allocated:
        over = money_text(committed - allocated, currency)
        body.append(_text(0, y, _("%(sum)s more is committed than there is") % {"sum": over}, font_weight="700"))
        y += 22
    said = "; ".join(f"{label} {money_text(amount, currency)}" for label, amount, colour in parts)
    return _svg("budget", NARROW, y, title, desc or said, body)
