import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from applications.models import Case
from portal import middleware


def test_every_answer_names_its_request(client):
    first, second = client.get("/healthz"), client.get("/healthz")
    assert len(first["X-Request-ID"]) == 32
    assert first["X-Request-ID"] != second["X-Request-ID"]


def test_log_lines_name_the_request_they_are_of():
    def line():
        record = logging.makeLogRecord({"msg": "something"})
        assert middleware.RequestIdFilter().filter(record)
        return record.request_id

    seen = []

    def view(request):
        seen.append((request.id, line()))
        return HttpResponse()

    response = middleware.request_id(view)(RequestFactory().get("/"))

    assert seen == [(response["X-Request-ID"], response["X-Request-ID"])]
    assert line() == "-"


def test_the_next_request_is_not_named_after_one_that_failed():
    def view(request):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        middleware.request_id(view)(RequestFactory().get("/"))
    record = logging.makeLogRecord({})
    middleware.RequestIdFilter().filter(record)
    assert record.request_id == "-"


def test_field_history_says_who_changed_it_and_in_which_request(signed_in, case, applicant):
    response = signed_in(applicant).post(f"/cases/{case.reference}/withdraw/", {"reason": "No time this year"})

    change = Case.pgh_event_model.objects.filter(pgh_obj=case).order_by("-pgh_id").first()
    assert change.status == "WITHDRAWN"
    assert change.pgh_context.metadata == {
        "user": applicant.pk,
        "request": response["X-Request-ID"],
        "url": f"/cases/{case.reference}/withdraw/",
    }


@pytest.mark.django_db
def test_field_history_of_a_visitor_names_nobody(client):
    seen = []

    def view(request):
        from pghistory import runtime  # noqa: PLC0415

        seen.append(runtime._tracker.value.metadata)
        return HttpResponse()

    request = RequestFactory().post("/programmes/")
    request.id = "abc"
    request.user = client.get("/healthz").wsgi_request.user
    middleware.audit_context(view)(request)

    assert seen == [{"user": None, "request": "abc", "url": "/programmes/"}]


def test_pages_of_signed_in_people_are_not_stored(client, signed_in, applicant, case):
    assert not client.get("/privacy/").has_header("Cache-Control")

    signed_in(applicant)
    assert client.get("/privacy/")["Cache-Control"] == "no-store, private"
    assert client.get(f"/cases/{case.reference}/apply/")["Cache-Control"] == "no-store, private"
    assert client.get("/theme/1d70b8.css")["Cache-Control"] == "public, max-age=31536000, immutable"
