from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from eligibility import actions
from eligibility.models import EligibilityCheck
from programmes.models import Programme
from tests.eligibility.answers import AID, BASE, FIGURES, FIRM, GOOD, add, load, text, url, walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def programmes(db, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=True)
    return load("made-smarter-north-west", "wales-industry-4", "basque-industry-4")


@pytest.fixture
def answer(client, programmes):
    """`answer(size={...})` walks through the questions and gives the result page."""

    def answered(base=BASE, **changes):
        response = walk(client, base, **changes)
        assert response.url == f"{base}result/"
        return client.get(response.url)

    return answered


def newest():
    return EligibilityCheck.objects.latest("created_at")


# --- The pages -----------------------------------------------------------------------------------


def test_the_first_page_says_what_it_is_and_asks_the_first_question(client, programmes):
    page = text(client.get(BASE))
    assert "It takes about 5 minutes. You need no account" in page
    assert "Answer a few questions to see whether your firm can get match funding" in page
    assert "Question 1 of 7, about 5 minutes left" in page
    assert "Where will the work happen?" in page


def test_the_intro_is_in_the_readers_language(client, programmes):
    page = client.get("/programmes/wales-industry-4/eligibility/", headers={"accept-language": "cy"})
    assert "Atebwch" in page.content.decode()


def test_progress_is_told_in_words(client, programmes):
    walk(client, upto="size")
    assert "Question 4 of 7, about 3 minutes left" in text(client.get(url("size")))


def test_a_firm_that_fits_can_apply(answer, programmes):
    page = answer()
    check = newest()
    assert (check.outcome, check.region.slug, check.size["category"]) == ("eligible", "lancashire", "small")
    assert check.rules_version == "made-smarter-north-west/2026-04-01"
    assert check.language == "en-gb"
    facts = {
        "employees": "32", "turnover": "3200000.00", "balance_sheet": "1500000.00", "postcode": "PR1 2HE",
        "local_authority": "E07000123", "sic_codes": ["25620"], "in_group": False, "already_committed": False,
        "partners": [], "linked": [], "aid_received": [],
    }  # fmt: skip
    assert check.facts.items() >= facts.items()
    html = page.content.decode()
    assert "Your firm can get support" in html
    assert "/programmes/made-smarter-north-west/join/" in html
    words = text(page)
    assert "small business" in words
    assert "Your firm could still get £315,000 of the £315,000" in words
    assert "Source" in words


def test_each_rule_is_kept_with_its_source(answer, programmes):
    page = text(answer())
    check = newest()
    assert check.findings
    for finding in check.findings:
        assert finding["source"]["text"] in page
    assert set(check.sources) == {finding["rule"] for finding in check.findings}


def test_sources_are_told_in_the_readers_language(client, programmes):
    wales = Programme.objects.get(slug="wales-industry-4")
    with translation.override("cy"):
        sources = actions.rules_on(wales, date(2026, 11, 22)).sources
    assert sources["aid_headroom"]["text"] == "Deddf Rheoli Cymorthdaliadau 2022, adran 36"
    with translation.override("sv"):
        sources = actions.rules_on(wales, date(2026, 11, 22)).sources
    assert sources["aid_headroom"]["text"] == "Subsidy Control Act 2022, section 36"


def test_a_firm_that_does_not_fit_reads_why_and_where_to_go(answer, programmes):
    html = answer(product={"sic_code": "62012"}).content.decode()
    assert newest().outcome == "not_eligible"
    assert "Your firm cannot get this support" in html
    assert "Your industry code is outside the sectors" in html
    assert "https://www.gov.uk/business-finance-support" in html
    assert "/made-smarter-north-west/join/" not in html


def test_another_programme_that_covers_the_place_is_named(client, programmes):
    client.post(BASE, {"postcode": "EC1A 1BB"})
    client.post(BASE, {"postcode": "EC1A 1BB", "local_authority": "ELSEWHERE"})
    for name in list(GOOD)[1:]:
        client.post(url(name), GOOD[name])
    page = client.get(f"{BASE}result/")
    assert "Your firm cannot get this support" in text(page)
    assert "/programmes/wales-industry-4/eligibility/" not in page.content.decode()
    client.post(BASE, {"postcode": "CF10 1EP"})
    page = client.get(f"{BASE}result/")
    assert "/programmes/wales-industry-4/eligibility/" in page.content.decode()
    assert f"Try {programmes['wales-industry-4'].name}" in text(page)


UNKNOWN = {
    "place": {"postcode_unknown": "on"},
    "product": {"sic_code": "unknown"},
    "kind_of_business": {"legal_form": "unknown"},
    "size": {"employees_unknown": "on", "turnover_unknown": "on", "balance_sheet_unknown": "on"},
    "other_firms": {"group": "unknown"},
    "earlier_support": {"aid": "unknown"},
    "already_started": {"committed": "unknown"},
}


def test_i_do_not_know_is_an_answer_everywhere(client, programmes):
    assert client.post(BASE, UNKNOWN["place"]).url == BASE
    assert client.post(BASE, {"postcode_unknown": "on", "local_authority": "unknown"}).url == url("product")
    for name in list(GOOD)[1:]:
        response = client.post(url(name), UNKNOWN[name.replace("-", "_")])
        assert response.status_code == 302
    page = client.get(response.url)
    check = newest()
    assert check.outcome == "refer"
    assert {finding["outcome"] for finding in check.findings} == {"refer"}
    assert (check.facts["employees"], check.facts["in_group"], check.facts["aid_received"]) == (None, None, None)
    assert "An adviser needs to look at this" in page.content.decode()


def test_work_already_ordered_is_looked_at_by_a_person(answer, programmes):
    page = text(answer(already_started={"committed": "yes"}))
    check = newest()
    assert (check.outcome, check.facts["already_committed"]) == ("eligible", True)
    assert "of which nothing has been ordered yet" in page


def test_a_preview_can_be_tried_but_not_joined(client, programmes):
    Programme.objects.filter(slug="made-smarter-north-west").update(status=Programme.Status.PREVIEW)
    html = client.get(walk(client).url).content.decode()
    assert "This programme is not open yet" in html
    assert "/made-smarter-north-west/join/" not in html


# --- Where ---------------------------------------------------------------------------------------


def test_a_border_postcode_asks_for_the_authority_next(client, programmes):
    assert client.post(BASE, {"postcode": "LA2 8AA"}).url == BASE
    page = text(client.get(BASE))
    assert "Which local authority is that in?" in page
    assert "Your postcode may lie in: Lancaster, North Yorkshire" in page
    assert client.get(url("product")).url == BASE
    assert "Choose your local authority" in text(client.post(BASE, {"postcode": "LA2 8AA"}))
    assert client.post(BASE, {"postcode": "LA2 8AA", "local_authority": "E07000121"}).url == url("product")


def test_one_authority_is_known_by_the_postcode(client, programmes):
    client.post(BASE, {"postcode": "PR8 1AA"})
    assert client.session["eligibility_answers"]["made-smarter-north-west"]["local_authority"] == "E08000014"


def test_another_postcode_takes_its_authority_along(client, answer, programmes):
    answer()
    assert client.post(BASE, {"postcode": "LA2 8AA", "local_authority": "nonsense"}).url == BASE
    assert client.get(f"{BASE}result/").status_code == 200  # the one made before
    assert client.post(BASE, {"postcode": "LA2 8AA", "local_authority": "E07000121"}).url == f"{BASE}result/"
    assert client.post(BASE, {"postcode": "PR8 1AA", "local_authority": "E07000121"}).url == f"{BASE}result/"
    assert EligibilityCheck.objects.filter(facts__local_authority="E08000014").count() == 1


def test_a_postcode_nobody_knows_suggests_nothing(client, programmes):
    client.post(BASE, {"postcode": "EC1A 1BB"})
    page = text(client.get(BASE))
    assert "may lie in" not in page
    assert "Somewhere else" in page


# --- What ----------------------------------------------------------------------------------------


def test_the_industry_code_is_found_by_words(client, programmes):
    walk(client, upto="product")
    assert "Nothing found" not in client.get(url("product")).content.decode()
    assert "Nothing found" in client.get(url("product"), {"q": "zzzz"}).content.decode()
    html = client.get(url("product"), {"q": "machining"}).content.decode()
    assert 'value="25620"' in html
    assert client.get(url("product"), {"q": "x" * 500}).status_code == 200
    assert client.get(url("product"), {"q": "a\x00b"}).status_code == 200


def test_elsewhere_in_europe_the_class_is_chosen(client, programmes):
    base = "/programmes/basque-industry-4/eligibility/"
    client.post(base, {"postcode": "48001"})
    html = client.get(f"{base}product/", {"q": "machining"}).content.decode()
    assert 'value="2562"' in html
    assert "NACE 25.62" in html
    assert client.post(f"{base}product/", {"sic_code": "2562"}).status_code == 302


# --- Other firms ---------------------------------------------------------------------------------


def test_partners_and_linked_firms_are_added_one_by_one(client, programmes):
    walk(client, upto="other-firms")
    assert client.post(url("other-firms"), {"group": "yes"}).url == f"{BASE}other-firms/add/"
    assert client.get(f"{BASE}other-firms/add/").status_code == 200
    partner = add(client, "other-firms", FIRM, FIGURES)
    linked = add(client, "other-firms", {"who": "ours", "share": "half"}, FIGURES)
    add(client, "other-firms", {"who": "person", "share": "half"})
    page = text(client.get(url("other-firms")))
    assert "You have added 3 owners or firms" in page
    assert "33 %, 180 people, turnover £20,000,000, balance sheet total £18,000,000" in page
    assert client.post(url("other-firms"), {"more": "yes"}).url == f"{BASE}other-firms/add/"
    assert client.post(url("other-firms"), {"more": "no"}).url == url("earlier-support")
    assert client.get(f"{BASE}other-firms/{partner}/").context["form"]["percent"].value() == "33"
    for name in ("earlier-support", "already-started"):
        client.post(url(name), GOOD[name])
    check = newest()
    assert [(row["percent"], row["holder_kind"], row["employees"]) for row in check.facts["partners"]] == [
        ("33", "enterprise", "180"),
        ("50.01", "person", None),
    ]
    assert [row["employees"] for row in check.facts["linked"]] == ["180"]
    assert (check.facts["in_group"], check.size["employees"]) == (True, "271.40")  # 32 + 59.4 + 180
    assert check.outcome == "not_eligible"
    client.post(f"{BASE}other-firms/{linked}/remove/")
    client.post(url("other-firms"), {"more": "no"})
    assert newest().size["employees"] == "91.40"


@pytest.mark.parametrize("unknown", [{"who": "unknown", "share": "half"}, {"who": "firm", "share": "unknown"}])
def test_an_owner_not_known_is_never_a_silent_yes(client, programmes, unknown):
    walk(client, upto="other-firms")
    client.post(url("other-firms"), {"group": "yes"})
    add(client, "other-firms", unknown)
    client.post(url("other-firms"), {"more": "no"})
    for name in ("earlier-support", "already-started"):
        client.post(url(name), GOOD[name])
    assert newest().outcome == "refer"


def test_a_firm_without_figures_keeps_the_question_open(client, programmes):
    walk(client, upto="other-firms")
    client.post(url("other-firms"), {"group": "yes"})
    key = add(client, "other-firms", FIRM)
    assert "figures missing" in text(client.get(url("other-firms")))
    assert client.post(url("other-firms"), {"more": "no"}).url == f"{BASE}other-firms/{key}/figures/"
    assert client.get(url("earlier-support")).url == url("other-firms")
    unknown = {f"{name}_unknown": "on" for name in FIGURES}
    assert client.post(f"{BASE}other-firms/{key}/figures/", unknown).url == url("other-firms")
    assert "people not known" in text(client.get(url("other-firms")))
    assert client.post(url("other-firms"), {"more": "no"}).url == url("earlier-support")


def test_removing_the_last_one_asks_the_question_again(client, programmes):
    walk(client, upto="other-firms")
    client.post(url("other-firms"), {"group": "yes"})
    key = add(client, "other-firms", {"who": "university", "share": "quarter", "percent": "26.5 %"})
    assert client.get(f"{BASE}other-firms/{key}/figures/").url == url("other-firms")
    assert client.post(f"{BASE}other-firms/{key}/remove/").url == url("other-firms")
    assert "own a quarter or more" in text(client.get(url("other-firms")))
    assert client.get(f"{BASE}other-firms/{key}/").url == url("other-firms")
    assert client.post(url("other-firms"), {"group": "no"}).url == url("earlier-support")
    assert client.get(f"{BASE}other-firms/add/").url == url("other-firms")


def test_a_second_click_adds_no_second_firm(client, programmes):
    walk(client, upto="other-firms")
    client.post(url("other-firms"), {"group": "yes"})
    key = add(client, "other-firms", FIRM)
    client.post(f"{BASE}other-firms/add/", {"key": key, **FIRM})
    assert "You have added 1 owner or firm" in text(client.get(url("other-firms")))


def test_lists_have_an_end(client, programmes):
    walk(client, upto="earlier-support")
    client.post(url("earlier-support"), {"aid": "yes"})
    session = client.session
    aids = {str(number): {"on": "2025", "amount": "1.00", "basis": "mfa"} for number in range(100)}
    session["eligibility_answers"]["made-smarter-north-west"]["aids"] = aids
    session.save()
    key = "6e0f9c36-54a4-4c27-a7dc-9c2cc8b6a9a8"
    assert "You can add 100 here" in text(client.post(f"{BASE}earlier-support/add/", {"key": key, **AID}))


# --- Earlier support -----------------------------------------------------------------------------


def _with_aid(client, *entries):
    walk(client, upto="earlier-support")
    assert client.post(url("earlier-support"), {"aid": "yes"}).url == f"{BASE}earlier-support/add/"
    for entry in entries:
        add(client, "earlier-support", entry)
    page = text(client.get(url("earlier-support")))
    assert client.post(url("earlier-support"), {"more": "no"}).url == url("already-started")
    client.post(url("already-started"), GOOD["already-started"])
    return page


def test_entries_keep_their_own_days_and_kinds(client, programmes):
    page = _with_aid(client, AID, {**AID, "on_year": "2019", "basis": "de_minimis"})
    assert "£200,000, 1 April 2025, Minimal Financial Assistance" in page
    check = newest()
    assert check.facts["aid_received"] == [
        {"date": "2025-04-01", "amount": "200000.00", "basis": "mfa"},
        {"date": "2019-04-01", "amount": "200000.00", "basis": "de_minimis"},
    ]
    assert (check.outcome, check.headroom["left"]) == ("eligible", "115000.00")
    result = client.get(f"{BASE}result/")
    assert "Your firm could still get £115,000 of the £315,000" in text(result)
    assert "<svg" in result.content.decode()


def test_used_up_support_is_a_no(client, programmes):
    _with_aid(client, {**AID, "amount": "315000"})
    assert "has used up what one firm may get" in text(client.get(f"{BASE}result/"))


@pytest.mark.parametrize(
    ("entry", "day", "outcome"),
    [
        ({"on_year": "2025", "on_day": "", "on_month": ""}, "2025-12-31", "eligible"),
        ({"on_year": "2026", "on_day": "", "on_month": ""}, "2026-11-22", "eligible"),
        ({"on_year": "2020", "on_day": "", "on_month": ""}, "2020-12-31", "eligible"),
        ({"on_year": "2024", "on_day": "", "on_month": ""}, None, "refer"),  # the window begins in April 2024
        ({"on_day": "", "on_month": "", "on_year": "", "on_unknown": "on"}, None, "refer"),
        ({"amount": "", "amount_unknown": "on"}, "2025-04-01", "refer"),
        ({"basis": "unknown"}, "2025-04-01", "refer"),
    ],
)
def test_what_is_not_known_of_an_entry_is_left_to_an_adviser(client, programmes, entry, day, outcome):
    _with_aid(client, AID | entry)
    check = newest()
    assert check.facts["aid_received"][0]["date"] == day
    assert check.outcome == outcome


def test_an_entry_can_be_changed(client, programmes):
    walk(client, upto="earlier-support")
    client.post(url("earlier-support"), {"aid": "yes"})
    key = add(client, "earlier-support", AID)
    html = client.get(f"{BASE}earlier-support/{key}/").content.decode()
    assert 'value="2025"' in html
    assert 'value="200,000"' in html
    client.post(f"{BASE}earlier-support/{key}/", {"key": key, **AID, "on_day": "", "on_month": "", "amount": "5"})
    assert "£5, 2025, Minimal Financial Assistance" in text(client.get(url("earlier-support")))
    client.post(
        f"{BASE}earlier-support/{key}/", {"key": key, "on_unknown": "on", "amount_unknown": "on", "basis": "unknown"}
    )
    assert "amount not known, day not known, kind not known" in text(client.get(url("earlier-support")))
    assert client.get(f"{BASE}earlier-support/{key}/").context["form"]["on_unknown"].value() is True


# --- Messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("place", {}, "Enter the postcode of the place where the work will happen"),
        ("place", {"postcode": "PR1"}, "Enter a whole postcode, like PR1 2HE"),
        ("place", {"postcode": "IM1 1AA"}, "outside the United Kingdom"),
        ("place", {"postcode": "PR1\x00 2HE"}, "Null characters are not allowed"),
        ("product", {}, "Choose what your firm mainly makes"),
        ("product", {"sic_code": "00000"}, "Choose one of the options shown"),
        ("kind-of-business", {"legal_form": "club"}, "Choose one of the options shown"),
        ("size", {}, "Enter how many people as a whole number, like 45"),
        ("size", {"employees": "some"}, "Enter how many people as a whole number, like 45"),
        ("size", {"turnover": "a lot"}, "Enter the turnover in pounds, like 1,250,000"),
        ("size", {"balance_sheet": "-5"}, "Enter the balance sheet total as £0 or more"),
        ("other-firms", {}, "Choose yes, no or I do not know"),
        ("earlier-support", {}, "Choose yes, no or I do not know"),
        ("already-started", {"committed": "maybe"}, "Choose one of the options shown"),
    ],
)
def test_errors_say_what_to_do(client, programmes, name, data, message):
    walk(client, upto=name)
    response = client.post(url(name), data)
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count(message) >= 2  # in the summary and at the field
    assert "<title>Error:" in html


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"who": "", "share": ""}, "Choose who it is, or I do not know"),
        ({"share": ""}, "Choose how large the share is, or I do not know"),
        ({"percent": ""}, "Enter the share as a number from 25 to 50, like 33"),
        ({"percent": "a third"}, "Enter the share as a number from 25 to 50, like 33"),
        ({"percent": "120"}, "Enter the share as 50 or less"),
        ({"percent": "12"}, "Enter the share as 25 or more"),
    ],
)
def test_errors_of_another_firm_say_what_to_do(client, programmes, data, message):
    walk(client, upto="other-firms")
    client.post(url("other-firms"), {"group": "yes"})
    html = client.post(f"{BASE}other-firms/add/", {"key": "x", **FIRM, **data}).content.decode()
    assert html.count(message) >= 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"on_day": "", "on_month": "", "on_year": ""}, "Enter the day or the year it was granted"),
        ({"on_day": "", "on_month": "", "on_year": "20x5"}, "The year must have 4 numbers"),
        ({"on_day": "", "on_month": "", "on_year": "2030"}, "Enter a date on or before 22 November 2026"),
        ({"on_day": "31", "on_month": "2"}, "Check the day: that month has no more than 29 days"),
        ({"on_day": "23", "on_month": "11", "on_year": "2026"}, "Enter a date on or before 22 November 2026"),
        ({"amount": ""}, "Enter how much it was in pounds, like 15,000"),
        ({"basis": ""}, "Choose what the letter says, or I do not know"),
    ],
)
def test_errors_of_earlier_support_say_what_to_do(client, programmes, data, message):
    walk(client, upto="earlier-support")
    client.post(url("earlier-support"), {"aid": "yes"})
    html = client.post(f"{BASE}earlier-support/add/", {**AID, **data}).content.decode()
    assert html.count(message) >= 2


# --- Back, change, again -------------------------------------------------------------------------


def test_answers_are_kept_when_one_goes_back(client, answer, programmes):
    page = text(answer())
    for shown in ("PR1 2HE, Preston", "Machining (25620)", "Limited company", "turnover £3,200,000", "32 people"):
        assert shown in page
    assert 'value="3,200,000"' in client.get(url("size")).content.decode()
    assert "You have been through this check" in text(client.get(BASE))


def test_back_leads_to_the_question_before(client, programmes):
    walk(client, upto="size")
    assert client.get(url("size")).context["back"] == url("kind-of-business")
    assert client.get(url("product")).context["back"] == BASE


def test_a_changed_answer_goes_straight_back_to_the_result(client, answer, programmes):
    answer()
    assert client.get(url("size")).context["back"] == f"{BASE}result/"
    assert client.post(url("size"), GOOD["size"] | {"employees": "260"}).url == f"{BASE}result/"
    assert "Your firm cannot get this support" in text(client.get(f"{BASE}result/"))


def test_questions_come_in_order(client, programmes):
    assert client.get(url("size")).url == BASE
    assert client.get(f"{BASE}result/").url == BASE
    assert client.post(f"{BASE}result/").url == BASE
    assert client.get(f"{BASE}other-firms/add/").url == url("other-firms")
    assert EligibilityCheck.objects.count() == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("postcode", ""),
        ("local-authority", ""),
        ("people", "size/"),
        ("turnover", "size/"),
        ("check-answers", "result/"),
    ],
)
def test_old_addresses_lead_on(client, answer, programmes, old, new):
    answer()
    assert client.get(f"{BASE}{old}/").url == BASE + new


def test_the_same_answers_make_no_second_check(client, answer, programmes):
    answer()
    client.post(url("size"), GOOD["size"])
    client.post(f"{BASE}result/")
    assert EligibilityCheck.objects.count() == 1


def test_another_language_makes_the_words_anew(client, answer, programmes):
    answer()
    page = client.get(f"{BASE}result/", headers={"accept-language": "cy"})
    assert page.context["other_language"] == "cy"
    assert 'lang="en-gb"' in page.content.decode()
    client.post(f"{BASE}result/", headers={"accept-language": "cy"})
    assert EligibilityCheck.objects.filter(language="cy").count() == 1
    assert client.get(f"{BASE}result/", headers={"accept-language": "cy"}).context["other_language"] == ""


def test_another_firm_starts_from_nothing(client, answer, programmes):
    answer()
    assert client.post(f"{BASE}start-again/").url == BASE
    assert "Question 1 of 7" in text(client.get(BASE))
    assert client.get(url("size")).url == BASE


def test_another_visitor_does_not_see_it(answer, client, programmes):
    answer()
    client.cookies.clear()
    assert client.get(f"{BASE}result/").status_code == 302


def test_signing_in_takes_the_check_along(answer, client, programmes, applicant):
    answer()
    client.force_login(applicant)
    assert client.get(f"{BASE}result/").status_code == 200


# --- Shared --------------------------------------------------------------------------------------


def test_a_shared_result_tells_nothing_of_the_firm(client, programmes):
    _with_aid(client, AID)
    link = f"{BASE}result/{newest().share_key}/"
    assert link in client.get(f"{BASE}result/").content.decode()
    client.cookies.clear()
    response = client.get(link)
    page = text(response)
    assert "Your firm can get support" in page
    assert "small business" in page
    assert "PR1" in page
    for private in (
        "PR1 2HE",
        "Preston",
        "3,200,000",
        "1,500,000",
        "200,000",
        "115,000",
        "32 people",
    ):
        assert private not in page, private
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert client.get(f"{BASE}result/").url == BASE  # nothing to join with
    assert "eligibility_checks" not in client.session


def test_a_shared_result_is_found_by_its_key_alone(client, answer, programmes):
    answer()
    check = newest()
    assert client.get(f"{BASE}result/{check.pk}/").status_code == 404
    assert client.get(f"/programmes/wales-industry-4/eligibility/result/{check.share_key}/").status_code == 404


# --- Programmes with fewer rules -----------------------------------------------------------------


def _rules(programme, **rules):
    version = programme.versions.latest("valid_from")
    document = version.document
    kept = {"country", "currency", "euro_rate", "strands"}
    document["eligibility"] = {key: value for key, value in document["eligibility"].items() if key in kept} | rules
    type(version).objects.filter(pk=version.pk).update(document=document)


def test_without_a_rule_its_question_is_not_asked(client, programmes):
    programme = programmes["made-smarter-north-west"]
    _rules(programme, strands=[{"instrument": "digital-diagnostic", "gives_grant": False, "sizes": ["micro", "small"]}])
    assert "Question 1 of 2" in text(client.get(BASE))
    assert "How large is your firm?" in text(client.get(BASE))
    assert client.get(url("size")).url == BASE
    assert client.get(url("product")).url == BASE
    assert client.post(BASE, GOOD["size"]).url == url("other-firms")
    page = client.get(client.post(url("other-firms"), GOOD["other-firms"]).url)
    assert "1 kind of support fits now" in text(page)
    assert "Earlier public support" not in text(page)
    check = newest()
    assert (check.outcome, check.headroom, check.findings) == ("eligible", None, [])


def test_without_any_rule_nothing_is_asked(client, programmes):
    programme = programmes["made-smarter-north-west"]
    _rules(programme, strands=[{"instrument": "specialist-advice", "gives_grant": False}])
    assert "There is nothing to answer" in text(client.get(BASE))
    assert client.get(url("size")).url == BASE
    assert client.get(f"{BASE}other-firms/add/").url == BASE
    assert client.get(f"{BASE}result/").url == BASE
    page = client.get(client.post(BASE).url)
    assert "Your firm can get support" in text(page)
    assert "Your answers" not in text(page)


def test_a_yes_without_any_support_that_fits_is_no_yes(client, programmes):
    programme = programmes["made-smarter-north-west"]
    _rules(programme, strands=[{"instrument": "specialist-advice", "gives_grant": False, "sizes": ["micro"]}])
    client.post(BASE, GOOD["size"])
    page = text(client.get(client.post(url("other-firms"), GOOD["other-firms"]).url))
    assert newest().outcome == "eligible"
    assert "Your firm cannot get this support" in page
    asks = [{"instrument": "specialist-advice", "gives_grant": False, "asks": ["Is it new?"]}]
    _rules(programme, strands=asks)
    client.cookies.clear()
    assert "An adviser needs to look at this" in text(client.get(client.post(BASE).url))


def test_measures_need_no_application(client, programmes):
    programme = programmes["made-smarter-north-west"]
    programme.instruments.filter(slug="specialist-advice").update(kind="entitlement", level="national")
    Programme.objects.filter(pk=programme.pk).update(takes_applications=False)
    _rules(programme, strands=[{"instrument": "specialist-advice", "gives_grant": False, "base": False}])
    page = text(client.get(client.post(BASE).url))
    assert "1 measure is open to your firm" in page
    assert "Set at national level" in page
    assert "Apply for support" not in page


def test_what_all_lack_alike_is_said_once(answer, programmes):
    page = text(answer(product={"sic_code": "62012"}))
    assert page.count("For all of these:") == 1
    assert page.count("If you make things under another code") == 1


def test_measures_of_others_say_who_sets_them(client, programmes):
    base = "/programmes/wales-industry-4/eligibility/"
    client.post(base, {"postcode": "CF10 1EP"})
    for name in list(GOOD)[1:]:
        client.post(url(name, base), GOOD[name])
    page = text(client.get(f"{base}result/"))
    assert "Open to firms without applying here" in page
    assert "Set at United Kingdom level" in page


def test_where_nobody_applies_no_adviser_is_promised(client, programmes):
    programme = programmes["made-smarter-north-west"]
    Programme.objects.filter(pk=programme.pk).update(takes_applications=False, applicants="organisations")
    asks = [{"instrument": "specialist-advice", "gives_grant": False, "asks": ["Is it new?"]}]
    _rules(programme, strands=asks)
    page = text(client.get(client.post(BASE).url))
    assert "We cannot say yet if this fits your firm" in page
    assert "It depends" in page
    assert "Is it new?" in page
    assert "Talk to an adviser" not in page
    assert "an adviser can settle" not in page
    assert "Organisations carry out this programme" in page


def test_what_fits_all_the_same_is_named_after_a_no(client, programmes):
    programme = programmes["made-smarter-north-west"]
    strands = [
        {"instrument": "specialist-advice", "gives_grant": False, "base": False},
        {"instrument": "student-placement", "gives_grant": False},
    ]
    _rules(programme, strands=strands, legal_forms={"allowed": ["llp"], "refer": []})
    page = text(client.get(client.post(BASE, GOOD["kind-of-business"]).url))
    assert "Your firm cannot get this support" in page
    assert "Technical and business advice : this fits your firm all the same." in page


# --- Scope and weight ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "size/", "other-firms/add/", "result/"])
def test_closed_and_unknown_programmes_are_not_found(client, programmes, path):
    Programme.objects.filter(slug="made-smarter-north-west").update(status=Programme.Status.CLOSED)
    assert client.get(BASE + path).status_code == 404
    assert client.get(f"/programmes/nowhere/eligibility/{path}").status_code == 404


def test_an_unknown_question_is_not_found(client, programmes):
    assert client.get(f"{BASE}shoe-size/").status_code == 404
    assert client.post(f"{BASE}shoe-size/").status_code == 404
    assert client.get(f"{BASE}shoe-size/add/").status_code == 404
    assert client.get(f"{BASE}size/add/").status_code == 404


@pytest.mark.parametrize("name", ["", *[f"{name}/" for name in list(GOOD)[1:]], "result/"])
def test_pages_are_light(client, answer, programmes, name, django_assert_max_num_queries):
    answer(product={"sic_code": "62012"})
    with django_assert_max_num_queries(15):
        assert client.get(BASE + name).status_code == 200


def test_amounts_are_never_rounded(client, answer, programmes):
    answer(size=GOOD["size"] | {"turnover": "43,999,999.99"})
    assert Decimal(newest().facts["turnover"]) == Decimal("43999999.99")
