"""Answers that several forms offer."""

from django import forms
from django.utils.translation import gettext_lazy as _

YES_NO = [("yes", _("Yes")), ("no", _("No"))]
READINESS: list[tuple[int | str, object]] = [
    (1, _("1: the basic idea has been observed")),
    (2, _("2: the idea has been worked out on paper")),
    (3, _("3: a first experiment shows that it can work")),
    (4, _("4: it works in the laboratory")),
    (5, _("5: it works in a setting like a factory")),
    (6, _("6: a prototype has been shown in such a setting")),
    (7, _("7: a prototype has run in a real factory")),
    (8, _("8: the finished system has been tested and approved")),
    (9, _("9: it is proven and in everyday use")),
]
CHOOSE: list[tuple[int | str, object]] = [("", _("Choose"))]


def yes_no(**kwargs):
    """A question answered True or False; nothing is chosen beforehand."""
    return forms.TypedChoiceField(
        choices=YES_NO,
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose yes or no")},
        **kwargs,
    )
