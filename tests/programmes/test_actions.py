"""What the actions guarantee by themselves; the pages around them are in tests/casework/test_programme_*.py."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from portal.models import Event
from programmes import actions, loading
from programmes.actions import ChangedMeanwhile, UnableToChange, fingerprint
from programmes.models import Call, Programme, Text
from tests.factories.accounts import UserFactory
from tests.factories.programmes import CallFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call(db):
    return CallFactory()


def change(call, now, *, begun=False, **more):
    call.refresh_from_db()
    given = {
        "reason": "Board.", "committed_to": lambda _call: Decimal(40000), "has_begun": lambda _call: begun,
        "by": UserFactory(), "at": now,
    }  # fmt: skip
    given |= {name: more.pop(name) for name in ("seen", *given) if name in more}
    return actions.change_call(call=call, values=more, **{"seen": actions.shown(call, more), **given})


def test_a_window_is_made_longer_and_shorter_to_what_is_to_come(call, now):
    assert change(call, now, closes_at=now + timedelta(days=1))
    assert change(call, now, closes_at=now + timedelta(days=900))
    for moment in (now, now - timedelta(days=1)):
        with pytest.raises(UnableToChange) as refused:
            change(call, now, closes_at=moment)
        assert refused.value.field == "closes_on"
    assert Event.objects.count() == 2


def test_a_call_that_is_over_takes_a_new_name_and_stays_over(call, now):
    Call.objects.update(closes_at=now - timedelta(days=1))
    assert change(call, now, name="Rolling call, closed")
    assert change(call, now, closes_at=now + timedelta(days=9)), "and may be opened again"


def test_a_call_closes_after_it_opens(call, now):
    Call.objects.update(opens_at=now + timedelta(days=9))
    with pytest.raises(UnableToChange):
        change(call, now, closes_at=now + timedelta(days=8))


def test_a_budget_stays_above_what_is_owed(call, now):
    assert change(call, now, budget=Decimal(40000))
    with pytest.raises(UnableToChange, match="£40,000") as refused:
        change(call, now, budget=Decimal("39999.99"))
    assert refused.value.field == "budget"


def test_what_is_owed_is_added_up_under_the_calls_lock(call, now):
    """A decision on a grant takes the same row first: neither sees the other's half."""
    seen = []

    def owed(locked):
        def other():
            with transaction.atomic():
                seen.append(len(Call.objects.select_for_update(skip_locked=True).filter(pk=locked.pk)))
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return Decimal(0)

    with pytest.raises(RuntimeError, match="durable"):  # never inside another's transaction
        from_within(call, now, owed)
    change(call, now, budget=Decimal(5), committed_to=owed)
    assert seen == [0]


def from_within(call, now, owed):
    with transaction.atomic():
        change(call, now, budget=Decimal(5), committed_to=owed)


def test_a_stale_page_changes_nothing(call, now):
    with pytest.raises(ChangedMeanwhile) as refused:
        change(call, now, budget=Decimal(50000), seen="0" * 16)
    assert refused.value.fields == ["budget"]
    assert not change(call, now, seen="0" * 16), "the same again is no change, whatever the page showed"


def test_what_applicants_go_through_stays_once_they_apply(call, now):
    assert change(call, now, is_blind=True, claim_terms={"months": 6})
    with pytest.raises(UnableToChange, match="begun to apply"):
        change(call, now, is_blind=False, begun=True)
    assert change(call, now, accept_days=14, begun=True)


def test_a_published_call_keeps_its_terms_and_a_draft_takes_others(call, now):
    with pytest.raises(UnableToChange, match="published"):
        change(call, now, criteria=[])
    Call.objects.update(is_draft=True)
    assert change(call, now, terms={"rate": "40", "categories": ["software"]}, begun=True)
    event = Event.objects.last()
    assert event.data["changes"]["terms"][1]["rate"] == "40"


def copy(call, now, name="Rolling call 2"):
    until = now + timedelta(days=60)
    return actions.copy_call(call=call, name=name, opens_at=now, closes_at=until, by=UserFactory(), at=now)


def test_a_copy_is_a_draft_with_all_that_the_call_has(call, now):
    Call.objects.update(claim_terms={"months": 6}, approval_bands=[{"up_to": None, "approvers": 2}])
    call.refresh_from_db()
    Text.objects.create(programme=call.instrument.programme, key="call.rolling.need.title", language="cy", body="Angen")
    draft = copy(call, now)
    assert copy(call, now) == draft
    assert (draft.slug, draft.is_draft, draft.copied_from, draft.is_open(now)) == ("rolling-call-2", True, call, False)
    same = set(actions.CALL_FIELDS) - {"name", "opens_at", "closes_at"}
    assert {name: getattr(draft, name) for name in same} == {name: getattr(call, name) for name in same}
    assert Text.objects.filter(key="call.rolling-call-2.need.title", body="Angen").exists()
    for name in (call.name, "!!"):
        with pytest.raises(UnableToChange) as refused:
            copy(call, now, name=name if name != call.name else "Rolling")
        assert refused.value.field == "name"
    with pytest.raises(UnableToChange):
        actions.copy_call(call=call, name="Third", opens_at=now, closes_at=now, by=UserFactory(), at=now)


def test_a_draft_is_published_once(call, now):
    draft = copy(call, now)
    assert actions.publish_call(call=draft, by=UserFactory(), at=now)
    assert not actions.publish_call(call=draft, by=UserFactory(), at=now)
    draft.refresh_from_db()
    assert draft.is_open(now)
    assert Event.objects.filter(kind="programme.call_published").count() == 1


def test_a_draft_without_money_or_time_is_not_published(call, now):
    draft = copy(call, now)
    Call.objects.filter(pk=draft.pk).update(budget=0)
    with pytest.raises(UnableToChange, match="money"):
        actions.publish_call(call=draft, by=UserFactory(), at=now)
    with pytest.raises(UnableToChange, match="over"):
        actions.publish_call(call=draft, by=UserFactory(), at=now + timedelta(days=61))


def save(programme, now, body, seen="", **more):
    given = {"key": "programme.summary", "bodies": {"en-gb": body}, "defaults": {"en-gb": programme.summary}}
    return actions.save_text(
        programme=programme, seen={"en-gb": fingerprint(seen)}, by=UserFactory(), at=now, **{**given, **more}
    )


def test_the_files_words_need_no_row(now):
    programme = ProgrammeFactory()
    assert save(programme, now, programme.summary, programme.summary) == []
    assert save(programme, now, f"{programme.summary}  \r\n", programme.summary) == []
    assert save(programme, now, "Own words.", programme.summary) == ["en-gb"]
    assert save(programme, now, programme.summary, "Own words.") == ["en-gb"]
    assert Text.objects.get().body == ""


def test_words_that_were_never_shown_are_not_overwritten(now):
    programme = ProgrammeFactory()
    save(programme, now, "Hers.", programme.summary)
    with pytest.raises(ChangedMeanwhile) as refused:
        save(programme, now, "His.", programme.summary)
    assert refused.value.fields == ["en-gb"]
    assert save(programme, now, "Hers.", "anything else") == [], "both wrote the same"


def test_a_managers_words_survive_the_file(now):
    path = loading.FOLDER / "made-smarter-north-west.yaml"
    loading.load([loading.read(path)], at=now)
    text = Text.objects.filter(key="eligibility.intro").first()
    actions.save_text(
        programme=text.programme, key=text.key, bodies={text.language: "Own words."},
        seen={text.language: fingerprint(actions.plain_text(text.body))}, defaults={}, by=UserFactory(), at=now,
    )  # fmt: skip
    assert loading.load([loading.read(path)], at=now) == []
    text.refresh_from_db()
    assert text.body == "Own words."


def test_the_portals_own_file_leaves_alone_what_a_manager_has_loaded(now, capsys):
    path = loading.FOLDER / "made-smarter-north-west.yaml"
    loading.load([loading.read(path)], at=now)
    programme = Programme.objects.get()
    text = path.read_text(encoding="utf-8").replace("\n  lead: 2\n", "\n  lead: 7\n")
    found = loading.parse("new.yaml", text)
    given = {"programme": programme, "found": found, "committed_to": lambda _call: Decimal(0), "at": now}
    changes = actions.check_file(**given)
    actions.load_file(
        **given, name="new.yaml", sha256="0" * 64, seen=actions.changes_mark(changes), in_words=["x" * 999],
        by=UserFactory(),
    )  # fmt: skip
    call_command("load_programmes")
    assert "= made-smarter-north-west: kept" in capsys.readouterr().out
    programme.refresh_from_db()
    assert programme.promise_days["lead"] == 7
    call_command("load_programmes", path)  # named: meant
    programme.refresh_from_db()
    assert programme.promise_days["lead"] == 2


def test_a_long_history_of_changes_is_cut():
    assert actions._cut("x" * 400) == "x" * 300 + " …"
    assert actions._cut("short") == "short"
