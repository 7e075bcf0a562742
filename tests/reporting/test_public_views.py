import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from portal.dates import long_date
from portal.money import money_text
from programmes import wording as terms_wording
from programmes.models import Programme, Text
from programmes.reading import Reader, Said
from reporting import wording
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import (
    CallFactory,
    InstrumentFactory,
    ProgrammeFactory,
    RegionFactory,
    load_programmes,
)

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15
LANGUAGES = {
    "made-smarter-north-west": ["en-gb"],
    "wales-industry-4": ["en-gb", "cy"],
    "basque-industry-4": ["en-gb", "es"],
    "piemonte-impresa-4": ["en-gb", "it"],
    "central-denmark-growth": ["en-gb", "da"],
    "smart-industri-i-regionerna": ["en-gb", "sv"],
}


def read(client, address, language="en-gb"):
    """The page in this language, in lines without tags and with single spaces."""
    client.cookies["django_language"] = language
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def text_of(page):
    bare = re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0])
    return re.sub(r"[ \n]+", " ", bare.replace("&#x27;", "'").replace("&amp;", "&"))


def test_home_shows_programmes_and_leads_to_the_check(client):
    programme = ProgrammeFactory(name="Help for Northshire")
    InstrumentFactory(programme=programme, name="Digital diagnostic")
    ProgrammeFactory(name="Over and done", status=Programme.Status.CLOSED)
    page = client.get("/").content.decode()
    assert "Help for Northshire" in page
    assert "Digital diagnostic" in page
    assert f'href="/programmes/{programme.slug}/eligibility/"' in page
    assert "You hear within 10 working days whether you can join." in page
    assert "Over and done" not in page


def test_home_counts_firms_that_joined_and_only_those(client, programme):
    assert "joined so far" not in client.get("/").content.decode()
    CaseFactory(programme=programme, accepted=True)
    CaseFactory(programme=programme, submitted=True)
    assert "1 firm has joined so far." in client.get("/").content.decode()


def test_home_without_programmes_teaches(client):
    assert "No programme is open now" in client.get("/").content.decode()


def test_home_keeps_its_query_count(client, django_assert_max_num_queries):
    InstrumentFactory()
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        client.get("/")
    for _ in range(29):
        CaseFactory(programme=InstrumentFactory().programme, accepted=True)
    with django_assert_max_num_queries(MOST_QUERIES) as many:
        client.get("/")
    assert len(few.captured_queries) == len(many.captured_queries)


def test_programme_page(client, django_assert_max_num_queries):
    programme = ProgrammeFactory(
        promise_days={"lead": 2, "application": 5, "decision": 20},
        partners=[
            {"name": "A university", "role": "delivery", "url": "https://university.example/"},
            {"name": "The region", "role": "funder"},
            {"name": "A neighbour", "role": "friend"},
        ],
    )
    application = GrantApplicationFactory(
        case__programme=programme, call__instrument__programme=programme,
        call=CallFactory(instrument=InstrumentFactory(programme=programme, example_terms=True), name="Autumn call"),
        approved=True,
    )  # fmt: skip
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(f"/programmes/{programme.slug}/").content.decode()
    for words in (
        application.call.name, "£85,000 of £100,000", "until 1 January 2036", "Example terms",
        "Within 5 working days you hear whether you can join.", "Paid for by", "https://university.example/",
        f'href="/programmes/{programme.slug}/eligibility/"', f'href="/programmes/{programme.slug}/talk/"',
    ):  # fmt: skip
        assert words in page
    assert page.index("The region") < page.index("A university") < page.index("A neighbour")


def test_programme_page_tells_of_calls_to_come_and_forgets_those_gone(client):
    instrument = InstrumentFactory()
    now = timezone.now()
    CallFactory(instrument=instrument, slug="next", name="Next call", opens_at=now + timedelta(days=10))
    CallFactory(instrument=instrument, slug="gone", name="Gone call", opens_at=datetime(2020, 1, 1, tzinfo=UTC),
                closes_at=now - timedelta(days=1))  # fmt: skip
    page = client.get(f"/programmes/{instrument.programme.slug}/").content.decode()
    assert "Next call" in page
    assert "Gone call" not in page


def test_programme_in_preview_can_be_tried_only(client):
    programme = ProgrammeFactory(status=Programme.Status.PREVIEW)
    assert "This programme has not opened yet." in client.get(f"/programmes/{programme.slug}/").content.decode()
    assert "Coming soon" in client.get("/").content.decode()


def test_closed_or_unknown_programme_is_not_found(client):
    programme = ProgrammeFactory(status=Programme.Status.CLOSED)
    assert client.get(f"/programmes/{programme.slug}/").status_code == 404
    assert client.get("/programmes/no-such/").status_code == 404


# --- The six programmes -------------------------------------------------------------------------
@pytest.fixture
def six(db):
    return load_programmes()


@pytest.mark.parametrize(("slug", "language"), [(slug, one) for slug, known in LANGUAGES.items() for one in known])
def test_each_programme_in_each_of_its_languages(client, six, slug, language, django_assert_max_num_queries):
    programme = six[slug]
    with django_assert_max_num_queries(MOST_QUERIES):
        page = read(client, f"/programmes/{slug}/", language)
    text = text_of(page)
    assert f'<html lang="{language}"' in page
    words = programme.words(language)
    for key, column in (("programme.name", programme.name), ("programme.summary", programme.summary)):
        assert words.text(key, column) in text
    for instrument in programme.instruments.all():
        assert words.text(f"instrument.{instrument.slug}.name", instrument.name) in text
    for index, place in enumerate(programme.next_places):
        assert words.text(f"next.{index}.what", place["what"]) in text
    for row in (*programme.budget, *programme.generations):
        with translation.override(language):
            sum_ = money_text(Decimal(row.get("amount") or row["budget"]), row.get("currency") or programme.currency)
        assert sum_ in page.replace("&nbsp;", "\u00a0")
    if programme.delivery:
        with translation.override(language):
            assert long_date(date.fromisoformat(programme.delivery["to"])) in text
    if language == "en-gb":
        assert "<span lang=" not in page


def test_the_six_at_home(client, six, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        page = read(client, "/")
    text = text_of(page)
    for programme in six.values():
        assert programme.name in text
        assert f'fill="{programme.colour}"' in page
    for words in ("0 of 700 places taken", "No application needed", "Organisations apply", "Coming soon", "Svenska"):
        assert words in text
    assert text.index("Made Smarter") < text.index("Smart industry in the regions")
    swedish = text_of(read(client, "/", "sv"))
    assert swedish.index("Smart industri i regionerna") < swedish.index("Made Smarter")


def test_made_smarter_answers_a_visitors_first_questions(client, six):
    text = text_of(read(client, "/programmes/made-smarter-north-west/"))
    for words in (
        "Manufacturers", "Fewer than 250 people", "Turnover below £44 million, or balance sheet below £38.5 million",
        "Up to £20,000", "Our answer: within 5 working days", "Pays 50% of the costs it supports", "Example terms",
        "Money towards your project", "People and skills", "Ask first, order later.", "£20,000,000",
    ):  # fmt: skip
        assert words in text
    assert "You do not apply here" not in text


def test_wales_shows_its_places_and_the_measures_set_for_the_united_kingdom(client, six):
    text = text_of(read(client, "/programmes/wales-industry-4/"))
    for words in ("0 of 700 places taken", "Set at United Kingdom level", "Tax relief", "Support that others give"):
        assert words in text
    assert "waiting list" not in text


def test_the_basque_call_says_its_terms(client, six):
    text = text_of(read(client, "/programmes/basque-industry-4/"))
    for words in (
        "For projects of €75,000 or more", "Done within 16 months", "Technology readiness level 5 to 9",
        "With a research organisation as a partner", "Pays 25% of the costs it supports", "€2,500,000",
    ):  # fmt: skip
        assert words in text
    assert "diagnostic with your colleagues" not in text


def test_a_programme_without_applications_says_so_and_offers_what_it_has(client, six):
    page = read(client, "/programmes/piemonte-impresa-4/")
    text = text_of(page)
    for words in (
        "You do not apply here.", "Measures you may use without applying here", "Set at national level",
        "Of any size", "Wherever you are", "Ask us to call you",
    ):  # fmt: skip
        assert words in text
    assert 'href="/programmes/piemonte-impresa-4/eligibility/"' in page
    assert "To join" not in text
    assert "whether you can join" not in text


def test_organisations_apply_and_firms_benefit(client, six):
    text = text_of(read(client, "/programmes/smart-industri-i-regionerna/"))
    for words in ("Organisations apply, firms benefit.", "kr", "2.0", "1.0", "Sweden, 21 areas"):
        assert words in text
    assert "To join" not in text
    danish = text_of(read(client, "/programmes/central-denmark-growth/", "da"))
    for words in ("WP1", "1.200", "Region Midtjylland"):
        assert words in danish


# --- Pieces -------------------------------------------------------------------------------------
def test_places_run_out(client):
    instrument = InstrumentFactory(kind="diagnostic", places=1)
    address = f"/programmes/{instrument.programme.slug}/"
    assert "0 of 1 places taken" in text_of(read(client, address))
    AssessmentFactory(case__programme=instrument.programme)
    for page in (address, "/"):
        text = text_of(read(client, page))
        assert "1 of 1 places taken" in text
        assert "Full just now. You can join the waiting list." in text


def test_many_rows_cost_no_more_queries_than_few(client, programme, django_assert_max_num_queries):
    instrument = InstrumentFactory(programme=programme, kind="diagnostic", places=700)
    CallFactory(instrument=instrument)
    RegionFactory(programme=programme)
    with django_assert_max_num_queries(MOST_QUERIES) as few:
        read(client, f"/programmes/{programme.slug}/")
    for number in range(20):
        one = InstrumentFactory(programme=programme)
        CallFactory(instrument=one, name=f"Call {number}")
        RegionFactory(programme=programme)
        Text.objects.create(programme=programme, key=f"instrument.{one.slug}.name", language="cy", body="Enw")
        AssessmentFactory(case__programme=programme)
    programme.partners = [{"name": f"Partner {number}", "role": "delivery"} for number in range(20)]
    programme.save()
    with django_assert_max_num_queries(MOST_QUERIES) as many:
        page = read(client, f"/programmes/{programme.slug}/")
    assert len(few.captured_queries) == len(many.captured_queries)
    assert "20 of 700 places taken" in page


def test_what_is_not_there_is_not_shown(client):
    programme = ProgrammeFactory()
    text = text_of(read(client, f"/programmes/{programme.slug}/"))
    for heading in (
        "Money you can ask for", "Good to know", "What the programme does", "Where the money comes from",
        "Who is behind it", "If this is not for you", "Support that others give",
    ):  # fmt: skip
        assert heading not in text


def test_what_may_be_combined(client):
    programme = ProgrammeFactory(combine=[["a", "b"], ["a", "c"]])
    for slug in "abc":
        InstrumentFactory(programme=programme, slug=slug, name=f"Support {slug}")
    address = f"/programmes/{programme.slug}/"
    text = text_of(read(client, address))
    assert "You may have these together. No cost is paid for twice." in text
    assert "Support a + Support b" in text
    Programme.objects.update(combine=None)
    assert "You may have all of this support together. No cost is paid for twice." in text_of(read(client, address))


def test_a_logo_is_shown_when_there_is_one(client):
    ProgrammeFactory(slug="with-logo", partners=[{"name": "A", "role": "lead", "logo": "img/icon.svg"},
                                                 {"name": "B", "role": "lead", "logo": "img/gone.svg"}])  # fmt: skip
    page = read(client, "/programmes/with-logo/")
    assert page.count("<img") == 1
    assert "Led by" in page


def test_the_language_can_be_changed_where_there_is_a_choice(client):
    ProgrammeFactory(slug="both", languages=["en-gb", "cy"])
    ProgrammeFactory(slug="one")
    assert 'value="cy"' in read(client, "/programmes/both/").partition("</main>")[0]
    assert 'value="cy"' not in read(client, "/programmes/one/")
    changed = client.post("/language/", {"language": "cy", "next": "/programmes/both/"}, follow=True)
    assert '<html lang="cy"' in changed.content.decode()


def test_words_know_their_language(programme):
    Text.objects.create(programme=programme, key="programme.name", language="cy", body="Enw <b>")
    reader = Reader(programme.words("cy"))
    own, main = reader.say("programme.name", programme.name), reader.say("programme.summary", programme.summary)
    assert (own.lang, main.lang, reader.as_written("").lang) == ("", "en-gb", "")
    assert own.__html__() == "Enw &lt;b&gt;"
    assert main.__html__() == f'<span lang="en-gb">{programme.summary}</span>'
    assert Reader(programme.words("en-gb")).as_written("pilot") == Said("pilot")


@pytest.mark.parametrize(
    ("sectors", "words"),
    [
        ([], "Firms in any sector"),
        (["C"], "Manufacturers"),
        (["C", "62"], "Manufacturers and some other sectors"),
        (["62"], "Firms in some sectors"),
    ],
)
def test_sectors_in_a_line(sectors, words):
    assert wording.for_whom({"sectors": sectors}, "GBP") == [words, "Of any size"]


def test_size_in_a_line():
    size = {"employees": 250, "turnover": "43478260.86", "balance_sheet": "500000.00", "operator": "le"}
    assert wording.for_whom({"size": size}, "GBP")[1:] == [
        "Fewer than 250 people", "Turnover up to about £43.5 million, or balance sheet up to £500,000",
    ]  # fmt: skip
    with translation.override("sv"):
        assert "43,5" in wording.for_whom({"size": size}, "SEK")[2]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"rate": "50", "categories": ["software"]}, ["Pays 50% of the costs it supports"]),
        (
            {"rate": "50", "categories": ["software", "labour"], "category_rates": {"labour": {"any": "62.5"}}},
            ["Pays up to 62.50%, by the kind of cost and the size of your firm"],
        ),
        (
            {"categories": ["labour"], "category_rates": {"labour": {"small": "20", "micro": "30"}},
             "minimum": {"amount": "1000.00", "of": "eligible"}, "months": 1},
            ["Pays up to 30%, by the kind of cost and the size of your firm",
             "For costs of £1,000 or more that can be supported", "Done within 1 month"],
        ),
    ],
)  # fmt: skip
def test_terms_in_lines(terms, words):
    assert terms_wording.terms(terms, "GBP") == words
    assert terms_wording.most(terms, "GBP") == words[0]


@pytest.mark.parametrize(
    ("kinds", "last"),
    [
        ({"diagnostic", "grant"}, "measure again"),
        ({"diagnostic"}, "with your adviser at your side, and measure"),
        ({"voucher"}, "show us what it cost"),
        ({"course"}, "what you want to change"),
    ],
)
def test_steps_follow_what_there_is(programme, kinds, last):
    steps = wording.steps(programme, kinds)
    assert last in str(steps[-1][1])
    assert len(steps) == (5 if "diagnostic" in kinds else 3)
