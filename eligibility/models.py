"""A frozen answer to "can I get this support?"."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _

from programmes.models import Programme, Region


class EligibilityCheck(models.Model):
    """Facts, the rules' version and findings of one check, as they were on that day. Written once.

    `facts` has the keys of the API's `facts` (employees, turnover, balance_sheet, postcode, local_authority,
    sic_codes, already_committed, ...; figures as text, null = unknown) plus `in_group` (true, false or null).
    `findings`, `strands`, `size` and `headroom` (null without an aid rule) are as in the API's answer, with the reason
    in the words the firm read, and hold what pages need beyond it (wording.answer): each finding its `source` {text,
    url, as_of} or null, each strand the `points` that are open.
    The random id is the only key to a check made without signing in; the maker's session holds it. Whoever has the
    `share_key` may read the outcome, and none of the firm's figures.
    """

    class Outcome(models.TextChoices):
        ELIGIBLE = "eligible", _("You can get support")
        NOT_ELIGIBLE = "not_eligible", _("You cannot get this support")
        REFER = "refer", _("Talk to an adviser")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="eligibility_checks")
    region = models.ForeignKey(Region, models.SET_NULL, null=True)
    """Where the work will happen, when the place is in the programme's area."""
    rules_version = models.CharField(max_length=90)
    facts = models.JSONField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    size = models.JSONField(default=dict)
    findings = models.JSONField()
    strands = models.JSONField(default=list)
    headroom = models.JSONField(null=True)
    language = models.CharField(max_length=10, default="en-gb")
    """Of the frozen words."""
    share_key = models.UUIDField(unique=True, editable=False, db_default=RandomUUID())
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["programme", "created_at"], name="checks_by_programme")]

    def __str__(self) -> str:
        return f"{self.programme.slug} {self.outcome} {self.created_at:%Y-%m-%d}"

    @property
    def sources(self) -> dict[str, dict[str, Any] | None]:
        """Where each rule's limit came from when the check was made, by rule."""
        return {finding["rule"]: finding.get("source") for finding in self.findings}
