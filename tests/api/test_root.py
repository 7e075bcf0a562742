import json

import pytest
from django.test import override_settings

GOOD = {"programme": "made-smarter-north-west", "facts": {}}


def test_the_document_and_its_pages_are_public(client, db):
    document = client.get("/api/v1/openapi.json")
    assert document.status_code == 200
    assert {"/api/v1/programmes", "/api/v1/eligibility/check"} <= set(document.json()["paths"])
    assert client.get("/api/docs").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"\xff\xfe",
        b'{"programme": NaN}',
        b'{"a": Infinity}',
        b"[" * 100_000,
        '{"a": "\ud83d'.encode("utf-8", "surrogatepass"),
    ],
    ids=["cut", "empty", "not UTF-8", "NaN", "Infinity", "deep", "half a character"],
)
def test_what_is_not_json_is_400(post, programmes, body):
    response = post("eligibility/check", body)
    assert response.status_code == 400
    assert [set(problem) for problem in response.json()["detail"]] == [{"loc", "msg"}]


def test_too_much_is_413(post, db):
    response = post("eligibility/check", b'{"programme": "' + b"x" * 3_000_000 + b'"}')
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (413, ["body"])


@pytest.mark.parametrize("method", ["get", "post", "put"])
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/eligibility/check/", "/api/v2/programmes", "/api/x/y/z"])
def test_an_address_that_is_not_there(client, db, path, method):
    response = getattr(client, method)(path)
    assert (response.status_code, response.json()) == (
        404, {"detail": [{"loc": ["path"], "msg": "There is nothing here"}]},
    )  # fmt: skip


@pytest.mark.parametrize("body", ["null", "[]", '"x"', "1", "true", "{}"])
def test_json_of_another_shape_is_422(post, programmes, body):
    response = post("eligibility/check", body)
    assert response.status_code == 422
    assert all(problem["loc"][0] == "body" for problem in response.json()["detail"])


def test_errors_say_where_and_what(post, programmes):
    response = post(
        "eligibility/check", {"programme": "x", "facts": {"employees": "many", "linked": [{"colour": 1}]}, "y": 1}
    )
    assert response.status_code == 422
    problems = {".".join(map(str, problem["loc"])): problem["msg"] for problem in response.json()["detail"]}
    assert set(problems) == {"body.facts.employees", "body.facts.linked.0.colour", "body.y"}


@pytest.mark.parametrize(
    "text",
    [
        "1e5",
        "1E-2",
        "1_000",
        "1,000",
        "٣",
        "Infinity",
        "nan",
        "0x10",
        " ",
        "",
        "+5",
        ".5",
        "5.",
        "1.1234567",
        "9" * 14,
        "--1",
        "1 0",
        "-1",
    ],
)
@pytest.mark.parametrize("field", ["employees", "turnover"])
def test_what_is_no_figure_is_422(post, programmes, field, text):
    response = post("eligibility/check", {**GOOD, "facts": {field: text}})
    assert [problem["loc"] for problem in response.json()["detail"]] == [["body", "facts", field]]
    assert response.status_code == 422


@pytest.mark.parametrize("written", ["1e5", "1E400", "-1", "true", "[]", "{}", "1" * 5000, "0.0000001"])
def test_json_numbers_are_read_as_written(post, programmes, written):
    response = post(
        "eligibility/check", f'{{"programme": "made-smarter-north-west", "facts": {{"employees": {written}}}}}'
    )
    assert response.status_code == 422


@pytest.mark.parametrize(
    ("written", "read"), [('" 249.5 "', "249.50"), ("249.5", "249.50"), ("0", "0.00"), ("-0", "0.00")]
)
def test_figures_may_be_text_or_numbers(post, programmes, written, read):
    response = post(
        "eligibility/check", f'{{"programme": "made-smarter-north-west", "facts": {{"employees": {written}}}}}'
    )
    assert (response.status_code, response.json()["size"]["employees"]) == (200, read)


def test_money_has_two_places_and_never_becomes_a_float(post, programmes):
    facts = {"turnover": 9999999999999.99, "partners": [], "linked": []}
    body = json.dumps({**GOOD, "facts": facts})
    assert post("eligibility/check", body).json()["size"]["turnover"] == "9999999999999.99"
    assert post("eligibility/check", {**GOOD, "facts": {"turnover": "1.001"}}).status_code == 422


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\udfff tail"])
@pytest.mark.parametrize("field", ["postcode", "company_number", "legal_form", "local_authority", "takeover_on"])
def test_text_that_cannot_be_stored_is_422(post, programmes, field, text):
    assert post("eligibility/check", {**GOOD, "facts": {field: text}}).status_code == 422
    assert post("eligibility/check", {"programme": text, "facts": {}}).status_code == 422
    assert post("eligibility/check", {**GOOD, text: 1}).status_code == 422
    assert post("eligibility/check", {**GOOD, "facts": {text: 1}}).status_code == 422


@pytest.mark.parametrize(
    "day",
    ["2026-2-1", "2026-02-30", "22-11-2026", "20261122", "2026-11-22T00:00", 20261122, "1776-07-04", "0001-01-01"],
)
def test_days_are_written_in_one_way(post, programmes, day):
    assert post("eligibility/check", {**GOOD, "on": day}).status_code == 422


def test_other_sites_may_call_the_calculators(client, db):
    response = client.options(
        "/api/v1/eligibility/check", headers={"origin": "https://tool.example", "access-control-request-method": "POST"}
    )
    assert response["access-control-allow-origin"] == "*"
    assert (
        client.get("/api/v1/programmes", headers={"origin": "https://tool.example"})["access-control-allow-origin"]
        == "*"
    )


def test_no_cookie_is_set_and_none_is_needed(post, programmes):
    response = post("eligibility/check", GOOD)
    assert (response.status_code, dict(response.cookies)) == (200, {})


@override_settings(API_RATE="3/min")
def test_calls_are_counted_by_address(client, db, time_machine):
    time_machine.move_to("2026-11-22 12:00:05")
    assert [client.get("/api/v1/programmes").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/api/v1/programmes")
    assert refused["Retry-After"] == "55"
    assert refused.json()["detail"][0]["msg"].startswith("Too many calls")
    assert client.get("/api/v1/programmes", REMOTE_ADDR="10.0.0.9").status_code == 200
    time_machine.move_to("2026-11-22 12:01:00")
    assert client.get("/api/v1/programmes").status_code == 200


def test_every_public_operation_is_meant_to_be(client, db):
    """Whatever else the API offers asks for a token."""
    from portal.api import api  # noqa: PLC0415 - reading it mounts the routers

    public = {
        (path, method)
        for prefix, router in api._routers
        for path, view in ((prefix + path, view) for path, view in router.path_operations.items())
        for operation in view.operations
        for method in operation.methods
        if not operation.auth_callbacks
    }
    assert {path for path, _method in public} <= {
        "/v1/programmes", "/v1/eligibility/check", "/v1/diagnostics/score", "/v1/funding/quote",
        "/v1/open/awards.json", "/v1/open/awards.csv", "/v1/open/calls.json",
    }  # fmt: skip
