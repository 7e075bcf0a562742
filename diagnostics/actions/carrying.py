"""Earlier answers brought into a new round, for the firm to confirm: until then they count as not answered.

Only answers to the same question are brought: equal code and equal revision (method, section 4.7).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from diagnostics import scoring
from diagnostics.models import Answer, Assessment, FirstLook
from portal.models import Event


def revisions(document: Mapping[str, Any]) -> dict[str, int]:
    """Code to revision of every question, barriers included."""
    return {item["code"]: item["revision"] for item in [*document["questions"], *document["barriers"]]}


def same_questions(before: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """Codes of the questions that mean the same in both documents."""
    return set(dict(revisions(before).items() & revisions(now).items()))


def from_first_look(assessment: Assessment, look: FirstLook, *, by: User, at: datetime) -> int:
    """The levels of a first look of this programme, once; how many they were. Call in the transaction of the start.

    A question that was said not to apply is asked again, for its reason was not asked then.
    """
    locked = FirstLook.objects.select_for_update(of=("self",)).filter(
        pk=look.pk, programme=assessment.case.programme_id, taken_into=None
    )
    found = locked.select_related("version").first()
    if found is None:
        return 0
    same = same_questions(found.version.document, assessment.version.document)
    rows = [
        _row(assessment, code, Answer.Carried.FIRST_LOOK, level=answer)
        for code, answer in found.answers.items()
        if code in same and isinstance(answer, int)
    ]
    Answer.objects.bulk_create(rows)
    profile = {fact["code"] for fact in assessment.version.document["profile"]}
    unknown = {code for code in profile if assessment.facts.get(code) is None}
    assessment.facts |= {code: value for code, value in found.facts.items() if code in unknown}
    assessment.save(update_fields=["facts"])
    found.taken_into = assessment
    found.save(update_fields=["taken_into"])
    Event.objects.record(assessment, kind="assessment.first_look_taken", by=by, at=at, note=str(len(rows)))
    return len(rows)


def from_last_round(assessment: Assessment, last: Assessment) -> int:
    """What counted in the last round, with the firm's own words; how many they were."""
    same = same_questions(last.version.document, assessment.version.document)
    notes = {answer.question_code: answer.note for answer in last.answers.all()}
    rows = []
    for item in last.result.snapshot["result"]["questions"] if last.result else ():
        code, note = item["code"], notes.get(item["code"], "")
        if code not in same:
            continue
        if item["level"] is not None:
            rows.append(_row(assessment, code, Answer.Carried.LAST_ROUND, level=item["level"], note=note))
        elif item["status"] == scoring.NOT_APPLICABLE and note:
            rows.append(_row(assessment, code, Answer.Carried.LAST_ROUND, note=note))
    Answer.objects.bulk_create(rows)
    return len(rows)


def _row(assessment: Assessment, code: str, source: str, *, level: int | None = None, note: str = "") -> Answer:
    """A level, or without one a question that does not apply and why."""
    state = Answer.State.NOT_APPLICABLE if level is None else Answer.State.ANSWERED
    return Answer(
        assessment=assessment, question_code=code, state=state, self_level=level, note=note, carried_from=source
    )
