"""A first look: the questions of the diagnostic, without words to an adviser that is not there yet."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnostics import wording
from diagnostics.forms.answers import DOES_NOT_APPLY, NOT_SURE, AboutForm, QuestionForm
from portal.forms import Choice


class FirstLookFactsForm(AboutForm):
    """What targets and the order of the first steps ask for, and nothing else."""

    submit_label = _("Continue")


class FirstLookForm(QuestionForm):
    """One question, answered by its level alone."""

    submit_label = _("Continue")

    def __init__(self, *args: Any, document: Any, question: dict[str, Any], given: int | str | None, **kwargs: Any):
        plain = {**question, "allow_na": False}
        super().__init__(*args, document=document, question=plain, answer=None, **kwargs)
        for name in list(self.fields):
            if name != "level":
                del self.fields[name]
        self.fields["level"].initial = None if given is None else str(given)
        others = {item["code"]: wording.spoken(document, item["label"]) for item in document["scale"]["other_answers"]}
        levels = [choice for choice in self.fields["level"].choices if choice[0] not in others]
        levels.append(Choice(NOT_SURE, others[NOT_SURE], hint=gettext("We leave the question out for now.")))
        if question.get("allow_na"):
            levels.append(Choice(DOES_NOT_APPLY, others[DOES_NOT_APPLY]))
        self.fields["level"].choices = levels

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data

    @property
    def given(self) -> int | str:
        chosen: str = self.cleaned_data["level"]
        return chosen if chosen in (NOT_SURE, DOES_NOT_APPLY) else int(chosen)
