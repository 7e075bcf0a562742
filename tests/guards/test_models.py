"""What every model keeps: a scope, tables that name every status, times that come with a person."""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import CheckConstraint, Q, Value
from django.db.models.fields.related import ForeignKey

from applications.models import Case
from portal.management.commands.state_diagrams import workflows
from portal.workflow import Turn, Workflow
from tests.guards.sources import APPS

# Lower than `accounts`: no scope of their own, reached only through a scoped row.
BELOW_SCOPE = {"portal", "documents", "notifications", "organisations", "programmes"}
WORKFLOWS = workflows()


def our_models():
    """Ours, without the copies of field history, which nothing but the database writes and reads."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in APPS and not any(field.name == "pgh_id" for field in model._meta.fields)
    ]


def reaches(model, target, seen=()):
    """Whether a chain of foreign keys leads from `model` to `target`."""
    if model is target:
        return True
    links = [field.related_model for field in model._meta.fields if isinstance(field, ForeignKey)]
    return any(link not in seen and reaches(link, target, (*seen, model)) for link in links)


def test_what_hangs_on_a_case_has_a_scope():
    hanging = [model for model in our_models() if model._meta.app_label not in BELOW_SCOPE and reaches(model, Case)]
    assert Case in hanging
    assert len(hanging) > 5
    assert [model for model in hanging if not hasattr(model._default_manager.all(), "visible_to")] == []


def test_what_lies_below_the_scope_knows_no_case():
    assert [m for m in our_models() if m._meta.app_label in BELOW_SCOPE and reaches(m, Case)] == []


@pytest.mark.django_db
def test_a_visitor_sees_no_scoped_row(case):
    for model in our_models():
        rows = model._default_manager.all()
        if hasattr(rows, "visible_to"):
            assert not rows.visible_to(AnonymousUser()).exists(), model


def test_there_are_workflows():
    assert Case in WORKFLOWS


@pytest.mark.parametrize("model", WORKFLOWS)
class TestWorkflow:
    def test_each_table_names_every_status(self, model):
        statuses = set(model.Status.values)
        for table in (model.MOVES, model.TURN, model.PUBLIC_LABELS):
            assert {str(status) for status in table} == statuses
        assert {str(after) for moves in model.MOVES.values() for after in moves} <= statuses
        assert {Turn(turn) for turn in model.TURN.values()} <= set(Turn)
        assert all(str(label).strip() for label in model.PUBLIC_LABELS.values())

    def test_every_status_can_be_reached(self, model):
        found, new = set(), {model._meta.get_field("status").default}
        while new:
            found |= new
            new = {after for status in new for after in model.MOVES[status]} - found
        assert found == set(model.Status.values)

    def test_nobody_waits_at_an_end(self, model):
        for status, after in model.MOVES.items():
            if not after:
                assert model.TURN[status] == Turn.NOBODY, status

    def test_the_status_is_no_free_text(self, model):
        field = model._meta.get_field("status")
        assert set(dict(field.flatchoices)) == set(model.Status.values)
        assert max(len(value) for value in model.Status.values) <= field.max_length

    def test_its_events_say_where_they_belong(self, model):
        for name in ("event_reference", "event_programme"):
            assert getattr(model, name) is not getattr(Workflow, name)


def pairs():
    """(model, "submitted") for every `submitted_at` that may be empty and stands beside a `submitted_by`."""
    for model in our_models():
        names = {field.name: field for field in model._meta.fields}
        for name, field in names.items():
            stem = name.removesuffix("_at")
            if name.endswith("_at") and field.null and isinstance(names.get(f"{stem}_by"), models.ForeignKey):
                yield pytest.param(model, stem, id=f"{model._meta.label}.{stem}")


def named_in(condition):
    """Names of the fields that a condition asks about."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from named_in(child)
        else:
            yield child[0].partition("__")[0]


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "stem"), list(pairs()))
def test_a_time_comes_with_a_person(model, stem, now):
    at, by = f"{stem}_at", f"{stem}_by"
    found = [
        constraint.condition
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint) and set(named_in(constraint.condition)) == {at, by}
    ]
    assert found, f"{model._meta.label} needs a constraint on {at} and {by}"
    for condition in found:
        allowed = {
            (bool(time), bool(person)): condition.check(
                {at: Value(time, models.DateTimeField()), by: Value(person, models.BigIntegerField())}
            )
            for time in (now, None)
            for person in (1, None)
        }
        assert allowed == {(True, True): True, (False, False): True, (True, False): False, (False, True): False}
