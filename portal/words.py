"""Words sent to a page after the sign-in had ended: kept until the same person is back at the same page.

A view that wants this says `@keeps_words`, and its form carries a hidden `typed_by` with its reader's number. A post
without a sign-in goes to the sign-in page as always; what was typed waits in the visitor's own session. The page then
shows its form with these words again and saves nothing by itself. Files cannot be kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase, QueryDict

KEPT_SECONDS = 15 * 60
MOST_CHARACTERS = 100_000
KEY = "typed_words"

View = Callable[..., HttpResponseBase]


def keeps_words(view: View) -> View:
    view.keeps_words = True  # type: ignore[attr-defined]  # read by the middleware below
    return view


def kept_words(get_response: Callable[[Any], HttpResponseBase]) -> Callable[[Any], HttpResponseBase]:
    """Keep what a visitor posts to a page that `keeps_words`; forget it once the person has posted there again."""

    def middleware(request: Any) -> HttpResponseBase:
        response = get_response(request)
        match = request.resolver_match
        if request.method != "POST" or match is None or not getattr(match.func, "keeps_words", False):
            return response
        if request.user.is_authenticated:
            if request.session.get(KEY, {}).get("path") == request.path:
                del request.session[KEY]
        elif response.status_code == 302 and request.POST.get("typed_by"):
            _keep(request)
        return response

    return middleware


def _keep(request: Any) -> None:
    words = request.POST.copy()
    words.pop("csrfmiddlewaretoken", None)
    body = words.urlencode()
    if len(body) <= MOST_CHARACTERS:
        request.session[KEY] = {"path": request.path, "body": body, "at": int(time.time())}


def words_of(request: Any) -> QueryDict | None:
    """What this person had typed into this page before the sign-in ended, at most a quarter of an hour ago."""
    kept = request.session.get(KEY)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return None
    if time.time() - kept["at"] > KEPT_SECONDS:
        return None
    words = QueryDict(kept["body"])
    return words if words.get("typed_by") == str(request.user.pk) else None
