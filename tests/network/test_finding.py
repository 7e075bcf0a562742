import pytest

from network.finding import holding, nearby
from organisations import places
from tests.factories.network import ExpertFactory


def code(slug):
    return places.find(slug).code


def test_an_authority_lies_in_its_regions_and_in_itself():
    assert holding([code("gwynedd")]) == ("TLL", "TLL3", "TLL32", code("gwynedd"))


def test_authorities_of_one_programme_region_share_what_holds_them_all():
    assert holding([code("gwynedd"), code("conwy")]) == ("TLL", "TLL3")
    assert holding([code("gwynedd"), code("salford")]) == ()
    assert holding([]) == ()


def test_outside_the_united_kingdom_nuts_counts_and_elsewhere_is_nowhere_known():
    assert holding([code("skane")]) == ("SE2", "SE22", "SE224")
    assert holding([places.ELSEWHERE]) == (places.ELSEWHERE,)


@pytest.mark.django_db
def test_candidates_come_in_one_query_and_serve_every_action(django_assert_num_queries):
    here = ExpertFactory(places=["TLL3"], kinds=["rto", "university"])
    country = ExpertFactory(name="Anywhere")
    ExpertFactory(places=["TLD"])
    ExpertFactory(is_listed=False)
    ExpertFactory(country="ES")
    with django_assert_num_queries(1):
        found = nearby(country="GB", authorities=[code("gwynedd")], languages=["cy", "en-gb"])
        assert [each.expert for each in found.best(["rto"], ["PE02", "PE"])] == [here, country]
        assert [each.expert for each in found.best(["university"])] == [here]
        assert found.best(["cyber"]) == []
    assert found.best(["rto"])[0].why.place == "TLL3"


@pytest.mark.django_db
def test_without_an_authority_the_whole_countrys_alone():
    ExpertFactory(places=["TLL3"])
    country = ExpertFactory()
    found = nearby(country="GB", authorities=[], languages=["en-gb"])
    assert [each.expert for each in found.best(["rto"])] == [country]
