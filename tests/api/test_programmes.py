from django.db import connection
from django.test.utils import CaptureQueriesContext

from programmes.models import Programme


def test_the_list(client, programmes):
    found = client.get("/api/v1/programmes").json()
    assert [programme["slug"] for programme in found] == [
        "made-smarter-north-west",
        "wales-industry-4",
        "basque-industry-4",
        "piemonte-impresa-4",
        "central-denmark-growth",
        "smart-industri-i-regionerna",
    ]
    north_west = found[0]
    assert set(north_west) == {"slug", "name", "country", "regions", "currency", "languages", "instruments"}
    assert north_west["regions"] == ["lancashire", "greater-manchester", "merseyside", "cheshire", "cumbria"]
    assert (north_west["country"], north_west["currency"], north_west["languages"]) == ("GB", "GBP", ["en"])
    assert north_west["instruments"][1] == {
        "slug": "match-funding", "name": "Match funding for technology", "kind": "grant", "open": True,
    }  # fmt: skip


def test_open_says_what_can_be_asked_for_now(client, programmes, time_machine):
    def opened(slug):
        (found,) = [row for row in client.get("/api/v1/programmes").json() if row["slug"] == slug]
        return {row["slug"] for row in found["instruments"] if row["open"]}

    time_machine.move_to("2027-12-31 16:59")
    assert "match-funding" in opened("made-smarter-north-west")
    time_machine.move_to("2027-12-31 17:00")
    assert opened("made-smarter-north-west") == {
        "digital-diagnostic", "specialist-advice", "student-placement", "leadership-programme",
    }  # fmt: skip
    time_machine.move_to("2027-03-01 12:00")
    assert opened("basque-industry-4") == set()


def test_a_closed_programme_is_not_listed(client, programmes):
    Programme.objects.filter(slug="wales-industry-4").update(status=Programme.Status.CLOSED)
    assert "wales-industry-4" not in {row["slug"] for row in client.get("/api/v1/programmes").json()}


def test_three_queries_are_enough(client, programmes):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/api/v1/programmes")
    assert len(queries) == 3
