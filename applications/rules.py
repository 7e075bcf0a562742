"""When one adviser's word is not enough to set a rule of the programme aside. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

FAIL = "fail"
REFER = "refer"
# Findings about single kinds of support, which are answered when the firm asks for that kind: they keep no firm out.
OF_ONE_SUPPORT = frozenset({"incentive_effect", "strand_size", "strand_sector", "strand_place", "strand_condition"})


def open_findings(findings: Collection[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What keeps a firm from being let in without a word: the programme's rules that fail or cannot be decided."""
    return [
        finding
        for finding in findings
        if finding.get("outcome") in {FAIL, REFER} and finding.get("rule") not in OF_ONE_SUPPORT
    ]


def largest_grant(strands: Collection[Mapping[str, Any]], terms: Mapping[str, Mapping[str, Any]]) -> Decimal | None:
    """The most that one of a programme's grants could give; None when one of them has no cap, 0 without grants.

    `strands` are those of the version's `eligibility`, `terms` its terms by instrument.
    """
    caps = [terms.get(strand["instrument"], {}).get("cap") for strand in strands if strand.get("gives_grant")]
    if any(cap is None for cap in caps):
        return None
    return max((Decimal(cap) for cap in caps if cap is not None), default=Decimal(0))


def needs_second(outcome: str, *, over: str | None, grant: Decimal | None) -> bool:
    """Whether a second person has to agree that a finding is set aside.

    Settling what could not be decided is an adviser's work; a failed rule needs a second person when the programme
    names no sum `over` which it does, or when `grant`, the largest it could lead to, is over that sum or has no limit.
    """
    if outcome != FAIL:
        return False
    return over is None or grant is None or grant > Decimal(over)
