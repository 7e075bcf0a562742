"""What a firm meets before it signs in, in each language: walked through twice, in English beside it, and compared."""

import re
import uuid
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import django
import pytest
import yaml
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
from network import loading as experts
from network.models import Expert
from organisations import places, sic
from portal.money import CURRENCIES
from programmes import loading
from programmes.models import Programme
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory, questionnaire
from tests.factories.firstlooks import first_look_questions
from tests.factories.programmes import load_programmes

PROGRAMMES = {
    "cy": "wales-industry-4",
    "es": "basque-industry-4",
    "it": "piemonte-impresa-4",
    "da": "central-denmark-growth",
    "sv": "smart-industri-i-regionerna",
}
LANGUAGES = sorted(PROGRAMMES)
PLACES = {
    "cy": {"postcode": "CF10 1EP", "local_authority": "W06000015"},
    "es": {"postcode": "48001", "local_authority": "ES213"},
    "it": {"postcode": "10121", "local_authority": "ITC11"},
    "da": {"postcode": "8000", "local_authority": "DK042"},
    "sv": {"postcode": "111 20", "local_authority": "SE110"},
}
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
FIRM = {"who": "firm", "share": "quarter", "percent": "33"}
FIGURES = {"employees": "45", "turnover": "850000", "balance_sheet_unknown": "on"}
AID = {"on_day": "4", "on_month": "11", "on_year": "2025", "amount": "75000", "basis": "de_minimis"}

TOLD = {
    "cy": ["4 Tachwedd 2025", "22 Tachwedd 2026", "£75,000", "£900,000,000"],
    "es": ["4 de noviembre de 2025", "22 de noviembre de 2026", "75 000 €", "900 000 000 €"],
    "it": ["22 novembre 2026", "900.000.000 €"],
    "da": ["22. november 2026", "900.000.000 kr."],
    "sv": ["22 november 2026", "900 000 000 kr"],
}
"""Days and money of who is refused, as the language writes them."""

SAME = {
    "cy": {"Grant", "Sector"},
    "es": {"No", "Sector"},
    "it": {"No", "Email", "Password"},
    "da": {"Budget", "Plan", "Plan."},
    "sv": {"Budget", "Period"},
}
"""Words that the language shares with English."""
COOKIES = {"session", "csrf", "messages", "answer_view", settings.LANGUAGE_COOKIE_NAME}


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
        wanted = blanks(message.id if isinstance(message.id, str) else message.id[1])
        assert {tuple(blanks(text)) for text in said} == {tuple(wanted)}, message.id


# --- The pages -----------------------------------------------------------------------------------


class Texts(HTMLParser):
    """The words of a page that are in its own language: text, and what a screen reader says."""

    SILENT = {"script", "style", "svg"}
    VOID = {"meta", "link", "input", "br", "img", "path", "hr", "progress"}
    SPOKEN = {"aria-label", "alt", "data-label", "placeholder"}

    def __init__(self):
        super().__init__()
        self.language, self.found, self.open = "", [], []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "html":
            self.language = given["lang"]
        is_silent = tag in self.SILENT or given.get("lang", self.language) != self.language
        if not is_silent and not self.is_silent:
            self.found += [
                value for name, value in attrs if value and (name in self.SPOKEN or name[:10] == "data-i18n.")
            ]
        if tag not in self.VOID:
            self.open.append((tag, is_silent))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    @property
    def is_silent(self):
        return any(silent for _, silent in self.open)

    def handle_data(self, data):
        text = " ".join(data.split())
        if text and not self.is_silent:
            self.found.append(text)


def read(response):
    page = Texts()
    page.feed(response.content.decode())
    return page


@cache
def files():
    """What the questionnaires', the programmes' and the experts' files hold."""
    # The questionnaire's own words are no part of the catalogues.
    folders = (loading.FOLDER, questionnaires.DATA, experts.DATA)
    return [yaml.safe_load(path.read_text()) for folder in folders for path in folder.glob("*.yaml")]


@cache
def data(language):
    """What programmes' files and the reference lists hold and say in no other way in the language."""
    found = {place.name for place in places.places().values()}
    found |= {region.name for version in ("ITL2025", "NUTS2024") for region in places.regions(version).values()}
    found |= {code.title for scheme in sic.SCHEMES[:2] for code in sic.codes(scheme).values()}

    def gather(value):
        if isinstance(value, dict) and language in value:
            gather(value[language])
        elif isinstance(value, dict):
            own_name = isinstance(value.get("name"), dict) and len(set(value["name"].values())) > 1
            for key, inner in value.items():
                # A programme with a name in the language is called by it, and not by the short one.
                if key != "short_name" or not own_name:
                    gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)
        elif isinstance(value, str):
            found.add(" ".join(value.split()))

    gather(files())
    return found


CODE = re.compile(r"\bNACE\b|\b[A-Z]{0,2}[0-9][0-9A-Z./ ]*\b")


def is_data(text, language):
    """Whether a text that is the same in English is made of names, codes, figures and signs alone."""
    allowed = data(language) | SAME[language] | COOKIES | {currency.symbol for currency in CURRENCIES.values()}
    if any(all(part in allowed for part in text.split(sign)) for sign in (" – ", ", ")):
        return True
    parts = [part.strip() for part in re.split(r" – |: |[,()]", text)]
    rest = [CODE.sub("", part).strip() for part in parts if part not in allowed]
    return text in allowed or all(part in allowed or not re.search(r"[^\W\d_]{2}", part) for part in rest)


class Visitor:
    """Two browsers that go the same way, one in English; what both read alike is kept, unless it is data."""

    def __init__(self, language):
        self.language = language
        self.base = f"/programmes/{PROGRAMMES[language]}/"
        self.clients = {code: Client(headers={"accept-language": code}) for code in ("en-gb", language)}
        self.alike = {}
        self.pages = []

    def get(self, path, status=200):
        return self.compare(path, {code: client.get(path) for code, client in self.clients.items()}, status)

    def compare(self, path, pages, status=200):
        assert {page.status_code for page in pages.values()} == {status}, path
        english, own = (read(page) for page in pages.values())
        assert (english.language, own.language) == ("en-gb", self.language), path
        said = set(english.found)
        for text in own.found:
            if text in said and not is_data(text, self.language):
                self.alike.setdefault(text, path)
        self.pages.append(" ".join(own.found))
        return pages

    def post(self, path, posted):
        """Send the same, read what either browser is shown; gives the address that follows, if any."""
        answers = {code: client.post(path, posted) for code, client in self.clients.items()}
        english, own = answers.values()
        assert english.status_code == own.status_code
        if own.status_code == 302:
            return own.url
        said = set(read(english).found)
        for text in read(own).found:
            if text in said and not is_data(text, self.language):
                self.alike.setdefault(text, f"{path} (errors)")
        return ""

    def check(self, answers, *, sent_empty=False):
        """Through the whole check, each question sent empty first if asked; ends at the result."""
        start = f"{self.base}eligibility/"
        for client in self.clients.values():
            client.post(f"{start}start-again/")
        path, seen = start, 0
        while not path.endswith("/result/"):
            seen += 1
            assert seen < 30, path
            pages = self.get(path)
            if sent_empty:
                self.post(path, {})
            path = self._answered(path, pages[self.language], answers)
        return self.get(path)

    def _answered(self, path, page, answers):
        name = path.removeprefix(f"{self.base}eligibility/").strip("/")
        if name.endswith("/add"):
            entry = FIRM if name.startswith("other-firms") else AID
            return self.post(path, {"key": str(uuid.uuid4()), **entry})
        if name.endswith("/figures"):
            return self.post(path, FIGURES)
        form = page.context["form"]
        if "more" in form.fields:
            return self.post(path, {"more": "no"})
        if "postcode" in form.fields:
            return self.post(path, answers.get("place", PLACES[self.language]))
        asked = next(data for data in answers.values() if set(data) & set(form.fields))
        if "sic_code" in form.fields:
            self.get(f"{path}?q=machining")
            self.get(f"{path}?q=zzzz")
            if self.language == "cy" and asked["sic_code"] != "unknown":
                asked = {"sic_code": "25620"}
        return self.post(path, asked)


@pytest.fixture
def programmes(db, time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=True)
    return load_programmes()


@pytest.fixture(params=LANGUAGES)
def visitor(request, programmes):
    return Visitor(request.param)


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
