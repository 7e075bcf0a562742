import dataclasses
import json
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from organisations import register
from organisations.register import Answer, Company, Outcome
from tests import companies_house
from tests.companies_house import profile

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
AWAY = Answer(Outcome.AWAY)
COMPANY = Company(
    number="01234567",
    name="MILL & SONS LIMITED",
    status="active",
    legal_form="company",
    kind="ltd",
    sic_codes=("25620", "28990"),
    address="1 Mill Lane\nFishergate\nPreston\nLancashire\nPR1 2HE\nEngland",
    postcode="PR1 2HE",
    created_on=date(2001, 2, 3),
    accounts_to=date(2025, 3, 31),
    accounts_kind="total-exemption-full",
    accounts_due=date(2026, 12, 31),
    accounts_overdue=False,
)


@pytest.fixture
def house(settings):
    with companies_house.running() as house:
        settings.COMPANIES_HOUSE_KEY = companies_house.KEY
        settings.COMPANIES_HOUSE_URL = house.address
        house.answers["01234567"] = profile()
        yield house


def ask(number="01234567", by_id=1, at=AT):
    return register.look_up(number, by_id=by_id, at=at)


def test_a_firm_as_the_register_has_it(house):
    assert ask() == Answer(Outcome.FOUND, COMPANY)


def test_what_is_kept_of_it_is_plain_json(house):
    kept = ask().company.plain(AT)
    assert json.loads(json.dumps(kept)) == kept
    assert (kept["source"], kept["asked_at"], kept["created_on"], kept["accounts_to"]) == (
        "Companies House", "2026-11-22T10:00:00+00:00", "2001-02-03", "2025-03-31"
    )  # fmt: skip
    assert set(kept) == {"source", "asked_at"} | {field.name for field in dataclasses.fields(Company)}


def test_an_answer_serves_for_a_day(house):
    assert ask() == ask(by_id=2) == ask(at=AT + timedelta(hours=1))
    assert house.asked == ["01234567"]


def test_a_number_that_is_not_there(house):
    assert ask("07654321") == ask("07654321") == Answer(Outcome.UNKNOWN)
    assert house.asked == ["07654321"]


@pytest.mark.parametrize(("status", "words"), [("liquidation", "In liquidation"), ("strange", "strange"), ("", "")])
def test_a_status_in_words(house, status, words):
    house.answers["01234567"] = profile(company_status=status)
    assert register.status_words(ask().company.plain(AT)) == words
    assert register.status_words({}) == ""


@pytest.mark.parametrize(
    ("kind", "legal_form"),
    [
        ("plc", "company"),
        ("llp", "llp"),
        ("scottish-partnership", "partnership"),
        ("charitable-incorporated-organisation", "charity"),
        ("oversea-company", "overseas"),
        ("royal-charter", ""),
    ],
)
def test_the_legal_form(house, kind, legal_form):
    house.answers["01234567"] = profile(type=kind)
    assert ask().company.legal_form == legal_form


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sic_codes": ["25620", "25600", 28990, None]}, {"sic_codes": ("25620",)}),
        ({"sic_codes": "25620"}, {"sic_codes": ()}),
        (
            {"sic_codes": ["25620", "28990", "25110", "25120", "25210"]},
            {"sic_codes": ("25620", "28990", "25110", "25120")},
        ),
        ({"company_name": "A\x00 \ud800B\n\tC" + "D" * 300}, {"name": "A B C" + "D" * 155}),
        ({"date_of_creation": "3 February 2001"}, {"created_on": None}),
        ({"date_of_creation": "2001-02-30"}, {"created_on": None}),
        ({"date_of_creation": 2001}, {"created_on": None}),
        (
            {"accounts": None},
            {"accounts_to": None, "accounts_kind": "", "accounts_due": None, "accounts_overdue": False},
        ),
        (
            {"accounts": {"overdue": True}},
            {"accounts_to": None, "accounts_kind": "", "accounts_due": None, "accounts_overdue": True},
        ),
        ({"registered_office_address": []}, {"address": "", "postcode": ""}),
        (
            {"registered_office_address": {"premises": "Unit 7", "address_line_1": "Mill Lane", "locality": "Bury"}},
            {"address": "Unit 7 Mill Lane\nBury", "postcode": ""},
        ),
        ({"company_status": None}, {"status": ""}),
    ],
)
def test_odd_answers_are_read_as_far_as_they_go(house, changes, expected):
    house.answers["01234567"] = profile(**changes)
    assert ask().company == dataclasses.replace(COMPANY, **expected)


@pytest.mark.parametrize(
    "said",
    [
        301, 302, 400, 401, 403, 429, 500, 502, 503,
        b"", b"<html>", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b" " * 300_000,
        profile("07654321"), profile(company_name=""), profile(company_name=None), profile(company_number=1234567),
    ],
    ids=lambda said: str(said)[:20],
)  # fmt: skip
def test_no_answer_is_plain(house, said):
    house.answers["01234567"] = said
    assert ask() == AWAY
    assert house.asked == ["01234567"], "no redirect is followed"


def test_what_could_not_be_read_is_asked_again(house):
    house.answers["01234567"] = 500
    assert ask() == AWAY
    house.answers["01234567"] = profile()
    assert ask().company == COMPANY


def test_a_slow_register(house, monkeypatch):
    monkeypatch.setattr(register, "TIMEOUT_SECONDS", 0.1)
    house.seconds = 0.5
    began = time.monotonic()
    assert ask() == AWAY
    assert time.monotonic() - began < 0.5


def test_a_register_that_drips(house, monkeypatch):
    monkeypatch.setattr(register, "LONGEST_SECONDS", 0.2)
    house.drip_seconds = 0.05
    began = time.monotonic()
    assert ask() == AWAY
    assert time.monotonic() - began < 0.5


def test_a_register_that_asks_to_wait_is_left_alone(house):
    house.answers["01234567"] = 429
    assert ask() == ask() == ask("07654321") == AWAY
    assert house.asked == ["01234567"]


def test_all_together_stay_below_the_register_s_limit(house, monkeypatch):
    monkeypatch.setattr(register, "MOST_CALLS", 3)
    answers = [ask(f"0000000{number}", by_id=number).outcome for number in range(1, 6)]
    assert answers == [Outcome.UNKNOWN] * 3 + [Outcome.AWAY] * 2
    assert len(house.asked) == 3
    assert ask("00000004", at=AT + timedelta(minutes=5)).outcome == Outcome.UNKNOWN


def test_one_person_cannot_use_up_what_all_may_ask(house, monkeypatch):
    monkeypatch.setattr(register, "MOST_CALLS_OF_ONE_PERSON", 1)
    assert [ask(f"0000000{number}").outcome for number in (1, 2)] == [Outcome.UNKNOWN, Outcome.AWAY]
    assert ask("00000003", by_id=2).outcome == Outcome.UNKNOWN


def test_two_windows_side_by_side_stay_below_what_the_register_lets():
    assert 2 * register.MOST_CALLS < 600


def test_a_wrong_key(house, settings):
    settings.COMPANIES_HOUSE_KEY = "another"
    assert ask() == AWAY


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "ftp://127.0.0.1", "nowhere", "http://[", ""])
def test_a_register_that_is_not_there(settings, address):
    settings.COMPANIES_HOUSE_KEY = companies_house.KEY
    settings.COMPANIES_HOUSE_URL = address
    assert ask() == AWAY


def test_without_redis_nobody_is_asked(house, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
        }
    }
    assert ask() == AWAY
    assert house.asked == []


def test_without_a_key_nobody_is_asked(house, settings):
    settings.COMPANIES_HOUSE_KEY = ""
    assert ask() == AWAY
    assert house.asked == []


@pytest.mark.parametrize(("country", "expected"), [("GB", True), ("SE", False)])
def test_whose_register_can_be_asked(settings, country, expected):
    settings.COMPANIES_HOUSE_KEY = companies_house.KEY
    assert register.may_ask(country) is expected
    settings.COMPANIES_HOUSE_KEY = ""
    assert not register.may_ask(country)
