from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from diagnostics import allocating
from diagnostics.allocating import Bidder, Work

WORK = Work(1, region=7, language="cy", firm=3)


def bidder(key, name="", regions=(), languages=("en-gb",), capacity=4, in_hand=0, **more):
    return Bidder(key, name or f"B{key}", frozenset(regions), frozenset(languages), capacity, in_hand, **more)


def keys(*bidders, work=WORK):
    return [each.bidder.key for each in allocating.suggest(work, bidders)]


def test_who_cannot_take_it_says_why():
    for code, each in {
        "not_in_force": bidder(1, is_in_force=False),
        "own_firm": bidder(1, organisation=3),
        "elsewhere": bidder(1, regions=[8]),
        "gave_up": bidder(5),
        "full": bidder(1, capacity=2, in_hand=2),
    }.items():
        work = Work(1, 7, "cy", 3, frozenset([5]))
        assert allocating.obstacle(work, each) == code
        assert allocating.suggest(work, [each]) == []
    assert allocating.obstacle(WORK, bidder(1, capacity=0)) == "full"


def test_language_first_then_the_lowest_load_then_most_free_then_the_name():
    welsh = bidder(1, languages=["cy", "en-gb"], in_hand=3)
    half = bidder(2, in_hand=2)
    quarter = bidder(3, in_hand=1)
    large = bidder(4, capacity=8, in_hand=2)
    same = bidder(5, name="a", in_hand=1)
    assert keys(half, same, large, quarter, welsh) == [1, 4, 5, 3, 2]


def test_the_reasons_are_told():
    [found] = allocating.suggest(WORK, [bidder(1, regions=[7], in_hand=1)])
    assert found.reasons == (("region", "named"), ("other_language", "cy"), ("free", "3/4"), ("load", "25"))
    [found] = allocating.suggest(WORK, [bidder(1, languages=["cy"])])
    assert found.reasons[:2] == (("region", "all"), ("language", "cy"))
    assert bidder(1, capacity=0, in_hand=2).load == 1


def test_work_is_spread_and_each_suggestion_counts_for_the_next():
    works = [Work(key, 7, "en-gb") for key in range(5)]
    found = allocating.spread(works, [bidder(1, capacity=2), bidder(2, capacity=2)])
    assert [each.bidder.key if each else None for each in found.values()] == [1, 2, 1, 2, None]


@given(st.integers(0, 20), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=5))
def test_nobody_is_given_more_than_is_free(count, loads):
    bidders = [bidder(key, capacity=capacity, in_hand=taken) for key, (capacity, taken) in enumerate(loads)]
    found = allocating.spread([Work(key, 7, "en-gb") for key in range(count)], bidders)
    for each in bidders:
        assert sum(1 for one in found.values() if one and one.bidder.key == each.key) <= each.free
    assert sum(one is not None for one in found.values()) == min(count, sum(each.free for each in bidders))


def test_the_sample_is_drawn_by_number_and_the_first_two_always():
    assert allocating.is_drawn(9, delivered_before=0, percent=0)
    assert allocating.is_drawn(9, delivered_before=1, percent=0)
    assert not allocating.is_drawn(9, delivered_before=2, percent=0)
    assert allocating.is_drawn(9, delivered_before=2, percent=0, was_sent_back=True)
    assert allocating.is_drawn(9, delivered_before=2, percent=100)
    drawn = [number for number in range(2000) if allocating.is_drawn(number, delivered_before=9, percent=10)]
    assert 150 < len(drawn) < 250
    assert drawn == [number for number in range(2000) if allocating.is_drawn(number, delivered_before=9, percent=10)]


def test_a_reminder_is_sent_once_for_each_of_its_days():
    days = [date(2026, 11, 10), date(2026, 11, 18)]
    assert not allocating.reminder_due(days, reminded_on=None, today=date(2026, 11, 9))
    assert allocating.reminder_due(days, reminded_on=None, today=date(2026, 11, 10))
    assert not allocating.reminder_due(days, reminded_on=date(2026, 11, 10), today=date(2026, 11, 17))
    assert allocating.reminder_due(days, reminded_on=date(2026, 11, 10), today=date(2026, 11, 18))
    assert not allocating.reminder_due(days, reminded_on=date(2026, 11, 18), today=date(2026, 11, 30))
