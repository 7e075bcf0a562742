"""A firm that is in, its diagnostic at each stage, and the two who work on it."""

import pytest

from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory


@pytest.fixture
def case(programme):
    """Accepted, where tests elsewhere begin with a draft."""
    return CaseFactory(programme=programme, accepted=True)


@pytest.fixture
def draft(case):
    return AssessmentFactory(case=case)


@pytest.fixture
def submitted(case):
    return AssessmentFactory(case=case, submitted=True)


@pytest.fixture
def final(case):
    return AssessmentFactory(case=case, final=True)


@pytest.fixture
def firm(signed_in, case):
    return signed_in(case.created_by)


@pytest.fixture
def staff(signed_in, adviser):
    return signed_in(adviser)
