"""Rules about the code that no linter knows."""

import ast
import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL

from tests.guards.sources import APPS, modules

# Where a `status` may be set without a move: it is no workflow's there.
STATUS_ELSEWHERE = {
    "portal/workflow.py": "the one door",
    "programmes/loading.py": "Programme.status comes from its file",
    "diagnostics/models/questionnaires.py": "a version is published and retired once, and belongs to no case",
}


def writes_status(node):
    """`row.status = ...`, `rows.update(status=...)`, `setattr(row, "status", ...)`, `bulk_update(rows, ["status"])`."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(part, ast.Attribute) and part.attr == "status" for t in targets for part in ast.walk(t))
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    words = {part.value for argument in node.args for part in ast.walk(argument) if isinstance(part, ast.Constant)}
    if name == "update":
        return any(keyword.arg == "status" for keyword in node.keywords)
    return name in {"setattr", "bulk_update"} and "status" in words


def test_the_check_sees_every_way_to_write_a_status():
    for line in (
        "row.status = 'X'", "a, row.status = 1, 2", "row.status: str = 'X'", "rows.update(status='X')",
        "setattr(row, 'status', 'X')", "M.objects.bulk_update(rows, ['status'])",
    ):  # fmt: skip
        assert any(writes_status(node) for node in ast.walk(ast.parse(line))), line
    for line in ("row.state = 'X'", "status = 'X'", "rows.filter(status='X')", "rows.update(state='X')"):
        assert not any(writes_status(node) for node in ast.walk(ast.parse(line))), line


def test_a_status_is_moved_and_never_set():
    found = {name for name, tree in modules().items() if any(writes_status(node) for node in ast.walk(tree))}
    assert {name for name in found if not name.startswith("demo/")} - STATUS_ELSEWHERE.keys() == set()


def test_moves_are_called_by_their_names():
    """`_move_to` is private to the models that have named moves."""
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "_move_to"
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
    assert found == set()


def test_domain_code_never_reads_the_clock():
    """`at=` is passed in: views, tasks, commands and the middleware of a request ask for the time."""
    layers = ("models", "actions", "rules", "scoring", "matching", "workflow", "quoting", "rendering")
    found = {
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        if any(f"/{layer}" in name for layer in layers)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "localtime", "today", "utcnow"}
    }
    assert found == set()


@pytest.mark.django_db
def test_migrations_are_complete():
    out = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out)
    except SystemExit:
        pytest.fail(out.getvalue())


@pytest.mark.django_db
def test_every_migration_can_be_taken_back():
    loader = MigrationLoader(connection)
    ours = [migration for (app, _), migration in loader.disk_migrations.items() if app in APPS]
    assert ours
    stuck = [
        f"{migration}: {operation.describe()}"
        for migration in ours
        for operation in migration.operations
        if isinstance(operation, RunPython | RunSQL) and not operation.reversible
    ]
    assert stuck == []


def test_state_diagrams_are_drawn_from_the_code():
    call_command("state_diagrams", check=True)
