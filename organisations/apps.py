from django.apps import AppConfig
from django.conf import settings

from organisations import places


class OrganisationsConfig(AppConfig):
    name = "organisations"

    def ready(self):
        # The pure rules read the tables too, and know no settings.
        places.own_outward_codes = settings.STATE / "outward_codes.csv"
