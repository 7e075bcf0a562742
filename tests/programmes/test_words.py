import pytest
from django.utils import translation

from programmes.models import Call, Instrument, Programme, Text, Words, read_words
from tests.factories.programmes import InstrumentFactory, ProgrammeFactory, RegionFactory, load_programmes

pytestmark = pytest.mark.django_db


def write(programme, **bodies):
    for key, body in bodies.items():
        name, _, language = key.rpartition("__")
        Text.objects.create(programme=programme, key=name.replace("__", "."), language=language, body=body)


def test_the_visitors_language_goes_before_the_main_one_and_the_column():
    words = Words("cy", "en-gb", {("a", "cy"): "A cy", ("a", "en-gb"): "A", ("b", "en-gb"): "B", ("c", "sv"): "C"})
    assert [words.text(key, "column") for key in "abc"] == ["A cy", "B", "column"]
    assert words.text("c") == ""


def test_words_of_a_dated_document_are_found_by_the_main_language():
    words = Words("it", "en-gb", {("x", "en-gb"): "Young?", ("x", "it"): "Giovane?", ("y", "sv"): "Old?"})
    assert [words.translated(said) for said in ("Young?", "Old?", "New?")] == ["Giovane?", "Old?", "New?"]


def test_rows_of_a_json_field():
    words = Words("cy", "en-gb", {("next.1.what", "cy"): "cyngor", ("target.A.name", "cy"): "Cwmni"})
    rows = [{"name": "X", "what": "help"}, {"name": "Y", "what": "advice"}]
    assert [row["what"] for row in words.localised("next.{index}", rows, "what")] == ["help", "cyngor"]
    assert words.localised("target.{code}", [{"code": "A", "target": 3}], "name") == [
        {"code": "A", "target": 3, "name": "Cwmni"}
    ]
    assert rows[1]["what"] == "advice"


def test_names_and_summaries_follow_the_active_language():
    programme = ProgrammeFactory(name="Valley", summary="Help.", languages=["en-gb", "cy"])
    InstrumentFactory(programme=programme, slug="grant", name="Grant", summary="Money.")
    RegionFactory(programme=programme, slug="north", name="North")
    write(
        programme, programme__name__cy="Dyffryn", instrument__grant__summary__cy="Arian.", region__north__name__cy="G"
    )
    found = Programme.objects.get(pk=programme.pk)
    with translation.override("cy"):
        assert (found.local_name, found.local_summary) == ("Dyffryn", "Help.")
        [instrument], [region] = found.instruments.all(), found.regions.all()
        assert (instrument.local_name, instrument.local_summary, region.local_name) == ("Grant", "Arian.", "G")
    with translation.override("sv"):
        assert (found.local_name, instrument.local_summary) == ("Valley", "Money.")
    assert found.words("cy").text("programme.name") == "Dyffryn"
    with translation.override(None):
        assert found.words().language == "en-gb"


def test_all_words_of_a_page_cost_one_query(django_assert_num_queries):
    load_programmes()
    with translation.override("it"):
        programme = Programme.objects.get(slug="piemonte-impresa-4")
        with django_assert_num_queries(2):
            names = [instrument.local_name for instrument in programme.instruments.order_by("position")]
            assert programme.local_summary.startswith("Dieci misure")
    assert names[0] == "Iper e superammortamento"
    programmes = list(Programme.objects.listed().prefetch_related("instruments__calls"))
    with django_assert_num_queries(1), translation.override("cy"):
        read_words(programmes)
        shown = {programme.slug: programme.local_name for programme in programmes}
        calls = {
            call.slug: call.local_name
            for programme in programmes
            for instrument in programme.instruments.all()
            for call in instrument.calls.all()
        }
    assert shown["wales-industry-4"] == "Diwydiant 4.0 Cymru"
    assert calls["iv-plus-2026"] == "Taleb Arloesi a Mwy 2026 i 2027"


def test_every_instance_of_a_programme_is_served():
    programme = ProgrammeFactory(name="Valley")
    write(programme, programme__name__cy="Dyffryn")
    twice = [Programme.objects.get(pk=programme.pk), Programme.objects.get(pk=programme.pk)]
    read_words(twice)
    assert [found.words("cy").text("programme.name") for found in twice] == ["Dyffryn"] * 2
    read_words([])


@pytest.mark.parametrize(
    ("combine", "slugs", "may"),
    [
        (None, ["a", "b"], True),
        ([["a", "b"], ["b", "c"]], ["a", "b"], True),
        ([["a", "b"], ["b", "c"]], ["a", "c"], False),
        ([["a", "b"]], ["c"], True),
        ([], ["a", "b"], False),
    ],
)
def test_what_may_be_combined(combine, slugs, may):
    assert Programme(combine=combine).may_combine(slugs) is may


@pytest.mark.parametrize(
    ("status", "takes", "joined"), [("OPEN", True, True), ("OPEN", False, False), ("PREVIEW", True, False)]
)
def test_which_programmes_can_be_joined(status, takes, joined):
    assert Programme(status=status, takes_applications=takes).can_be_joined is joined


def test_history_is_kept_of_instruments():
    instrument = InstrumentFactory(name="Grant")
    Instrument.objects.filter(pk=instrument.pk).update(example_terms=True)
    assert list(instrument.events.order_by("pgh_id").values_list("pgh_label", "example_terms")) == [
        ("insert", False), ("update", True),
    ]  # fmt: skip
    Instrument.objects.filter(pk=instrument.pk).update(loaded={"a": 1})
    assert instrument.events.count() == 2
    assert Call.objects.count() == 0
