from decimal import Decimal as D

import pytest

from programmes.matching import CATEGORIES, GrantTerms, Line, Outcome, quote
from tests.reference import load_reference

VECTORS = load_reference("domain/vectors.json")["grants"]


def _optional(text):
    return None if text is None else D(text)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_grant_vectors(vector):
    given = vector["inputs"]
    lines, category_rates = [], {}
    for category, line in zip(CATEGORIES, given["lines"], strict=False):
        if "rate" in line:
            category_rates[category] = {"any": D(line["rate"])}
        lines.append(
            Line(
                category,
                D(line["net"]),
                D(line.get("vat", "0")),
                line.get("vat_recoverable", True),
                line.get("eligible", True),
            )
        )
    terms = GrantTerms(
        "GBP", frozenset(CATEGORIES), rate=_optional(given["rate"]), cap=_optional(given.get("cap")),
        minimum=_optional(given.get("min_el")), category_rates=category_rates,
    )  # fmt: skip
    found = quote(
        terms, lines, requested=_optional(given.get("req")),
        aid_headroom=_optional(given.get("mfa_headroom") or given.get("dm_headroom")),
    )  # fmt: skip
    assert str(found.eligible) == vector["eligible"]
    if "expected" in vector:
        assert (found.accepted, found.grant, found.limit, found.match) == (False, None, None, None)
        assert {"minimum_budget"} == {one.rule for one in found.findings if one.outcome is Outcome.FAIL}
        return
    limit = {"mfa": "aid_headroom", "de_minimis": "aid_headroom"}.get(vector["limit"], vector["limit"])
    assert found.accepted
    assert (str(found.grant), found.limit) == (vector["grant"], limit)
    assert (str(found.match), str(found.applicant_pays)) == (vector["match"], vector["applicant_pays"])
    assert str(found.effective_percent) == vector["effective_pct"]
