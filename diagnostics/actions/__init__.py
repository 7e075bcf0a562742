"""What firm and adviser do with a diagnostic: start, answer, send, moderate, make final, plan."""

from diagnostics.actions.answers import (
    AnswerChanged,
    Reply,
    UnableToAnswer,
    UnableToSend,
    missing_facts,
    save_answer,
    save_facts,
    send,
)
from diagnostics.actions.finals import UnableToFinalise, finalise
from diagnostics.actions.moderation import UnableToModerate, Verdict, moderate, return_to_firm
from diagnostics.actions.plans import agree_plan, change_action, request_plan
from diagnostics.actions.rounds import (
    NEXT_ROUND_AFTER,
    NoPlaceLeft,
    UnableToStart,
    known_facts,
    next_round,
    questionnaire_code,
    start,
)

__all__ = [
    "NEXT_ROUND_AFTER",
    "AnswerChanged",
    "NoPlaceLeft",
    "Reply",
    "UnableToAnswer",
    "UnableToFinalise",
    "UnableToModerate",
    "UnableToSend",
    "UnableToStart",
    "Verdict",
    "agree_plan",
    "change_action",
    "finalise",
    "known_facts",
    "missing_facts",
    "moderate",
    "next_round",
    "questionnaire_code",
    "request_plan",
    "return_to_firm",
    "save_answer",
    "save_facts",
    "send",
    "start",
]
