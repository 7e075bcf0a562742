from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import Role
from reporting.models import KEPT_DAYS, Export
from tests.factories.accounts import AssignmentFactory
from tests.factories.reporting import ask, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def export(programme):
    return ask(AssignmentFactory(programme=programme, role=Role.MANAGER).user)


def test_an_export_is_its_owners(export, outsider):
    assert list(Export.objects.visible_to(export.requested_by)) == [export]
    assert not Export.objects.visible_to(outsider)
    assert not Export.objects.visible_to(AnonymousUser())
    assert str(export).startswith("EXP-")


def test_a_ready_export_has_its_file(export):
    with pytest.raises(IntegrityError, match="ready_export_has_its_file"), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(state=Export.State.READY)


def test_files_are_outdated_after_their_days(export):
    made = make(export)
    at = timezone.now() + timedelta(days=KEPT_DAYS)
    assert not Export.objects.outdated(at - timedelta(hours=1))
    assert list(Export.objects.outdated(at + timedelta(hours=1))) == [made]
