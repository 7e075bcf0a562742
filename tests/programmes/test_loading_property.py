"""Whatever a file says within its shape, loading it a second time changes nothing."""

import copy
from datetime import UTC, datetime
from itertools import count

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from programmes import loading
from programmes.models import Programme, Text
from programmes.schema import ProgrammeFile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WALES = yaml.safe_load((loading.FOLDER / "wales-industry-4.yaml").read_text())
numbers = count(1)

said = st.text(min_size=1, max_size=120).filter(lambda text: text.strip() and "\x00" not in text)
words = said | st.builds(
    lambda main, other: {"en-gb": main, **other}, said, st.just({}) | said.map(lambda cy: {"cy": cy})
)
money = st.decimals(0, 10**11, places=2).map(lambda amount: f"{amount:f}") | st.integers(0, 10**11)
edits = st.fixed_dictionaries(
    {
        "name": words,
        "summary": words,
        "position": st.integers(0, 1000),
        "takes_applications": st.booleans(),
        "retention": st.just({"records_years": 5}) | st.just({"records_years": 5, "held_back_percent": "12.5"}),
    }
)
left_out = st.sets(st.sampled_from(["delivery", "retention", "combine", "targets", "funnel", "partners", "budget"]))


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits, left_out, money, words, st.none() | st.integers(1, 10**6))
def test_loading_twice_changes_nothing(edited, missing, budget, instrument, places):
    number = next(numbers)
    data = copy.deepcopy(WALES) | edited | {"slug": f"wales-{number}", "prefix": f"W{number}"}
    for section in missing:
        data.pop(section, None)
    data["calls"][0] |= {"budget": budget, "budget_lines": []}
    data["instruments"][0] |= {"summary": instrument, "places": places}
    file = ProgrammeFile.model_validate(data)
    assert loading.load([file], at=NOW)[0] == f"+ wales-{number}"
    before = list(Text.objects.filter(programme__slug=file.slug).order_by("pk").values())
    assert loading.load([file], at=NOW) == []
    assert list(Text.objects.filter(programme__slug=file.slug).order_by("pk").values()) == before
    assert Programme.objects.get(slug=file.slug).name == file.name
