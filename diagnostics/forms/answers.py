"""The firm's side: facts, goals, one answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Case
from diagnostics import wording
from diagnostics.actions import Reply
from diagnostics.models import Answer
from portal.forms import Choice, GovForm, HeadcountField, LevelCards, LongTextField

MOST_RADIOS = 6
NOT_SURE, DOES_NOT_APPLY = Answer.State.DONT_KNOW.value, Answer.State.NOT_APPLICABLE.value


class RoundFilter(forms.Form):
    """Which round a result page shows; anything unknown means the newest."""

    round = forms.CharField(required=False, max_length=2)


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
        found = {name: value if value != "" else None for name, value in self.cleaned_data.items()}
        if found.get("employees") is not None:
            found["employees"] = str(found["employees"])
        return found


class GoalsForm(GovForm):
    """Up to three goals in order."""

    submit_label = _("Save and continue")

    first = forms.ChoiceField(
        label=_("Most important"), error_messages={"required": _("Choose what matters most to the business")}
    )
    second = forms.ChoiceField(label=_("Second"), required=False)
    third = forms.ChoiceField(label=_("Third"), required=False)

    def __init__(self, *args: Any, document: Any, goals: list[str], **kwargs: Any):
        initial = dict(zip(("first", "second", "third"), goals, strict=False))
        super().__init__(*args, initial=initial, **kwargs)
        for field in self.fields.values():
            field.choices = [("", _("Choose one")), *wording.labels(document, "benefit_types").items()]

    def clean(self) -> dict[str, Any]:
        chosen = self.goals
        for name in ("second", "third"):
            value = self.cleaned_data.get(name)
            if value and chosen.count(value) > 1:
                self.add_error(name, _("Choose a different goal here: you have chosen this one already"))
                break
        return self.cleaned_data

    @property
    def goals(self) -> list[str]:
        values = (self.cleaned_data.get(name) for name in ("first", "second", "third"))
        return [value for value in values if value]


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

    def __init__(self, *args: Any, document: Any, question: dict[str, Any], answer: Answer | None, **kwargs: Any):
        initial = {"row_version": answer.row_version if answer else 0}
        if answer and answer.value is not None:
            initial |= {"level": str(answer.value), "note": answer.note}
        super().__init__(*args, initial=initial, **kwargs)
        self.parts = {"document": document, "question": question}
        if question.get("allow_na"):
            self.fields["note"].help_text = _("If the question does not apply to you, say why.")
        field = self.fields["level"]
        field.label = question["prompt"]
        field.choices = self._choices(document, question)

    @staticmethod
    def _choices(document: Any, question: dict[str, Any]) -> list[Any]:
        others = {item["code"]: item["label"] for item in document["scale"]["other_answers"]}
        if "levels" in question:
            names = [entry["label"] for entry in document["scale"]["labels"]]
            levels = [Choice(str(n), names[n], hint=text) for n, text in enumerate(question["levels"])]
        else:
            levels = [Choice(str(entry["level"]), entry["label"]) for entry in document["barrier_scale"]]
        levels[-1].divider = gettext("or")
        levels.append(Choice(NOT_SURE, others[NOT_SURE], hint=gettext("Your adviser will go through it with you.")))
        if question.get("allow_na"):
            levels.append(Choice(DOES_NOT_APPLY, others[DOES_NOT_APPLY], hint=gettext("Please say why below.")))
        return levels

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("level") == DOES_NOT_APPLY and not self.cleaned_data.get("note"):
            self.add_error("note", _("Say in a few words why this does not apply to you"))
        return self.cleaned_data

    def on_top_of(self, newer: Answer) -> QuestionForm:
        """The same words, ready to be saved over an answer that came in between."""
        data = {**self.data.dict(), "row_version": newer.row_version}
        return QuestionForm(data, answer=newer, **self.parts)

    @property
    def reply(self) -> Reply:
        chosen, note = self.cleaned_data["level"], self.cleaned_data["note"]
        if chosen in (NOT_SURE, DOES_NOT_APPLY):
            return Reply(chosen, None, note)
        return Reply(Answer.State.ANSWERED.value, int(chosen), note)
