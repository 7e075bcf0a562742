"""The adviser's side: levels with reasons, sending back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnostics.actions import Verdict
from diagnostics.models import Answer
from portal.forms import GovForm, LongTextField


class ReasonForm(GovForm):
    submit_label = _("Return to the firm")

    reason = LongTextField(
        label=_("What should the firm look at again?"),
        help_text=_("The firm reads your words as you write them."),
        max_length=2000,
        rows=4,
        error_messages={"required": _("Write what the firm should look at again")},
    )


class ModerationForm(GovForm):
    """The adviser's levels for one group. Each question has level_, reason_ and version_ fields under its code."""

    submit_label = ""

    def __init__(
        self, *args: Any, document: Any, questions: list[dict[str, Any]], answers: dict[str, Answer], **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.document, self.questions, self.answers = document, questions, answers
        for question in questions:
            code, answer = question["code"], answers.get(question["code"])
            level = answer.level if answer else None
            scale = document["scale"]["labels"] if "levels" in question else document["barrier_scale"]
            names = [entry["label"] for entry in scale]
            self.fields[f"level_{code}"] = forms.ChoiceField(
                label=_("Your view"),
                choices=[("", _("No view yet")), *((str(n), f"{n} {name}") for n, name in enumerate(names))],
                required=False,
                initial="" if level is None else str(level),
            )
            self.fields[f"reason_{code}"] = forms.CharField(
                label=_("Why it differs"),
                max_length=1000,
                required=False,
                widget=forms.TextInput(attrs={"size": 40}),
                initial=answer.moderation_reason if answer else "",
            )
            self.fields[f"version_{code}"] = forms.IntegerField(
                widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, initial=answer.row_version if answer else 0
            )

    def clean(self) -> dict[str, Any]:
        for question in self.questions:
            code, answer = question["code"], self.answers.get(question["code"])
            level = self.cleaned_data.get(f"level_{code}")
            own = str(answer.self_level) if answer and answer.self_level is not None else ""
            if level and level != own and not self.cleaned_data.get(f"reason_{code}"):
                self.add_error(
                    f"reason_{code}",
                    gettext("Say why your view of “%(title)s” differs from the firm’s") % {"title": question["title"]},
                )
        return self.cleaned_data

    def on_top_of(self, newer: list[Answer]) -> ModerationForm:
        """The same levels, ready to be saved over answers that came in between."""
        data = {**self.data.dict(), **{f"version_{answer.question_code}": answer.row_version for answer in newer}}
        answers = {**self.answers, **{answer.question_code: answer for answer in newer}}
        return ModerationForm(data, document=self.document, questions=self.questions, answers=answers)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Only for questions that have a level."""
        data = self.cleaned_data
        return {
            code: Verdict(int(data[f"level_{code}"]), data[f"reason_{code}"], data[f"version_{code}"])
            for code in (question["code"] for question in self.questions)
            if data[f"level_{code}"]
        }
