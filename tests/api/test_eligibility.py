import pytest

from eligibility.models import EligibilityCheck
from programmes.models import Programme

FACTS = {
    "company_number": "1234567",
    "legal_form": "company",
    "sic_codes": ["25620"],
    "postcode": "pr12he",
    "local_authority": None,
    "employees": "249",
    "turnover": "43999999.99",
    "balance_sheet": "90000000",
    "partners": [],
    "linked": [],
    "public_body_percent": "0",
    "aid_received": [{"date": "2024-04-01", "amount": "200000", "basis": "mfa"}],
    "already_committed": False,
    "takeover_on": None,
}


@pytest.fixture
def check(post, programmes):
    def ask(programme="made-smarter-north-west", on="2026-11-22", **changes):
        response = post("eligibility/check", {"programme": programme, "on": on, "facts": FACTS | changes})
        return response.json() if response.status_code == 200 else response

    return ask


def _findings(answer):
    return {finding["rule"]: finding["outcome"] for finding in answer["findings"]}


def test_the_whole_answer(check):
    answer = check()
    assert set(answer) == {"outcome", "rules_version", "size", "headroom", "findings", "strands"}
    assert (answer["outcome"], answer["rules_version"]) == ("eligible", "made-smarter-north-west/2026-04-01")
    assert answer["size"] == {
        "category": "not_sme", "employees": "249.00", "turnover": "43999999.99", "balance_sheet": "90000000.00",
    }  # fmt: skip
    assert answer["headroom"] == {
        "basis": "mfa", "limit": "315000.00", "counted": "200000.00", "left": "115000.00", "window_from": "2024-04-01",
    }  # fmt: skip
    assert _findings(answer) == dict.fromkeys(("size", "sector", "place", "legal_form", "aid_headroom"), "pass")
    assert all(finding["reason"] and finding["value"] and finding["limit"] for finding in answer["findings"])
    assert [strand["instrument"] for strand in answer["strands"]] == [
        "digital-diagnostic", "match-funding", "specialist-advice", "student-placement", "leadership-programme",
    ]  # fmt: skip
    assert all(
        strand == {"instrument": strand["instrument"], "outcome": "eligible", "missing": []}
        for strand in answer["strands"]
    )


def test_no_fact_at_all_refers(post, programmes):
    response = post("eligibility/check", {"programme": "made-smarter-north-west", "facts": {}})
    answer = response.json()
    assert response.status_code == 200
    assert answer["outcome"] == "refer"
    assert set(_findings(answer).values()) == {"refer"}
    assert answer["size"] == {"category": "unknown", "employees": None, "turnover": None, "balance_sheet": None}
    assert (answer["headroom"]["counted"], answer["headroom"]["left"]) == (None, None)


def test_every_fact_may_be_null(check):
    answer = check(**dict.fromkeys(FACTS))
    assert answer["outcome"] == "refer"


def test_nothing_is_stored(check):
    check()
    assert EligibilityCheck.objects.count() == 0


def test_zero_is_a_figure(check):
    answer = check(employees="0", turnover=0, balance_sheet="0.00")
    assert (_findings(answer)["size"], answer["size"]["category"]) == ("pass", "micro")


def test_the_group_of_the_contract(check):
    answer = check(
        employees="200", turnover="40000000", balance_sheet="30000000",
        partners=[{"percent": "33", "employees": "180", "turnover": "20000000", "balance_sheet": "18000000"}],
    )  # fmt: skip
    assert (answer["size"]["employees"], answer["size"]["turnover"]) == ("259.40", "46600000.00")
    assert (answer["outcome"], _findings(answer)["size"]) == ("not_eligible", "fail")


@pytest.mark.parametrize(("same_market", "outcome"), [(True, "fail"), (False, "pass"), (None, "refer")])
def test_a_link_through_a_person(check, same_market, outcome):
    other = {"employees": "240", "turnover": "45000000", "balance_sheet": "40000000", "through_person": True}
    answer = check(employees="30", turnover="6000000", linked=[{**other, "same_market": same_market}])
    assert _findings(answer)["size"] == outcome


def test_the_greater_of_capital_and_votes_and_a_rich_angel(check):
    firm = {"employees": "100", "turnover": "20000000", "balance_sheet": "20000000"}
    answer = check(employees="40", turnover="8", partners=[{**firm, "capital_percent": "20", "votes_percent": "30"}])
    assert answer["size"]["employees"] == "70.00"
    answer = check(employees="40", turnover="8", partners=[{**firm, "percent": "40", "capital_percent": "20"}])
    assert answer["size"]["employees"] == "80.00"
    angel = {"percent": "26", "holder_kind": "business_angel", "invested_eur": "1300000"}
    answer = check(employees="12", turnover="1000000", balance_sheet="1000000", partners=[angel])
    assert (answer["size"]["category"], _findings(answer)["size"]) == ("small", "refer")
    reason = next(finding["reason"] for finding in answer["findings"] if finding["rule"] == "size")
    assert "business angel" in reason


def test_a_programme_without_a_limit_on_aid_has_no_headroom(check):
    answer = check(programme="piemonte-impresa-4", postcode="10121", sic_codes=["25.62"], company_number=None)
    assert answer["headroom"] is None
    assert "aid_headroom" not in _findings(answer)


@pytest.mark.parametrize("missing", ["partners", "linked"])
def test_groups_not_stated_refer(check, missing):
    assert _findings(check(**{missing: None}))["size"] == "refer"
    assert _findings(check(**{missing: None}, employees="250"))["size"] == "fail"


def test_inside_a_linked_firm_missing_means_none(check):
    assert (
        _findings(
            check(employees="10", turnover="10", linked=[{"employees": "5", "turnover": "1", "balance_sheet": "1"}])
        )["size"]
        == "pass"
    )


def _nested(depth):
    return [
        {"employees": "1", "turnover": "1", "balance_sheet": "1", "linked": _nested(depth - 1) if depth > 1 else []}
    ]


def test_links_go_five_deep(check):
    assert check(employees="1", turnover="10", linked=_nested(5))["size"]["employees"] == "6.00"
    refused = check(linked=_nested(6))
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"][:3] == ["body", "facts", "linked"]


@pytest.mark.parametrize(
    ("changes", "rule", "outcome"),
    [
        ({"sic_codes": ["62012"]}, "sector", "fail"),
        ({"sic_codes": ["99999"]}, "sector", "refer"),
        ({"sic_codes": []}, "sector", "refer"),
        ({"sic_codes": ["25.62"]}, "sector", "pass"),
        ({"postcode": "LS1 1AA"}, "place", "fail"),
        ({"postcode": "OL12 6AA"}, "place", "pass"),
        ({"postcode": "LA2 8AA"}, "place", "refer"),
        ({"postcode": "LA2 8AA", "local_authority": "lancaster"}, "place", "pass"),
        ({"local_authority": "E07000037"}, "place", "fail"),
        ({"local_authority": "E08000035"}, "place_match", "refer"),
        ({"legal_form": "public_body"}, "legal_form", "fail"),
        ({"legal_form": "charity"}, "legal_form", "refer"),
        ({"aid_received": [{"date": "2026-01-01", "amount": "315000", "basis": "spei"}]}, "aid_headroom", "fail"),
        ({"aid_received": [{}]}, "aid_headroom", "refer"),
    ],
)
def test_rules(check, changes, rule, outcome):
    answer = check(**changes)
    assert _findings(answer)[rule] == outcome
    assert (
        answer["outcome"]
        == {"fail": "not_eligible", "refer": "refer", "pass": "eligible"}[
            max(_findings(answer).values(), key=["pass", "refer", "fail"].index)
        ]
    )


@pytest.mark.parametrize("committed", [True, None])
def test_orders_already_made(check, committed):
    answer = check(already_committed=committed)
    assert (answer["outcome"], _findings(answer)["incentive_effect"]) == ("eligible", "refer")
    strands = {strand["instrument"]: strand for strand in answer["strands"]}
    assert strands["match-funding"]["outcome"] == "refer"
    assert strands["match-funding"]["missing"]
    assert strands["leadership-programme"]["outcome"] == "eligible"


def test_every_no_names_a_next_place(check):
    answer = check(postcode="LS1 1AA", sic_codes=["62012"])
    assert answer["outcome"] == "not_eligible"
    for finding in answer["findings"]:
        assert ("Finance and support for your business" in finding["reason"]) is (finding["outcome"] == "fail")
    assert all("Finance and support" in strand["missing"][-1] for strand in answer["strands"])


@pytest.mark.parametrize(
    ("path", "facts"),
    [
        (["sic_codes", 0], {"sic_codes": ["25600"]}),
        (["sic_codes", 1], {"sic_codes": ["25620", "1392"]}),
        (["postcode"], {"postcode": "PR1 2HC"}),
        (["postcode"], {"postcode": "IM1 1AA"}),
        (["local_authority"], {"local_authority": "Atlantis"}),
        (["company_number"], {"company_number": "AB123456"}),
        (["legal_form"], {"legal_form": "club"}),
        (["colour"], {"colour": "red"}),
        (["partners", 0, "holder_kind"], {"partners": [{"holder_kind": "friend"}]}),
        (["partners", 0, "percent"], {"partners": [{"percent": "100.01"}]}),
        (["aid_received", 0, "basis"], {"aid_received": [{"basis": "gift"}]}),
        (["already_committed"], {"already_committed": "no"}),
        (["accounts", 0, "period_end"], {"accounts": [{}]}),
    ],
)
def test_unknown_codes_are_refused_with_their_path(check, path, facts):
    response = check(**facts)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "facts", *path]


def test_an_unknown_programme(check, programmes):
    response = check(programme="nowhere")
    assert (response.status_code, response.json()["detail"][0]["loc"]) == (422, ["body", "programme"])
    Programme.objects.filter(slug="wales-industry-4").update(status=Programme.Status.CLOSED)
    assert check(programme="wales-industry-4").status_code == 422


def test_a_preview_can_be_tried_in_its_own_country(check):
    answer = check(
        programme="basque-industry-4", company_number="B-58378431", postcode="48001", sic_codes=["1392"],
        employees="9", turnover="2000000", balance_sheet="5000000", aid_received=[],
    )  # fmt: skip
    assert (answer["outcome"], answer["size"]["category"]) == ("eligible", "micro")
    assert answer["headroom"] == {
        "basis": "de_minimis", "limit": "300000.00", "counted": "0.00", "left": "300000.00",
        "window_from": "2023-11-23",
    }  # fmt: skip


def test_two_years_and_a_takeover(check):
    accounts = [
        {"period_end": f"{year}-12-31", "employees": people, "turnover": "1", "balance_sheet": "1"}
        for year, people in ((2024, "100"), (2025, "260"))
    ]
    changes = {"programme": "wales-industry-4", "local_authority": "cardiff", "postcode": None, "accounts": accounts}
    changes |= {"employees": None, "turnover": None, "balance_sheet": None}
    assert _findings(check(**changes))["size"] == "pass"
    assert _findings(check(**changes, takeover_on="2026-11-22"))["size"] == "fail"


def test_the_day_chooses_the_rules_and_defaults_to_today(check, time_machine):
    time_machine.move_to("2027-04-01 12:00")
    assert check(on=None)["headroom"]["window_from"] == "2025-04-01"
    assert check(on="2023-03-31")["headroom"]["window_from"] == "2020-04-01"


def test_sentences_follow_the_readers_language(client, programmes):
    body = {"programme": "wales-industry-4", "facts": {}}
    response = client.post(
        "/api/v1/eligibility/check", body, content_type="application/json", headers={"accept-language": "cy"}
    )
    assert (response.status_code, response["Content-Language"]) == (200, "cy")


def test_four_queries_are_enough(check, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        check()
