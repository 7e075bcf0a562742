"""One firm's diagnostic in one round: facts, answers, the adviser's view, the frozen result."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from applications.models import Case
from diagnostics import snapshots
from diagnostics.models.contractors import Allocation
from diagnostics.models.questionnaires import QuestionnaireVersion
from portal.models import at_and_by
from portal.workflow import IllegalMove, Turn, Workflow

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def exact_facts(stored: dict[str, Any]) -> dict[str, Any]:
    """Facts as scoring takes them: the headcount, stored as text, as a Decimal."""
    employees = stored.get("employees")
    return {**stored, "employees": None if employees is None else Decimal(str(employees))}


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Whoever sees the case, and the diagnostic contractor it was given to."""
        if not user.is_authenticated:
            return self.none()
        given = Allocation.objects.given_to(user).taken_on().filter(assessment=OuterRef("pk"))
        return self.filter(Q(case__in=Case.objects.visible_to(user)) | Exists(given))

    def with_context(self) -> Self:
        """With what every page of a diagnostic shows."""
        return self.select_related("case__programme", "case__region", "case__organisation", "version__questionnaire")

    def with_adviser(self) -> Self:
        """Sent by the firm and not final yet, in a case that has not ended."""
        return self.filter(status__in=Assessment.WITH_ADVISER, case__status=Case.Status.ACCEPTED)

    def of_case(self, reference: str) -> Self:
        """The rounds of one case, newest first."""
        return self.filter(case__reference=reference).order_by("-round")


@pghistory.track()
class Assessment(Workflow):
    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("With the firm")
        SUBMITTED = "SUBMITTED", _("To moderate")
        RETURNED = "RETURNED", _("Returned to firm")
        IN_MODERATION = "IN_MODERATION", _("In moderation")
        FIRM_REVIEW = "FIRM_REVIEW", _("With the firm to comment")
        FINAL = "FINAL", _("Final")

    class Round(models.TextChoices):
        T0 = "T0", _("First diagnostic")
        T1 = "T1", _("After about a year")
        T2 = "T2", _("After about two years")

    MOVES = {
        Status.DRAFT: {Status.SUBMITTED},
        Status.SUBMITTED: {Status.IN_MODERATION, Status.RETURNED, Status.FINAL},
        Status.RETURNED: {Status.SUBMITTED},
        Status.IN_MODERATION: {Status.RETURNED, Status.FIRM_REVIEW, Status.FINAL},
        Status.FIRM_REVIEW: {Status.IN_MODERATION, Status.FINAL},
        Status.FINAL: {Status.IN_MODERATION},
    }
    TURN = {
        Status.DRAFT: Turn.FIRM,
        Status.SUBMITTED: Turn.ADVISER,
        Status.RETURNED: Turn.FIRM,
        Status.IN_MODERATION: Turn.ADVISER,
        Status.FIRM_REVIEW: Turn.FIRM,
        Status.FINAL: Turn.NOBODY,
    }
    PUBLIC_LABELS = {
        Status.DRAFT: _("Not sent yet"),
        Status.SUBMITTED: _("With your adviser"),
        Status.RETURNED: _("Your adviser has a question"),
        Status.IN_MODERATION: _("With your adviser"),
        Status.FIRM_REVIEW: _("Ready for you to read"),
        Status.FINAL: _("Result ready"),
    }
    EDITABLE = (Status.DRAFT, Status.RETURNED)
    WITH_ADVISER = (Status.SUBMITTED, Status.IN_MODERATION)

    case = models.ForeignKey(Case, models.PROTECT, related_name="assessments")
    version = models.ForeignKey(QuestionnaireVersion, models.PROTECT, related_name="assessments")
    round = models.CharField(max_length=2, choices=Round.choices, default=Round.T0)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.DRAFT)
    facts = models.JSONField(default=dict)
    """Profile facts by code; `employees` as text, because JSON has no exact decimals."""
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    finalised_at = models.DateTimeField(null=True)
    finalised_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    """The adviser's words with the last return or reopening; the firm reads them."""
    visited_on = models.DateField(null=True, blank=True)
    took_part = models.TextField(blank=True)
    """Who spoke for the firm at the visit: jobs rather than names."""
    visit_notes = models.TextField(blank=True)
    """Staff's own notes of the visit: the firm does not read them."""
    read_at = models.DateTimeField(null=True)
    """When the firm said that it has read the adviser's view; empty again whenever it is sent anew."""
    read_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    result = models.OneToOneField(
        "diagnostics.Result", models.PROTECT, null=True, blank=True, related_name="in_force_of"
    )
    """The result in force. A diagnostic that was opened again and made final again has older ones too: `results`."""

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "round"], name="one_assessment_per_round"),
            at_and_by("assessment", "submitted"),
            at_and_by("assessment", "finalised"),
            at_and_by("assessment", "read"),
        ]
        indexes = [
            models.Index(fields=["status", "submitted_at"], name="assessment_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.round}"

    def get_absolute_url(self) -> str:
        return reverse("diagnostics:start", args=[self.case.reference])

    @property
    def event_reference(self) -> str:
        return self.case.reference

    @property
    def event_programme(self) -> str:
        return self.case.programme.slug

    @property
    def is_editable(self) -> bool:
        """Whether the firm may answer now."""
        return self.status in self.EDITABLE and self.case.status == Case.Status.ACCEPTED

    @property
    def is_with_adviser(self) -> bool:
        """Whether staff may set levels and make the result final now."""
        return self.status in self.WITH_ADVISER and self.case.is_live

    @property
    def is_with_firm_to_read(self) -> bool:
        return self.status == self.Status.FIRM_REVIEW and self.case.is_live

    @property
    def is_final(self) -> bool:
        return self.status == self.Status.FINAL

    @property
    def is_reviewed_again(self) -> bool:
        """Opened again after a result: that result stays in force until the next."""
        return self.result_id is not None and not self.is_final

    @property
    def document(self) -> dict[str, Any]:
        """The questionnaire these answers were given on, in the language of the page: for every place that shows
        words. Scores are taken from `version.document`."""
        return self.version.in_language(get_language() or "")

    @property
    def exact_facts(self) -> dict[str, Any]:
        return exact_facts(self.facts)

    def scored(self, answers: Iterable[Answer]) -> dict[str, Any]:
        """The snapshot (diagnostics.snapshots) of the answers as they stand."""
        answers = list(answers)
        return snapshots.snapshot(
            self.version.document,
            self.exact_facts,
            {answer.question_code: answer.value for answer in answers},
            {answer.question_code: answer.moderated_level for answer in answers},
            {answer.question_code: answer.strength for answer in answers if answer.strength != Answer.Strength.NONE},
        )

    def submit(self, *, by: User, at: datetime) -> None:
        self._move_to(self.Status.SUBMITTED, by=by, at=at, submitted_by=by, submitted_at=at, reason="")

    def return_to_firm(self, *, by: User, at: datetime, reason: str) -> None:
        self._move_to(self.Status.RETURNED, by=by, at=at, note=reason, reason=reason)

    def start_moderation(self, *, by: User, at: datetime) -> None:
        self._must_be(self.Status.SUBMITTED)
        self._move_to(self.Status.IN_MODERATION, by=by, at=at)

    def show_to_firm(self, *, by: User, at: datetime) -> None:
        """Let the firm read both levels side by side, and comment."""
        self._move_to(self.Status.FIRM_REVIEW, by=by, at=at, read_at=None, read_by=None)

    def take_back(self, *, by: User, at: datetime, **read: Any) -> None:
        """From the firm to the adviser again: something is contested, or the adviser asks for it back."""
        self._must_be(self.Status.FIRM_REVIEW)
        self._move_to(self.Status.IN_MODERATION, by=by, at=at, **read)

    def finalise(self, *, by: User, at: datetime, note: str = "") -> None:
        self._move_to(self.Status.FINAL, by=by, at=at, note=note, finalised_by=by, finalised_at=at, reason="")

    def reopen(self, *, by: User, at: datetime, reason: str) -> None:
        self._must_be(self.Status.FINAL)
        self._move_to(self.Status.IN_MODERATION, by=by, at=at, note=reason, reason=reason, read_at=None, read_by=None)

    def _must_be(self, status: str) -> None:
        """Three moves lead to moderation: each is made only from its own status."""
        if self.status != status:
            raise IllegalMove(f"{self} is {self.status}, not {status}")


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(assessment__in=Assessment.objects.visible_to(user))


@pghistory.track()
class Answer(models.Model):
    """The firm's own level and, apart from it, the adviser's: neither overwrites the other.

    `row_version` rises with each save; a save that names an older one is refused (actions.AnswerChanged).
    """

    class State(models.TextChoices):
        UNANSWERED = "unanswered", _("Not answered")
        ANSWERED = "answered", _("Answered")
        DONT_KNOW = "dont_know", _("Not sure yet")
        NOT_APPLICABLE = "not_applicable", _("Does not apply")

    class Strength(models.TextChoices):
        NONE = "none", _("No evidence")
        STATED = "stated", _("Told us")
        SEEN = "seen", _("Seen")
        MEASURED = "measured", _("Measured")

    class Carried(models.TextChoices):
        NO = "", _("Given here")
        FIRST_LOOK = "first_look", _("From the first look")
        LAST_ROUND = "last_round", _("From the last diagnostic")

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answers")
    question_code = models.CharField(max_length=40)
    state = models.CharField(max_length=14, choices=State.choices)
    self_level = models.PositiveSmallIntegerField(null=True)
    note = models.TextField(blank=True)
    """The firm's own words; with "does not apply", the reason."""
    carried_from = models.CharField(max_length=10, choices=Carried.choices, default=Carried.NO, blank=True)
    """Where an earlier answer was brought from that nobody has confirmed yet: until then it counts as not answered."""
    strength = models.CharField(max_length=8, choices=Strength.choices, default=Strength.NONE)
    """How sure the level is, at best; tells the confidence of a result and never its score."""
    row_version = models.PositiveIntegerField(default=1)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    moderated_level = models.PositiveSmallIntegerField(null=True)
    moderation_reason = models.TextField(blank=True)
    moderated_at = models.DateTimeField(null=True)
    moderated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    comment = models.TextField(blank=True)
    """What the firm says to the adviser's level, when it is shown to the firm before it is made final."""
    is_contested = models.BooleanField(default=False)
    commented_at = models.DateTimeField(null=True)
    commented_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "question_code"], name="one_answer_per_question"),
            models.CheckConstraint(
                condition=Q(state="answered", self_level__isnull=False, self_level__range=(0, 4))
                | (~Q(state="answered") & Q(self_level=None)),
                name="answer_level_only_when_answered",
            ),
            models.CheckConstraint(
                condition=Q(moderated_level=None) | Q(moderated_level__range=(0, 4)), name="moderated_level_in_scale"
            ),
            models.CheckConstraint(
                condition=Q(moderated_level=None)
                | Q(moderated_level=models.F("self_level"), self_level__isnull=False)
                | ~Q(moderation_reason=""),
                name="a_changed_level_has_its_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="not_applicable") | ~Q(note=""), name="not_applicable_has_its_reason"
            ),
            at_and_by("answer", "answered"),
            at_and_by("answer", "moderated"),
            at_and_by("answer", "commented"),
            models.CheckConstraint(
                condition=Q(is_contested=False) | ~Q(comment=""), name="a_contested_level_has_its_comment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.question_code}"

    @property
    def value(self) -> int | str | None:
        """The firm's answer as scoring takes it; one that was brought along counts once it is confirmed."""
        if self.carried_from:
            return None
        if self.state == self.State.ANSWERED:
            return self.self_level
        return None if self.state == self.State.UNANSWERED else self.state

    @property
    def level(self) -> int | None:
        return self.self_level if self.moderated_level is None else self.moderated_level

    @property
    def was_changed(self) -> bool:
        return self.moderated_level is not None and self.moderated_level != self.self_level


class ResultQuerySet(models.QuerySet["Result"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(assessment__in=Assessment.objects.visible_to(user))


class Result(models.Model):
    """What the method said on the day the diagnostic was made final, with all that it was said of. Never changed.

    `snapshot` has questionnaire, version, sha256, facts, answers and moderated, and what diagnostics.snapshots.snapshot
    makes of them: result, own (the firm's answers alone), moderation, and since evidence has a strength confidence.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="results")
    number = models.PositiveSmallIntegerField(default=1)
    """Counts the times that this diagnostic was made final."""
    method_version = models.CharField(max_length=10)
    snapshot = models.JSONField()
    created_at = models.DateTimeField()

    objects = ResultQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assessment", "number"], name="one_result_per_number")]
        triggers = [pgtrigger.Protect(name="final_result", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"Result of {self.assessment}"

    def differences(self, document: dict[str, Any]) -> list[snapshots.Difference]:
        """Where scoring the frozen facts and answers on `document`, that of its version, gives something else today."""
        frozen = self.snapshot
        today = snapshots.again(document, frozen, exact_facts(frozen["facts"]))
        return list(snapshots.differences({key: frozen.get(key) for key in today}, today))

    def is_reproducible(self) -> bool:
        """Whether scoring the frozen facts and answers again gives the frozen numbers."""
        return not self.differences(self.assessment.version.document)
