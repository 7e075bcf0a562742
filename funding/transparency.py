"""Which awards stand in a public subsidy database, from the programme's own rules and words."""

from __future__ import annotations

from datetime import date

from funding.models import Award
from funding.rules.transparency import Route, publish_by
from organisations.models import AidRecord
from programmes.models import Programme

COUNTRY = "GB"
SCHEME_NUMBER = "subsidy.scheme_number"
SCHEME_TITLE = "subsidy.scheme_title"
AUTHORITY = "subsidy.authority"
"""Texts of a programme: the number and title of its published scheme, and the authority's name, as they stand there."""


def route_of(award: Award) -> Route:
    """Small aid, under the programme's published scheme, or on its own."""
    if award.aid_basis == AidRecord.Basis.MFA:
        return Route.MFA
    return Route.SCHEME if word_of(award.application.case.programme, SCHEME_NUMBER) else Route.STANDALONE


def last_day(award: Award, confirmed: date) -> date | None:
    """Last day to enter an award confirmed on that day; None when it need not be, or the programme is elsewhere."""
    if award.application.case.programme.country != COUNTRY:
        return None
    return publish_by(confirmed, award.amount, route_of(award))


def word_of(programme: Programme, key: str) -> str:
    return programme.words(programme.languages[0]).text(key)
