"""Every address of the portal, with what is needed to call it."""

import re
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver


@dataclass(frozen=True)
class Address:
    name: str
    """With its namespaces, such as `funding:offer`."""
    route: str
    view: Any

    @property
    def parameters(self):
        """Names of what the address holds: `{"reference", "number"}`."""
        return set(re.findall(r"<(?:\w+:)?(\w+)>", self.route))

    @property
    def is_closed(self):
        """Whether LoginRequiredMiddleware keeps visitors out."""
        return getattr(self.view, "login_required", True)

    def path(self, **values):
        """The route filled in; `number` of a cost and of a quote alike are taken from `values` by their name."""
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values[part[1]]), self.route)


def _walk(patterns, route="", names=()):
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Address(":".join([*names, pattern.name or "?"]), here, pattern.callback)
        else:
            yield from _walk(pattern.url_patterns, here, (*names, *([pattern.namespace] if pattern.namespace else [])))


def addresses():
    return list(_walk(get_resolver().url_patterns))
