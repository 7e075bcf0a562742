"""The public calculator `POST /diagnostics/score`. It stores nothing."""

from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import ValidationError
from pydantic import TypeAdapter
from pydantic import ValidationError as FigureError

from diagnostics import inputs, scoring, snapshots, wording
from diagnostics.models import QuestionnaireVersion
from portal.api_types import Errors, Quantity, Refused, Strict, Text
from programmes.models import Region

router = Router(tags=["Calculators"])

State = Literal["final", "provisional", "insufficient", "not_applicable"]
FIGURE: TypeAdapter[Any] = TypeAdapter(Quantity)
LANGUAGES = {code.partition("-")[0] for code, _name in settings.LANGUAGES} | {
    code for code, _name in settings.LANGUAGES
}


class ScoreIn(Strict):
    """`facts`, `answers` and `moderated` are by the codes of the questionnaire; a code left out is unknown."""

    questionnaire: Text
    version: Text | None = None
    language: Text | None = None
    facts: dict[Text, Any] | None = None
    answers: dict[Text, Any]
    moderated: dict[Text, Any] | None = None


class GroupOut(Schema):
    code: str
    name: str
    state: State
    score: str | None
    low: str | None
    high: str | None
    target: str | None
    gap: str | None
    coverage: str | None
    band: str | None
    band_capped_by: str | None
    na_flag: bool


class OverallOut(Schema):
    state: State
    score: str | None
    target: str | None
    gap: str | None
    coverage: str | None
    band: str | None


class FoundationsOut(Schema):
    score: str | None
    state: State


class ActionOut(Schema):
    code: str
    title: str
    question: str
    horizon: Literal["now", "next", "later", "parked"]
    rank: int
    priority: str
    pinned: bool
    quick_win: bool
    cost_band: int
    waiting_for: list[str]


class ScoreOut(Schema):
    questionnaire: str
    version: str
    groups: list[GroupOut]
    overall: OverallOut
    foundations: FoundationsOut
    actions: list[ActionOut]


@router.post("/score", response={200: ScoreOut, 422: Errors}, auth=None, summary="Where does this firm stand?")
def score(request: HttpRequest, payload: ScoreIn):
    """The same scores and ranked actions as on the diagnostic's pages."""
    version = _version(payload)
    if payload.language is not None and payload.language not in LANGUAGES:
        raise Refused("body", "language", message="There is no text in this language")
    facts, found = _facts(version.document, payload.facts or {})
    moderated = payload.moderated or {}
    regions = set(Region.objects.values_list("slug", flat=True)) if facts.get("region") is not None else set()
    found += inputs.problems(version.document, facts, payload.answers, moderated, regions=regions)
    if found:
        raise ValidationError(
            [{"loc": ("body", "payload", *item.path), "msg": item.message, "type": "value_error"} for item in found]
        )
    result = scoring.score(version.document, facts, payload.answers, moderated)
    foundations = result.foundations
    words = version.in_language(payload.language or version.document["framework"]["default_language"])
    names, actions = wording.group_names(words), wording.actions_of(words)
    return {
        "questionnaire": payload.questionnaire,
        "version": version.number,
        "groups": [{**snapshots.group_json(group), "name": names[group.code]} for group in result.groups],
        "overall": snapshots.overall_json(result.overall),
        "foundations": {
            "score": snapshots.text(foundations.score) if foundations else None,
            "state": foundations.state if foundations else scoring.NOT_APPLICABLE,
        },
        "actions": [
            {**snapshots.action_json(action), "title": actions[action.code]["title"]} for action in result.actions
        ],
    }


def _version(payload: ScoreIn) -> QuestionnaireVersion:
    """The version asked for (a retired one too), else the newest published one; raises Refused. Never a draft."""
    versions = QuestionnaireVersion.objects.filter(questionnaire__code=payload.questionnaire).exclude(
        status=QuestionnaireVersion.Status.DRAFT
    )
    if payload.version is not None:
        found = versions.filter(number=payload.version).first()
        if found is None and versions.exists():
            raise Refused("body", "version", message="There is no such version of this questionnaire")
    else:
        found = QuestionnaireVersion.objects.newest(payload.questionnaire)
    if found is None:
        raise Refused("body", "questionnaire", message="There is no questionnaire with this code")
    return found


def _facts(document: dict[str, Any], given: dict[str, Any]) -> tuple[dict[str, Any], list[inputs.Problem]]:
    """Facts with figures as Decimals; what is no figure is told and left out."""
    numbers = {fact["code"] for fact in document["profile"] if fact["type"] == "number"}
    facts, found = dict(given), []
    for code in numbers.intersection(given):
        if given[code] is not None:
            try:
                facts[code] = FIGURE.validate_python(given[code])
            except FigureError as error:
                found.append(inputs.Problem(("facts", code), error.errors()[0]["msg"]))
                facts[code] = None
    return facts, found
