"""Screens of those who run a programme: who may open them, and what each post does."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Assignment
from accounts.permissions import Role
from portal.models import Event
from programmes.models import Instrument, Text
from tests.factories.accounts import AssignmentFactory, UserFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import CallFactory, InstrumentFactory, ProgrammeFactory, RegionFactory

pytestmark = pytest.mark.django_db
MOST_QUERIES = 15


@pytest.fixture
def programme(db):
    return ProgrammeFactory(languages=["en-gb", "cy"], next_places=[{"name": "Bank", "what": "Loans.", "url": "x"}])


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


@pytest.fixture
def call(programme):
    return CallFactory(instrument=InstrumentFactory(programme=programme, example_terms=True))


@pytest.fixture
def home(programme):
    return f"/casework/programmes/{programme.slug}/"


def pages(programme, call, role):
    home = f"/casework/programmes/{programme.slug}/"
    return {
        home: True, f"{home}history/": True, f"{home}texts/": True, f"{home}texts/programme.summary/": True,
        f"{home}money/": True, f"{home}people/": True, f"{home}rules/": True,
        f"{home}money/{call.pk}/": False, f"{home}money/promises/": False, f"{home}money/terms/": False,
        f"{home}money/{call.pk}/copy/": False, f"{home}money/{call.pk}/course/": False,
        f"{home}people/{role.pk}/": False, f"{home}rules/{'0' * 64}/": False,
    }  # fmt: skip


# --- Who ------------------------------------------------------------------------------------------
def test_a_manager_opens_every_page(signed_in, manager, programme, call, adviser):
    client = signed_in(manager)
    for page in pages(programme, call, adviser.assignments.get()):
        response = client.get(page)
        assert response.status_code == (302 if "/rules/0" in page else 200), page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.FINANCE])
def test_who_reads_the_whole_programme_reads_its_settings_and_changes_nothing(
    signed_in, programme, call, adviser, role
):
    client = signed_in(AssignmentFactory(programme=programme, role=role).user)
    for page, is_read in pages(programme, call, adviser.assignments.get()).items():
        assert client.get(page).status_code == (200 if is_read else 403), page
        assert client.post(page, {}).status_code in (403, 405), page
    assert 'type="submit" class="govuk-button"' not in client.get(f"/casework/programmes/{programme.slug}/people/").text


def test_an_adviser_of_the_programme_may_not(signed_in, adviser, programme, call, manager):
    client = signed_in(adviser)
    for page in pages(programme, call, manager.assignments.get()):
        assert client.get(page).status_code == 403, page
        assert client.post(page, {}).status_code in (403, 405), page
    assert client.get("/casework/programmes/").status_code == 404
    assert client.get("/casework/questionnaires/").status_code == 404


def test_a_manager_of_one_region_may_not(signed_in, programme, home):
    region = RegionFactory(programme=programme)
    client = signed_in(AssignmentFactory(programme=programme, region=region, role=Role.MANAGER).user)
    assert client.get(home).status_code == 403


def test_a_manager_of_another_programme_finds_nothing(signed_in, programme, call, adviser):
    client = signed_in(AssignmentFactory(programme=ProgrammeFactory(), role=Role.MANAGER).user)
    for page in pages(programme, call, adviser.assignments.get()):
        assert client.get(page).status_code == 404, page
        assert client.post(page, {}).status_code in (404, 405), page


def test_rows_of_another_programme_are_not_reached_through_ones_own(signed_in, manager, home, adviser):
    theirs = CallFactory()
    other = AssignmentFactory(programme=theirs.instrument.programme)
    client = signed_in(manager)
    assert client.get(f"{home}money/{theirs.pk}/").status_code == 404
    client.post(f"{home}people/{other.pk}/", {"reason": "x"})
    assert Assignment.objects.filter(pk=other.pk).exists()


def test_the_list_names_ones_own_programmes_only(signed_in, manager, programme):
    other = ProgrammeFactory(name="Another programme of somebody else")
    page = signed_in(manager).get("/casework/programmes/").text
    assert programme.name in page
    assert other.name not in page


def test_an_administrator_has_the_settings_without_the_queues(signed_in, programme, home):
    client = signed_in(AssignmentFactory(programme=programme, role=Role.ADMIN).user)
    page = client.get(home)
    assert page.status_code == 200
    assert [group["title"] for group in page.context["rail"]] == ["Settings"]


def test_the_rail_shows_programmes_to_those_who_may(signed_in, manager, adviser):
    titles = {}
    for person in (manager, adviser):
        titles[person] = [group["title"] for group in signed_in(person).get("/casework/").context["rail"]]
    assert "Settings" in titles[manager]
    assert "Settings" not in titles[adviser]


def test_every_page_takes_the_same_queries_however_much_there_is(
    signed_in, manager, programme, call, adviser, django_assert_max_num_queries
):
    client = signed_in(manager)
    role = adviser.assignments.get()
    addresses = [page for page in pages(programme, call, role) if "/rules/0" not in page]
    addresses += ["/casework/programmes/", "/casework/questionnaires/"]

    def counted():
        found = {}
        for page in addresses:
            with django_assert_max_num_queries(MOST_QUERIES) as queries:
                assert client.get(page).status_code == 200
            found[page] = len(queries.captured_queries)
        return found

    change_promises(client, programme, lead=3)
    client.post(f"/casework/programmes/{programme.slug}/people/", role_for(UserFactory()))
    counted()
    one = counted()
    for number in range(12):
        CallFactory(instrument=InstrumentFactory(programme=programme), slug=f"call-{number}")
        client.post(f"/casework/programmes/{programme.slug}/people/", role_for(UserFactory()))
        change_promises(client, programme, lead=4 + number)
    assert counted() == one


# --- Words ----------------------------------------------------------------------------------------
def answers(page):
    """The hidden marks of a form's page."""
    return dict(re.findall(r'name="(seen\w*)" value="(\w*)"', page.text))


def write(client, address, **bodies):
    page = client.get(address)
    marks = answers(page)
    given = {f"body_{code}": page.context["form"].initial.get(code, "") for code in ("en-gb", "cy")}
    shown = {name: page.context["form"][name].value() or "" for name in given}
    return client.post(address, {**marks_of(page), **marks, **shown, **bodies})


def marks_of(page):
    form = page.context["form"]
    return {name: form[name].value() or "" for name in form.fields if name.startswith("seen")}


def test_words_are_written_in_each_language(signed_in, manager, programme, home):
    client = signed_in(manager)
    address = f"{home}texts/eligibility.intro/"
    response = write(client, address, **{"body_en-gb": "Answer\r\nnine questions.\r\n", "body_cy": "Atebwch."})
    assert response.status_code == 302
    assert dict(programme.texts.values_list("language", "body")) == {
        "en-gb": "Answer\nnine questions.",
        "cy": "Atebwch.",
    }
    page = client.get(address)
    assert "Atebwch." in page.text
    changes = page.context["changes"]
    assert {(change["row"].after, change["row"].by) for change in changes} == {
        ("Answer\nnine questions.", manager.get_full_name()), ("Atebwch.", manager.get_full_name())
    }  # fmt: skip
    assert Event.objects.get(programme=programme.slug).kind == "programme.text_changed"


def test_the_history_keeps_what_stood_there(signed_in, manager, programme, home):
    client = signed_in(manager)
    address = f"{home}texts/eligibility.intro/"
    write(client, address, **{"body_en-gb": "First."})
    write(client, address, **{"body_en-gb": "Second."})
    newest, oldest = (change["row"] for change in client.get(address).context["changes"])
    assert (newest.before, newest.after) == ("First.", "Second.")
    assert (oldest.before, oldest.after) == ("", "First.")


def test_what_is_missing_is_seen(signed_in, manager, programme, home):
    Text.objects.create(programme=programme, key="mail.case_accepted.subject", language="cy", body="Da")
    page = signed_in(manager).get(f"{home}texts/", {"show": "missing"})
    states = {
        row.text.key: {cell.language: cell.state for cell in row.cells}
        for group in page.context["groups"] for row in group["rows"]
    }  # fmt: skip
    assert states["programme.summary"] == {"en-gb": "file", "cy": "missing"}
    assert states["mail.case_accepted.subject"] == {"en-gb": "portal", "cy": "half"}
    assert "mail.case_rejected.subject" not in states


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        (
            "offer.conditions",
            "Spend $amount by $until.",
            "Take $until out, or choose from $amount, $eligible",
        ),
        ("programme.summary", "Help for ${firm}.", "Take $firm out: no facts can be named in this text"),
        ("mail.case_accepted.subject", "One\nTwo", "Write this in one line"),
        ("mail.case_accepted.subject", "x" * 151, "Use 150 characters or fewer. You have used 151"),
        ("mail.case_accepted.body", "x\0", "Null characters are not allowed"),
    ],
)
def test_words_that_cannot_be_used_are_kept_in_the_form(signed_in, manager, programme, home, name, body, words):
    page = write(signed_in(manager), f"{home}texts/{name}/", **{"body_en-gb": body})
    assert page.status_code == 200
    assert words in page.text
    assert not programme.texts.exists()


def test_a_preview_saves_nothing(signed_in, manager, programme, home):
    page = write(
        signed_in(manager), f"{home}texts/offer.conditions/", preview="1", **{"body_en-gb": "Spend $amount.\nTell us."}
    )
    [shown] = page.context["previews"]
    assert shown["parts"] == ["Spend £15,000.", "Tell us."]
    assert not programme.texts.exists()


def test_nobodys_words_are_lost_when_two_write_at_once(signed_in, client, manager, programme, home):
    address = f"{home}texts/eligibility.intro/"
    opened = marks_of(signed_in(manager).get(address))
    write(client, address, **{"body_en-gb": "Hers."})
    page = client.post(address, {**opened, "body_en-gb": "His.", "body_cy": ""})
    assert page.status_code == 200
    assert "Somebody else has changed these words meanwhile" in page.text
    assert "Hers." in page.text
    assert "His." in page.text
    assert programme.texts.get().body == "Hers."
    # Read both, and saved again: meant.
    assert client.post(address, {**marks_of(page), "body_en-gb": "His and hers.", "body_cy": ""}).status_code == 302
    assert programme.texts.get().body == "His and hers."


def test_a_language_that_was_left_alone_keeps_what_somebody_else_wrote(signed_in, client, manager, programme, home):
    address = f"{home}texts/eligibility.intro/"
    opened = marks_of(signed_in(manager).get(address))
    write(client, address, **{"body_en-gb": "Hers."})
    assert client.post(address, {**opened, "body_en-gb": "", "body_cy": "Ei."}).status_code == 302
    assert dict(programme.texts.values_list("language", "body")) == {"en-gb": "Hers.", "cy": "Ei."}


def test_the_files_words_come_back_when_ones_own_are_taken_away(signed_in, manager, programme, home):
    client = signed_in(manager)
    address = f"{home}texts/programme.summary/"
    write(client, address, **{"body_en-gb": "Help for makers."})
    assert programme.words("en-gb").text("programme.summary", programme.summary) == "Help for makers."
    write(client, address, **{"body_en-gb": ""})
    again = type(programme).objects.get()
    assert again.words("en-gb").text("programme.summary", again.summary) == "Helps manufacturers go digital."
    assert again.texts.get().body == ""


def test_nothing_changed_is_no_change(signed_in, manager, programme, home):
    assert write(signed_in(manager), f"{home}texts/programme.summary/").status_code == 302
    assert not Event.objects.exists()
    assert not programme.texts.exists()


def test_a_name_of_the_file_is_written_in_further_languages_only(signed_in, manager, programme, home):
    page = signed_in(manager).get(f"{home}texts/programme.name/")
    assert [field.name for field in page.context["fields"]] == ["body_cy"]
    assert programme.name in page.context["fixed"]


def test_an_unknown_text_is_not_found(signed_in, manager, home):
    assert signed_in(manager).get(f"{home}texts/mail.nobody.subject/").status_code == 404


# --- Windows and budgets --------------------------------------------------------------------------
def call_values(client, address, **more):
    shown = client.get(address).context["form"]
    day = shown["closes_on"].value()
    values = {name: shown[name].value() for name in ("name", "closes_time", "budget", "promise_days", "seen")}
    days = {"closes_on_day": day.day, "closes_on_month": day.month, "closes_on_year": day.year}
    return {**values, **days, "reason": "The board met on 20 November.", **more}


def test_a_call_is_open_longer_with_more_money(signed_in, manager, programme, call, home):
    client = signed_in(manager)
    address = f"{home}money/{call.pk}/"
    more = {"closes_on_year": 2037, "closes_on_month": 6, "closes_time": "17:30", "budget": "£120,000"}
    assert client.post(address, call_values(client, address, **more)).status_code == 302
    call.refresh_from_db()
    assert call.closes_at == datetime(2037, 6, 1, 16, 30, tzinfo=UTC)
    assert call.budget == Decimal(120000)
    event = Event.objects.get(programme=programme.slug)
    assert (event.kind, event.note, event.actor_id) == (
        "programme.call_changed", "The board met on 20 November.", manager.pk
    )  # fmt: skip
    assert event.data["changes"]["budget"] == ["100000.00", "120000.00"]
    history = client.get(f"{home}history/").text
    for words in ("£100,000", "£120,000", "1 June 2037 at 5:30pm", "The board met on 20 November.", manager.full_name):
        assert words in history


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"closes_on_year": 2026, "closes_on_month": 2}, "Choose a closing time that is still to come"),
        ({"closes_on_day": "31", "closes_on_month": "2"}, "Check the day"),
        ({"closes_time": "soon"}, "Enter the time by 24 hours, like 17:00"),
        ({"budget": "plenty"}, "Enter budget in pounds"),
        ({"promise_days": "0"}, "1 or more"),
        ({"reason": " "}, "Write in a few words why you change this"),
    ],
)
def test_a_change_that_cannot_be_is_told_at_its_field(signed_in, manager, call, home, more, words):
    client = signed_in(manager)
    address = f"{home}money/{call.pk}/"
    page = client.post(address, call_values(client, address, **more))
    assert page.status_code == 200
    assert words in page.text
    call.refresh_from_db()
    assert call.budget == Decimal(100000)
    assert not Event.objects.exists()


def test_a_budget_never_falls_below_what_firms_hold(signed_in, manager, programme):
    application = GrantApplicationFactory(case__programme=programme, approved=True)
    client = signed_in(manager)
    address = f"/casework/programmes/{application.call.instrument.programme.slug}/money/{application.call.pk}/"
    page = client.post(address, call_values(client, address, budget="14,999"))
    assert "Firms hold offers of £15,000 from this call. Enter that or more." in page.text
    assert client.post(address, call_values(client, address, budget="15,000")).status_code == 302


def test_a_call_that_somebody_else_changed_is_shown_first(signed_in, manager, call, home):
    client = signed_in(manager)
    address = f"{home}money/{call.pk}/"
    stale = call_values(client, address, budget="110000")
    client.post(address, call_values(client, address, budget="130000"))
    page = client.post(address, stale)
    assert "Somebody else has saved this meanwhile" in page.text
    call.refresh_from_db()
    assert call.budget == Decimal(130000)
    assert client.post(address, stale | {"seen": page.context["form"]["seen"].value()}).status_code == 302
    call.refresh_from_db()
    assert call.budget == Decimal(110000)


def test_saving_a_call_as_it_is_changes_nothing(signed_in, manager, call, home):
    client = signed_in(manager)
    address = f"{home}money/{call.pk}/"
    call.closes_at = call.closes_at.replace(second=59)
    call.save()
    assert client.post(address, call_values(client, address)).status_code == 302
    assert not Event.objects.exists()


def part_values(client, address, **more):
    form = client.get(address).context["form"]
    values = {"reason": "Board of 20 November."}
    for name in form.fields:
        value = form[name].value()
        if hasattr(value, "day"):
            values |= {f"{name}_day": value.day, f"{name}_month": value.month, f"{name}_year": value.year}
        elif value not in (None, "", False):
            values[name] = value
    return {**values, **more}


PARTS = {
    "budget": (
        {"funder_0": "Region", "amount_0": "60000", "funder_1": "Fund", "amount_1": "50000"},
        {"budget": Decimal(110000), "budget_lines": [
            {"funder": "Region", "amount": "60000.00"}, {"funder": "Fund", "amount": "50000.00"},
        ]},
    ),
    "approval": (
        {"up_to_0": "20000", "approvers_0": "1", "approvers": "2", "accept_days": "14"},
        {"approval_bands": [{"up_to": "20000.00", "approvers": 1}, {"up_to": None, "approvers": 2}],
         "accept_days": 14},
    ),
    "course": (
        {"needs_outline": "on", "reviews_needed": "2", "forms_offered": ["SINGLE", "SUPPLY_CHAIN"], "most": "4",
         "pays": "scheme_rate", "months": "6", "retention_percent": "12.5"},
        {"needs_outline": True, "reviews_needed": 2, "partner_terms": {"forms": ["SINGLE", "SUPPLY_CHAIN"], "most": 4},
         "claim_terms": {"method": "scheme_rate", "months": 6, "retention_percent": "12.5"}},
    ),
    "criteria": (
        {"title_1": "", "help_1": "", "weight_1": "", "title_2": "Reach", "help_2": "How far?", "weight_2": "3"},
        {"criteria": [
            {"code": "need", "title": "Need", "help": "Does the firm need it?", "weight": 1},
            {"code": "criterion-3", "title": "Reach", "help": "How far?", "weight": 3},
        ]},
    ),
    "terms": (
        {"rate": "40", "maximum": "90000", "months": "12", "trl_min": "5", "trl_max": "9"},
        {"terms": {"rate": "40", "cap": "20000.00", "months": 12, "research_partner": False,
                   "trl": {"min": 5, "max": 9}, "categories": ["capital_equipment", "software"],
                   "maximum": {"amount": "90000.00", "of": "total"}}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_drafts_settings_are_changed_part_by_part(signed_in, manager, call, home, part):
    type(call).objects.update(is_draft=True)
    client = signed_in(manager)
    address = f"{home}money/{call.pk}/{part}/"
    given, expected = PARTS[part]
    page = client.post(address, part_values(client, address, **given))
    assert page.status_code == 302, page.context["form"].errors
    call.refresh_from_db()
    assert {name: getattr(call, name) for name in expected} == expected
    assert client.post(address, part_values(client, address)).status_code == 302
    assert Event.objects.filter(kind="programme.call_changed").count() == 1, "the same again is no change"
    assert "Board of 20 November." in client.get(f"{home}history/").text
    assert client.get(f"{home}money/{call.pk}/").status_code == 200
    assert client.get(f"{home}money/{call.pk}/luck/").status_code == 404


@pytest.mark.parametrize(
    ("part", "given", "words"),
    [
        ("budget", {"funder_1": "Fund"}, "Enter the amount of this share"),
        ("budget", {"funder_0": "", "amount_0": "5"}, "Enter who pays this share"),
        ("approval", {"up_to_0": "500", "approvers_0": ""}, "not fewer than for less money"),
        ("approval", {"up_to_1": "0", "approvers_1": "1"}, "Enter an amount above the one before"),
        ("approval", {"up_to_0": "500", "approvers_0": "3", "approvers": "1"}, "not fewer than for less money"),
        ("criteria", {"title_2": "Reach"}, "Enter the weight, like 20"),
        (
            "criteria",
            {f"{name}_{index}": "" for name in ("title", "help", "weight") for index in (0, 1)},
            "at least one",
        ),
        ("criteria", {"weight_0": "9"}, "The call is published"),
        ("terms", {"rate": ""}, "Enter the share that is paid, like 50"),
        ("terms", {"minimum": "9", "maximum": "8"}, "not below the smallest project"),
        ("terms", {"trl_min": "5"}, "Enter the lowest and the highest level, or neither"),
        ("terms", {"opens_time": "soon"}, "Enter the time by 24 hours"),
        ("budget", {"funder_0": "Region", "seen": "0" * 16}, "Somebody else has saved this meanwhile"),
    ],
)
def test_settings_that_cannot_be_are_told_at_their_field(signed_in, manager, call, home, part, given, words):
    client = signed_in(manager)
    address = f"{home}money/{call.pk}/{part}/"
    page = client.post(address, part_values(client, address, **given))
    assert page.status_code == 200
    assert words in page.text


def test_what_applicants_go_through_stays_once_one_has_begun(signed_in, manager, programme):
    application = GrantApplicationFactory(case__programme=programme)
    call = application.call
    client = signed_in(manager)
    home = f"/casework/programmes/{call.instrument.programme.slug}/money/{call.pk}/"
    page = client.post(f"{home}course/", part_values(client, f"{home}course/", reviews_needed="3"))
    assert "Firms have begun to apply" in page.text
    assert f"{home}budget/" in client.get(home).text
    for address in (f"/casework/funding/calls/{call.pk}/ranked/", f"/casework/funding/calls/{call.pk}/decisions/"):
        assert address in client.get(home).text
        assert client.get(address).status_code == 200
    assert f"{home}course/" not in client.get(home).text


def test_a_call_is_copied_and_published(signed_in, manager, programme, call, home):
    client = signed_in(manager)
    days = {"opens_on_day": "1", "opens_on_month": "2", "opens_on_year": "2027", "closes_on_day": "1"}
    values = {"name": "Second round", **days, "closes_on_month": "6", "closes_on_year": "2037"}
    assert "Give it a name" in client.post(f"{home}money/{call.pk}/copy/", values | {"name": "Rolling"}).text
    for _ in range(2):
        page = client.post(f"{home}money/{call.pk}/copy/", values, follow=True)
    draft = programme.instruments.get().calls.get(is_draft=True)
    assert "Publish this call" in page.text
    assert f"{home}money/{draft.pk}/copy/" in page.text
    public = f"/programmes/{programme.slug}/"
    assert "Second round" not in client.get(public).text
    assert client.post(f"{home}money/{draft.pk}/publish/", follow=True).status_code == 200
    assert "Second round" in client.get(public).text
    assert "Draft of a call: Second round" in client.get(f"{home}history/").text


def change_promises(client, programme, **more):
    address = f"/casework/programmes/{programme.slug}/money/promises/"
    form = client.get(address).context["form"]
    values = {"lead": 2, "application": 10, "diagnostic": 15, "decision": 20, "reason": "Agreed with the team."}
    return client.post(address, {**values, "seen": form["seen"].value(), **more})


def test_promises_are_changed_with_a_reason(signed_in, manager, programme, home):
    client = signed_in(manager)
    assert change_promises(client, programme, lead=1).status_code == 302
    programme.refresh_from_db()
    assert programme.promise_days == {"lead": 1, "application": 10, "diagnostic": 15, "decision": 20}
    assert change_promises(client, programme, lead=1).status_code == 302
    assert Event.objects.count() == 1
    page = change_promises(client, programme, lead=9, seen="0" * 16)
    assert "Somebody else has saved this meanwhile" in page.text


def test_example_terms_are_confirmed_and_doubted_again(signed_in, manager, call, home):
    client = signed_in(manager)
    slug = call.instrument.slug
    assert "Example" in client.get(f"{home}money/").text
    answer = {"confirmed": [slug], "reason": "Decision 12 of 3 November 2026."}
    for _ in range(2):
        assert client.post(f"{home}money/terms/", answer).status_code == 302
    assert not Instrument.objects.get(slug=slug).example_terms
    assert Event.objects.get().kind == "programme.terms_confirmed"
    page = client.get(f"{home}money/").text
    assert "Decision 12 of 3 November 2026." in page
    assert manager.full_name in page
    client.post(f"{home}money/terms/", {"shown": "", "reason": "Somebody else's page of before."})
    assert not Instrument.objects.get(slug=slug).example_terms
    client.post(f"{home}money/terms/", {"shown": slug, "reason": "Withdrawn."})
    assert Instrument.objects.get(slug=slug).example_terms
    assert "What confirms them" in client.post(f"{home}money/terms/", {}).text


# --- People ---------------------------------------------------------------------------------------
def role_for(user, role=Role.ASSESSOR, **more):
    return {"email": user.email, "role": role.value, "region": "", "reason": "Joins the panel.", **more}


def test_a_role_is_given_and_ended(signed_in, manager, programme, home):
    client = signed_in(manager)
    person = UserFactory(full_name="Robin Ridge")
    region = RegionFactory(programme=programme, name="North")
    for _ in range(2):
        assert client.post(f"{home}people/", role_for(person, region=region.pk)).status_code == 302
    role = person.assignments.get()
    assert (role.role, role.region) == (Role.ASSESSOR, region)
    page = client.get(f"{home}people/").text
    assert "Robin Ridge" in page
    assert f"{home}people/{role.pk}/" in page
    assert client.post(f"{home}people/{role.pk}/", {"reason": ""}).status_code == 200
    for _ in range(2):
        assert client.post(f"{home}people/{role.pk}/", {"reason": "Left the panel."}).status_code == 302
    assert not person.assignments.exists()
    changes = client.get(f"{home}people/").context["changes"]
    assert [(change.who, change.is_given, change.by) for change in changes[:2]] == [
        ("Robin Ridge", False, manager.full_name), ("Robin Ridge", True, manager.full_name)
    ]  # fmt: skip
    history = client.get(f"{home}history/").text
    assert "Robin Ridge became assessor for" in history
    assert "Left the panel." in history


def test_a_stranger_gets_no_role(signed_in, manager, home):
    page = signed_in(manager).post(f"{home}people/", {"email": "nobody@x.example", "role": "ADVISER", "reason": "x"})
    assert "Nobody has an account with this address" in page.text
    assert "nobody@x.example" in page.text


def test_nobody_changes_their_own_roles(signed_in, manager, home):
    client = signed_in(manager)
    mine = manager.assignments.get()
    assert f"{home}people/{mine.pk}/" not in client.get(f"{home}people/").text
    assert "You cannot change your own roles" in client.post(f"{home}people/{mine.pk}/", {"reason": "x"}).text
    assert "You cannot change your own roles" in client.post(f"{home}people/", role_for(manager, Role.APPROVER)).text
    assert list(manager.assignments.all()) == [mine]


def test_a_manager_names_no_administrator(signed_in, manager, programme, home):
    client = signed_in(manager)
    assert client.post(f"{home}people/", role_for(UserFactory(), Role.ADMIN)).status_code == 200
    admin = AssignmentFactory(programme=programme, role=Role.ADMIN)
    client.post(f"{home}people/{admin.pk}/", {"reason": "x"})
    assert Assignment.objects.filter(pk=admin.pk).exists()
    assert list(Assignment.objects.filter(role=Role.ADMIN)) == [admin]
    other = UserFactory()
    assert signed_in(admin.user).post(f"{home}people/", role_for(other, Role.ADMIN)).status_code == 302
    assert other.assignments.get().role == Role.ADMIN


def test_pages_speak_of_today(signed_in, manager, programme, home):
    """The version in force is named by the day in the programme's own zone."""
    page = signed_in(manager).get(home)
    [row] = page.context["versions"]
    assert row.state == ("now" if row.version.valid_from <= timezone.now().date() else "coming")
