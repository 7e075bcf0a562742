"""One visitor's way through a programme's check: which questions it asks, what is answered, how long the rest takes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from eligibility import actions, entry_forms, forms
from eligibility.rules import RuleSet
from eligibility.session import answers_for, keep_answers
from programmes.models import Programme

QUESTIONS: dict[str, type[forms.Question]] = {
    "place": forms.PlaceForm,
    "product": forms.ProductForm,
    "kind-of-business": forms.LegalFormForm,
    "size": forms.SizeForm,
    "other-firms": forms.GroupForm,
    "earlier-support": forms.AidForm,
    "already-started": forms.CommittedForm,
}
SECONDS = {
    "place": 40,
    "product": 60,
    "kind-of-business": 15,
    "size": 90,
    "other-firms": 30,
    "earlier-support": 40,
    "already-started": 20,
}
"""How long a question takes, for "about 3 minutes left"."""


@dataclass(frozen=True)
class EntryList:
    """A question whose "yes" asks for a list: `gate` holds the yes, `key` the entries by their own keys."""

    gate: str
    key: str
    form: type[entry_forms.Entry]


LISTS = {
    "other-firms": EntryList("group", "firms", entry_forms.FirmForm),
    "earlier-support": EntryList("aid", "aids", entry_forms.AidEntryForm),
}


def asked(rules: RuleSet) -> list[str]:
    """The questions that can change the answer under these rules, in order."""
    strands = rules.strands
    by_size = rules.limits is not None or any(strand.sizes for strand in strands)
    needed = {
        "place": rules.places is not None or any(strand.places for strand in strands),
        "product": bool(rules.sectors) or any(strand.sectors for strand in strands),
        "kind-of-business": rules.legal_forms is not None,
        "size": by_size,
        "other-firms": by_size and (rules.groups or any(strand.sizes for strand in strands)),
        "earlier-support": rules.aid_basis is not None,
        "already-started": any(strand.gives_grant for strand in strands),
    }
    return [name for name in QUESTIONS if needed[name]]


class Walk:
    """The visitor's answers in one programme on one day."""

    def __init__(self, request: HttpRequest, programme: Programme, on: date):
        self.request, self.programme, self.on = request, programme, on
        self.rules = actions.rules_on(programme, on)
        self.names = asked(self.rules)
        self.answers: dict[str, Any] = answers_for(request, programme)

    def is_answered(self, name: str) -> bool:
        return QUESTIONS[name].is_answered(self.answers)

    @property
    def due(self) -> str | None:
        """The first question without an answer."""
        return next((name for name in self.names if not self.is_answered(name)), None)

    def is_ahead(self, name: str) -> bool:
        """Whether an earlier question is still open."""
        return self.due is not None and self.names.index(name) > self.names.index(self.due)

    def keep(self, answers: dict[str, Any]) -> None:
        self.answers |= answers
        keep_answers(self.request, self.programme, self.answers)

    @cached_property
    def start_url(self) -> str:
        return reverse("eligibility:start", args=[self.programme.slug])

    def url(self, name: str | None, *rest: str) -> str:
        """The page of a question, or of one of its entries; the first one stands on the start page."""
        if not name or (name == self.names[0] and not rest):
            return self.start_url
        return f"{self.start_url}{'/'.join((name, *rest))}/"

    @property
    def result_url(self) -> str:
        return reverse("eligibility:result", args=[self.programme.slug])

    def back_url(self, name: str) -> str:
        if self.due is None:
            return self.result_url
        place = self.names.index(name)
        if place == 0:
            return self.programme.get_absolute_url()
        return self.url(self.names[place - 1])

    @property
    def minutes(self) -> int:
        return _minutes(self.names)

    def progress(self, name: str) -> dict[str, int]:
        place = self.names.index(name)
        return {"number": place + 1, "count": len(self.names), "minutes": _minutes(self.names[place:])}

    def short(self, name: str) -> str:
        return str(QUESTIONS[name].short)

    def form(self, form: type[forms.Question], data: Any = None, *, answers: Any = None, **more: Any) -> forms.Question:
        given = self.answers if answers is None else answers
        return form(data, programme=self.programme, rules=self.rules, answers=given, on=self.on, **more)


def _minutes(names: list[str]) -> int:
    return math.ceil(sum(SECONDS[name] for name in names) / 60)
