import datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from portal.forms import DatePartsField, GovForm, IdempotencyField
from portal.templatetags import portal_tags as tags

AFTERNOON = datetime.datetime(2026, 11, 22, 17, 30, tzinfo=datetime.UTC)


def render(text, request=None, **context):
    if request is not None:
        context["request"] = request
    return Template("{% load portal_tags %}" + text).render(Context(context))


# --- Money, numbers, dates ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("20000.00"), "£20,000"), (20000, "£20,000"), ("20000.5", "£20,000.50"), (None, ""), ("", ""), (0, "£0")],
)
def test_money(value, text):
    assert tags.money(value) == text


def test_money_of_another_currency():
    assert render("{{ value|money:'EUR' }}", value=Decimal(5)) == "€5"


def test_number():
    assert tags.number(1234567) == "1,234,567"
    assert tags.number(Decimal("12.34"), 1) == "12.3"
    assert tags.number(None) == ""


def test_dates_in_words():
    day = datetime.date(2026, 11, 22)
    assert tags.long_date(day) == "22 November 2026"
    assert tags.short_date(day) == "22 Nov 2026"
    with translation.override("sv"):
        assert tags.long_date(day) == "22 november 2026"
        assert tags.short_date(day) == "2026-11-22"


@pytest.mark.parametrize(
    ("hour", "minute", "text"),
    [(17, 30, "5:30pm"), (17, 0, "5pm"), (0, 5, "12:05am"), (12, 0, "12pm"), (9, 0, "9am")],
)
def test_clock(hour, minute, text):
    assert tags.clock(AFTERNOON.replace(hour=hour, minute=minute)) == text


def test_clock_counts_to_24_where_the_language_does():
    with translation.override("sv"):
        assert tags.clock(AFTERNOON) == "17:30"


def test_times_are_told_in_the_active_zone():
    with timezone.override(ZoneInfo("Europe/Stockholm")):
        assert render("{{ at|date_time }}", at=AFTERNOON) == "22 November 2026 at 6:30pm"


@pytest.mark.parametrize("name", ["long_date", "short_date", "clock", "date_time", "iso_date"])
def test_no_date_is_nothing(name):
    assert not getattr(tags, name)(None)


def test_iso_date_reads_frozen_facts():
    assert tags.iso_date("2026-11-22") == datetime.date(2026, 11, 22)
    assert tags.iso_date("2026-11-22T17:30:00+00:00") == AFTERNOON


# --- Status -------------------------------------------------------------------------------------
def row(status, text="In moderation", public="With your adviser"):
    return SimpleNamespace(status=status, get_status_display=lambda: text, public_label=public)


def test_status_tag_in_staff_and_public_words():
    assert render("{% status_tag row %}", row=row("IN_MODERATION")) == (
        '<strong class="govuk-tag govuk-tag--blue">In moderation</strong>'
    )
    assert "With your adviser" in render("{% status_tag row public=True %}", row=row("IN_MODERATION"))


def test_status_tag_of_an_unknown_status_is_blue_and_escaped():
    html = render("{% status_tag row %}", row=row("SOMETHING_NEW", text="<b>"))
    assert html == '<strong class="govuk-tag govuk-tag--blue">&lt;b&gt;</strong>'


# --- Links --------------------------------------------------------------------------------------
def get(query="", path="/casework/"):
    return RequestFactory().get(path + query)


def test_query_transform_keeps_other_filters_and_begins_paging_anew():
    request = get("?status=w&status=d&q=ash&cursor=abc")
    assert render("{% query_transform q='oak' %}", request) == "?status=w&amp;status=d&amp;q=oak"
    assert render("{% query_transform q=None %}", request) == "?status=w&amp;status=d"


def test_query_without_takes_one_value_away():
    assert render("{% query_without 'status' 'w' %}", get("?status=w&status=d&cursor=x")) == "?status=d"


def test_next_page_keeps_filters():
    assert render("{% next_page 'abc' %}", get("?q=ash&cursor=old")) == "?q=ash&amp;cursor=abc"


def test_current_section():
    assert render("{% current_section '/casework/' %}", get()) == ' aria-current="true"'
    assert render("{% current_section '/reports/' %}", get()) == ""
    assert render("{% current_section '/reports/' %}") == ""


def test_has_role():
    user = SimpleNamespace(has_role=lambda *roles: "MANAGER" in roles)
    assert render("{% if user|has_role:'AUDITOR MANAGER' %}yes{% endif %}", user=user) == "yes"


def test_hex():
    assert render("{{ '#1D70B8'|hex }}") == "1d70b8"


# --- Languages ----------------------------------------------------------------------------------
def languages(programme=None):
    return [(one.code, one.name, one.is_current) for one in tags.language_choices(Context({"programme": programme}))]


def test_one_language_is_no_choice():
    assert languages() == []
    assert languages(SimpleNamespace(languages=["en"])) == []


def test_languages_of_the_programme_in_their_own_words():
    assert languages(SimpleNamespace(languages=["en", "cy"])) == [("en-gb", "English", True), ("cy", "Cymraeg", False)]


def test_there_is_always_a_way_back():
    with translation.override("sv"):
        assert languages() == [("en-gb", "English", False), ("sv", "Svenska", True)]


# --- Forms --------------------------------------------------------------------------------------
class Form(GovForm):
    name = forms.CharField()
    start = DatePartsField()
    choice = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "A")])
    nothing = forms.ChoiceField(widget=forms.RadioSelect, choices=[])
    sure = forms.BooleanField()
    key = IdempotencyField()

    def clean(self):
        self.add_error(None, "As a whole")


def test_error_links_lead_to_the_control():
    form = Form({"start_day": "1", "start_year": "2026"})
    links = {message: target for target, message in tags.error_links(form)}
    assert links["As a whole"] == ""
    assert links["Enter name"] == "id_name"
    assert links["Add a month to start"] == "id_start_1"
    assert links["Choose choice"] == "id_choice_0"
    assert links["Choose nothing"] == "div_id_nothing"
    assert links["Tick the box to go on: Sure"] == "id_sure"
    assert "" in {target for target, message in tags.error_links(form) if message.startswith("This page is out")}


def test_error_about_the_whole_date_leads_to_its_first_box():
    links = dict((message, target) for target, message in tags.error_links(Form({})))
    assert links["Enter start, like 27 3 2026"] == "id_start_0"
    assert all(part.has_error for part in tags.date_parts(Form({})["start"]))


def test_date_parts_show_a_saved_date():
    form = Form(initial={"start": datetime.date(2026, 3, 27)})
    assert [part.value for part in tags.date_parts(form["start"])] == ["27", "3", "2026"]
    assert [part.value for part in tags.date_parts(Form()["start"])] == ["", "", ""]
    assert not any(part.has_error for part in tags.date_parts(form["start"]))
