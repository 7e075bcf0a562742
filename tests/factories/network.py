from datetime import date

import factory
from factory.django import DjangoModelFactory

from network.models import Expert


class ExpertFactory(DjangoModelFactory):
    """A research organisation for the whole of its country that takes enquiries."""

    class Meta:
        model = Expert

    slug = factory.Sequence("expert-{}".format)
    name = factory.Sequence("Expert {}".format)
    kinds = ["rto"]
    languages = ["en-gb"]
    country = "GB"
    summary = "Lets firms try robots before they buy one."
    source = "Its own web page"
    checked_on = date(2026, 11, 1)
