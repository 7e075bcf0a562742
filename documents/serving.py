"""The one way a kept file leaves the portal."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from documents.models import Upload


def attachment(request: HttpRequest, upload: Upload) -> HttpResponseBase:
    """`upload` as a download, or a page that says why there is none: 409 while it may not be had, 404 without its file.

    The caller has loaded `upload` through the scope of what owns it.
    """
    if not upload.is_servable:
        return _no_file(request, upload, status=409)
    try:
        return file_response(upload.file, upload.name, upload.content_type)
    except FileNotFoundError:
        return _no_file(request, upload, status=404)


def _no_file(request: HttpRequest, upload: Upload, status: int) -> TemplateResponse:
    """With the way back to the list that the person came from, when it is one of ours."""
    came_from = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()})
    context = {"upload": upload, "is_gone": status == HTTPStatus.NOT_FOUND, "back": came_from if is_ours else ""}
    return TemplateResponse(request, "documents/no_file.html", context, status=status)


def file_response(file: Any, name: str, content_type: str | None = None) -> FileResponse:
    """A file that the browser keeps apart from the portal: never shown inside it, never guessed at, never stored."""
    response = FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
