"""The shape of a questionnaire document, field by field. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

NUMBER = r"^(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}$"
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=40)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z]{2})?$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Level = Annotated[int, Field(ge=0, le=4)]
Share = Annotated[float, Field(ge=0, le=1)]
Small = Annotated[int, Field(ge=0, le=100_000_000)]
Weeks = Annotated[int, Field(gt=0, le=520)]
Revision = Annotated[int, Field(ge=1, le=1000)]
Pair = Annotated[tuple[Small, Small], Field(strict=False)]
Seconds = Annotated[int, Field(ge=1, le=3600)]


class Part(BaseModel):
    """Strict: a number in quotes is no number, since the document is kept as it was written."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Minutes(Part):
    """`self_assessment` is the sum of all `seconds`, in full minutes (schema.problems)."""

    self_assessment: Annotated[int, Field(gt=0, le=10_000)]
    adviser_led: Annotated[int, Field(gt=0, le=10_000)] | None = None


class Framework(Part):
    code: Code
    version: Annotated[str, StringConstraints(pattern=NUMBER)]
    status: Literal["draft", "published", "retired"]
    title: Text
    summary: Text
    audience: Text
    typical_minutes: Minutes
    default_language: Language
    required_languages: list[Language]
    wording_only: list[Code] = []
    """Questions whose prompt or levels read differently from the version before and mean the same."""
    translation: dict[str, JsonValue]
    review: dict[str, JsonValue]


class ScaleLabel(Part):
    level: Level
    label: Text
    hint: str = ""


class OtherAnswer(Part):
    code: Literal["not_applicable", "dont_know"]
    label: Text
    needs_reason: bool = False
    counts_as: Literal["unanswered"] | None = None


class Scale(Part):
    min: Literal[0]
    max: Literal[4]
    labels: Annotated[list[ScaleLabel], Field(min_length=5, max_length=5)]
    other_answers: list[OtherAnswer]


class Band(Part):
    code: Code
    label: Text
    min: Annotated[int, Field(ge=0, le=100)]


class Gate(Part):
    level_max: Level
    caps_band_at: Code


class NowLimits(Part):
    foundations_below_40: Small
    foundations_40_to_59: Small
    foundations_60_plus: Small


class PlanLimits(Part):
    now: NowLimits
    next: Small
    later: Small


class QuickWin(Part):
    cost_band_max: Small
    duration_weeks_max: Small
    impact_factor_min: Share


class PriorityRules(Part):
    impact_share: Share
    goal_share: Share
    goal_rank_points: Annotated[list[Annotated[int, Field(gt=0, le=1000)]], Field(min_length=3)]
    readiness_share: Share
    prerequisite_share: Share
    readiness_floor: Annotated[float, Field(gt=0, le=1)]
    readiness_default: Annotated[int, Field(ge=0, le=100)]
    cost_step: Share


class Scoring(Part):
    coverage_min_group: Share
    coverage_min_overall: Share
    groups_min_overall: Small
    na_share_flag: Share
    gate: Gate
    horizon_months: dict[Literal["now", "next", "later"], Pair]
    plan_limits: PlanLimits
    quick_win: QuickWin
    priority: PriorityRules
    benchmark: dict[str, JsonValue]


class CostBand(Part):
    code: Annotated[int, Field(ge=0, le=5)]
    label: Text
    low: Small
    high: Small | None
    planning_value: Small


class Label(Part):
    code: Code
    label: Text
    hint: str = ""


class Fact(Part):
    code: Code
    type: Literal["number", "derived", "choice", "boolean", "ranked_choice"]
    label: Text
    required: bool = False
    source: Literal["case"] | None = None
    min: Small = 0
    max: Small | None = None
    rule: dict[Literal["micro", "small", "medium"], Pair] | None = None
    choices: Annotated[list[Code], Field(min_length=1)] | None = None
    choices_from: Literal["programme_regions", "benefit_types"] | None = None
    seconds: Seconds | None = None
    """Left out where joining the programme has asked it already."""


class Group(Part):
    code: Code
    title: Text
    role: Literal["score", "readiness", "barrier"]
    weight: Small
    summary: Text


class Requirement(Part):
    question: Code
    min_level: Level


class Action(Part):
    code: Code
    lifts_to: Annotated[int, Field(ge=1, le=4)]
    title: Text
    description: Text
    horizon: Literal["now", "next", "later"]
    cost_band: int
    duration_weeks: Weeks
    benefits: list[Code]
    funding_kinds: list[Code]
    experts: list[Code]
    requires: list[Requirement] = []


class Targets(Part):
    micro: Level
    small: Level
    medium: Level


class Question(Part):
    code: Code
    revision: Revision
    group: Code
    technology: Text
    title: Text
    prompt: Text
    help: str
    why: str
    evidence: list[str]
    applies_if: dict[str, JsonValue] | None = None
    gate: bool = False
    seconds: Seconds
    weight: Annotated[int, Field(ge=1, le=3)]
    impact: Annotated[int, Field(ge=1, le=5)]
    target: Targets
    allow_na: bool
    benefits: list[Code]
    levels: Annotated[list[Text], Field(min_length=5, max_length=5)]
    actions: Annotated[list[Action], Field(min_length=1)]


class Response(Part):
    code: Code
    title: Text
    description: Text
    horizon: Literal["now", "next", "later"]
    cost_band: int
    duration_weeks: Weeks
    funding_kinds: list[Code]
    experts: list[Code]
    see_questions: list[Code] = []


class Barrier(Part):
    code: Code
    revision: Revision
    title: Text
    prompt: Text
    help: str
    seconds: Seconds
    trigger_min: Level
    response: Response


class Questionnaire(Part):
    """The whole document; every field is named, so that a misspelt key is an error."""

    schema_: Literal["i40-diagnostic/1"] = Field(alias="schema")
    framework: Framework
    scale: Scale
    bands: Annotated[list[Band], Field(min_length=1)]
    scoring: Scoring
    cost_bands: Annotated[list[CostBand], Field(min_length=1)]
    horizons: list[Label]
    benefit_types: list[Label]
    funding_kinds: list[Label]
    expert_kinds: list[Label]
    profile: list[Fact]
    groups: list[Group]
    questions: Annotated[list[Question], Field(min_length=1)]
    barrier_scale: Annotated[list[ScaleLabel], Field(min_length=5, max_length=5)]
    barriers: list[Barrier]
    translations: dict[Language, dict[str, Text]] = {}
    """Language -> path of the text (diagnostics.texts) -> its words there."""
    part_of: PartOf | None = None


class PartOf(Part):
    """The published questionnaire that a shorter one takes its questions from, words and revisions included."""

    code: Code
    version: Annotated[str, StringConstraints(pattern=NUMBER)]


class Asked(Part):
    """One fact or question of the shorter one, by its code; `seconds` where reading it takes another time there."""

    code: Code
    seconds: Seconds | None = None


class Excerpt(Part):
    """What is written of a questionnaire that is part of another (diagnostics.excerpts)."""

    schema_: Literal["i40-diagnostic-part/1"] = Field(alias="schema")
    framework: Framework
    part_of: PartOf
    profile: list[Asked]
    questions: Annotated[list[Asked], Field(min_length=1)]
    translations: dict[Language, dict[str, Text]] = {}
