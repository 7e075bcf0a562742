"""Minutes left are a sum of the questionnaire's own seconds, never a share of the whole."""

import math

from hypothesis import given
from hypothesis import strategies as st

from diagnostics import scoring
from diagnostics.progress import progress
from tests.diagnostics.test_scoring import DOCUMENT, FACTS

ITEMS = {item["code"]: item for item in [*DOCUMENT["questions"], *DOCUMENT["barriers"]]}
REPLIES = st.one_of(st.integers(0, 4), st.just("dont_know"), st.just("not_applicable"), st.none())


def of(answers, facts=FACTS, open_facts=()):
    states = scoring.question_states(DOCUMENT, facts, answers, {})
    return progress(DOCUMENT, [{"code": row.code, "status": row.status} for row in states], open_facts)


def test_with_nothing_answered_everything_asked_is_left():
    course = of({})
    assert course.minutes_left == math.ceil(sum(ITEMS[code]["seconds"] for code in course.visible) / 60)
    assert (course.percent, course.answered) == (0, 0)


def test_facts_that_are_still_open_take_time_too():
    done = dict.fromkeys(ITEMS, 2)
    assert of(done).minutes_left == 0
    assert of(done, open_facts=["goals", "sector", "employees"]).minutes_left == 1


def test_everything_together_is_what_the_start_page_promises():
    facts = {fact["code"] for fact in DOCUMENT["profile"]}
    everything = [{"code": code, "status": "unanswered"} for code in ITEMS]
    assert progress(DOCUMENT, everything, facts).minutes_left == 35


def test_heavy_questions_move_the_bar_further():
    assert of({"MS03": 1}).percent > of({"PE01": 1}).percent
    assert of({"PE01": "not_applicable"}).percent == 0


def test_nothing_applies():
    assert progress(DOCUMENT, [{"code": "PE01", "status": "not_applicable"}]).percent == 100


@given(st.fixed_dictionaries({code: REPLIES for code in ITEMS}))
def test_the_bar_is_full_exactly_when_nothing_is_open(answers):
    course = of(answers)
    assert 0 <= course.percent <= 100
    assert (course.percent == 100) == (not course.open) == (course.minutes_left == 0)
    assert [course.number(code) for code in course.visible] == list(range(1, len(course.visible) + 1))
