"""What the firm says to the adviser's view of one question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnostics.actions import Comment
from diagnostics.models import Answer
from portal.forms import GovForm, LongTextField


class CommentForm(GovForm):
    """`prefix` is the question's code."""

    submit_label = ""

    is_contested = forms.BooleanField(label=_("We see this differently"), required=False)
    comment = LongTextField(label=_("Your comment"), required=False, max_length=2000, rows=2)

    def __init__(self, data: Any = None, *, question: Mapping[str, Any], answer: Answer):
        initial = {"is_contested": answer.is_contested, "comment": answer.comment}
        super().__init__(data, prefix=question["code"], initial=initial)
        self.question = question

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("is_contested") and not values.get("comment") and "comment" in values:
            words = gettext("Say how you see “%(title)s”, so that your adviser can answer")
            self.add_error("comment", words % {"title": self.question["title"]})
        return values

    @property
    def said(self) -> Comment:
        return Comment(self.cleaned_data["comment"], self.cleaned_data["is_contested"])
