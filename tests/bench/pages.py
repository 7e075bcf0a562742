"""Time and queries of the busiest pages with many firms: bin/bench pages [FIRMS]."""

import sys
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from applications.models import Case  # noqa: E402
from demo.people import DOMAIN  # noqa: E402

PAGES = [
    ("visitor", "/"),
    ("visitor", "/programmes/made-smarter-north-west/"),
    ("adviser", "/casework/"),
    ("adviser", "/casework/?status=ACCEPTED"),
    ("adviser", "/casework/?q=Hollinbank"),
    ("adviser", "CASE"),
    ("manager", "/reports/"),
    ("owner", "/cases/"),
]


def main(firms=15000):
    call_command("demo", verbosity=0)
    if Case.objects.count() < firms:
        call_command("demo", firms=firms, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sys.stdout.write(f"{Case.objects.count():,} cases\n{'page':48}{'queries':>8}{'ms':>8}\n")
    case = Case.objects.filter(status=Case.Status.SUBMITTED).first()
    for name, path in PAGES:
        client = Client(SERVER_NAME="localhost")
        if name != "visitor":
            client.force_login(User.objects.get(email=f"{name}@{DOMAIN}"))
        address = f"/casework/{case.reference}/" if path == "CASE" else path
        client.get(address)
        times = []
        for _ in range(5):
            began = time.perf_counter()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address)
            times.append(time.perf_counter() - began)
        assert answer.status_code == 200, address
        sys.stdout.write(f"{name + ' ' + path:48}{len(queries):>8}{sorted(times)[2] * 1000:>8.0f}\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
