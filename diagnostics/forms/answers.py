"""The firm's side: facts and goals, one answer."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Case
from diagnostics import wording
from diagnostics.actions import Reply
from diagnostics.models import Answer
from portal.forms import Choice, GovForm, HeadcountField, LevelCards, LongTextField, plain_messages

MOST_RADIOS = 6
GOALS = ("first", "second", "third")
NOT_SURE, DOES_NOT_APPLY = Answer.State.DONT_KNOW.value, Answer.State.NOT_APPLICABLE.value


class RoundFilter(forms.Form):
    """Which round a result page shows; anything unknown means the newest."""

    round = forms.CharField(required=False, max_length=2)


CONTRADICTIONS: tuple[tuple[tuple[str, Any], tuple[str, Any], Any], ...] = (
    (
        ("has_production_machines", False),
        ("has_networked_machines", True),
        _("You say that a machine is on a network, and above that you rely on no machines. Change one of the two"),
    ),
    (
        ("has_production_machines", False),
        ("production_mode", "continuous"),
        _("A continuous process needs machines or plant, and you say that you rely on none. Change one of the two"),
    ),
)
"""Facts that cannot both be so: the first, the second (where the message stands), what the person reads."""


class ProfileForm(GovForm):
    """Facts about the business that joining the programme has not asked already."""

    submit_label = _("Save and continue")

    def __init__(
        self, *args: Any, document: Any, facts: dict[str, Any], known: dict[str, Any], case: Case, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.asked = [
            fact
            for fact in document["profile"]
            if fact["type"] in ("number", "choice", "boolean")
            and not (fact.get("source") == "case" and (known.get(fact["code"]) is not None or not fact.get("required")))
        ]
        for fact in self.asked:
            self.fields[fact["code"]] = self._field(fact, facts.get(fact["code"]), case)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for (one, its), (other, that), message in CONTRADICTIONS:
            if data.get(one) == its and data.get(other) == that and other in self.fields:
                self.add_error(other, message)
        return data

    def _field(self, fact: dict[str, Any], value: Any, case: Case) -> forms.Field:
        required = fact.get("required", False)
        common: dict[str, Any] = {"label": fact["label"], "required": required}
        if fact["type"] == "number":
            return HeadcountField(initial=value, **common)
        if fact["type"] == "boolean":
            return forms.TypedChoiceField(
                choices=[("yes", _("Yes")), ("no", _("No"))],
                coerce=lambda answer: answer == "yes",
                widget=forms.RadioSelect,
                initial={True: "yes", False: "no"}.get(value),
                error_messages={"required": gettext("Choose yes or no: %(question)s") % {"question": fact["label"]}},
                **common,
            )
        if fact.get("choices_from") == "programme_regions":
            choices = [(region.slug, region.name) for region in case.programme.regions.order_by("position", "name")]
        else:
            choices = [(code, wording.choice_label(code)) for code in fact["choices"]]
        many = len(choices) > MOST_RADIOS
        return forms.ChoiceField(
            choices=[("", _("Choose one")), *choices] if many else choices,
            widget=forms.Select if many else forms.RadioSelect,
            initial=value,
            error_messages={"required": gettext("Choose an answer: %(question)s") % {"question": fact["label"]}},
            **common,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The answers as an assessment stores them."""
        asked = {fact["code"]: self.cleaned_data[fact["code"]] for fact in self.asked}
        found = {name: value if value != "" else None for name, value in asked.items()}
        if found.get("employees") is not None:
            found["employees"] = str(found["employees"])
        return found


class AboutForm(ProfileForm):
    """The facts, and up to three goals in order, on one page."""

    def __init__(self, *args: Any, document: Any, facts: dict[str, Any], **kwargs: Any):
        super().__init__(*args, document=document, facts=facts, **kwargs)
        goals = facts.get("goals") or []
        choices = [("", _("Choose one")), *wording.labels(document, "benefit_types").items()]
        labels = (_("Most important"), _("Second"), _("Third"))
        for place, (name, label) in enumerate(zip(GOALS, labels, strict=True)):
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=place == 0,
                initial=goals[place] if place < len(goals) else "",
                error_messages={"required": _("Choose what matters most to the business")},
            )
            plain_messages(self.fields[name])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        chosen = self._goals
        for name in GOALS[1:]:
            if data.get(name) and chosen.count(data[name]) > 1:
                self.add_error(name, _("Choose a different goal here: you have chosen this one already"))
                break
        return data

    @property
    def _goals(self) -> list[str]:
        values = (self.cleaned_data.get(name) for name in GOALS)
        return [value for value in values if value]

    @property
    def of_the_business(self) -> list[Any]:
        return [self[fact["code"]] for fact in self.asked]

    @property
    def of_the_goals(self) -> list[Any]:
        return [self[name] for name in GOALS]

    @property
    def facts(self) -> dict[str, Any]:
        return {**super().facts, "goals": self._goals}


def said(answer: Answer | None) -> str:
    """The answer as its radio is called; one that was brought along as well."""
    if answer is None or answer.state == Answer.State.UNANSWERED:
        return ""
    return str(answer.self_level) if answer.state == Answer.State.ANSWERED else answer.state


def mark_of(level: str, note: str) -> str:
    """Stands for the words that a page shows, so that a page of many answers knows which of them were touched."""
    return hashlib.sha256(f"{level}\n{note.strip()}".encode()).hexdigest()[:16]


class QuestionForm(GovForm):
    """One question: five levels as cards, and the two other answers."""

    submit_label = _("Save and continue")
    label_is_heading = False

    level = forms.ChoiceField(widget=LevelCards, error_messages={"required": _("Choose the answer closest to you")})
    note = LongTextField(
        label=_("Anything your adviser should know?"),
        help_text=_("In your own words: it helps to plan the right first step."),
        required=False,
        max_length=1000,
        rows=3,
    )
    row_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    was = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, *args: Any, document: Any, question: dict[str, Any], answer: Answer | None, **kwargs: Any):
        level, note = said(answer), answer.note if answer else ""
        initial = {
            "row_version": answer.row_version if answer else 0, "level": level, "note": note,
            "was": mark_of(level, note),
        }  # fmt: skip
        super().__init__(*args, initial=initial, **kwargs)
        self.parts = {"document": document, "question": question, "prefix": kwargs.get("prefix")}
        if question.get("allow_na"):
            self.fields["note"].help_text = _("If the question does not apply to you, say why.")
        field = self.fields["level"]
        field.label = wording.spoken(document, question["prompt"])
        field.choices = self._choices(document, question)

    @staticmethod
    def _choices(document: Any, question: dict[str, Any]) -> list[Any]:
        said = partial(wording.spoken, document)
        others = {item["code"]: said(item["label"]) for item in document["scale"]["other_answers"]}
        if "levels" in question:
            names = [said(entry["label"]) for entry in document["scale"]["labels"]]
            levels = [Choice(str(n), names[n], hint=said(text)) for n, text in enumerate(question["levels"])]
        else:
            levels = [Choice(str(entry["level"]), said(entry["label"])) for entry in document["barrier_scale"]]
        levels[-1].divider = gettext("or")
        levels.append(Choice(NOT_SURE, others[NOT_SURE], hint=gettext("Your adviser will go through it with you.")))
        if question.get("allow_na"):
            levels.append(Choice(DOES_NOT_APPLY, others[DOES_NOT_APPLY], hint=gettext("Please say why below.")))
        return levels

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("level") == DOES_NOT_APPLY and not self.cleaned_data.get("note"):
            self.add_error("note", _("Say in a few words why this does not apply to you"))
        return self.cleaned_data

    @property
    def is_touched(self) -> bool:
        """Whether the words that came back are other ones than the page had shown."""
        level, note, was = (str(self[name].value() or "") for name in ("level", "note", "was"))
        return mark_of(level, note.replace("\r\n", "\n")) != was

    def on_top_of(self, newer: Answer) -> QuestionForm:
        """The same words, ready to be saved over an answer that came in between."""
        data = {**self.data.dict(), self.add_prefix("row_version"): newer.row_version}
        return QuestionForm(data, answer=newer, **self.parts)

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])

    @property
    def reply(self) -> Reply:
        chosen, note = self.cleaned_data["level"], self.cleaned_data["note"]
        if chosen in (NOT_SURE, DOES_NOT_APPLY):
            return Reply(chosen, None, note)
        return Reply(Answer.State.ANSWERED.value, int(chosen), note)
