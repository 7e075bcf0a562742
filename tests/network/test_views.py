"""The public register, and who may look after it."""

import pytest
from django.utils import timezone

from accounts.permissions import Role
from network.models import Expert
from tests.factories.accounts import AssignmentFactory
from tests.factories.network import ExpertFactory
from tests.factories.programmes import ProgrammeFactory

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


@pytest.fixture
def entry(programme):
    return ExpertFactory(name="Robot Centre", programme=programme, places=["TLD4"], capabilities=["PE", "MS06"])


def answers(programme, **changes):
    return {
        "name": "Robot Centre", "kinds": ["rto"], "capabilities": ["PE"], "summary": "Robots to try.",
        "what_to_ask": "", "programme": programme.pk, "places": ["TLD4"], "languages": ["en-gb"],
        "availability": "open", "is_independent": "True", "url": "", "email": "", "source": "A visit",
    } | changes  # fmt: skip


# --- Public ---------------------------------------------------------------------------------------
def test_anybody_reads_the_register_and_an_entry(client, entry):
    ExpertFactory(name="Hidden", is_listed=False)
    page = client.get("/network/").content.decode()
    assert "Robot Centre" in page
    assert "Hidden" not in page
    assert "Look after" not in page
    page = client.get(entry.get_absolute_url()).content.decode()
    assert "Lancashire" in page
    assert "Manufacturing systems and data" in page
    assert "Change this entry" not in page


def test_what_is_invented_sells_or_is_closed_says_so(client):
    entry = ExpertFactory(is_demo=True, is_independent=False, availability="closed", email="x@y.example")
    for path in ("/network/", entry.get_absolute_url()):
        page = client.get(path).content.decode()
        for words in ("Invented for the demonstration", "Sells machines", "Takes no enquiries now"):
            assert words in page
    assert "mailto:" not in page


def test_who_is_not_listed_has_no_page(client):
    assert client.get(ExpertFactory(is_listed=False).get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["College", "Danes", "Everywhere", "Robot Centre"]),
        ("?kind=university", ["College"]),
        ("?language=cy", ["College"]),
        ("?place=TLD4", ["Everywhere", "Robot Centre"]),
        ("?place=TLL3&kind=university", ["College"]),
        ("?kind=wizard&place=x&language=klingon", ["College", "Danes", "Everywhere", "Robot Centre"]),
    ],
)
def test_filters_leave_what_fits_and_a_larger_place_holds_the_smaller(client, entry, query, names):
    ExpertFactory(name="College", kinds=["university"], languages=["cy", "en-gb"], places=["TLL", "TLL3"])
    ExpertFactory(name="Everywhere")
    ExpertFactory(name="Danes", country="DK", languages=["da"])
    assert [expert.name for expert in client.get(f"/network/{query}").context["experts"]] == names


def test_the_register_costs_the_same_with_thirty(client, django_assert_max_num_queries):
    for _number in range(30):
        ExpertFactory()
    with django_assert_max_num_queries(3):
        client.get("/network/")


# --- Upkeep ---------------------------------------------------------------------------------------
def test_only_those_who_run_a_programme_find_the_upkeep(signed_in, adviser, entry):
    client = signed_in(adviser)
    for path in ("/casework/experts/", "/casework/experts/add/", f"/casework/experts/{entry.slug}/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/casework/experts/{entry.slug}/checked/").status_code == 404


def test_another_programmes_entry_may_be_read_and_not_changed(signed_in, entry):
    other = AssignmentFactory(programme=ProgrammeFactory(), role=Role.MANAGER).user
    client = signed_in(other)
    assert client.get(entry.get_absolute_url()).status_code == 200
    for path in ("", "checked/", "listed/"):
        assert client.post(f"/casework/experts/{entry.slug}/{path}").status_code == 403
    assert "Robot Centre" not in client.get("/casework/experts/").content.decode()


def test_an_entry_of_no_programme_belongs_to_the_managers_of_its_country(signed_in, manager):
    mine, theirs = ExpertFactory(name="British"), ExpertFactory(name="Spanish", country="ES")
    page = signed_in(manager).get("/casework/experts/").content.decode()
    assert mine.name in page
    assert theirs.name not in page


def test_a_manager_adds_an_entry(signed_in, manager, programme, now):
    ExpertFactory(slug="robot-centre")
    response = signed_in(manager).post("/casework/experts/add/", answers(programme))
    assert response["Location"] == "/casework/experts/robot-centre-2/"
    entry = Expert.objects.get(slug="robot-centre-2")
    assert (entry.country, entry.places, entry.is_listed, entry.is_demo) == ("GB", ["TLD4"], True, False)
    assert entry.checked_on == programme.local_date(now)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "…"}, {"kinds": []}, {"source": ""}, {"places": ["ES21"]}, {"languages": ["klingon"]}, {"url": "x"}],
)
def test_what_is_missing_or_wrong_is_told_at_its_field(signed_in, manager, programme, wrong):
    response = signed_in(manager).post("/casework/experts/add/", answers(programme, **wrong))
    assert list(response.context["form"].errors) == list(wrong)
    assert not Expert.objects.exists()


def test_a_place_abroad_is_refused_in_words(signed_in, manager, programme):
    AssignmentFactory(user=manager, programme=ProgrammeFactory(country="ES"), role=Role.MANAGER)
    response = signed_in(manager).post("/casework/experts/add/", answers(programme, places=["ES21"]))
    assert "País Vasco" in response.context["form"].errors["places"][0]


def test_saving_keeps_single_questions_while_their_group_stays_ticked(signed_in, manager, programme, entry):
    client = signed_in(manager)
    assert client.get(f"/casework/experts/{entry.slug}/").context["form"].initial["capabilities"] == ["MS", "PE"]
    client.post(f"/casework/experts/{entry.slug}/", answers(programme, capabilities=["PE", "MS", "CI"]))
    entry.refresh_from_db()
    assert sorted(entry.capabilities) == ["CI", "MS06", "PE"]
    client.post(f"/casework/experts/{entry.slug}/", answers(programme, capabilities=["PE"]))
    entry.refresh_from_db()
    assert entry.capabilities == ["PE"]


def test_a_check_without_a_change_counts_and_the_history_names_who(signed_in, manager, programme, entry):
    client = signed_in(manager)
    client.post(f"/casework/experts/{entry.slug}/checked/")
    client.post(f"/casework/experts/{entry.slug}/", answers(programme, name="Robot House", capabilities=["PE", "MS"]))
    entry.refresh_from_db()
    assert entry.checked_on == programme.local_date(timezone.now())
    changes = client.get(f"/casework/experts/{entry.slug}/").context["changes"]
    assert changes[0].by == manager.get_full_name()
    assert "Name" in changes[0].fields
    assert changes[-2].fields == ["Checked"]
    assert changes[-1].fields == []
    assert changes[-1].by == "The portal"


def test_out_of_the_register_and_back(signed_in, manager, client, entry):
    client = signed_in(manager)
    client.post(f"/casework/experts/{entry.slug}/listed/", {"listed": "no"})
    assert client.get(entry.get_absolute_url()).status_code == 404
    assert "Not shown" in client.get(f"/casework/experts/{entry.slug}/").content.decode()
    client.post(f"/casework/experts/{entry.slug}/listed/", {"listed": "yes"})
    assert client.get(entry.get_absolute_url()).status_code == 200


def test_a_check_of_an_entry_of_no_programme(signed_in, manager):
    entry = ExpertFactory()
    signed_in(manager).post(f"/casework/experts/{entry.slug}/checked/")
    entry.refresh_from_db()
    assert entry.checked_on == timezone.localdate()


def test_the_upkeep_costs_the_same_with_thirty(signed_in, manager, programme, django_assert_max_num_queries):
    for _number in range(30):
        ExpertFactory(programme=programme)
    client = signed_in(manager)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/casework/experts/")
