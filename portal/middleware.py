"""When a request came and its id in logs and audit, who and where for the field history, private pages never stored."""

import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pghistory
from django.http import HttpResponseBase
from django.utils import timezone

View = Callable[[Any], HttpResponseBase]

_request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get()
        return True


def request_id(get_response: View) -> View:
    def middleware(request: Any) -> HttpResponseBase:
        # What closes at a moment goes by when a request came, not by how long it waited for its turn.
        request.received_at = timezone.now()
        request.id = uuid.uuid4().hex
        token = _request_id.set(request.id)
        try:
            response = get_response(request)
        finally:
            _request_id.reset(token)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def audit_context(get_response: View) -> View:
    """Every row changed by a request carries who asked and in which request."""

    def middleware(request: Any) -> HttpResponseBase:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return get_response(request)
        user = request.user.pk if request.user.is_authenticated else None
        with pghistory.context(user=user, request=request.id, url=request.path):
            return get_response(request)

    return middleware


def private_pages(get_response: View) -> View:
    """What a signed-in person sees is never kept by a browser or a proxy."""

    def middleware(request: Any) -> HttpResponseBase:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware
