"""Sizes a reader can hold: a module of 500 lines at most, a function of 60. (Branches: ruff's C90.)"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE_LINES = 500
FUNCTION_LINES = 60


def modules():
    apps = {path.parent for path in ROOT.glob("*/__init__.py")} - {ROOT / "tests"}
    for app in sorted(apps):
        yield from (path for path in sorted(app.rglob("*.py")) if "migrations" not in path.parts)


@pytest.fixture(scope="module")
def sources():
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in modules()}


def test_modules_are_short(sources):
    assert sources
    sizes = {name: text.count("\n") for name, text in sources.items()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_functions_are_short(sources):
    functions = {
        f"{name}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for name, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: size for name, size in functions.items() if size > FUNCTION_LINES} == {}


def test_every_dependency_has_its_reason():
    for path in sorted((ROOT / "requirements").glob("*.in")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-")):
                assert " # " in line, f"{path.name}: say why {line!r} is needed"
