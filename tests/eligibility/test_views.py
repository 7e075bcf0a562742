from datetime import UTC, datetime

import pytest

from eligibility.models import EligibilityCheck
from programmes.models import Programme
from tests.factories.programmes import load_programmes

BASE = "/programmes/made-smarter-north-west/eligibility/"
GOOD = {
    "postcode": {"postcode": "pr12he"},
    "local-authority": {"local_authority": "E07000123"},
    "product": {"sic_code": "25620"},
    "kind-of-business": {"legal_form": "company"},
    "people": {"employees": "32"},
    "turnover": {"turnover": "£3,200,000"},
    "balance-sheet": {"balance_sheet": "1500000"},
    "other-firms": {"group": "no"},
    "earlier-support": {"aid": "no"},
    "already-started": {"committed": "no"},
}


@pytest.fixture
def programmes(db, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False)
    return load_programmes()


@pytest.fixture
def answer(client, programmes):
    """`answer(people={...})` walks through the questions and gives the result page."""

    def walk(base=BASE, **changes):
        for name, data in GOOD.items():
            response = client.post(f"{base}{name}/", changes.get(name.replace("-", "_"), data))
            assert response.status_code == 302, response.context["form"].errors
        assert response.url == f"{base}check-answers/"
        return client.post(response.url, follow=True)

    return walk


def test_the_start_says_what_is_needed(client, programmes):
    page = client.get(BASE).content.decode()
    assert "about 5 minutes" in page
    assert f"{BASE}postcode/" in page
    assert "Answer a few questions to see whether your firm can get match funding" in page


def test_the_intro_falls_back_to_our_own_words(client, programmes):
    assert "can do for your firm" in client.get("/programmes/basque-industry-4/eligibility/").content.decode()


def test_the_intro_is_in_the_readers_language(client, programmes):
    page = client.get("/programmes/wales-industry-4/eligibility/", headers={"accept-language": "cy"})
    assert "Atebwch" in page.content.decode()


def test_a_firm_that_fits_can_apply(answer, programmes):
    page = answer()
    check = EligibilityCheck.objects.get()
    assert (check.outcome, check.region.slug, check.size["category"]) == ("eligible", "lancashire", "small")
    assert check.rules_version == "made-smarter-north-west/2026-04-01"
    assert (
        check.facts.items()
        >= {
            "employees": "32",
            "turnover": "3200000.00",
            "balance_sheet": "1500000.00",
            "postcode": "PR1 2HE",
            "local_authority": "E07000123",
        }.items()
    )
    assert (check.facts["sic_codes"], check.facts["in_group"], check.facts["already_committed"]) == (
        ["25620"],
        False,
        False,
    )
    html = page.content.decode()
    assert "Your firm can get support" in html
    assert "/programmes/made-smarter-north-west/join/" in html


def test_a_firm_that_does_not_fit_reads_why_and_where_to_go(answer, programmes):
    html = answer(product={"sic_code": "62012"}, local_authority={"local_authority": "ELSEWHERE"}).content.decode()
    assert EligibilityCheck.objects.get().outcome == "not_eligible"
    assert "Your firm cannot get this support" in html
    assert "Your industry code is outside the sectors" in html
    assert "https://www.gov.uk/business-finance-support" in html
    assert "/made-smarter-north-west/join/" not in html


def test_i_do_not_know_is_an_answer(answer, programmes):
    html = answer(
        local_authority={"local_authority": "unknown"},
        product={"sic_code": "unknown"},
        kind_of_business={"legal_form": "unknown"},
        people={"dont_know": "on"},
        turnover={"dont_know": "on"},
        balance_sheet={"dont_know": "on"},
        other_firms={"group": "unknown"},
        earlier_support={"aid": "unknown"},
        already_started={"committed": "unknown"},
    ).content.decode()
    check = EligibilityCheck.objects.get()
    assert check.outcome == "refer"
    assert (check.facts["employees"], check.facts["in_group"], check.facts["aid_received"]) == (None, None, None)
    assert check.region.slug == "lancashire"
    assert "An adviser needs to look at this" in html


def test_a_sum_of_earlier_support_counts(answer, programmes):
    html = answer(earlier_support={"aid": "yes", "aid_amount": "£315,000"}).content.decode()
    assert "has used up what one firm may get" in html


def test_a_group_and_orders_are_looked_at_by_a_person(answer, programmes):
    html = answer(other_firms={"group": "yes"}, already_started={"committed": "yes"}).content.decode()
    check = EligibilityCheck.objects.get()
    assert (check.outcome, check.facts["in_group"], check.facts["already_committed"]) == ("refer", True, True)
    assert "Have the figures of your partner and linked firms ready" in html


def test_a_preview_can_be_tried_but_not_joined(client, programmes):
    base = "/programmes/basque-industry-4/eligibility/"
    answers = GOOD | {"postcode": {"postcode": "48001"}, "local-authority": {"local_authority": "ES213"}}
    answers["turnover"] = {"turnover": "€3,200,000"}
    for name, data in answers.items():
        client.post(f"{base}{name}/", data)
    html = client.post(f"{base}check-answers/", follow=True).content.decode()
    assert "This programme is not open yet" in html
    assert "/basque-industry-4/join/" not in html


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("postcode", {}, "Enter the postcode of the place where the work will happen"),
        ("postcode", {"postcode": "PR1"}, "Enter a whole postcode, like PR1 2HE"),
        ("postcode", {"postcode": "IM1 1AA"}, "outside the United Kingdom"),
        ("postcode", {"postcode": "PR1\x00 2HE"}, "Null characters are not allowed"),
        ("local-authority", {}, "Choose your local authority"),
        ("local-authority", {"local_authority": "E99"}, "Choose one of the options shown"),
        ("product", {}, "Choose what your firm mainly makes"),
        ("product", {"sic_code": "00000"}, "Choose one of the options shown"),
        ("kind-of-business", {"legal_form": "club"}, "Choose one of the options shown"),
        ("people", {}, "Enter how many people as a whole number, like 45"),
        ("people", {"employees": "some"}, "Enter how many people as a whole number, like 45"),
        ("turnover", {}, "Enter your turnover in pounds, like 1,250,000"),
        ("turnover", {"turnover": "a lot"}, "Enter your turnover in pounds, like 1,250,000"),
        ("balance-sheet", {"balance_sheet": "-5"}, "Enter your balance sheet total as £0 or more"),
        ("other-firms", {}, "Choose yes, no or I do not know"),
        ("earlier-support", {"aid": "yes"}, "Enter how much support you have had in pounds, like 15,000"),
        (
            "earlier-support",
            {"aid": "yes", "aid_amount": "lots"},
            "Enter how much support you have had in pounds, like 15,000",
        ),
        ("already-started", {"committed": "maybe"}, "Choose one of the options shown"),
    ],
)
def test_errors_say_what_to_do(client, programmes, name, data, message):
    for earlier, good in GOOD.items():
        if earlier == name:
            break
        client.post(f"{BASE}{earlier}/", good)
    response = client.post(f"{BASE}{name}/", data)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count(message) >= 2  # in the summary and at the field
    assert "<title>Error:" in html


def test_answers_are_kept_when_one_goes_back(client, answer, programmes):
    answer()
    assert 'value="3,200,000"' in client.get(f"{BASE}turnover/").content.decode()
    client.post(f"{BASE}people/", {"dont_know": "on"})
    html = client.get(f"{BASE}check-answers/").content.decode()
    for shown in ("PR1 2HE", "Preston", "25620 Machining", "Limited company", "£3,200,000", "I do not know", "No"):
        assert shown in html


def test_a_changed_answer_goes_back_to_the_summary(client, answer, programmes):
    answer()
    assert client.post(f"{BASE}people/", {"employees": "260"}).url == f"{BASE}check-answers/"
    assert "Your firm cannot get this support" in client.post(f"{BASE}check-answers/", follow=True).content.decode()


def test_another_postcode_asks_for_the_authority_again(client, answer, programmes):
    answer()
    assert client.post(f"{BASE}postcode/", {"postcode": "LA2 8AA"}).url == f"{BASE}local-authority/"
    html = client.get(f"{BASE}local-authority/").content.decode()
    assert "Your postcode may lie in: Lancaster, North Yorkshire" in html
    assert client.get(f"{BASE}check-answers/").url == f"{BASE}local-authority/"
    client.post(f"{BASE}postcode/", {"postcode": "LA2 8AA"})
    client.post(f"{BASE}local-authority/", {"local_authority": "E07000121"})
    assert client.post(f"{BASE}postcode/", {"postcode": "LA2 8AA"}).url == f"{BASE}check-answers/"


def test_one_authority_is_chosen_by_the_postcode(client, programmes):
    client.post(f"{BASE}postcode/", {"postcode": "PR8 1AA"})
    form = client.get(f"{BASE}local-authority/").context["form"]
    assert form["local_authority"].value() == "E08000014"


def test_a_postcode_nobody_knows_suggests_nothing(client, programmes):
    client.post(f"{BASE}postcode/", {"postcode": "EC1A 1BB"})
    assert client.get(f"{BASE}local-authority/").context["form"].explanation() == ()


def test_questions_come_in_order(client, programmes):
    assert client.get(f"{BASE}people/").url == f"{BASE}postcode/"
    assert client.get(f"{BASE}check-answers/").url == f"{BASE}postcode/"
    assert client.post(f"{BASE}check-answers/").url == f"{BASE}postcode/"
    assert client.get(f"{BASE}result/").url == BASE
    assert EligibilityCheck.objects.count() == 0


def test_the_industry_code_is_found_by_words(client, programmes):
    client.post(f"{BASE}postcode/", {"postcode": "PR1 2HE"})
    client.post(f"{BASE}local-authority/", {"local_authority": "E07000123"})
    assert "Nothing found" not in client.get(f"{BASE}product/").content.decode()
    assert "Nothing found" in client.get(f"{BASE}product/", {"q": "zzzz"}).content.decode()
    html = client.get(f"{BASE}product/", {"q": "machining"}).content.decode()
    assert 'value="25620"' in html
    assert client.get(f"{BASE}product/", {"q": "x" * 500}).status_code == 200
    assert client.get(f"{BASE}product/", {"q": "a\x00b"}).status_code == 200


def test_a_second_click_makes_no_second_check(client, answer, programmes):
    answer()
    client.post(f"{BASE}check-answers/")
    assert EligibilityCheck.objects.count() == 1


def test_another_visitor_does_not_see_it(answer, client, programmes):
    answer()
    client.cookies.clear()
    assert client.get(f"{BASE}result/").status_code == 302


def test_signing_in_takes_the_check_along(answer, client, programmes, applicant):
    answer()
    client.force_login(applicant)
    assert client.get(f"{BASE}result/").status_code == 200


@pytest.mark.parametrize("path", ["", "postcode/", "check-answers/", "result/"])
def test_closed_and_unknown_programmes_are_not_found(client, programmes, path):
    Programme.objects.filter(slug="made-smarter-north-west").update(status=Programme.Status.CLOSED)
    assert client.get(BASE + path).status_code == 404
    assert client.get(f"/programmes/nowhere/eligibility/{path}").status_code == 404


def test_an_unknown_question_is_not_found(client, programmes):
    assert client.get(f"{BASE}shoe-size/").status_code == 404
    assert client.post(f"{BASE}shoe-size/").status_code == 404


@pytest.mark.parametrize("name", ["", *[f"{name}/" for name in GOOD], "check-answers/", "result/"])
def test_pages_are_light(client, answer, programmes, name, django_assert_max_num_queries):
    answer()
    with django_assert_max_num_queries(12):
        assert client.get(BASE + name).status_code == 200
