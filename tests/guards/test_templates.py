"""The content security policy allows no inline script and no inline style: no template holds any."""

import re

import pytest
from django.contrib.staticfiles import finders

from tests.guards.sources import templates

# Not shown by a browser under the policy.
PAPER = {
    "documents/": "a PDF is drawn by the worker, and carries its style",
    "notifications/base.html": "mail programs know no style sheets",
}
FORBIDDEN = {
    "inline style": r"<style\b|\sstyle\s*=",
    "inline script": r"<script(?![^>]*\s(?:src=|type=\"application/json\"))",
    "event attribute": r"<[^>]*\son[a-z]+\s*=",
    "script address": r"javascript:",
    "script in an attribute": r"\shx-on|\shx-vals\s*=\s*.js:",
    "address of another server": r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"(?:https?:)?//",
}
TEMPLATES = {
    name: text
    for name, text in templates().items()
    if not name.startswith(tuple(PAPER)) and "/pdf/" not in name and not name.startswith("account/email/")
}


def test_there_are_templates():
    assert len(TEMPLATES) > 50


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what):
    found = {
        f"{name}: {match[0][:60]}"
        for name, text in TEMPLATES.items()
        for match in re.finditer(FORBIDDEN[what], re.sub(r"\{#.*?#\}", "", text), re.IGNORECASE)
    }
    assert found == set()


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.endswith(".html") and "<form" in TEMPLATES[name]])
def test_a_form_that_changes_something_is_signed(name):
    for form in re.findall(r"<form\b.*?</form>", TEMPLATES[name], re.DOTALL | re.IGNORECASE):
        if re.search(r"method=\"post\"", form, re.IGNORECASE):
            assert "csrf_token" in form or "{% block" in form, form[:200]


def test_nothing_is_marked_safe_by_hand():
    found = {name for name, text in TEMPLATES.items() if re.search(r"\|\s*safe\b|autoescape off", text)}
    assert found == set()


def test_every_static_file_that_a_template_names_is_there():
    """With hashed names a missing file is an error page, and only where hashing is on."""
    named = {
        (name, path)
        for name, text in templates().items()
        for path in re.findall(r"\{%\s*static\s+[\"']([^\"']+)[\"']", text)
    }
    assert named
    assert {(name, path) for name, path in named if not finders.find(path)} == set()
