import pytest

from tests.factories.applications import EligibilityCheckFactory


@pytest.mark.django_db
def test_a_check_is_of_a_programme_and_a_day():
    check = EligibilityCheckFactory(programme__slug="made-example")
    assert str(check) == "made-example eligible 2026-11-02"
