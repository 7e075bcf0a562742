"""The adviser's side: one sheet for the visit, moves with their reasons, filters of lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnostics import wording
from diagnostics.actions import Verdict, ViewChanged, Visit
from diagnostics.forms.answers import GOALS
from diagnostics.models import Answer, Assessment
from portal.forms import DatePartsField, GovForm, LongTextField

LEAST_REASON = 10
"""Letters of a reason: fewer tell the firm nothing."""
VISIT = "visit"
"""The part of the sheet that is not a question."""


class ReasonForm(GovForm):
    submit_label = _("Return to the firm")

    reason = LongTextField(
        label=_("What should the firm look at again?"),
        help_text=_("The firm reads your words as you write them."),
        max_length=2000,
        rows=4,
        error_messages={"required": _("Write what the firm should look at again")},
    )


class FinaliseForm(GovForm):
    submit_label = _("Make the result final")

    reason = LongTextField(
        label=_("Why has the firm not read your view first?"),
        help_text=_("For example: you went through every level together. The firm reads your words."),
        max_length=2000,
        min_length=LEAST_REASON,
        rows=3,
        error_messages={"required": _("Say why the firm has not read your view first")},
    )


class ReopenForm(GovForm):
    submit_label = _("Open it again")

    reason = LongTextField(
        label=_("Why do you open it again?"),
        help_text=_("The firm reads your words. Its result and plan stay in force until the next result."),
        max_length=2000,
        min_length=LEAST_REASON,
        rows=3,
        error_messages={"required": _("Say why you open it again")},
    )


# --- The visit ----------------------------------------------------------------------------------
class VerdictForm(GovForm):
    """The adviser's view of one question; `prefix` is the question's code.

    `shown` is the mark of what the page showed: a question that nobody touched is left alone, however old the page.
    """

    submit_label = ""

    level = forms.ChoiceField(label=_("Your view"), required=False, widget=forms.RadioSelect)
    reason = LongTextField(label=_("Why it differs"), required=False, max_length=2000, rows=2)
    strength = forms.ChoiceField(
        label=_("Evidence"), required=False, choices=Answer.Strength.choices, widget=forms.RadioSelect
    )
    row_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(
        self, data: Any = None, *, document: Mapping[str, Any], question: Mapping[str, Any], answer: Answer | None
    ):
        now = answer or Answer(strength=Answer.Strength.NONE, row_version=0)
        level = "" if now.moderated_level is None else str(now.moderated_level)
        super().__init__(
            data,
            prefix=question["code"],
            initial={
                "level": level,
                "reason": now.moderation_reason,
                "strength": now.strength,
                "row_version": now.row_version,
                "shown": _mark(level, now.moderation_reason, now.strength),
            },
        )
        self.question, self.answer = question, answer
        scale = document["scale"]["labels"] if "levels" in question else document["barrier_scale"]
        self.fields["level"].choices = [
            *((str(n), entry["label"]) for n, entry in enumerate(scale)), ("", _("No view"))
        ]  # fmt: skip

    @property
    def own(self) -> str:
        """The firm's own level as the form has it; empty where it has given none."""
        return str(self.answer.self_level) if self.answer and self.answer.self_level is not None else ""

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        level, reason = values.get("level"), values.get("reason", "")
        if level and level != self.own and "reason" in values and len(reason) < LEAST_REASON:
            words = gettext("Say why your view of “%(title)s” differs from the firm’s, in at least %(least)d letters")
            self.add_error("reason", words % {"title": self.question["title"], "least": LEAST_REASON})
        return values

    @property
    def is_touched(self) -> bool:
        values = self.cleaned_data
        return bool(_mark(values["level"], values["reason"], values["strength"]) != values["shown"])

    @property
    def verdict(self) -> Verdict:
        values = self.cleaned_data
        level = int(values["level"]) if values["level"] else None
        return Verdict(level, values["reason"], values["row_version"], values["strength"] or None)


def _mark(level: str, reason: str, strength: str) -> str:
    return hashlib.sha256(f"{level}|{strength}|{reason}".encode()).hexdigest()[:16]


class VisitForm(GovForm):
    """When, with whom, what was said; the goals in order and the budget as agreed there."""

    submit_label = ""

    visited_on = DatePartsField(label=_("Day of the visit"), required=False, min_date=date(2020, 1, 1))
    took_part = LongTextField(
        label=_("Who took part for the firm?"),
        help_text=_("Jobs rather than names: production manager, owner."),
        required=False,
        max_length=500,
        rows=2,
    )
    notes = LongTextField(
        label=_("Notes of the visit"),
        help_text=_("For staff only: the firm does not read them."),
        required=False,
        max_length=10000,
        rows=6,
    )
    first = forms.ChoiceField(
        label=_("Most important goal"), error_messages={"required": _("Choose what matters most to the business")}
    )
    second = forms.ChoiceField(label=_("Second goal"), required=False)
    third = forms.ChoiceField(label=_("Third goal"), required=False)
    budget = forms.ChoiceField(label=_("Could invest in the next 12 months"), required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, data: Any = None, *, assessment: Assessment, today: date):
        now = Visit.of(assessment)
        super().__init__(
            data,
            prefix=VISIT,
            initial={
                "visited_on": now.visited_on,
                "took_part": now.took_part,
                "notes": now.notes,
                "budget": now.budget,
                "shown": now.mark,
                **dict(zip(GOALS, now.goals, strict=False)),
            },
        )
        document = assessment.document
        self.fields["visited_on"].max_date = today
        self.fields["first"].required = bool(now.goals)
        for name in GOALS:
            self.fields[name].choices = [("", _("Choose one")), *wording.labels(document, "benefit_types").items()]
        budget = next((fact for fact in document["profile"] if fact["code"] == "budget_12m"), {"choices": []})
        self.fields["budget"].choices = [
            ("", _("Not said")), *((code, wording.choice_label(code)) for code in budget["choices"])
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        chosen = self.goals
        for name in GOALS[1:]:
            value = self.cleaned_data.get(name)
            if value and chosen.count(value) > 1:
                self.add_error(name, _("Choose a different goal here: you have chosen this one already"))
                break
        return self.cleaned_data

    @property
    def goals(self) -> tuple[str, ...]:
        values = (self.cleaned_data.get(name) for name in GOALS)
        return tuple(value for value in values if value)

    @property
    def visit(self) -> Visit:
        values = self.cleaned_data
        return Visit(values["visited_on"], values["took_part"], values["notes"], self.goals, values["budget"])

    @property
    def is_touched(self) -> bool:
        return self.visit.mark != self.cleaned_data["shown"]


class VisitSheet:
    """The forms of a visit: one for the visit, one for each question that the sent data speak of.

    `data` None shows what stands; `only` names the one part that was sent.
    """

    def __init__(
        self,
        data: Any,
        *,
        assessment: Assessment,
        questions: list[dict[str, Any]],
        answers: Mapping[str, Answer],
        today: date,
        only: str = "",
    ):
        self.data, self.assessment, self.questions = data, assessment, questions
        self.parts = {"assessment": assessment, "today": today}
        self.only = only
        self.theirs: ViewChanged | None = None
        document = assessment.document
        self.verdicts = {
            question["code"]: VerdictForm(
                self._of(question["code"], "row_version"),
                document=document,
                question=question,
                answer=answers.get(question["code"]),
            )
            for question in questions
        }
        self.visit = VisitForm(self._of(VISIT, "shown"), **self.parts)

    def _of(self, part: str, key: str) -> Any:
        """The data, where they speak of this part."""
        is_sent = self.data is not None and f"{part}-{key}" in self.data and self.only in ("", part)
        return self.data if is_sent else None

    @property
    def forms(self) -> Iterator[GovForm]:
        yield self.visit
        yield from self.verdicts.values()

    @property
    def errors(self) -> list[GovForm]:
        """Forms with something wrong, for the summary."""
        return [form for form in self.forms if form.errors]

    def is_valid(self) -> bool:
        return not self.errors

    @property
    def changes(self) -> dict[str, Any]:
        """What actions.moderate takes: only what somebody touched."""
        touched = {code: form.verdict for code, form in self.verdicts.items() if form.is_bound and form.is_touched}
        found: dict[str, Any] = {"verdicts": touched}
        if self.visit.is_bound and self.visit.is_touched:
            found |= {"visit": self.visit.visit, "seen": self.visit.cleaned_data["shown"]}
        return found

    def on_top_of(self, theirs: ViewChanged) -> VisitSheet:
        """The same words, ready to be saved over what came in between."""
        data = self.data.copy()
        newer = {answer.question_code: answer for answer in theirs.answers}
        for code, answer in newer.items():
            data[f"{code}-row_version"] = answer.row_version
        if theirs.visit:
            data[f"{VISIT}-shown"] = theirs.visit.mark
        answers = {code: form.answer for code, form in self.verdicts.items() if form.answer} | newer
        sheet = VisitSheet(data, questions=self.questions, answers=answers, only=self.only, **self.parts)
        sheet.theirs = theirs
        return sheet

    def is_conflict(self, part: str) -> bool:
        if self.theirs is None:
            return False
        return bool(self.theirs.visit) if part == VISIT else part in {a.question_code for a in self.theirs.answers}
