import pytest
from django.apps import apps
from django.utils import timezone

from casework.receivers import OWNERS
from documents.models import Upload
from documents.signals import upload_infected
from funding import actions
from funding.models import Quote
from portal.models import Event
from tests.factories.funding import WRITTEN, GrantApplicationFactory, a_quote

pytestmark = pytest.mark.django_db


def test_a_virus_is_told_on_the_timeline_of_its_case():
    application = GrantApplicationFactory()
    line = application.lines.get()
    quote = actions.attach_quote(
        line=line, file=a_quote(), supplier="Robots", amount=1, valid_until=None, by=application.created_by, at=WRITTEN
    )
    upload = quote.upload
    upload.virus = "Eicar"
    upload_infected.send(sender=Upload, upload=upload, at=timezone.now())
    event = Event.objects.get(kind="upload.infected")
    assert (event.reference, event.note) == (application.case.reference, upload.name)
    assert Quote.objects.filter(pk=quote.pk).exists()


def test_every_holder_of_a_file_is_known():
    holders = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model is Upload and field.concrete
        if not model.__name__.endswith("Event")
    }
    assert holders == {(model, field) for model, field, _path in OWNERS}
