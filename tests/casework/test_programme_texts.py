import ast

import pytest

from casework.programme_differences import Difference, differences
from casework.programme_readable import value_text
from casework.programme_texts import FACTS, MAILS, TextKey, keys_of, preview, unknown_facts
from programmes import loading
from programmes.models import Call, Instrument, Programme
from tests.factories.programmes import load_programmes
from tests.guards.sources import ROOT, modules

PROGRAMME = Programme(name="P", summary="S", languages=["en-gb"], next_places=[{"name": "Bank", "what": "Loans."}])


def mails_to_firms():
    """Kinds of mail whose words a programme may write: those sent through `tell_firm` and its like."""
    calls = (node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.Call))
    for call in calls:
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if (
            name in {"tell_firm", "_tell", "tell_claimant", "tell_partner"}
            and len(call.args) > 1
            and isinstance(call.args[1], ast.Constant)
        ):
            yield call.args[1].value


def test_every_mail_to_firms_is_in_the_list():
    assert set(mails_to_firms()) == set(MAILS)
    assert [kind for kind in MAILS if not (ROOT / f"templates/notifications/{kind}.txt").exists()] == []


def test_keys_are_listed_once_and_their_facts_are_known():
    keys = keys_of(PROGRAMME, [Instrument(slug="a", name="A")], [Call(slug="c", name="C")])
    names = [key.key for key in keys]
    assert len(names) == len(set(names))
    assert all(fact in FACTS for key in keys for fact in key.facts)
    some = {"next.0.what", "instrument.a.summary", "call.c.name", "offer.conditions", "mail.offer_made.body"}
    assert some <= set(names)


@pytest.mark.django_db
def test_every_text_that_a_file_may_hold_is_in_the_list():
    """All words of all programmes that come with the portal, and every text that was loaded of them."""
    programmes = load_programmes()
    for found in loading.read_all(sorted(loading.FOLDER.glob("*.yaml"))):
        programme = programmes[found.slug]
        calls = Call.objects.filter(instrument__programme=programme)
        keys = keys_of(programme, programme.instruments.all(), calls, programme.regions.all(), programme.versions.all())
        listed = {key.key for key in keys}
        assert set(programme.texts.values_list("key", flat=True)) - listed == set(), found.slug
        assert {key for key, said in found.words() if said} - listed == set(), found.slug


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        ("Pay $amount and ${amount}.", []),
        ("Pay $amount by $until, or ${until}, $who.", ["until", "who"]),
        ("Prices in $ and $$amount, $20.", []),
    ],
)
def test_facts_that_a_text_does_not_know(body, unknown):
    assert unknown_facts(TextKey("k", "l", "w", "g", facts=("amount",)), body) == unknown


def test_a_preview_reads_as_the_text_does():
    mail = TextKey("mail.x.body", "l", "w", "g", facts=("about",))
    assert preview(mail, "One\nline about $about.\n\nTwo.") == ["One line about Robot cell for packing.", "Two."]
    assert preview(TextKey("programme.summary", "l", "w", "g"), "Costs $about.") == ["Costs $about."]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, [("a",), ("b",), ("c",)]),
        (
            {"q": [{"code": "x", "text": "a"}, {"code": "y", "text": "b"}]},
            {"q": [{"code": "y", "text": "b"}, {"code": "x", "text": "c"}]}, [("q", "x", "text"), ("q", "order")],
        ),
        ({"q": [{"code": "x"}]}, {"q": [{"code": "x"}, {"code": "z"}]}, [("q", "z")]),
        ({"p": ["a", "b"]}, {"p": ["b", "c"]}, [("p",)]),
        ({"p": ["a", "b"]}, {"p": ["b", "a"]}, [("p", "order")]),
        ({"p": [["a"], ["b"]]}, {"p": [["a"], ["c"]]}, [("p", "2")]),
        ({"p": None}, {"p": ["a"]}, [("p",)]),
        ({"p": {"a": 1}}, {"p": "text"}, [("p",)]),
        ({"p": [{"code": "x", "a": 1}, {"code": "x", "a": 2}]}, {"p": [{"code": "x", "a": 1}]}, [("p", "2")]),
    ],
)  # fmt: skip
def test_differences_are_found_place_by_place(before, after, found):
    assert [row.path for row in differences(before, after)] == found


def test_a_list_of_plain_items_tells_what_goes_and_comes():
    assert list(differences(["a", "b"], ["b", "c"])) == [Difference((), ["a"], ["c"])]
    assert [row.sign for row in differences({"a": 1, "b": 1}, {"b": 2, "c": 1})] == ["removed", "changed", "added"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (True, "Yes"), (False, "No"), (12500, "12,500"), ("E07000123", "Preston"),
        ("20000.00", "20,000"), ([], ""),
        ([str(n) for n in range(15)], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more"),
        ({"rate": "50", "groups": True, "note": ""}, "rate (%): 50; groups: Yes"), ("x" * 500, "x" * 400 + " …"),
    ],
)  # fmt: skip
def test_values_are_told_in_a_line(value, text):
    assert value_text(value) == text
