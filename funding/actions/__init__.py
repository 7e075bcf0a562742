"""Asking for money, deciding on it, taking the offer up: each a single transaction."""

from funding.actions.appeals import answer_appeal, appeal
from funding.actions.applying import end_with_case, start, submit, withdraw
from funding.actions.awards import complete, publish, show_condition_met, tick_condition, untick_condition
from funding.actions.batches import draft_many, sign_many
from funding.actions.conflicts import find_conflict
from funding.actions.costs import attach_quote, remove_line, remove_quote, save_line
from funding.actions.deciding import Proposal, approve, decline, drop, propose, reserve, sign
from funding.actions.inviting import (
    BEING_ASSESSED,
    accept_invitation,
    declare_interests,
    decline_invitation,
    invite,
    keep_assessor,
    take_back_invitation,
)
from funding.actions.offers import accept_offer, record_baseline, turn_down_offer, withdraw_offer
from funding.actions.partners import (
    Invited,
    accept_part,
    choose_form,
    complete_part,
    declare_aid,
    decline_part,
    invite_partner,
    remove_partner,
    reopen_part,
    save_own_part,
    save_size,
)
from funding.actions.planning import remove_part, save_part, save_section
from funding.actions.problems import (
    UnableToAccept,
    UnableToAppeal,
    UnableToChange,
    UnableToDecide,
    UnableToInvite,
    UnableToReview,
    UnableToStart,
    UnableToSubmit,
)
from funding.actions.reviewing import declare, record_panel, return_to_firm, review
from funding.actions.sharing import give_role, settle_comment, write_comment
from funding.actions.sources import remove_source, save_source
from funding.actions.trying import stop_trying, try_out
from funding.actions.variations import agree_change, ask_change, recommend_change, refuse_change, take_back_change

__all__ = [
    "BEING_ASSESSED",
    "Invited",
    "Proposal",
    "UnableToAccept",
    "UnableToAppeal",
    "UnableToChange",
    "UnableToDecide",
    "UnableToInvite",
    "UnableToReview",
    "UnableToStart",
    "UnableToSubmit",
    "accept_invitation",
    "accept_offer",
    "accept_part",
    "agree_change",
    "answer_appeal",
    "appeal",
    "approve",
    "ask_change",
    "attach_quote",
    "choose_form",
    "complete",
    "complete_part",
    "declare",
    "declare_aid",
    "declare_interests",
    "decline",
    "decline_invitation",
    "decline_part",
    "draft_many",
    "drop",
    "end_with_case",
    "find_conflict",
    "give_role",
    "invite",
    "invite_partner",
    "keep_assessor",
    "propose",
    "publish",
    "recommend_change",
    "record_baseline",
    "record_panel",
    "refuse_change",
    "remove_line",
    "remove_part",
    "remove_partner",
    "remove_quote",
    "remove_source",
    "reopen_part",
    "reserve",
    "return_to_firm",
    "review",
    "save_line",
    "save_own_part",
    "save_part",
    "save_section",
    "save_size",
    "save_source",
    "settle_comment",
    "show_condition_met",
    "sign",
    "sign_many",
    "start",
    "stop_trying",
    "submit",
    "take_back_change",
    "take_back_invitation",
    "tick_condition",
    "try_out",
    "turn_down_offer",
    "untick_condition",
    "withdraw",
    "withdraw_offer",
    "write_comment",
]
