"""Subject, plain text and HTML of one message from the same words."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Any

from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import translation

from notifications.models import Message


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    html: str


def _plain(template: str, facts: dict[str, Any]) -> str:
    """Plain text: nothing is HTML-escaped."""
    text: str = get_template(template).template.render(Context(facts, autoescape=False))  # type: ignore[attr-defined]  # Django's
    return text.strip()


def render(message: Message) -> Mail:
    """The first line of the kind's template is the subject; paragraphs are parted by empty lines."""
    facts = {**message.context, "reference": message.reference, "brand": message.branding, "language": message.language}
    with translation.override(message.language):
        if message.words:
            subject, body = (Template(message.words[part]).safe_substitute(facts) for part in ("subject", "body"))
        else:
            subject, _, body = _plain(f"notifications/{message.kind}.txt", facts).partition("\n")
        parts = body.replace("\r\n", "\n").split("\n\n")  # a manager's words come from a browser
        paragraphs = [" ".join(part.strip().split("\n")) for part in parts if part.strip()]
        name = message.branding.get("name")
        subject = " ".join(f"{name}: {subject}".split() if name else subject.split())
        page = {**facts, "subject": subject, "paragraphs": paragraphs}
        return Mail(
            subject=subject[:200],
            text=_plain("notifications/base.txt", page),
            html=render_to_string("notifications/base.html", page),
        )
