"""Two browsers side by side, one in English: what both read alike, and is no name or figure, is not translated."""

import re
import uuid
from functools import cache
from html.parser import HTMLParser

import yaml
from django.conf import settings
from django.test import Client

from diagnostics import loading as questionnaires
from network import loading as experts
from organisations import places, sic
from portal.money import CURRENCIES
from programmes import loading

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
FIRM = {"who": "firm", "share": "quarter", "percent": "33"}
FIGURES = {"employees": "45", "turnover": "850000", "balance_sheet_unknown": "on"}
AID = {"on_day": "4", "on_month": "11", "on_year": "2025", "amount": "75000", "basis": "de_minimis"}

SAME = {
    "cy": {"Grant", "Sector"},
    "es": {"No", "Sector"},
    "it": {"No", "Email", "Password"},
    "da": {"Budget", "Plan", "Plan."},
    "sv": {"Budget", "Period"},
}
"""Words that the language shares with English."""
COOKIES = {"session", "csrf", "messages", "answer_view", settings.LANGUAGE_COOKIE_NAME}


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
            names = value.get("name")
            own_name = isinstance(names, dict) and language in names and len(set(names.values())) > 1
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
    if any(all(part in allowed for part in text.split(sign)) for sign in (" – ", ", ", ": ")):
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
