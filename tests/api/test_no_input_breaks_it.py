import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["0", "-1", "1e9", "25620", "PR1 2HE", "\ud800", "a\x00", "mfa", "2024-02-29", "9" * 13]),
)  # fmt: skip
names = st.sampled_from(
    [
        "employees",
        "turnover",
        "balance_sheet",
        "percent",
        "holder_kind",
        "partners",
        "linked",
        "date",
        "amount",
        "basis",
        "x",
    ]
)
tree = st.recursive(
    odd, lambda part: st.lists(part, max_size=3) | st.dictionaries(names, part, max_size=4), max_leaves=8
)
FACTS = [
    "company_number", "legal_form", "sic_codes", "postcode", "local_authority", "employees", "turnover",
    "balance_sheet", "accounts", "partners", "linked", "public_body_percent", "aid_received", "already_committed",
    "takeover_on",
]  # fmt: skip
facts = st.dictionaries(st.sampled_from(FACTS), tree)
PROGRAMMES = ["made-smarter-north-west", "wales-industry-4", "basque-industry-4"]


@pytest.mark.parametrize("path", ["eligibility/check", "funding/quote", "diagnostics/score"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=tree | st.fixed_dictionaries({"programme": st.sampled_from(PROGRAMMES), "facts": facts}, optional={"on": odd})
)
def test_no_input_is_a_500(programmes, post, path, body):
    response = post(path, json.dumps(body))
    assert response.status_code in {200, 400, 422}
    if response.status_code != 200:
        assert all(set(problem) == {"loc", "msg"} for problem in response.json()["detail"])
