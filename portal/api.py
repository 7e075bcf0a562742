"""The API's root: one way of reading bodies, refusing and counting for every router (named here by string only).

django-ninja knows nothing of LoginRequiredMiddleware, so each address is opened here and closed again by `auth`: an
operation is public only when it says `auth=None`, and its router names the tokens otherwise.
"""

import hashlib
import json
import time
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.parser import Parser
from ninja.throttling import BaseThrottle, SimpleRateThrottle

from portal.api_types import Refused, WrittenNumber

LONGEST_INTEGER = 30


def _integer(text: str) -> int | WrittenNumber:
    return int(text) if len(text) <= LONGEST_INTEGER else WrittenNumber(text)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


class ExactParser(Parser):
    """JSON in UTF-8 whose numbers never become floats. Whatever it raises is answered with 400."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(
            request.body.decode(),
            parse_float=WrittenNumber,
            parse_int=_integer,
            parse_constant=_no_constant,
        )


class AddressThrottle(BaseThrottle):
    """At most so many calls from one address in each window; counted in Redis, so for all processes together.

    `rate` is the name of the setting that holds it, `kind` what is counted apart from everything else.
    """

    def __init__(self, kind: str = "api-calls", rate: str = "API_RATE") -> None:
        self.kind, self.rate = kind, rate

    def allow_request(self, request: HttpRequest) -> bool:
        rate = SimpleRateThrottle(getattr(settings, self.rate))
        count, seconds = rate.num_requests or 0, rate.duration or 1
        address = hashlib.sha256(str(self.get_ident(request)).encode()).hexdigest()
        now = int(time.time())
        key = f"{self.kind}:{address}:{now // seconds}"
        request.api_wait = seconds - now % seconds  # type: ignore[attr-defined]
        try:
            calls = cache.incr(key)
        except ValueError:  # the first of this window, unless another process is quicker
            calls = 1 if cache.add(key, 1, seconds + 1) else cache.incr(key)
        return calls <= count


def closed(request: HttpRequest) -> None:
    """The default of every operation: no token opens it until its router says which one does."""


api = NinjaAPI(
    title="Industry 4.0 support",
    version="1",
    description=(
        "Calculators and open data are public. Decimals travel as strings, dates as YYYY-MM-DD; unknown fields are "
        'refused. Errors say where and what: `{"detail": [{"loc": [..], "msg": ".."}]}`.'
    ),
    openapi_url="/v1/openapi.json",
    docs_url="/docs",
    parser=ExactParser(),
    auth=closed,
    throttle=[AddressThrottle()],
    urls_namespace="api",
)


def _refusal(request: HttpRequest, status: int, detail: list[dict[str, Any]]) -> HttpResponse:
    return api.create_response(request, {"detail": detail}, status=status)


def _nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The answer to an address that is not there, `rest` being what follows `/api/`."""
    return _refusal(request, 404, [{"loc": ["path"], "msg": "There is nothing here"}])


@api.exception_handler(ValidationError)
def _on_wrong_input(request: HttpRequest, error: ValidationError) -> HttpResponse:
    if request.method == "POST" and not request.body:
        return _refusal(request, 400, [{"loc": ["body"], "msg": "Send a body of JSON"}])
    detail = []
    for problem in error.errors:
        loc = list(problem["loc"])
        if loc[:1] == ["body"]:
            del loc[1:2]  # the name of the view's argument
        detail.append({"loc": loc, "msg": problem["msg"]})
    return _refusal(request, 422, detail)


@api.exception_handler(Refused)
def _on_refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _refusal(request, 422, [{"loc": list(error.loc), "msg": error.message}])


@api.exception_handler(Http404)
def _on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return _nothing_here(request)


@api.exception_handler(RequestDataTooBig)
def _on_too_much(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return _refusal(request, 413, [{"loc": ["body"], "msg": "This is too much. Send less at a time"}])


@api.exception_handler(HttpError)
def _on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _refusal(
        request, error.status_code, [{"loc": ["body" if error.status_code == 400 else "request"], "msg": str(error)}]
    )


@api.exception_handler(Throttled)
def _on_too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
    response = _refusal(request, 429, [{"loc": ["request"], "msg": "Too many calls. Wait a little and try again"}])
    response["Retry-After"] = str(getattr(request, "api_wait", 60))
    return response


api.add_router("/v1/programmes", "programmes.api.router")
api.add_router("/v1/eligibility", "eligibility.api.router")
api.add_router("/v1/diagnostics", "diagnostics.api.router")
api.add_router("/v1/funding", "funding.api.router")
api.add_router("/v1/open", "reporting.api.router")


def _open(pattern: Any) -> URLPattern:
    pattern.callback = login_not_required(pattern.callback)
    return cast(URLPattern, pattern)


app_name = "api"
urlpatterns = [
    _open(pattern) for pattern in [*api.urls[0], path("<path:rest>", csrf_exempt(_nothing_here), name="none")]
]
