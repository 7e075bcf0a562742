from hypothesis import given
from hypothesis import strategies as st

from network.matching import Candidate, Needs, match

NEEDS = Needs(frozenset({"rto", "university"}), frozenset({"PE02", "PE"}))
NORTH_WALES = ("TLL", "TLL3", "TLL32")


def candidate(slug="a", name="", kinds=("rto",), capabilities=(), places=(), languages=("en-gb",), **changes):
    return Candidate(
        slug, name or slug.upper(), frozenset(kinds), frozenset(capabilities), frozenset(places),
        frozenset(languages), **changes,
    )  # fmt: skip


def names(experts, needs=NEEDS, places=NORTH_WALES, languages=("en-gb",), limit=3):
    return [each.candidate.slug for each in match(needs, experts, places=places, languages=languages, limit=limit)]


def test_a_match_says_why():
    expert = candidate(
        kinds=["university", "training"], capabilities=["PE02", "MS"], places=["TLL", "TLL3"], languages=["cy", "en"]
    )
    [found] = match(NEEDS, [expert], places=NORTH_WALES, languages=["cy", "en-gb"])
    assert found.candidate == expert
    assert found.kinds == ("university",)
    assert found.capabilities == ("PE02",)
    assert found.place == "TLL3"
    assert found.language == "cy"
    assert not found.is_waiting


def test_another_kind_another_place_another_subject_and_closed_are_left_out():
    experts = [
        candidate("kind", kinds=["cyber"]),
        candidate("place", places=["TLD"]),
        candidate("subject", capabilities=["CI"]),
        candidate("closed", availability="closed"),
    ]
    assert names(experts) == []


def test_no_places_is_the_whole_country_and_no_capabilities_are_all():
    [found] = match(NEEDS, [candidate()], places=(), languages=["cy"])
    assert (found.capabilities, found.place, found.language) == ((), "", "")


def test_without_capabilities_asked_for_the_kind_alone_decides():
    assert names([candidate(capabilities=["CI"])], needs=Needs(frozenset({"rto"}))) == ["a"]


def test_independent_before_sellers_then_open_then_language_then_subject_then_kinds_then_near():
    experts = [
        candidate("seller", capabilities=["PE", "PE02"], is_independent=False),
        candidate("waiting", capabilities=["PE", "PE02"], availability="waiting"),
        candidate("danish", capabilities=["PE", "PE02"], languages=["da"]),
        candidate("general"),
        candidate("near", places=["TLL32"]),
        candidate("both", kinds=["rto", "university"]),
        candidate("subject", capabilities=["PE"]),
    ]
    assert names(experts, limit=9) == ["subject", "both", "near", "general", "danish", "waiting", "seller"]


def test_ties_go_by_name_whatever_the_case_of_its_letters():
    assert names([candidate("x", "beta"), candidate("y", "Alpha"), candidate("z", "alpha")]) == ["y", "z", "x"]


CODES = st.frozensets(st.sampled_from(["PE", "PE02", "MS"]))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        slug=st.text("abcdef", min_size=1, max_size=6),
        name=st.text("AaBb", min_size=1, max_size=2),
        kinds=st.frozensets(st.sampled_from(["rto", "university", "cyber"]), min_size=1),
        capabilities=CODES,
        places=st.frozensets(st.sampled_from(["TLL", "TLL3", "TLD", "TLD4"])),
        languages=st.frozensets(st.sampled_from(["en-gb", "cy", "da"])),
        availability=st.sampled_from(["open", "waiting", "closed"]),
        is_independent=st.booleans(),
    ),
    unique_by=lambda each: each.slug,
    max_size=12,
)
NEED = st.builds(Needs, st.frozensets(st.sampled_from(["rto", "university", "cyber"])), CODES)


@given(NEED, CANDIDATES, st.randoms(), st.integers(0, 12))
def test_the_order_given_does_not_matter_and_a_lower_limit_takes_the_head(needs, experts, random, limit):
    shuffled = random.sample(experts, len(experts))
    everyone = match(needs, experts, places=NORTH_WALES, languages=["cy", "en"], limit=99)
    assert match(needs, shuffled, places=NORTH_WALES, languages=["cy", "en"], limit=limit) == everyone[:limit]


@given(NEED, CANDIDATES)
def test_every_match_is_open_to_enquiries_and_gives_a_true_reason(needs, experts):
    found = match(needs, experts, places=NORTH_WALES, languages=["cy", "en"], limit=99)
    for each in found:
        expert = each.candidate
        assert expert.availability != "closed"
        assert each.kinds
        assert set(each.kinds) <= needs.kinds & expert.kinds
        assert set(each.capabilities) <= needs.capabilities & expert.capabilities
        assert each.place in expert.places & set(NORTH_WALES) if expert.places else each.place == ""
    sells = [not each.candidate.is_independent for each in found]
    assert sells == sorted(sells)


@given(NEED, CANDIDATES, st.data())
def test_one_more_entry_changes_nothing_among_the_others(needs, experts, data):
    if not experts:
        return
    gone = data.draw(st.sampled_from(experts))
    rest = [each for each in experts if each != gone]
    whole = match(needs, experts, places=NORTH_WALES, languages=["cy"], limit=99)
    assert [each for each in whole if each.candidate != gone] == match(
        needs, rest, places=NORTH_WALES, languages=["cy"], limit=99
    )
