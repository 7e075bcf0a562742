"""Charts are well-formed SVG that needs no inline style, says its numbers, and lets no text become markup."""

import xml.etree.ElementTree as ElementTree
from decimal import Decimal

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import charts

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(\"1\")</script> & 'x'"
AXES = ["Production", "Products", "Security"]


def radar(**more):
    series = [
        charts.Series("now", "You now", [62, 58, Decimal("31.5")]),
        charts.Series("target", "Your target", [80, 70, 75]),
        charts.Series("peers", "Firms like yours", [40, None, 28]),
    ]
    return charts.radar(more.pop("axes", AXES), more.pop("series", series), title="Where you stand", **more)


@pytest.mark.parametrize(
    "svg",
    [
        radar(),
        charts.bars([charts.Bar("Robots", 62, low=40, high=75), charts.Bar("Unanswered", None)], title="Scores"),
        charts.funnel([charts.Stage("Checked", 1240), charts.Stage("Joined", 412, target=400)], title="Funnel"),
        charts.budget_bar(Decimal(250), Decimal(194), Decimal(56), paid=Decimal(41), title="Budget"),
        charts.balance([charts.Bar("March", -50, text="−£50"), charts.Bar("April", 20, text="£20")], title="Cash"),
        charts.balance([charts.Bar("March", 0, text="£0")], title="Cash"),
    ],
    ids=["radar", "bars", "funnel", "budget", "balance", "nothing moves"],
)
def test_chart_is_accessible_svg_without_inline_style(svg):
    assert isinstance(svg, SafeString)
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    for element in root.iter():
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]


@pytest.mark.parametrize(
    "svg",
    [
        charts.radar([HOSTILE] * 3, [charts.Series("now", HOSTILE, [1, 2, 3])], title=HOSTILE, desc=HOSTILE),
        charts.bars([charts.Bar(HOSTILE, 1, text=HOSTILE)], title=HOSTILE, unit=HOSTILE),
        charts.funnel([charts.Stage(HOSTILE, 1)], title=HOSTILE),
        charts.budget_bar(Decimal(1), Decimal(0), Decimal(1), title=HOSTILE),
        charts.balance([charts.Bar(HOSTILE, 1, text=HOSTILE)], title=HOSTILE),
    ],
    ids=["radar", "bars", "funnel", "budget", "balance"],
)
def test_texts_are_escaped(svg):
    assert "<script" not in svg
    assert ElementTree.fromstring(svg).find(f"{SVG}title").text == HOSTILE


def test_radar_tells_series_apart_without_colour():
    svg = radar()
    assert 'class="chart__now"' in svg
    assert svg.count("<circle") == 4, "three points and one in the legend"
    assert 'stroke-dasharray="7 4"' in svg
    assert 'stroke-dasharray="2 4"' in svg


def test_radar_prints_values_and_leaves_gaps_out():
    svg = radar()
    assert ">31.5<" in svg
    desc = ElementTree.fromstring(svg).find(f"{SVG}desc").text
    assert "Firms like yours: Production 40, Security 28." in desc


def test_radar_draws_now_on_top():
    svg = radar()
    assert svg.index("chart__target") < svg.index("chart__now")
    assert svg.index("chart__peers") < svg.index("chart__now")


def test_radar_without_any_answer_draws_no_line():
    svg = radar(series=[charts.Series("now", "You now", [None, None, None])])
    assert "chart__now" not in svg


@pytest.mark.parametrize(("axes", "values"), [(["One", "Two"], [1, 2]), (AXES, [1, 2])])
def test_radar_refuses_what_it_cannot_draw(axes, values):
    with pytest.raises(ValueError, match="three axes"):
        radar(axes=axes, series=[charts.Series("now", "You", values)])


def test_radar_keeps_to_its_frame():
    svg = radar(series=[charts.Series("now", "You now", [500, -20, 50])])
    for circle in ElementTree.fromstring(svg).iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx")) <= charts.WIDTH


@settings(max_examples=50, deadline=None)
@given(
    names=st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=60), min_size=3, max_size=9)
)
def test_radar_takes_any_names(names):
    ElementTree.fromstring(charts.radar(names, [charts.Series("now", "Now", [50] * len(names))], title="T"))


@pytest.mark.parametrize("count", [3, 4, 5, 6, 7, 8])
def test_radar_leaves_room_for_long_words_and_values(count):
    names = ["Manufacturing system upgrades"] * count
    values = [Decimal("42.6")] * count
    series = [charts.Series(kind, kind, values) for kind in ("now", "target", "peers")]
    for text in ElementTree.fromstring(charts.radar(names, series, title="T")).iter(f"{SVG}text"):
        width = len("".join(text.itertext())) * charts.CHARACTER
        x, anchor = float(text.get("x")), text.get("text-anchor", "start")
        left = x - {"start": 0, "middle": width / 2, "end": width}[anchor]
        assert left >= 0
        assert left + width <= charts.WIDTH
        assert float(text.get("y")) >= 10


def test_bars_draw_the_range_only_where_there_is_one():
    assert charts.bars([charts.Bar("A", 5, low=2, high=8)], title="T").count("<line") == 6
    assert charts.bars([charts.Bar("A", 5, low=2)], title="T").count("<line") == 0


def test_bars_say_when_there_is_no_answer():
    assert "no answer" in charts.bars([charts.Bar("A", None)], title="T")


def test_bars_refuse_an_empty_scale():
    with pytest.raises(ValueError, match="above nothing"):
        charts.bars([charts.Bar("A", 1)], title="T", maximum=0)


def test_funnel_gives_each_stage_as_share_of_the_one_before():
    svg = charts.funnel([charts.Stage("Checked", 200), charts.Stage("Joined", 50, target=80)], title="T")
    assert "25.0% of the stage before, target 80" in svg


def test_funnel_never_says_nothing_of_something():
    svg = charts.funnel([charts.Stage("Eligible", 15000), charts.Stage("Joined", 8)], title="T")
    assert "0.1% of the stage before" in svg


def test_funnel_of_nothing_is_drawn():
    svg = charts.funnel([charts.Stage("Checked", 0), charts.Stage("Joined", 0)], title="T")
    assert "of the stage before" not in svg
    ElementTree.fromstring(charts.funnel([], title="T"))


def test_budget_bar_prints_sums_in_their_currency():
    svg = charts.budget_bar(Decimal(2500000), Decimal(1940000), Decimal(560000), title="T", currency="EUR")
    assert "€2,500,000" in svg
    assert "Paid" not in svg


def test_budget_bar_says_when_too_much_is_committed():
    svg = charts.budget_bar(Decimal(100), Decimal(130), Decimal(-30), title="T")
    assert "£30 more is committed than there is" in svg
    for box in ElementTree.fromstring(svg).iter(f"{SVG}rect"):
        assert float(box.get("width")) <= charts.NARROW
