"""Filters of the staff's lists of diagnostics, kept in the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import FilterForm
from programmes.models import Programme

WAITING, CONTESTED, LATE, READING, READ = "", "contested", "late", "reading", "read"
QUEUES: tuple[tuple[str, Any], ...] = (
    (WAITING, _("Waiting for you")),
    (CONTESTED, _("Contested by the firm")),
    (LATE, _("Late")),
    (READ, _("Read by the firm")),
    (READING, _("With the firm to read")),
)


class ProgrammeFilter(FilterForm):
    """`programmes` are those on offer."""

    submit_label = _("Show")

    programme = forms.ChoiceField(label=_("Programme"))

    def __init__(self, *args: Any, programmes: list[Programme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = {programme.slug: programme for programme in programmes}
        self.fields["programme"].choices = [
            ("", _("All programmes")), *((slug, each.short_name) for slug, each in self.programmes.items())
        ]  # fmt: skip

    @property
    def chosen(self) -> list[Programme]:
        """The one that is chosen, else all."""
        one = self.programmes.get(self.values["programme"] or "")
        return [one] if one else list(self.programmes.values())


class WorkFilter(ProgrammeFilter):
    show = forms.ChoiceField(label=_("Show"), choices=QUEUES)
