"""What a firm meets before it signs in, in each language: walked through twice, in English beside it, and compared."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

import django
import pytest
from babel.messages.checkers import checkers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from diagnostics import freezing
from diagnostics import loading as questionnaires
from diagnostics.models import BenchmarkSnapshot, FirstLook, GroupInvitation
from funding.models import GrantApplication, Partner
from network import loading as experts
from network.models import Expert
from programmes.models import Call, Programme
from tests.factories.accounts import UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory, questionnaire
from tests.factories.firstlooks import first_look_questions
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory
from tests.portal.languages import LANGUAGES, PROGRAMMES, Texts, is_data

FITS = {
    "product": {"sic_code": "2562"},
    "kind-of-business": {"legal_form": "company"},
    "size": {"employees": "32", "turnover": "3200000", "balance_sheet": "1500000"},
    "other-firms": {"group": "no"},
    "earlier-support": {"aid": "no"},
    "already-started": {"committed": "no"},
}
OPEN = {
    **FITS,
    "product": {"sic_code": "unknown"},
    "kind-of-business": {"legal_form": "unknown"},
    "size": {"employees_unknown": "on", "turnover_unknown": "on", "balance_sheet_unknown": "on"},
    "other-firms": {"group": "unknown"},
    "earlier-support": {"aid": "unknown"},
    "already-started": {"committed": "unknown"},
}
REFUSED = {
    **FITS,
    "size": {"employees": "900", "turnover": "900000000", "balance_sheet": "800000000"},
    "other-firms": {"group": "yes"},
    "earlier-support": {"aid": "yes"},
    "already-started": {"committed": "yes"},
}
TOLD = {
    "cy": ["4 Tachwedd 2025", "22 Tachwedd 2026", "£75,000", "£900,000,000"],
    "es": ["4 de noviembre de 2025", "22 de noviembre de 2026", "75 000 €", "900 000 000 €"],
    "it": ["22 novembre 2026", "900.000.000 €"],
    "da": ["22. november 2026", "900.000.000 kr."],
    "sv": ["22 november 2026", "900 000 000 kr"],
}
"""Days and money of who is refused, as the language writes them."""


# --- The catalogues ------------------------------------------------------------------------------


@cache
def catalogue(language):
    with (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_a_catalogue_is_translated_and_none_is_a_guess(language):
    found = [message for message in catalogue(language) if message.id]
    assert len(found) > 500
    assert [message.id for message in found if message.fuzzy] == []
    texts = [(message, [message.string] if isinstance(message.string, str) else message.string) for message in found]
    assert [message.id for message, said in texts if not all(said)] == []
    assert not catalogue(language).obsolete


def test_what_marks_a_message_bears_a_name_that_bin_messages_knows():
    """Under another name, and outside of Python, HTML and text, a message is in no catalogue and stays English."""
    root = settings.BASE_DIR
    code = [path for app in root.glob("*/apps.py") for path in app.parent.rglob("*.py")]
    assert [str(path) for path in code if re.search(r"\b[np]*gettext\w* as (?!_$)", path.read_text(), re.M)] == []
    pages = (root / "templates").rglob("*.css")
    assert [str(path) for path in pages if "translate " in path.read_text()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_follow_the_rule_of_djangos_own_catalogue(language):
    path = Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        own = read_po(file, locale=language)
    ours = catalogue(language)
    assert (ours.num_plurals, ours.plural_expr) == (own.num_plurals, own.plural_expr)
    plural = [message for message in ours if isinstance(message.id, tuple)]
    assert {len(message.string) for message in plural} == {ours.num_plurals}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_names_nobody_and_no_day(language):
    text = (settings.LOCALE_PATHS[0] / language / "LC_MESSAGES" / "django.po").read_text()
    head = text.split("\n\n")[0]
    assert not re.search(r"Translator|Team|Creation-Date|Revision-Date|@", head)
    write_mo(BytesIO(), catalogue(language))


def blanks(text):
    """What is filled in, and what is markup."""
    return sorted(set(re.findall(r"%\(\w+\)[sd]|</?\w+[^>]*>", text)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_stands_in_the_translation_too(language):
    for message in catalogue(language):
        if not message.id:
            continue
        for check in checkers:
            check(catalogue(language), message)
        said = [message.string] if isinstance(message.string, str) else message.string
        one, many = (message.id, message.id) if isinstance(message.id, str) else message.id
        assert blanks(said[0]) in (blanks(one), blanks(many)), message.id  # `every month` needs no figure
        assert {tuple(blanks(text)) for text in said[1:]} <= {tuple(blanks(many))}, message.id


# --- The pages -----------------------------------------------------------------------------------


def test_the_first_pages(visitor):
    visitor.get("/")
    visitor.get(visitor.base)
    assert visitor.alike == {}


@pytest.mark.parametrize(
    ("answers", "outcome"), [(FITS, "eligible"), (OPEN, "refer"), (REFUSED, "not_eligible")],
    ids=["fits", "open", "refused"],
)  # fmt: skip
def test_the_check_and_its_result(visitor, answers, outcome):
    """The one that is refused meets every page that there is: it sends each empty first."""
    pages = visitor.check(answers, sent_empty=answers is REFUSED)
    results = {code: page.context["result"] for code, page in pages.items()}
    if visitor.language != "it":  # Its automatic measures are open to any firm.
        assert {result.outcome for result in results.values()} == {outcome}
    if answers is REFUSED:
        said = visitor.pages[-1].replace("\u00a0", " ").replace("\u202f", " ")
        assert [words for words in TOLD[visitor.language] if words not in said] == []
    shared = {code: visitor.clients[code].get(result.share_path) for code, result in results.items()}
    visitor.compare("a shared result", shared)
    assert visitor.alike == {}


DIAGNOSTIC = "/programmes/wales-industry-4/"
"""The programme that has a diagnostic, which anybody may open in any of the languages."""


@pytest.fixture
def first_look(visitor):
    first_look_questions()
    questionnaires.load_waivers(at=timezone.now())
    return f"{DIAGNOSTIC}first-look/"


ABOUT = {"employees": "32", "sector": "fabricated_metal", "first": "productivity"}


def test_the_first_look(visitor, first_look):
    """Each page sent empty first, then the result of each kind of answers.

    MS06 is low and holds back whoever is further elsewhere.
    """
    visitor.get(first_look)
    path = visitor.post(first_look, {})
    for answers in ({"first": "productivity", "second": "productivity"}, ABOUT):
        visitor.get(path)
        visitor.post(path, {})
        following = visitor.post(path, answers)
    path, asked = following, []
    while "/result/" not in path:
        assert len(asked) <= 10, path
        visitor.get(path)
        visitor.post(path, {})
        asked.append(path.strip("/").rpartition("/")[2])
        path = visitor.post(path, {"level": "1" if asked[-1] == "MS06" else "0"})
    for level in (0, 2, 4, "dont_know"):
        FirstLook.objects.update(answers=dict.fromkeys(asked, level) | {"MS06": 1})
        pages = visitor.get(path)
        shared = {code: visitor.clients[code].get(page.context["share_url"]) for code, page in pages.items()}
        visitor.compare("a shared first look", shared)
    visitor.get(first_look)
    assert visitor.alike == {}


def test_a_first_look_that_is_not_finished_or_one_too_many(visitor, first_look, settings):
    visitor.post(first_look, {})
    for client in visitor.clients.values():
        client.get(first_look)
    keys = {code: client.session["first_looks"]["wales-industry-4"] for code, client in visitor.clients.items()}
    others = {code: Client(headers={"accept-language": code}) for code in keys}
    shared = {code: others[code].get(f"{first_look}result/{key}/") for code, key in keys.items()}
    visitor.compare("a shared first look, not finished", shared)
    settings.FIRST_LOOK_RATE = "2/h"
    visitor.compare("one too many", {code: client.post(first_look) for code, client in others.items()}, 429)
    assert visitor.alike == {}


def test_the_register_of_experts(visitor):
    for path in experts.DATA.glob("*.yaml"):
        experts.load(experts.read(path))
    closed = Expert.objects.filter(availability="open")[0]
    Expert.objects.filter(pk=closed.pk).update(availability="closed")
    for path in ("/network/", "/network/?kind=rto&place=TLL&language=cy", "/network/?kind=rto&language=sv"):
        visitor.get(path)
    for found in Expert.objects.all():
        visitor.get(found.get_absolute_url())
    assert visitor.alike == {}


def test_where_firms_stand(visitor):
    sectors = questionnaire().document["profile"][2]["choices"]
    firms = [(sector, size, "40") for sector in sectors for size in ("micro", "small", "medium") for _ in range(12)]
    firms = [firm for firm in firms if firm[:2] != ("food_drink", "micro")] + [("food_drink", "micro", "40")] * 3
    BenchmarkSnapshot.objects.create(
        questionnaire=questionnaire().questionnaire, major=1, quarter=date(2026, 10, 1), method_version="1",
        made_at=datetime(2026, 10, 2, tzinfo=UTC), firms=len(firms),
        public=freezing.as_json(firms),
    )  # fmt: skip
    visitor.get(DIAGNOSTIC)
    page = visitor.get(f"{DIAGNOSTIC}benchmark/")["en-gb"].content.decode()
    assert "left out" in page.split("</table>")[0]
    assert visitor.alike == {}


def test_an_invitation_of_a_colleague(visitor):
    case = CaseFactory(programme=Programme.objects.get(slug="wales-industry-4"), accepted=True)
    now = datetime(2026, 11, 22, 11, tzinfo=UTC)
    row = GroupInvitation.objects.create(
        assessment=AssessmentFactory(case=case), group_code="MS", email="new@firm.example",
        invited_at=now, invited_by=case.created_by,
    )  # fmt: skip
    path = reverse("diagnostics:invitation", args=[row.key])
    visitor.get(path)
    visitor.get(reverse("diagnostics:invitation", args=["no-such-key"]), 404)
    assert set(visitor.alike) <= {case.organisation.name}


def test_talking_to_an_adviser(visitor):
    path = reverse("applications:talk", args=[PROGRAMMES[visitor.language]])
    visitor.get(path)
    visitor.post(path, {})
    wanted = {"name": "N", "firm": "F", "email": "n@firm.example", "question": "?", "agrees_to_contact": "on"}
    visitor.get(visitor.post(path, {"key": str(uuid.uuid4()), **wanted}))
    assert visitor.alike == {}


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_signing_in(visitor, path):
    visitor.get(path)
    assert visitor.alike == {}


@pytest.mark.parametrize("name", ["accessibility", "privacy", "cookies"])
def test_what_the_footer_leads_to(visitor, name):
    visitor.get(reverse(name))
    assert visitor.alike == {}


def test_a_page_that_is_not_there(visitor):
    visitor.get("/no-such-page/", 404)
    assert visitor.alike == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_what_says_that_something_went_wrong(rf, language, name):
    def said(code):
        page = Texts()
        with translation.override(code):
            page.feed(render_to_string(f"{name}.html", {"user": AnonymousUser()}, rf.get("/")))
        assert page.language == code
        return page.found

    english = set(said("en-gb"))
    assert [text for text in said(language) if text in english and not is_data(text, language)] == []


# --- Money ---------------------------------------------------------------------------------------
TRIED = {
    "cost_capital_equipment": "30000", "cost_software": "6000", "vat_percent": "20", "vat_recoverable": "yes",
    "starts_on_day": "1", "starts_on_month": "3", "starts_on_year": "2027",
    "ends_on_day": "15", "ends_on_month": "8", "ends_on_year": "2027", "spread": "even",
}  # fmt: skip
WRONG = [
    {},
    {"cost_software": "many", "vat_percent": "2x", "cash": "some", "ends_on_year": "2026"},
    {"cost_software": "-1", "vat_percent": "101", "starts_on_year": "2025", "ends_on_year": "2040"},
    {"cost_capital_equipment": "", "cost_software": "", "ends_on_year": "2040", "firm_size": "vast", "spread": "odd"},
    {"starts_on_day": "31", "starts_on_month": "2", "ends_on_day": "", "ends_on_month": "x"},
]
KINDS = ["capital_equipment", "software"]
TERMS = {"rate": "50", "cap": "20000", "categories": KINDS}
BY_SIZE = {"categories": KINDS, "category_rates": {kind: {"micro": "45", "small": "25.5"} for kind in KINDS}}
RULES = [
    TERMS | {"minimum": {"amount": "75000", "of": "total"}},
    TERMS | {"minimum": {"amount": "75000", "of": "eligible"}},
    TERMS | {"maximum": {"amount": "500", "of": "total"}},
    TERMS | {"maximum": {"amount": "500", "of": "eligible"}},
    TERMS | {"months": 1, "research_partner": True, "trl": {"min": 5, "max": 9}},
    TERMS | {"category_caps": {"software": "100"}},
    BY_SIZE,
]


@pytest.fixture
def call(visitor):
    """Money of the visitor's own programme, named by a figure so that no name is in a language."""
    programme = Programme.objects.get(slug=PROGRAMMES[visitor.language])
    instrument = InstrumentFactory(programme=programme, name="1", summary="2")
    return CallFactory(
        instrument=instrument, name="3", currency=programme.currency, terms=TERMS, slug="three", promise_days=10,
        claim_terms={"months": 3, "retention_percent": "10", "cap_percent": "90"},
        criteria=[{"code": "a", "title": "4", "help": "5", "weight": 1}],
        partner_terms={"forms": ["SINGLE", "COLLABORATIVE", "SUPPLY_CHAIN"], "most": 3, "most_percent": "80"},
        budget_lines=[{"funder": "6", "from": "2026-04-01", "to": "2027-03-31", "amount": "100000.00"}],
    )  # fmt: skip


def changed(call, **facts):
    Call.objects.filter(pk=call.pk).update(**facts)


class TestWhetherAFirmCanAffordIt:
    @pytest.fixture
    def path(self, visitor, call):
        return reverse("funding:afford", args=[call.instrument.programme.slug, call.pk])

    def tried(self, visitor, path, **more):
        pages = visitor.get(visitor.post(path, TRIED | more))
        own, english = pages[visitor.language].context["result"], pages["en-gb"].context["result"]
        assert (own is None) is (english is None) is False
        if own.chart:
            drawn = [re.findall(r">([^<>]*[^\W\d]{3}[^<>]*)<", result.chart) for result in (own, english)]
            assert drawn[0]
            assert not {text for text in drawn[0] if text in drawn[1]}
        return own

    def test_the_way_to_it_and_the_empty_page(self, visitor, call, path):
        visitor.get(visitor.base)
        visitor.get(path)
        CallFactory(instrument=call.instrument, name="7", slug="seven", currency=call.currency, terms=BY_SIZE)
        visitor.get(reverse("funding:afford-choose", args=[call.instrument.programme.slug]))
        assert visitor.alike == {}

    @pytest.mark.parametrize("terms", [TERMS, BY_SIZE], ids=["one rate", "by size"])
    def test_what_is_wrong(self, visitor, call, path, terms):
        changed(call, terms=terms)
        assert visitor.post(path, {}) == ""
        for wrong in WRONG:
            assert not wrong or visitor.post(path, TRIED | wrong) == ""
        assert visitor.alike == {}

    def test_a_grant(self, visitor, call, path):
        assert self.tried(visitor, path, cash="900000").short is None
        assert self.tried(visitor, path, cash="10", cost_other="300").short
        assert self.tried(visitor, path, vat_recoverable="no", cost_capital_equipment="300000").tied_up
        changed(call, budget=500, claim_terms={"months": 1})
        assert self.tried(visitor, path).panel.accepted
        changed(call, budget=50000, terms=BY_SIZE)
        for size in ("micro", "small", "unknown"):
            self.tried(visitor, path, firm_size=size)
        assert visitor.alike == {}

    def test_no_grant(self, visitor, call, path):
        alone = {"cost_capital_equipment": "", "cost_software": "", "cost_other": "1000"}
        assert self.tried(visitor, path, **alone).panel.refusals
        for terms in RULES:
            changed(call, terms=terms)
            self.tried(visitor, path, firm_size="medium", cost_other="1000")
        assert visitor.alike == {}


class TestThePageOfACall:
    @pytest.fixture
    def path(self, call):
        return reverse("reporting:call", args=[call.instrument.programme.slug, call.slug])

    def test_open_to_come_and_closed(self, visitor, call, path):
        visitor.get(path)
        changed(call, reviews_needed=0, needs_outline=True, claim_terms={"months": 1}, budget_lines=[])
        visitor.get(path)
        changed(call, reviews_needed=2, is_blind=True, accept_days=1, appeal_days=1, promise_days=1)
        changed(call, opens_at=datetime(2027, 2, 1, 9, tzinfo=UTC))
        visitor.get(visitor.base)
        visitor.get(path)
        changed(call, opens_at=datetime(2026, 2, 1, 9, tzinfo=UTC), closes_at=datetime(2026, 3, 1, 9, tzinfo=UTC))
        visitor.get(path)
        assert visitor.alike == {}

    def test_with_every_kind_of_term_and_with_decisions(self, visitor, call, path):
        case = CaseFactory(programme=call.instrument.programme, accepted=True)
        sent = datetime(2026, 10, 1, 9, tzinfo=UTC)
        for days in (1, 9):
            for _row in range(5):
                row = GrantApplicationFactory(case=case, call=call, lines=[])
                GrantApplication.objects.filter(pk=row.pk).update(
                    status="APPROVED", submitted_at=sent, submitted_by=case.created_by, decided_by=case.created_by,
                    decided_at=sent + timedelta(days=days),
                )  # fmt: skip
            assert visitor.get(path)["en-gb"].context["days"]
        for terms in RULES:
            changed(call, terms=terms)
            visitor.get(path)
        assert visitor.alike == {}

    def test_the_calls_that_come_with_the_programmes(self, visitor):
        for row in Call.objects.select_related("instrument__programme"):
            visitor.get(reverse("reporting:call", args=[row.instrument.programme.slug, row.slug]))
        assert visitor.alike == {}


def test_an_invitation_of_a_partner(visitor, call):
    case = CaseFactory(programme=call.instrument.programme, accepted=True)
    application = GrantApplicationFactory(case=case, call=call, form="COLLABORATIVE")
    row = Partner.objects.create(
        application=application, kind="FIRM", name="8", email="new@firm.example", country="GB",
        invited_by=case.created_by, invited_at=timezone.now(), updated_at=timezone.now(),
    )  # fmt: skip
    path = reverse("funding:part", args=[row.key])
    visitor.get(path)
    for client in visitor.clients.values():
        client.force_login(UserFactory())
    visitor.get(path)
    visitor.get(reverse("funding:part", args=[uuid.uuid4()]), 404)
    assert set(visitor.alike) <= {case.organisation.name}
