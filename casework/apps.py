from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "casework"

    def ready(self):
        from casework import receivers  # noqa: F401, PLC0415  connects them
