"""Questionnaires on the staff's pages: a file, a draft, published, corrected, retired; and languages that they lack."""

import copy
import json
from datetime import date, timedelta

import pytest
import yaml
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.permissions import Role
from diagnostics import actions, loading, texts
from diagnostics.models import LanguageWaiver, QuestionnaireVersion, TextPatch
from portal.models import Event
from portal.safe_yaml import MOST_BYTES
from tests.casework.test_programme_rules import LAUGHS
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import OPENS, InstrumentFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
HOME = "/casework/questionnaires/"
FILE = loading.DATA / "industry-4.yaml"
TEXT = FILE.read_text(encoding="utf-8")
ONE, NEXT = f"{HOME}industry-4/1.0.0/", f"{HOME}industry-4/1.1.0/"


@pytest.fixture
def wales(db):
    programme = ProgrammeFactory(slug="wales-industry-4", name="Wales", languages=["en-gb", "cy"])
    InstrumentFactory(programme=programme, kind="diagnostic")
    return programme


@pytest.fixture
def manager(wales):
    return AssignmentFactory(programme=wales, role=Role.MANAGER).user


@pytest.fixture
def client(signed_in, manager):
    return signed_in(manager)


@pytest.fixture
def published(db):
    return loading.load(document=loading.read(FILE), at=OPENS)[0]


def changed(number="1.1.0", **question):
    data = yaml.safe_load(TEXT)
    data["framework"]["version"] = number
    data["questions"][0] |= {"prompt": "Asked in other words?", "revision": 2, **question}
    return data


def written(data):
    return json.dumps(data).encode()


def upload(client, content, name="new.yaml"):
    return client.post(HOME, {"file": SimpleUploadedFile(name, content)})


def checked(client, content):
    """(the page that tells what the file would change, its address)."""
    response = upload(client, content)
    assert response.status_code == 302, response.text
    return client.get(response.url), response.url


@pytest.fixture
def draft(published, manager):
    return actions.save_draft(document=changed(), by=manager, at=OPENS)


# --- From a file to a version in force -----------------------------------------------------------------
def test_a_file_becomes_a_draft_and_is_published_by_a_person(client, manager, published):
    page, address = checked(client, written(changed()))
    rows = {line.where: (line.before, line.after) for line in page.context["lines"]}
    assert rows["Questions › PE01 › prompt"][1] == "Asked in other words?"
    assert page.context["problems"] == []
    for _ in range(2):  # a draft may come again
        assert client.post(address).url == NEXT
    draft = QuestionnaireVersion.objects.get(number="1.1.0")
    assert (draft.status, draft.loaded_by) == ("DRAFT", manager)
    assert QuestionnaireVersion.objects.newest("industry-4") == published
    assert "Publish it" in client.get(NEXT).text
    for _ in range(2):
        assert client.post(f"{NEXT}publish/", {"sha256": draft.sha256}).url == NEXT
    draft.refresh_from_db()
    assert (draft.status, draft.published_by) == ("PUBLISHED", manager)
    assert QuestionnaireVersion.objects.newest("industry-4") == draft
    page = client.get(f"{HOME}industry-4/")
    assert (page.context["before"].number, page.context["after"].number) == ("1.0.0", "1.1.0")
    page = client.get(f"{HOME}industry-4/?older=1.1.0&newer=1.0.0")
    assert (page.context["before"].number, page.context["after"].number) == ("1.1.0", "1.0.0")
    assert client.get(HOME).text.count("Industry 4.0 diagnostic for manufacturers") >= 2


def test_problems_are_listed_with_their_line_and_path(client, published):
    content = TEXT.replace("gate: true", "gate: maybe").replace('version: "1.0.0"', 'version: "1.1.0"')
    page, address = checked(client, content.encode())
    line = next(number for number, row in enumerate(content.splitlines(), 1) if "gate: maybe" in row)
    assert f"line {line}, questions.9.gate" in page.context["problems"][0]
    assert f"line {line}, questions.9.gate" in page.text
    assert client.post(address).status_code == 200
    assert QuestionnaireVersion.objects.count() == 1


def test_what_may_not_follow_is_told_with_its_line(client, published):
    content = TEXT.replace("prompt: How", "prompt: In what way", 1).replace('version: "1.0.0"', 'version: "1.1.0"')
    page, address = checked(client, content.encode())
    [problem] = page.context["problems"]
    assert "questions.PE01.revision: the prompt or levels differ from 1.0.0" in problem
    assert "line " in problem
    assert client.post(address).status_code == 200
    page, _address = checked(client, TEXT.replace("weight: 1", "weight: 2", 1).encode())
    assert "1.0.0 is not higher than 1.0.0" in page.context["problems"][0]
    assert QuestionnaireVersion.objects.count() == 1


@pytest.mark.parametrize(
    "content",
    [LAUGHS.encode(), b"a: 2026-13-45", b"a: .nan", b"- 1", b"framework: {}", b"a: [1", b"!!bool x", b"? {a}\n"],
)
def test_a_file_that_is_no_questionnaire_is_refused(client, published, content):
    page, address = checked(client, content)
    assert page.context["problems"]
    assert client.post(address).status_code == 200
    assert QuestionnaireVersion.objects.count() == 1


@pytest.mark.parametrize("content", [b"a" * (2 * 1024 * 1024), b"", b"\xff\xfe\x00", b" \n"])
def test_a_file_that_cannot_be_opened_is_refused_at_once(client, published, content):
    assert len(content) < 100 or len(content) > MOST_BYTES
    response = upload(client, content)
    assert response.status_code == 200
    assert response.context["form"].errors


def test_values_that_no_column_keeps_are_refused(client, published):
    data = changed()
    data["framework"]["review"] = {"on": "ON"}
    page, _address = checked(client, json.dumps(data).replace('"ON"', ".inf").encode())
    assert page.context["problems"]


def test_a_draft_whose_language_is_not_complete_is_not_published(client, manager, published):
    data = changed()
    data["framework"]["required_languages"] = ["en", "cy"]
    _page, address = checked(client, written(data))
    client.post(address)
    page = client.get(NEXT)
    assert "framework.required_languages.cy: no words for framework.title" in page.text
    assert "Publish it" not in page.text
    draft = QuestionnaireVersion.objects.get(number="1.1.0")
    response = client.post(f"{NEXT}publish/", {"sha256": draft.sha256})
    assert "no words for" in response.text
    draft.refresh_from_db()
    assert draft.is_draft


def test_publishing_what_was_not_shown_is_refused(client, draft):
    response = client.post(f"{NEXT}publish/", {"sha256": "0" * 64}, follow=True)
    assert "Another file has taken the place of this draft" in response.text
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_draft_that_has_been_overtaken_is_not_published(client, manager, draft):
    other = actions.save_draft(document=changed("1.2.0"), by=manager, at=OPENS)
    actions.publish(version=other, sha256=other.sha256, by=manager, at=OPENS)
    response = client.post(f"{NEXT}publish/", {"sha256": draft.sha256})
    assert "1.1.0 is not higher than 1.2.0" in response.text


def test_codes_that_go_are_said(client, manager, published):
    data = changed()
    data["questions"] = [item for item in data["questions"] if item["code"] != "PI03"]
    data["framework"]["typical_minutes"]["self_assessment"] = 34
    actions.save_draft(document=data, by=manager, at=OPENS)
    assert "Question PI03" in client.get(NEXT).text


def test_retiring(client, manager, draft, published):
    assert "only version that is published" in client.post(f"{ONE}retire/", follow=True).text
    assert "Only a published version can be retired" in client.post(f"{NEXT}retire/", follow=True).text
    actions.publish(version=draft, sha256=draft.sha256, by=manager, at=OPENS)
    assert "Retired. Diagnostics that have begun" in client.post(f"{ONE}retire/", follow=True).text
    published.refresh_from_db()
    assert (published.status, published.retired_by) == ("RETIRED", manager)
    assert "only version" in client.post(f"{NEXT}retire/", follow=True).text
    with pytest.raises(actions.UnableToChangeVersion, match="retired"):
        actions.publish(version=published, sha256=published.sha256, by=manager, at=OPENS)


def test_a_file_that_nobody_keeps_any_more(client, published):
    _page, address = checked(client, written(changed()))
    cache.clear()
    assert "not kept any more" in client.get(address, follow=True).text


def test_who_looks_after_some_of_the_programmes_only_reads(client, signed_in, published):
    InstrumentFactory(programme=ProgrammeFactory(), kind="diagnostic")
    page = client.get(HOME)
    assert "Bring a new version" not in page.text
    assert upload(client, b"a: 1").status_code == 403
    assert client.get(f"{HOME}files/{'0' * 64}/").status_code == 403
    assert client.get(f"{HOME}nothing/").status_code == 404
    assert client.post(f"{ONE}retire/").status_code == 403
    assert client.post(f"{ONE}publish/").status_code == 403
    assert client.get(f"{HOME}industry-4/9.9.9/").status_code == 404
    address = f"{ONE}words/en/questions.PE01.help/"
    assert client.post(address, {"after": "x", "seen": "y", "reason": "z"}).status_code == 403


def test_one_version_has_nothing_to_be_compared_with(client, published):
    assert "There is no other version to compare it with" in client.get(f"{HOME}industry-4/").text


# --- As a firm sees it ---------------------------------------------------------------------------------------
def test_a_draft_is_seen_as_a_firm_does_and_nothing_is_kept(client, draft):
    page = client.get(f"{NEXT}preview/")
    assert "Asked in other words?" in page.text
    assert "We have not used 3D printing" in page.text or draft.document["questions"][0]["levels"][0] in page.text
    assert page.context["course"].minutes_left > 30
    page = client.get(f"{NEXT}preview/PE02/")
    assert "Do people assemble, pack or finish products by hand?" in page.text
    assert client.get(f"{NEXT}preview/BR07/").context["after"] is None
    assert client.get(f"{NEXT}preview/XX01/").status_code == 404
    assert client.post(f"{NEXT}preview/").status_code == 405


def test_it_is_seen_in_each_of_its_languages(client, manager, published):
    data = changed()
    data["translations"] = {"cy": {"questions.PE01.prompt": "Sut?"}}
    actions.save_draft(document=data, by=manager, at=OPENS)
    page = client.get(f"{NEXT}preview/?language=cy").text
    assert "Sut?" in page
    assert f'href="{NEXT}preview/PE02/?language=cy"' in page
    assert "Asked in other words?" in client.get(f"{NEXT}preview/?language=xx").text


# --- Words ---------------------------------------------------------------------------------------------------
HELP = f"{ONE}words/en/questions.PE01.help/"


def corrected(client, published, **given):
    now = texts.texts(published.in_language("en"))["questions.PE01.help"]
    data = {"after": "Better words.", "reason": "Too long.", "seen": now, **given}
    return client.post(HELP, data, follow=True)


def test_a_word_is_corrected_and_the_document_stays(client, manager, published):
    before = copy.deepcopy(published.document)
    page = corrected(client, published)
    assert "Better words." in page.text
    assert "Too long." in page.text
    published.refresh_from_db()
    assert published.document == before
    assert published.question("PE01")["help"] == "Better words."
    patch = TextPatch.objects.get()
    assert (patch.path, patch.before, patch.made_by) == (
        "questions.PE01.help", before["questions"][0]["help"], manager,
    )  # fmt: skip
    page = client.get(f"{ONE}words/?search=better").text
    assert "Corrected" in page
    assert f'href="{HELP}"' in page
    assert "As it was published" in client.get(HELP).text


def test_a_correction_of_older_words_is_shown_beside_the_newer(client, published):
    stale = published.document["questions"][0]["help"]
    corrected(client, published)
    published.refresh_from_db()
    page = corrected(client, published, seen=stale, after="Mine.")
    assert "Somebody else has changed these words meanwhile" in page.text
    assert "Mine." in page.text
    assert TextPatch.objects.count() == 1


@pytest.mark.parametrize(
    "given", [{"after": ""}, {"reason": ""}, {"after": "x" * 2001}, {"after": "SAME"}, {"after": "a\0b"}]
)
def test_corrections_that_are_none(client, published, given):
    if given.get("after") == "SAME":
        given = {"after": published.document["questions"][0]["help"]}
    assert corrected(client, published, **given).context["form"].errors
    assert not TextPatch.objects.exists()


def test_a_correction_reaches_the_first_look_where_it_says_the_same(published, manager):
    first_look, _new = loading.load(document=loading.read(loading.DATA / "industry-4-first-look.yaml"), at=OPENS)
    asked = first_look.document["questions"][0]
    path = f"questions.{asked['code']}.help"
    said = {"language": "en", "reason": "Clearer.", "by": manager, "at": OPENS}
    main = QuestionnaireVersion.objects.newest("industry-4")

    actions.patch_text(version=main, path=path, before=asked["help"], after="Clearer words.", **said)
    actions.patch_text(version=first_look, path=path, before="Clearer words.", after="Shorter words.", **said)
    actions.patch_text(version=main, path=path, before="Clearer words.", after="Clearer still.", **said)
    title = main.document["framework"]["title"]
    actions.patch_text(version=main, path="framework.title", before=title, after="Another title", **said)

    first_look.refresh_from_db()
    assert first_look.in_language("en")["questions"][0]["help"] == "Shorter words."
    assert first_look.in_language("en")["framework"]["title"] == first_look.document["framework"]["title"]
    assert [patch.after for patch in first_look.patches.order_by("id")] == ["Clearer words.", "Shorter words."]


@pytest.mark.parametrize("place", ["en/questions.PE01.weight", "en/scoring.gate.caps_band_at", "cy/framework.title"])
def test_only_words_that_are_there_are_corrected(client, published, place):
    assert client.get(f"{ONE}words/{place}/").status_code == 404


def test_words_of_a_draft_are_corrected_in_its_file(client, draft, manager):
    assert client.get(f"{NEXT}words/en/framework.title/").status_code == 403
    wrong = {"before": "", "after": "x", "reason": "y", "by": manager, "at": OPENS}
    with pytest.raises(actions.UnableToPatch, match="published version"):
        actions.patch_text(version=draft, language="en", path="framework.title", **wrong)
    version = QuestionnaireVersion.objects.newest("industry-4")
    with pytest.raises(actions.UnableToPatch, match="no such text"):
        actions.patch_text(version=version, language="en", path="questions.PE01.weight", **wrong)


# --- Languages -------------------------------------------------------------------------------------------------
WAIVER = f"{HOME}waivers/wales-industry-4/industry-4/cy/"


def day(when):
    return {"until_on_day": when.day, "until_on_month": when.month, "until_on_year": when.year}


def test_without_a_waiver_the_diagnostic_does_not_begin(wales, published):
    case = CaseFactory(programme=wales, accepted=True)
    with pytest.raises(actions.UnableToStart, match="not ready in every language"):
        actions.start(case=case, by=case.created_by, at=timezone.now())
    loading.load_waivers(at=OPENS)
    LanguageWaiver.objects.update(until_on=timezone.localdate())
    assert actions.start(case=case, by=case.created_by, at=timezone.now())


def test_without_a_waiver_the_first_look_is_not_opened_either(client, wales, published):
    address = "/programmes/wales-industry-4/first-look/"
    loading.load(document=loading.read(loading.DATA / "industry-4-first-look.yaml"), at=OPENS)
    assert client.get(address).status_code == 302
    loading.load_waivers(at=OPENS)
    LanguageWaiver.objects.update(until_on=timezone.localdate())
    assert client.get(address).status_code == 200


def test_a_manager_gives_moves_and_ends_a_waiver(client, manager, wales, published):
    page = client.get(HOME)
    assert "No waiver: no diagnostic can begin" in page.text
    later = timezone.localdate() + timedelta(days=90)
    assert client.post(WAIVER, {**day(later), "reason": "Being translated."}).url == HOME
    waiver = LanguageWaiver.objects.get()
    assert (waiver.until_on, waiver.recorded_by, waiver.reason) == (later, manager, "Being translated.")
    page = client.get(HOME)
    assert "90 days left" in page.text
    assert not page.context["pressing"]
    assert client.post(WAIVER, {**day(later + timedelta(days=9)), "reason": "Longer."}).status_code == 302
    waiver.refresh_from_db()
    assert (waiver.until_on, waiver.reason) == (later + timedelta(days=9), "Longer.")
    assert "Opening without Cymraeg" in client.get(WAIVER).text
    assert client.post(WAIVER, {"end": "1", "end-reason": ""}).context["end_form"].errors
    for _ in range(2):
        assert client.post(WAIVER, {"end": "1", "end-reason": "The words are here."}).status_code == 302
    waiver.refresh_from_db()
    assert waiver.ended_by == manager
    assert "The words" not in client.get(WAIVER).text
    kinds = Event.objects.filter(kind__startswith="programme.waiver").order_by("id").values_list("kind", "note")
    assert list(kinds) == [
        ("programme.waiver_recorded", "Being translated."),
        ("programme.waiver_changed", "Longer."),
        ("programme.waiver_ended", "The words are here."),
    ]
    history = client.get("/casework/programmes/wales-industry-4/history/").text
    assert "industry-4 may open without cy until" in history


@pytest.mark.parametrize(("days", "words"), [(60, "60 days left"), (-1, "has run out"), (None, "No waiver")])
def test_the_programmes_pages_warn_in_time(client, wales, published, days, words):
    if days is not None:
        loading.load_waivers(at=OPENS)
        LanguageWaiver.objects.update(from_on=date(2026, 1, 1), until_on=timezone.localdate() + timedelta(days=days))
    for address in ("/casework/programmes/wales-industry-4/", "/casework/programmes/wales-industry-4/texts/", HOME):
        assert words in client.get(address).text, address


def test_no_warning_while_there_is_time_or_nothing_is_missing(client, wales, published):
    loading.load_waivers(at=OPENS)
    LanguageWaiver.objects.update(until_on=timezone.localdate() + timedelta(days=61))
    address = "/casework/programmes/wales-industry-4/"
    assert "not complete in" not in client.get(address).text
    wales.languages = ["en-gb"]
    wales.save()
    LanguageWaiver.objects.all().update(until_on=timezone.localdate())
    assert "not complete in" not in client.get(address).text


def test_days_that_make_no_sense(client, wales, published):
    page = client.post(WAIVER, {**day(timezone.localdate()), "reason": "x"})
    assert "must be after today" in page.text
    address = WAIVER.replace("/cy/", "/fr/")
    later = timezone.localdate() + timedelta(days=9)
    assert "not a language of the programme" in client.post(address, {**day(later), "reason": "x"}).text
    assert client.post(address, {"end": "1", "end-reason": "x"}).status_code == 302
    assert not LanguageWaiver.objects.exists()


def test_waivers_of_other_programmes_are_not_found(client, signed_in, wales, published):
    other = ProgrammeFactory(slug="elsewhere", languages=["en-gb", "sv"])
    assert client.get(f"{HOME}waivers/{other.slug}/industry-4/sv/").status_code == 404
    auditor = signed_in(AssignmentFactory(programme=wales, role=Role.AUDITOR).user)
    assert auditor.get(WAIVER).status_code == 200
    assert auditor.post(WAIVER, {"reason": "x"}).status_code == 403


def test_the_page_costs_the_same_for_many_programmes(client, manager, published, django_assert_max_num_queries):
    for number in range(12):
        programme = ProgrammeFactory(languages=["en-gb", "cy"])
        InstrumentFactory(programme=programme, kind="diagnostic")
        AssignmentFactory(user=manager, programme=programme, role=Role.MANAGER)
        LanguageWaiver.objects.create(
            programme=programme, questionnaire=published.questionnaire, language="cy", reason=f"{number}",
            from_on=date(2026, 1, 1), until_on=date(2027, 1, 1), recorded_at=OPENS,
        )  # fmt: skip
    with django_assert_max_num_queries(15):
        client.get(HOME)
