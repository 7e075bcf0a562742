"""Charts as SVG text: drawn on the server, printed unchanged in PDFs.

Presentation attributes and classes only (the content security policy allows no inline style). Every chart has a title
and a description, prints its values, and tells its series apart by dash and marker as well as by colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
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
CHARACTER = 7.4
"""Mean width of a character at 14 units, for laying out; a little generous."""


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


def _svg(name: str, height: float, title: str, desc: str, body: list[str]) -> SafeString:
    """The whole drawing; every text in `body` is escaped already."""
    label = escape(f"{title}. {desc}" if desc else title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart chart--{name}" viewBox="0 0 {WIDTH} {_n(height)}"'
        f' width="{WIDTH}" height="{_n(height)}" role="img" aria-label="{label}"'
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


def _percent(part: Value, whole: Value) -> str:
    return _("%(share)d%%") % {"share": round(100 * float(part) / float(whole))} if whole else ""


# --- Radar --------------------------------------------------------------------------------------
RADIUS, MIDDLE, LINE = 118, WIDTH / 2, 17


def _around(index: int, count: int, reach: float, middle_y: float) -> tuple[float, float]:
    """Point of axis `index` of `count` at `reach` units from the middle; the first axis points up."""
    angle = 2 * math.pi * index / count - math.pi / 2
    return MIDDLE + reach * math.cos(angle), middle_y + reach * math.sin(angle)


def _ring(count: int, reach: float, middle_y: float) -> str:
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in (_around(i, count, reach, middle_y) for i in range(count)))
    return f'<polygon points="{points}" fill="none" stroke="{GRID}"/>'


def _shape(series: Series, maximum: float, middle_y: float) -> str:
    """Line and markers of one series; where a value is missing the line leaves its axis out."""
    look, count = LOOKS[series.kind], len(series.values)
    dots = [
        _around(index, count, RADIUS * min(max(float(value), 0), maximum) / maximum, middle_y)
        for index, value in enumerate(series.values)
        if value is not None
    ]
    if not dots:
        return ""
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in dots)
    dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
    fill = f'fill="{look.colour}" fill-opacity="{look.fill}"' if look.fill else 'fill="none"'
    line = (
        f'<polygon points="{points}" {fill} stroke="{look.colour}" stroke-width="2.5" stroke-linejoin="round"{dash}/>'
    )
    return f'<g class="chart__{series.kind}">{line}{"".join(_marker(series.kind, x, y) for x, y in dots)}</g>'


def _label_lines(index: int, name: str, count: int) -> tuple[str, list[str]]:
    """Where the name of an axis is anchored, and its lines."""
    x, _y = _around(index, count, RADIUS + 16, 0)
    if abs(x - MIDDLE) < 12:
        return "middle", _wrapped(name, 30)
    room = WIDTH - x if x > MIDDLE else x
    return ("start" if x > MIDDLE else "end"), _wrapped(name, max(8, int(room / CHARACTER)))


def _axis_label(index: int, name: str, series: Sequence[Series], count: int, middle_y: float) -> str:
    """The axis's name and, under it, its values in the colours of their series."""
    x, y = _around(index, count, RADIUS + 16, middle_y)
    anchor, lines = _label_lines(index, name, count)
    height = LINE * (len(lines) + 1)
    if y < middle_y - RADIUS * 0.9:
        top = y - height + 14
    elif y > middle_y + RADIUS * 0.9:
        top = y + 12
    else:
        top = y - height / 2 + 12
    words = [_text(x, top + LINE * i, line, text_anchor=anchor) for i, line in enumerate(lines)]
    return "".join(words) + _values(index, series, x, top + LINE * len(lines), anchor)


def _values(index: int, series: Sequence[Series], x: float, y: float, anchor: str) -> str:
    shown = [(one.kind, value) for one in series if (value := one.values[index]) is not None]
    spans = "".join(
        f'<tspan fill="{LOOKS[kind].colour}" dx="{8 if place else 0}">{escape(_number(value))}</tspan>'
        for place, (kind, value) in enumerate(shown)
    )
    return f'<text x="{_n(x)}" y="{_n(y)}" font-size="14" font-weight="700" text-anchor="{anchor}">{spans}</text>'


def _legend(series: Sequence[Series], y: float) -> str:
    widths = [54 + len(one.label) * CHARACTER for one in series]
    x, out = max(0.0, (WIDTH - sum(widths)) / 2), []
    for one, width in zip(series, widths, strict=True):
        look = LOOKS[one.kind]
        dash = f' stroke-dasharray="{look.dash}"' if look.dash else ""
        out.append(
            f'<line x1="{_n(x)}" y1="{_n(y - 5)}" x2="{_n(x + 26)}" y2="{_n(y - 5)}" stroke="{look.colour}"'
            f' stroke-width="2.5"{dash}/>{_marker(one.kind, x + 13, y - 5)}{_text(x + 32, y, one.label)}'
        )
        x += width
    return "".join(out)


def radar(
    axes: Sequence[str], series: Sequence[Series], *, title: str, desc: str = "", maximum: int = 100
) -> SafeString:
    """Scores on three or more axes from 0 to `maximum`, in up to three series (now, target, peers).

    The series is drawn in the order given, "now" always last, so that it lies on top. Raises ValueError when a
    series has not one value for each axis.
    """
    if len(axes) < 3 or any(len(one.values) != len(axes) for one in series):
        raise ValueError("A radar needs three axes or more, and of each series one value for each axis")
    order = sorted(series, key=lambda one: one.kind == "now")
    shown = sorted(series, key=lambda one: list(LOOKS).index(one.kind))
    count = len(axes)
    tallest = max(len(_label_lines(index, name, count)[1]) for index, name in enumerate(axes))
    middle_y = RADIUS + 18.0 + LINE * (len(_label_lines(0, axes[0], count)[1]) + 1)
    body = [_ring(count, RADIUS * step / 4, middle_y) for step in range(1, 5)]
    body += [_line(MIDDLE, middle_y, *_around(i, count, RADIUS, middle_y), GRID) for i in range(count)]
    body += [_shape(one, maximum, middle_y) for one in order]
    body += [_axis_label(i, name, shown, count, middle_y) for i, name in enumerate(axes)]
    legend_y = middle_y + RADIUS + 50 + LINE * (tallest if count % 2 == 0 else 1)
    body.append(_legend(shown, legend_y))
    return _svg("radar", legend_y + 12, title, desc or _said(axes, shown), body)


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
    scale = WIDTH / float(maximum)
    for row in rows:
        shown = row.text or (_("no answer") if row.value is None else _number(row.value) + unit)
        lines = _wrapped(row.label, int((WIDTH - len(shown) * 9 - 12) / CHARACTER))
        body += [_text(0, y + 14 + LINE * i, line) for i, line in enumerate(lines)]
        body.append(_text(WIDTH, y + 14, shown, text_anchor="end", font_weight="700"))
        y += LINE * len(lines) + 5
        body.append(_rect(0, y, WIDTH, 14, TRACK))
        if row.value is not None:
            body.append(_rect(0, y, min(float(row.value) * scale, WIDTH), 14, BLUE))
        if row.low is not None and row.high is not None:
            body.append(_whisker(float(row.low) * scale, min(float(row.high) * scale, WIDTH), y + 7))
        y += 14 + 12
    said = "; ".join(f"{row.label} {'-' if row.value is None else _number(row.value)}{unit}" for row in rows)
    return _svg("bars", y, title, desc or said, body)


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
        body.append(_text(WIDTH, y + 14, _number(stage.count), text_anchor="end", font_weight="700"))
        body.append(_rect(0, y + 20, WIDTH, 18, TRACK))
        body.append(_rect(0, y + 20, WIDTH * stage.count / most, 18, BLUE))
        if stage.target is not None:
            mark = min(max(WIDTH * stage.target / most, 2), WIDTH - 2)
            body += [_line(mark, y + 17, mark, y + 41, "#ffffff", 7), _line(mark, y + 17, mark, y + 41, INK, 3)]
        if notes:
            body.append(_text(0, y + 54, ", ".join(notes), fill=QUIET, font_size="13"))
        y += 68 if notes else 52
    said = "; ".join(f"{stage.label} {_number(stage.count)}" for stage in stages)
    return _svg("funnel", y, title, desc or said, body)


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
    reach = WIDTH * float(committed) / whole
    body = [
        _text(0, 18, _("Budget")),
        _text(WIDTH, 18, money_text(allocated, currency), text_anchor="end", font_weight="700"),
        _rect(0, 26, WIDTH, 26, TRACK),
        _rect(0, 26, reach, 26, BLUE),
        _rect(0, 26, WIDTH * float(paid or 0) / whole, 26, "#0f385c"),
        f'<rect x="0.5" y="26.5" width="{WIDTH - 1}" height="25" fill="none" stroke="{QUIET}"/>',
    ]
    y = 76.0
    for label, amount, colour in parts:
        body.append(f'<rect x="0.5" y="{_n(y - 11.5)}" width="13" height="13" fill="{colour}" stroke="{QUIET}"/>')
        body.append(_text(22, y, label))
        body.append(_text(WIDTH, y, money_text(amount, currency), text_anchor="end", font_weight="700"))
        y += 22
    if committed > allocated:
        over = money_text(committed - allocated, currency)
        body.append(_text(0, y, _("%(sum)s more is committed than there is") % {"sum": over}, font_weight="700"))
        y += 22
    said = "; ".join(f"{label} {money_text(amount, currency)}" for label, amount, colour in parts)
    return _svg("budget", y, title, desc or said, body)
