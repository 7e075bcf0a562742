"""The roadmap as a picture: boxes, arrows between them, words that fit."""

import re
from xml.etree import ElementTree

from diagnostics.rendering import roadmap
from diagnostics.rendering.roadmap import Box, Column, draw, wrapped

COLUMNS = [
    Column("Now", "In three months", [Box(1, "Close the doors", "Under £1,000"), Box(2, "Map <one> day", "")]),
    Column("Next", "Start within a year", [Box(3, "Join up the systems", "£5,000", [1]), Box(4, "Measure", "", [3])]),
    Column("Later", "In one to three years", [Box(5, "Automate", "", [2, 4])]),
]


def drawn(columns=COLUMNS):
    return str(draw(columns, colour="#12436d", title="Roadmap"))


def test_an_arrow_leads_to_each_that_waits():
    picture = drawn()
    ElementTree.fromstring(picture)
    assert len(re.findall("<path ", picture)) == len(re.findall("<polygon ", picture)) == 4
    assert "Next: 3 Join up the systems (after 1); 4 Measure (after 3)." in picture
    assert "Map &lt;one&gt; day" in picture


def test_an_action_that_people_put_before_what_it_waits_for_has_words_and_no_arrow():
    columns = [Column("Now", "", [Box(1, "Automate", "after 2", [2])]), Column("Next", "", [Box(2, "Measure", "")])]
    assert "<path " not in drawn(columns)
    assert "after 2" in drawn(columns)
    assert "<path " not in drawn([Column("Now", "", [Box(1, "Automate", "", [9])])])


def test_nothing_to_do_is_said():
    assert "Now: nothing." in drawn([Column("Now", "", [])])


def test_words_that_do_not_end_are_cut():
    lines = wrapped("Move " + "x" * 60, roadmap.TITLE_SIZE)
    longest = int(roadmap.SPACE / (roadmap.TITLE_SIZE * roadmap.LETTER))
    assert max(map(len, lines)) <= longest
    assert "".join(line.removesuffix("-") for line in lines) == "Move" + "x" * 60
