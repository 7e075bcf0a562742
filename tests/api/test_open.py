"""Open data: what everybody may read of calls."""

from datetime import datetime

from programmes.models import Call


def test_calls_with_their_money(client, programmes, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        found = client.get("/api/v1/open/calls.json").json()
    north_west = next(row for row in found if row["slug"] == "match-funding-2026")
    assert (north_west["programme"], north_west["instrument"]) == ("made-smarter-north-west", "match-funding")
    assert (north_west["budget"], north_west["left"], north_west["waiting"]) == ("3000000.00", "3000000.00", 0)
    assert north_west["terms"]["rate"] == "50"
    assert datetime.fromisoformat(north_west["opens_at"]).tzinfo is not None
    assert client.get(north_west["url"]).status_code == 200


def test_a_draft_is_left_out(client, programmes):
    Call.objects.filter(slug="match-funding-2026").update(is_draft=True)
    assert "match-funding-2026" not in client.get("/api/v1/open/calls.json").text
