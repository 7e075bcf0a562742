import datetime
import uuid
from decimal import Decimal

import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from portal.forms import (
    Choice,
    DatePartsField,
    FilterForm,
    GovForm,
    HeadcountField,
    IdempotencyField,
    LevelCards,
    LongTextField,
    MoneyField,
    WholeNumberField,
)


def error_of(field, value):
    with pytest.raises(forms.ValidationError) as caught:
        field.clean(value)
    return caught.value.messages[0]


def rendered(form):
    return Template("{% load crispy_forms_tags %}{% crispy form %}").render(Context({"form": form}))


# --- Money --------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["1e999", "NaN", "1.2m", "12,50", "£", "1\x00", "six"])
def test_money_says_what_to_enter(text):
    field = MoneyField(label="Your turnover")
    assert error_of(field, text) == "Enter your turnover in pounds, like 1,250,000"


def test_money_names_the_thing_when_the_label_is_a_question():
    assert error_of(MoneyField(label="How much is it?"), "x").startswith("Enter the number in pounds")
    assert error_of(MoneyField(label="How much is it?", what="the price"), "x").startswith("Enter the price in pounds")


def test_money_is_a_decimal_with_two_places():
    assert MoneyField().clean("£1,250,000") == Decimal("1250000.00")
    assert MoneyField().clean("12.5").as_tuple().exponent == -2


def test_money_has_limits():
    assert error_of(MoneyField(label="The price"), "-1") == "Enter the price as £0 or more"
    assert error_of(MoneyField(label="The price", max_value=500), "501") == "Enter the price as £500 or less"
    assert error_of(MoneyField(), "100000000000").endswith("£99,999,999,999.99 or less")
    assert MoneyField(min_value=None).clean("-1") == Decimal("-1.00")


def test_money_may_be_left_out():
    assert MoneyField(required=False).clean("  ") is None
    assert MoneyField(required=False).clean(None) is None
    assert error_of(MoneyField(label="Your turnover"), "").startswith("Enter your turnover in pounds")


def test_money_shows_sign_where_the_language_puts_it():
    pounds, kronor = MoneyField(), MoneyField(currency="SEK")
    assert (pounds.input_prefix, pounds.input_suffix) == ("£", "")
    assert (kronor.input_prefix, kronor.input_suffix) == ("", "kr")
    euros = MoneyField(currency="EUR")
    assert euros.input_prefix == "€"
    with translation.override("es"):
        assert euros.input_suffix == "€"


def test_money_shows_its_own_value_grouped_and_a_persons_as_written():
    assert MoneyField().prepare_value(Decimal("1250000.00")) == "1,250,000"
    assert MoneyField().prepare_value(Decimal("0.50")) == "0.50"
    assert MoneyField().prepare_value("12 quid") == "12 quid"


@given(st.text(max_size=60))
def test_money_never_crashes(text):
    try:
        value = MoneyField(required=False).clean(text)
    except forms.ValidationError:
        return
    assert value is None or Decimal(0) <= value <= MoneyField.MOST


# --- Numbers ------------------------------------------------------------------------------------
def test_whole_number():
    field = WholeNumberField(label="Machines")
    assert field.clean("1,200") == 1200
    assert error_of(field, "4.5") == "Enter machines as a whole number, like 45"
    assert error_of(field, "") == "Enter machines as a whole number, like 45"
    assert error_of(field, "9" * 30).endswith("2,000,000,000 or less")
    assert WholeNumberField(required=False).clean(" ") is None


def test_headcount():
    field = HeadcountField(label="People who work for you")
    assert field.clean("0") == 0
    assert error_of(field, "many") == "Enter how many people as a whole number, like 45"
    assert error_of(field, "-1") == "Enter how many people as 0 or more"


# --- Dates --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["30", "2", "2026"], "Check the day: that month has no more than 29 days"),
        (["31", "4", "2026"], "Check the day: that month has no more than 30 days"),
        (["0", "1", "2026"], "Check the day: that month has no more than 31 days"),
        (["1", "13", "2026"], "The month must be a number from 1 to 12"),
        (["1", "May", "2026"], "The month must be a number from 1 to 12"),
        (["1", "5", "26"], "The year must have 4 numbers, like 2026"),
        (["1", "5", "0026"], "The year must have 4 numbers, like 2026"),
        (["1", "5", "99999999999999999999"], "The year must have 4 numbers, like 2026"),
        (["1", "5", "٢٠٢٦"], "The year must have 4 numbers, like 2026"),
        (["", "5", "2026"], "Add a day to the date you started"),
        (["1", "", "2026"], "Add a month to the date you started"),
        (["1", "5", ""], "Add a year to the date you started"),
        (["", "", ""], "Enter the date you started, like 27 3 2026"),
        (["1", "1", "1899"], "Enter a date on or after 1 January 1900"),
        (["1", "1", "2100"], "Enter a date on or before 31 December 2099"),
    ],
)
def test_date_says_what_is_wrong(parts, message):
    assert error_of(DatePartsField(label="The date you started"), parts) == message


def test_date():
    assert DatePartsField().clean(["27", "03", "2026"]) == datetime.date(2026, 3, 27)
    assert DatePartsField().clean(datetime.date(2026, 3, 27)) == datetime.date(2026, 3, 27)
    assert DatePartsField(required=False).clean(["", " ", ""]) is None
    assert DatePartsField(required=False).clean(None) is None
    assert error_of(DatePartsField(label="When?"), []).startswith("Enter the date, like")


def test_date_limits_may_be_callables():
    field = DatePartsField(min_date=lambda: datetime.date(2026, 1, 1), max_date=lambda: datetime.date(2026, 12, 31))
    assert field.clean(["1", "1", "2026"])
    assert error_of(field, ["31", "12", "2025"]).endswith("1 January 2026")


@given(st.lists(st.text(max_size=8), min_size=3, max_size=3))
def test_date_never_crashes(parts):
    try:
        value = DatePartsField(required=False).clean(parts)
    except forms.ValidationError:
        return
    assert value is None or 1900 <= value.year <= 2099


def test_words_are_counted_where_words_are_the_limit():
    field = LongTextField(max_words=3)
    assert field.clean("one two\r\nthree") == "one two\nthree"
    with pytest.raises(forms.ValidationError, match="Use 3 words or fewer. You have used 4"):
        field.clean("one two three four")


# --- Text, hidden number ------------------------------------------------------------------------
def test_long_text_counts_a_line_end_once():
    field = LongTextField(max_length=3)
    assert field.clean("a\r\nb") == "a\nb"
    assert field.clean("abc") == "abc"
    with pytest.raises(forms.ValidationError):
        field.clean("abcd")


def test_idempotency_number_is_made_with_the_form_and_kept():
    class Create(GovForm):
        key = IdempotencyField()

    first = Create()
    value = first["key"].value()
    assert uuid.UUID(value)
    assert f'value="{value}"' in rendered(first)
    again = Create({"key": str(value)})
    assert again.is_valid()
    assert f'value="{value}"' in rendered(again)
    broken = Create({"key": "x"})
    assert broken.errors["key"] == ["This page is out of date. Open it again and send it once more"]


# --- The base -----------------------------------------------------------------------------------
class Everything(GovForm):
    submit_label = "Save & go on"

    name = forms.CharField(label="Name of <your> firm", max_length=5, help_text="As it is <b>registered</b>")
    email = forms.EmailField(label="Your email address")
    turnover = MoneyField(label="Your turnover")
    start = DatePartsField(label="The date you started")
    about = LongTextField(label="What do you make?", max_length=20)
    region = forms.ChoiceField(label="Where you make it", choices=[("", "Choose"), ("a", "Cheshire")])
    export = forms.ChoiceField(
        label="Do you export?",
        widget=forms.RadioSelect,
        choices=[Choice("y", "Yes"), Choice("n", "No", hint="Not yet counts as no", divider="or"), Choice("d", "<i>")],
    )
    wants = forms.MultipleChoiceField(
        label="What you want to try", widget=forms.CheckboxSelectMultiple, choices=[("r", "Robots"), ("c", "Cloud")]
    )
    level = forms.ChoiceField(
        label="Level", widget=LevelCards, choices=[Choice("0", "Not started", hint="Nothing yet."), Choice("1", "On")]
    )
    quote = forms.FileField(label="Your quote", required=False)
    sure = forms.BooleanField(label="All of this is true")
    vat_number = forms.CharField()
    phone = forms.CharField(label="Phone", required=False)


def test_every_field_says_what_to_do_when_empty():
    form = Everything({})
    assert not form.is_valid()
    messages = {name: errors[0] for name, errors in form.errors.items()}
    assert messages == {
        "name": "Enter name of <your> firm",
        "email": "Enter your email address",
        "turnover": "Enter your turnover in pounds, like 1,250,000",
        "start": "Enter the date you started, like 27 3 2026",
        "about": "Answer the question: What do you make?",
        "region": "Choose where you make it",
        "export": "Answer the question: Do you export?",
        "wants": "Choose what you want to try",
        "level": "Choose level",
        "sure": "Tick the box to go on: All of this is true",
        "vat_number": "Enter vat number",
    }


def test_wrong_answers_are_kept_and_explained():
    form = Everything({"name": "Ashdown", "email": "x", "region": "zz", "about": "a" * 30, "turnover": "a lot"})
    html = rendered(form)
    assert form.errors["name"] == ["Use 5 characters or fewer. You have used 7"]
    assert form.errors["email"] == ["Enter an email address like name@example.com"]
    assert form.errors["region"] == ["Choose one of the options shown"]
    assert form.errors["about"] == ["Use 20 characters or fewer. You have used 30"]
    for kept in ('value="Ashdown"', 'value="x"', 'value="a lot"', "a" * 30):
        assert kept in html


def test_file_field_asks_for_a_file():
    class Send(GovForm):
        quote = forms.FileField(label="Your quote")

    assert Send({}).errors["quote"] == ["Choose a file"]
    assert 'enctype="multipart/form-data"' in rendered(Send())


def test_markup_is_accessible_and_escaped():
    form = Everything({"start_day": "30", "start_month": "2", "start_year": "2026", "turnover": "x", "export": "n"})
    html = rendered(form)
    assert "<b>" not in html
    assert "<i>" not in html
    assert "novalidate" in html
    assert "required" not in html.replace("required_", "")
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-describedby="id_about_error id_about-info"' in html
    assert 'data-maxlength="20"' in html
    assert 'value="n" checked' in html
    assert 'aria-describedby="id_export_1_hint"' in html
    assert "Phone (optional)" in html
    assert 'id="id_start_0" name="start_day"' in html
    assert html.count("govuk-input--error") == 5, "name, email, turnover, the day alone, VAT number"
    assert ">Save &amp; go on<" in html


def test_label_of_a_page_with_one_question_is_its_heading():
    class One(GovForm):
        label_is_heading = True
        level = forms.ChoiceField(label="How far are you?", widget=LevelCards, choices=[Choice("0", "Not started")])

    class Text(GovForm):
        label_is_heading = True
        makes = forms.CharField(label="What do you make?")

    assert '<h1 class="govuk-fieldset__heading">How far are you?' in rendered(One())
    assert '<h1 class="govuk-label-wrapper">' in rendered(Text())
    assert "data-levels" in rendered(One())


def test_form_without_own_button():
    class Bare(GovForm):
        submit_label = ""
        name = forms.CharField()

    assert "<button" not in rendered(Bare())


def test_own_messages_win():
    class Own(GovForm):
        name = forms.CharField(error_messages={"required": "Say your name"})

    assert Own({}).errors["name"] == ["Say your name"]


# --- Filters ------------------------------------------------------------------------------------
class Filters(FilterForm):
    q = forms.CharField(label="Search")
    status = forms.ChoiceField(label="Status", choices=[("", "All"), ("w", "Waiting")])
    region = forms.MultipleChoiceField(label="Region", choices=[("a", "Cheshire"), ("b", "Cumbria")])
    days = WholeNumberField(label="Days", initial=5)


def test_filters_drop_what_nobody_offered():
    form = Filters({"status": "zz", "q": "ash", "days": "x"})
    assert form.values == {"q": "ash", "status": None, "region": [], "days": None}


def test_filters_without_a_query_have_their_initial_values():
    assert Filters().values["days"] == 5


def test_chips_speak_the_readers_words():
    form = Filters(QueryDict("q=ash&status=w&region=a&region=b&days=3"))
    assert [(chip.key, chip.value, chip.label, chip.text) for chip in form.chips] == [
        ("q", "ash", "Search", "ash"),
        ("status", "w", "Status", "Waiting"),
        ("region", "a", "Region", "Cheshire"),
        ("region", "b", "Region", "Cumbria"),
        ("days", "3", "Days", "3"),
    ]


def test_filter_form_is_a_get_form_without_token():
    html = rendered(Filters())
    assert 'method="get"' in html
    assert "csrf" not in html
    assert "(optional)" not in html
