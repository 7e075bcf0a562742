"""Every text of a programme that managers write: its key, where people read it, and the facts it may name.

A key stands here once for all screens; whoever makes the portal read a new one adds it. Words in the main language that
the programme file gives as a figure of its rules (names, criteria) are fixed here: they change with the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from string import Template

from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from eligibility.wording import RULE_NAMES
from programmes.models import Call, Instrument, Programme, ProgrammeVersion, Region, Text

Said = str | Promise

LINE = 120
SHORT = 60
SUBJECT = 150
PROSE = 20_000


@dataclass(frozen=True)
class TextKey:
    """`default` is what the main language has without a manager's words (from the programme file).

    `portal_words`: where a manager has written none, the portal has its own in every language.
    """

    key: str
    label: Said
    where: Said
    group: Said
    longest: int = PROSE
    facts: tuple[str, ...] = ()
    default: str = ""
    portal_words: bool = False
    main_is_fixed: bool = False
    is_optional: bool = False
    is_name: bool = False
    """A name or a source, which reads well in every language: none is missed where it is not translated."""

    @property
    def is_long(self) -> bool:
        return self.longest > SUBJECT


def language_name(code: str) -> str:
    """In its own words."""
    return "English" if code.startswith("en") else str(get_language_info(code)["name_local"]).capitalize()


# --- Facts that a text may name as $name ----------------------------------------------------------
FACTS: dict[str, tuple[Said, str]] = {
    "reference": (_("the reference of the firm’s application"), "MSNW-7K3F9Q"),
    "about": (_("the name of the firm’s project"), "Robot cell for packing"),
    "number": (_("the firm’s number in the waiting list"), "12"),
    "amount": (_("the amount offered"), "£15,000"),
    "eligible": (_("the costs that the amount is part of"), "£30,000"),
    "ends_on": (_("the last day of the project"), "30 June 2027"),
    "project": (_("the name of the project"), "Robot cell for packing"),
}
"""What each stands for, and a sample for the preview."""

CASE_FACTS = ("reference",)
PLACE_FACTS = ("reference", "number")
GRANT_FACTS = ("reference", "about")

MAILS: dict[str, tuple[Said, tuple[str, ...]]] = {
    "case_submitted": (_("Your application has reached us"), CASE_FACTS),
    "case_returned": (_("We have a question about your application"), CASE_FACTS),
    "case_accepted": (_("Your application is accepted"), CASE_FACTS),
    "case_rejected": (_("Your application is not accepted"), CASE_FACTS),
    "case_withdrawn": (_("Your application is withdrawn"), CASE_FACTS),
    "diagnostic_waiting": (_("You are in the waiting list for a diagnostic"), PLACE_FACTS),
    "diagnostic_place": (_("A place for your diagnostic is free"), CASE_FACTS),
    "diagnostic_place_passed": (_("Your place went to the next firm"), PLACE_FACTS),
    "diagnostic_submitted": (_("Your diagnostic has reached us"), CASE_FACTS),
    "diagnostic_returned": (_("We have a question about your diagnostic"), CASE_FACTS),
    "allocation_firm": (_("Who carries out your diagnostic"), CASE_FACTS),
    "diagnostic_review": (_("Your adviser’s view is ready to read"), CASE_FACTS),
    "diagnostic_final": (_("Your result is ready"), CASE_FACTS),
    "diagnostic_reopened": (_("Your result is being looked at again"), CASE_FACTS),
    "plan_to_agree": (_("Your adviser has agreed your action plan"), CASE_FACTS),
    "plan_agreed": (_("Your action plan is agreed"), CASE_FACTS),
    "plan_reminder": (_("How your plan is going: after two weeks, three months and a year"), CASE_FACTS),
    "round_due": (_("It is time to measure again"), CASE_FACTS),
    "round_reminder": (_("It is still time to measure again"), CASE_FACTS),
    "outline_sent": (_("Your outline has reached us"), GRANT_FACTS),
    "outline_not_yet": (_("Your outline is not ready yet"), GRANT_FACTS),
    "outline_ready": (_("Your outline is ready: you can apply"), GRANT_FACTS),
    "grant_submitted": (_("Your grant application has reached us"), GRANT_FACTS),
    "grant_returned": (_("We have a question about your grant application"), GRANT_FACTS),
    "grant_declined": (_("Your grant application is not accepted"), GRANT_FACTS),
    "grant_on_reserve": (_("Your grant application is on the reserve list"), GRANT_FACTS),
    "appeal_made": (_("You asked us to look at a refusal again"), GRANT_FACTS),
    "appeal_answered": (_("We have looked at a refusal again"), GRANT_FACTS),
    "grant_withdrawn": (_("Your grant application is withdrawn"), GRANT_FACTS),
    "partner_answered": (_("A partner of your project has answered"), GRANT_FACTS),
    "partner_offer": (_("A partner has to confirm its public support"), GRANT_FACTS),
    "partner_taken_up": (_("The grant for a partner’s part is given"), GRANT_FACTS),
    "partner_out": (_("A partner does not take part any more"), GRANT_FACTS),
    "grant_comment": (_("Your adviser has written about your grant application"), GRANT_FACTS),
    "offer_made": (_("We offer you a grant"), GRANT_FACTS),
    "offer_accepted": (_("You have accepted the offer"), GRANT_FACTS),
    "award_started": (_("You can start your project"), GRANT_FACTS),
    "variation_agreed": (_("We agree to a change of your project"), GRANT_FACTS),
    "award_ended": (_("We end your project early"), GRANT_FACTS),
    "variation_refused": (_("We do not agree to a change of your project"), GRANT_FACTS),
    "offer_turned_down": (_("You have turned the offer down"), GRANT_FACTS),
    "offer_withdrawn": (_("We have withdrawn the offer"), GRANT_FACTS),
    "offer_lapsed": (_("The offer has lapsed"), GRANT_FACTS),
    "claim_received": (_("Your claim has reached us"), GRANT_FACTS),
    "claim_question": (_("We have a question about your claim"), GRANT_FACTS),
    "claim_agreed": (_("Your claim is agreed"), GRANT_FACTS),
    "claim_rejected": (_("Your claim is not agreed"), GRANT_FACTS),
    "claim_paid": (_("Your claim is paid"), GRANT_FACTS),
    "clawback_asked": (_("We ask you to pay something back"), GRANT_FACTS),
}
"""Mails to firms that a programme may write itself, with the facts each holds."""

PAGES = _("Pages that firms read")
SUPPORT = _("Support on offer")
DETAILS = _("Further down on the programme’s page")
LETTERS = _("Letters")
MAIL = _("Mails")


def keys_of(
    programme: Programme,
    instruments: Iterable[Instrument],
    calls: Iterable[Call],
    regions: Iterable[Region] = (),
    versions: Iterable[ProgrammeVersion] = (),
) -> list[TextKey]:
    """The keys of this programme in the order of the page. No query."""
    return [
        *_of_pages(programme),
        *_of_support(programme, instruments, calls),
        *_of_rules(versions),
        *_of_details(programme, regions),
        *_of_letters(calls),
        *_of_mails(),
    ]


def _of_pages(programme: Programme) -> Iterator[TextKey]:
    home = _("The first page, and the head of the programme’s page")
    yield TextKey(
        "programme.name", _("Name of the programme"), home, PAGES, LINE, default=programme.name, main_is_fixed=True
    )
    yield TextKey("programme.summary", _("What the programme is"), home, PAGES, default=programme.summary)
    yield TextKey(
        "eligibility.intro", _("Before the first question of the check"), _("The first page of the check"), PAGES,
        is_optional=True,
    )  # fmt: skip
    for index, place in enumerate(programme.next_places):
        yield TextKey(
            f"next.{index}.name", _("Name of where else to go: %(name)s") % {"name": place["name"]},
            _("The check’s result, when the programme cannot help"), PAGES, LINE, default=place["name"],
            main_is_fixed=True, is_name=True,
        )  # fmt: skip
        yield TextKey(
            f"next.{index}.what", _("Where else to go: %(name)s") % {"name": place["name"]},
            _("The check’s result, when the programme cannot help"), PAGES, default=place.get("what", ""),
        )  # fmt: skip


def _of_support(programme: Programme, instruments: Iterable[Instrument], calls: Iterable[Call]) -> Iterator[TextKey]:
    where = _("The first page, the programme’s page and the check’s result")
    for row in instruments:
        start = f"instrument.{row.slug}"
        yield TextKey(
            f"{start}.name", _("Name: %(name)s") % {"name": row.name}, where, SUPPORT, LINE, default=row.name,
            main_is_fixed=True,
        )  # fmt: skip
        yield TextKey(
            f"{start}.summary", _("What it is: %(name)s") % {"name": row.name}, where, SUPPORT, default=row.summary
        )
    for call in calls:
        yield TextKey(
            f"call.{call.slug}.name", _("Name: %(name)s") % {"name": call.name}, _("The programme’s page, letters"),
            SUPPORT, LINE, default=call.name, main_is_fixed=True,
        )  # fmt: skip
        yield from _of_criteria(call)


def _of_criteria(call: Call) -> Iterator[TextKey]:
    where = _("Where grant applications are scored")
    for row in call.criteria:
        start = f"call.{call.slug}.{row['code']}"
        title = _("Criterion: %(name)s") % {"name": row["title"]}
        yield TextKey(f"{start}.title", title, where, SUPPORT, LINE, default=row["title"], main_is_fixed=True)
        label = _("What it asks: %(name)s") % {"name": row["title"]}
        yield TextKey(f"{start}.help", label, where, SUPPORT, default=row["help"], main_is_fixed=True)


def _of_rules(versions: Iterable[ProgrammeVersion]) -> Iterator[TextKey]:
    for version in versions:
        for strand in version.eligibility.get("strands", []):
            for index, ask in enumerate(strand.get("asks", [])):
                what = {"name": strand["instrument"], "number": version.number}
                yield TextKey(
                    f"asks.{version.number}.{strand['instrument']}.{index}",
                    _("Question that a person looks at: %(name)s, rules %(number)s") % what,
                    _("The check’s result"), SUPPORT, default=ask, main_is_fixed=True,
                )  # fmt: skip
        for rule, source in version.eligibility.get("sources", {}).items():
            yield TextKey(
                f"source.{version.number}.{rule}",
                _("Source of a rule: %(name)s, rules %(number)s")
                % {"name": RULE_NAMES.get(rule, rule), "number": version.number},
                _("The check’s result"), SUPPORT, default=source["text"], main_is_fixed=True,
            )  # fmt: skip


_LISTS: tuple[tuple[str, str, str, Said, tuple[str, ...]], ...] = (
    ("generations", "generation", "", _("Run of the programme"), ("name", "note")),
    ("work_packages", "work_package", "code", _("Work package"), ("name", "text")),
    ("targets", "target", "code", _("Target"), ("name",)),
    ("partners", "partner", "", _("Partner"), ("name",)),
    ("generations", "generation", "", _("Years of a run"), ("period",)),
    ("targets", "target", "code", _("Source of a target"), ("source",)),
    ("budget", "budget", "", _("Budget"), ("source", "period", "note")),
)
"""Lists of the programme: (column, beginning of the key, what tells its rows apart, label, words)."""
_NAMES = frozenset({("partner", "name"), ("generation", "period"), ("target", "source")})


def _of_details(programme: Programme, regions: Iterable[Region]) -> Iterator[TextKey]:
    where = _("The programme’s page")
    for column, start, code, label, names in _LISTS:
        for index, row in enumerate(getattr(programme, column)):
            for name in names:
                if row.get(name):
                    yield TextKey(
                        f"{start}.{row[code] if code else index}.{name}", f"{label}: {_beginning(row[name])}", where,
                        DETAILS, LINE if name == "name" else PROSE, default=row[name],
                        main_is_fixed=name not in {"note", "text"},
                        is_name=start == "budget" or (start, name) in _NAMES,
                    )  # fmt: skip
    for region in regions:
        yield TextKey(
            f"region.{region.slug}.name", _("Region: %(name)s") % {"name": region.name}, _("The check, and the page"),
            DETAILS, LINE, default=region.name, main_is_fixed=True, is_name=True,
        )  # fmt: skip


def _beginning(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT].rstrip()} …"


OFFER_FACTS = ("amount", "eligible", "ends_on", "project")


def _of_letters(calls: Iterable[Call]) -> Iterator[TextKey]:
    """Words of offers: a call's own come before the programme's."""
    opening, conditions = _("The offer letter, after its first sentence"), _("The offer letter, as a numbered list")
    yield TextKey("offer.opening", _("Opening of an offer"), opening, LETTERS, facts=OFFER_FACTS, is_optional=True)
    yield TextKey(
        "offer.conditions", _("Conditions of an offer"), _("The offer letter, as a numbered list: one line each"),
        LETTERS, facts=OFFER_FACTS, portal_words=True,
    )  # fmt: skip
    for call in calls:
        what = {"name": call.name}
        yield TextKey(
            f"call.{call.slug}.offer.opening", _("Opening of an offer of %(name)s") % what, opening, LETTERS,
            facts=OFFER_FACTS, is_optional=True,
        )  # fmt: skip
        yield TextKey(
            f"call.{call.slug}.offer.conditions", _("Conditions of an offer of %(name)s") % what, conditions, LETTERS,
            facts=OFFER_FACTS, is_optional=True,
        )  # fmt: skip
    database = _("The file for the public subsidy database")
    yield TextKey(
        "subsidy.authority", _("Public authority, as it stands in the subsidy database"), database, LETTERS, LINE,
        is_optional=True, is_name=True,
    )  # fmt: skip
    yield TextKey(
        "subsidy.scheme_number", _("Number of the published subsidy scheme, such as SC10780"), database, LETTERS, LINE,
        is_optional=True, is_name=True,
    )  # fmt: skip
    yield TextKey(
        "subsidy.scheme_title", _("Title of the published subsidy scheme"), database, LETTERS, LINE, is_optional=True,
        is_name=True,
    )  # fmt: skip


def _of_mails() -> Iterator[TextKey]:
    where = _("A mail to the firm; used once subject and text are both written")
    for kind, (label, facts) in MAILS.items():
        yield TextKey(
            f"mail.{kind}.subject", _("%(mail)s: subject") % {"mail": label}, where, MAIL, SUBJECT, facts,
            portal_words=True,
        )  # fmt: skip
        yield TextKey(
            f"mail.{kind}.body", _("%(mail)s: text") % {"mail": label}, where, MAIL, PROSE, facts, portal_words=True
        )


# --- What stands where ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Cell:
    """One language of one text.

    `state`: own, file, portal, same (as in the main language), missing, half (a mail without its other part), none.
    """

    language: str
    state: str

    @property
    def name(self) -> str:
        return language_name(self.language)


@dataclass(frozen=True)
class TextRow:
    text: TextKey
    cells: list[Cell] = field(default_factory=list)

    @property
    def is_missing(self) -> bool:
        return any(cell.state in {"missing", "half"} for cell in self.cells)


def rows_of(programme: Programme, keys: Iterable[TextKey], texts: Iterable[Text]) -> list[TextRow]:
    """Each text with its words in each language of the programme. No query beyond `texts`."""
    kept = {(text.key, text.language): text for text in texts if text.body}
    found = []
    for text in keys:
        cells = [Cell(language, _state(text, language, programme, kept)) for language in programme.languages]
        found.append(TextRow(text, cells))
    return found


def _state(text: TextKey, language: str, programme: Programme, kept: dict[tuple[str, str], Text]) -> str:
    is_main = language == programme.languages[0]
    if is_main and text.main_is_fixed:
        return "file"
    if row := kept.get((text.key, language)):
        start, _dot, part = text.key.rpartition(".")
        other = {"subject": "body", "body": "subject"}.get(part) if start.startswith("mail.") else None
        if other and (f"{start}.{other}", language) not in kept:
            return "half"
        return "file" if row.body == row.loaded else "own"
    if is_main and text.default:
        return "file"
    if text.portal_words:
        return "portal"
    if text.is_name:
        return "same"
    if text.is_optional and (is_main or (text.key, programme.languages[0]) not in kept):
        return "none"
    return "missing"


# --- Facts in words -------------------------------------------------------------------------------
def unknown_facts(text: TextKey, body: str) -> list[str]:
    """Names written as $name that this text does not know, in the order in which they stand."""
    named = [match["named"] or match["braced"] for match in Template.pattern.finditer(body)]
    return list(dict.fromkeys(name for name in named if name and name not in text.facts))


def preview(text: TextKey, body: str) -> list[str]:
    """The paragraphs (conditions: the lines) as they are read, with sample facts."""
    filled = body
    if text.facts:
        filled = Template(body).safe_substitute({name: FACTS[name][1] for name in text.facts})
    parts = filled.splitlines() if text.key.endswith("offer.conditions") else filled.split("\n\n")
    return [" ".join(part.split()) for part in parts if part.strip()]
