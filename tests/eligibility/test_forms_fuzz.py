"""Whatever is written into the check's pages: a message at the field and the text kept, or an answer that was meant."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils.html import escape
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eligibility.models import EligibilityCheck
from tests.eligibility.answers import AID, BASE, FIGURES, FIRM, GOOD, add, load, url, walk

pytestmark = pytest.mark.django_db
FUZZED = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
SAID = re.compile(r"[£€]?\s*\d{1,3}(?:[, \u00a0\u202f\u2009]?\d{3})*(?:\.\d{1,2})?|[£€]?\s*\d+(?:\.\d{1,2})?", re.ASCII)

ODD = st.one_of(
    st.sampled_from(
        [
            "", " ", "-1", "−5", "+7", "1e9", "1E400", "NaN", "nan", "inf", "-Infinity", "0x10", "٣٢", "३२", "³²",
            "1_000", "£12,345.67", "12.345,67", "12,34,567", "1.2.3", "1,,000", "9" * 14, "9" * 50, "0.001", "1/2",
            "½", "33%", "101", "24.99", "50.01", "a\x00b", "\x00", "😀", "👩‍🏭", "\u202e32",
            "<script>", "' OR 1=1 --", "{{7*7}}", "../../etc", "unknown", "None", "null", "yes", "ELSEWHERE", "PR1 2HE",
            "25620", "99999", "2562", "E07000123", "mfa", "half", "quarter", "person", "31", "2030", "0000",
        ]
    ),
    st.text(max_size=12),
    st.integers(-(10**6), 10**15).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
)  # fmt: skip
PAGES = {
    "place": ["postcode", "local_authority", "postcode_unknown"],
    "product": ["sic_code"],
    "kind-of-business": ["legal_form"],
    "size": ["employees", "turnover", "balance_sheet"],
    "other-firms": ["group"],
    "other-firms/add": ["key", "who", "share", "percent"],
    "earlier-support": ["aid"],
    "earlier-support/add": ["key", "on_day", "on_month", "on_year", "amount", "basis"],
    "already-started": ["committed"],
}
VALID = GOOD | {"other-firms/add": FIRM, "earlier-support/add": AID}


@pytest.fixture
def programmes(time_machine):
    time_machine.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False)
    return load("made-smarter-north-west")


def at(client, page):
    """A visitor who has come as far as this page, with all earlier answers good."""
    client.cookies.clear()
    name, *more = page.split("/")
    walk(client, upto=name)
    if more:
        gate = "group" if name == "other-firms" else "aid"
        client.post(url(name), {gate: "yes"})
    return f"{BASE}{page}/" if more else url(name)


def sent(text):
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def check_answered(client, response, posted):
    """Gone on, or told at the field what to do, with what was written still there."""
    assert response.status_code in {200, 302}
    if response.status_code == 302:
        return False
    form = response.context["form"]
    html = response.content.decode()
    assert form.errors
    assert 'class="govuk-error-summary"' in html
    for name, messages in form.errors.items():
        for message in messages:
            assert escape(message) in html
        if name in posted and not form[name].is_hidden:
            assert form[name].value() == posted[name]
    return True


@pytest.mark.parametrize("step", PAGES)
def test_no_text_breaks_a_page(client, programmes, step):
    path = at(client, step)
    before = client.session["eligibility_answers"] if step != "place" else {}

    @FUZZED
    @given(changes=st.dictionaries(st.sampled_from(PAGES[step]), ODD.map(sent), min_size=1))
    def fuzz(changes):
        posted = {**VALID[step], **changes}
        response = client.post(path, posted)
        if check_answered(client, response, posted) and step != "place":
            kept = client.session["eligibility_answers"]["made-smarter-north-west"]
            for name, value in before["made-smarter-north-west"].items():
                assert name in kept, value
        # Back to where this visitor was, whatever was answered.
        session = client.session
        session["eligibility_answers"] = before
        session.save()

    fuzz()


def test_bytes_that_are_no_text_break_nothing(client, programmes):
    kind = "application/x-www-form-urlencoded"
    assert client.post(BASE, b"postcode=%ED%A0%80%FF", content_type=kind).status_code == 200
    assert client.post(BASE, b"postcode=PR1&postcode=PR2&x[]=1", content_type=kind).status_code == 200


def test_figures_count_as_written_or_not_at_all(client, programmes):
    """No figure is guessed: an eligible firm has exactly the digits that were typed."""
    path = at(client, "size")

    @FUZZED
    @example(employees="٣٢", turnover="12.345,67", balance_sheet="1500000")
    @example(employees="32", turnover="£12,345.67", balance_sheet="")
    @given(employees=ODD.map(sent), turnover=ODD.map(sent), balance_sheet=ODD.map(sent))
    def fuzz(employees, turnover, balance_sheet):
        posted = {"employees": employees, "turnover": turnover, "balance_sheet": balance_sheet}
        posted |= {f"{name}_unknown": "on" for name, value in posted.items() if not value.strip()}
        if check_answered(client, client.post(path, posted), {}):
            return
        kept = client.session["eligibility_answers"]["made-smarter-north-west"]
        for name in FIGURES:
            if kept[name] == "unknown":
                assert not posted[name].strip()
            else:
                assert SAID.fullmatch(posted[name].strip()), posted[name]
                assert Decimal(kept[name]) == Decimal(re.sub(r"[^0-9.]", "", posted[name]))

    fuzz()


@FUZZED
@given(
    unknown=st.sets(
        st.sampled_from(["employees", "money", "group", "firm", "aid", "amount", "day", "kind"]), min_size=1
    )
)
def test_what_nobody_knows_is_never_a_yes(client, programmes, unknown):
    client.cookies.clear()
    walk(client, upto="size")
    hidden = (["employees"] if "employees" in unknown else []) + (
        ["turnover", "balance_sheet"] if "money" in unknown else []
    )
    size = {name: value for name, value in GOOD["size"].items() if name not in hidden}
    client.post(url("size"), size | {f"{name}_unknown": "on" for name in hidden})
    if "group" in unknown:
        client.post(url("other-firms"), {"group": "unknown"})
    elif "firm" in unknown:
        client.post(url("other-firms"), {"group": "yes"})
        add(client, "other-firms", FIRM, {f"{name}_unknown": "on" for name in FIGURES})
        client.post(url("other-firms"), {"more": "no"})
    else:
        client.post(url("other-firms"), {"group": "no"})
    if "aid" in unknown:
        client.post(url("earlier-support"), {"aid": "unknown"})
    elif unknown & {"amount", "day", "kind"}:
        client.post(url("earlier-support"), {"aid": "yes"})
        gaps = {"amount": {"amount": "", "amount_unknown": "on"}, "kind": {"basis": "unknown"}}
        gaps["day"] = {"on_day": "", "on_month": "", "on_year": "", "on_unknown": "on"}
        entry = dict(AID)
        for name in unknown & set(gaps):
            entry |= gaps[name]
        add(client, "earlier-support", entry)
        client.post(url("earlier-support"), {"more": "no"})
    else:
        client.post(url("earlier-support"), {"aid": "no"})
    assert client.post(url("already-started"), GOOD["already-started"]).url == f"{BASE}result/"
    made = client.session["eligibility_checks"]["made-smarter-north-west"]
    assert EligibilityCheck.objects.get(pk=made).outcome == "refer"
