"""The check as a browser without JavaScript sends it: good answers to every question, and a walk through them."""

import re
import uuid
from datetime import UTC, datetime

from programmes import loading
from programmes.models import Programme

BASE = "/programmes/made-smarter-north-west/eligibility/"
GOOD = {
    "place": {"postcode": "pr12he"},
    "product": {"sic_code": "25620"},
    "kind-of-business": {"legal_form": "company"},
    "size": {"employees": "32", "turnover": "£3,200,000", "balance_sheet": "1500000"},
    "other-firms": {"group": "no"},
    "earlier-support": {"aid": "no"},
    "already-started": {"committed": "no"},
}
FIRM = {"who": "firm", "share": "quarter", "percent": "33"}
FIGURES = {"employees": "180", "turnover": "20,000,000", "balance_sheet": "18000000"}
AID = {"on_day": "1", "on_month": "4", "on_year": "2025", "amount": "200,000", "basis": "mfa"}


def url(name, base=BASE):
    return base if name == "place" else f"{base}{name}/"


def errors(response):
    return response.context["form"].errors if response.context else response.status_code


def walk(client, base=BASE, upto=None, **changes):
    """Answer the questions up to (not with) `upto`; `changes` by name with underscores. Gives the last answer."""
    response = None
    for name, data in GOOD.items():
        if name == upto:
            break
        data = changes.get(name.replace("-", "_"), data)
        response = client.post(url(name, base), data)
        if name == "place":
            response = client.post(url(name, base), {"local_authority": "E07000123", **data})
        assert response.status_code == 302, errors(response)
    return response


def add(client, name, data, figures=None, base=BASE):
    """Add an entry to a list; gives its key."""
    key = str(uuid.uuid4())
    response = client.post(f"{base}{name}/add/", {"key": key, **data})
    assert response.status_code == 302, errors(response)
    if figures:
        assert response.url == f"{base}{name}/{key}/figures/"
        response = client.post(response.url, figures)
        assert response.status_code == 302, errors(response)
    return key


def text(response):
    """What is on the page, spaces made single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("&nbsp;", " ")


def load(*slugs):
    """These of the portal's own programmes; by slug."""
    files = [loading.FOLDER / f"{slug}.yaml" for slug in slugs]
    loading.load(loading.read_all(files), at=datetime(2026, 1, 1, tzinfo=UTC))
    return {programme.slug: programme for programme in Programme.objects.all()}
