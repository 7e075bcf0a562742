"""Exports from the button to the file, and who may have it."""

import uuid

import pytest

from accounts.models import Assignment
from accounts.permissions import Role
from portal.models import Event
from reporting.models import Export
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.programmes import ProgrammeFactory, RegionFactory
from tests.factories.reporting import ask, make

pytestmark = pytest.mark.django_db

LIST = "/reports/exports/"
CREATE = "/reports/exports/create/"


@pytest.fixture
def manager(programme):
    return AssignmentFactory(programme=programme, role=Role.MANAGER).user


def post(client, **more):
    data = {"key": uuid.uuid4(), "kind": "cases", "format": "csv", **more}
    return client.post(CREATE, data)


def test_from_the_button_to_the_file(signed_in, manager, programme):
    case = CaseFactory(programme=programme, submitted=True)
    client = signed_in(manager)
    response = post(client, status="SUBMITTED", region="", programme=programme.slug)
    export = Export.objects.get()
    assert response.url == f"/reports/exports/{export.pk}/"
    assert export.filters == {"status": "SUBMITTED", "programme": programme.slug}
    assert export.programme_slug == programme.slug
    page = client.get(response.url).content.decode()
    assert "Your file is being made" in page
    assert f'hx-get="/reports/exports/{export.pk}/"' in page
    assert client.get(f"{response.url}file/").status_code == 404
    make(export)
    fragment = client.get(response.url, headers={"HX-Request": "true"}).content.decode()
    assert "Your file is ready. It has 1 row." in fragment
    assert "hx-get" not in fragment
    assert "<html" not in fragment
    download = client.get(f"{response.url}file/")
    assert download.headers["Content-Disposition"] == f'attachment; filename="{export.file_name}"'
    assert case.reference in b"".join(download.streaming_content).decode("utf-8-sig")
    assert export.file_name in client.get(LIST).content.decode()


def test_every_export_leaves_who_what_and_how_many(manager, programme):
    CaseFactory(programme=programme, submitted=True)
    export = make(ask(manager, filters={"status": "SUBMITTED"}, programme_slug=programme.slug))
    asked, made = Event.objects.filter(reference=export.number).order_by("id")
    assert (asked.kind, made.kind, made.actor_id) == ("export.asked", "export.made", manager.pk)
    assert made.data == {"kind": "cases", "format": "csv", "filters": {"status": "SUBMITTED"}, "rows": 1}
    assert made.staff_only
    assert made.programme == programme.slug


def test_a_double_click_makes_one(signed_in, manager):
    client, key = signed_in(manager), uuid.uuid4()
    first, second = post(client, key=key), post(client, key=key)
    assert first.url == second.url
    assert Export.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"kind": "people"}, {"format": "exe"}, {"key": "x"}, {"status": "NONE"}, {"region": "0"}, {"q": "a\0b"}]
)
def test_what_nobody_offered_is_refused_with_a_message(signed_in, manager, wrong):
    response = post(signed_in(manager), **wrong)
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()
    assert not Export.objects.exists()


def test_awards_take_no_notice_of_filters_of_cases(signed_in, manager):
    post(signed_in(manager), kind="awards", status="SUBMITTED", adviser="me")
    assert Export.objects.get().filters == {}


def test_filters_of_the_list_come_along(signed_in, manager, programme):
    region = RegionFactory(programme=programme)
    page = signed_in(manager).get(LIST, {"kind": "awards", "region": region.pk, "q": "Hollin"}).content.decode()
    assert f'<option value="{region.pk}" selected>' in page
    assert '<option value="awards" selected>' in page
    assert 'name="q" value="Hollin"' in page


@pytest.mark.parametrize("role", [Role.ADVISER, Role.ASSESSOR, Role.APPROVER, Role.CONTRACTOR, Role.ADMIN])
def test_other_roles_have_no_exports(signed_in, programme, role):
    client = signed_in(AssignmentFactory(programme=programme, role=role).user)
    assert client.get(LIST).status_code == 404
    assert post(client).status_code == 404


def test_somebody_elses_file_does_not_exist(signed_in, manager, outsider, applicant, programme):
    export = make(ask(manager))
    for person in (outsider, applicant, AssignmentFactory(programme=programme, role=Role.MANAGER).user):
        client = signed_in(person)
        assert client.get(f"/reports/exports/{export.pk}/").status_code == 404
        assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 404


def test_a_file_is_closed_once_its_owner_may_no_longer_see_its_rows(signed_in, manager, programme):
    other = AssignmentFactory(user=manager, programme=ProgrammeFactory(), role=Role.FINANCE)
    export = make(ask(manager))
    client = signed_in(manager)
    assert b"".join(client.get(f"/reports/exports/{export.pk}/file/").streaming_content)
    Assignment.objects.filter(pk=other.pk).delete()
    assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 403
    AssignmentFactory(user=manager, programme=other.programme, region=RegionFactory(programme=other.programme),
                      role=Role.AUDITOR)  # fmt: skip
    assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 403


def test_a_file_past_its_time_says_so(signed_in, manager):
    export = make(ask(manager))
    Export.objects.filter(pk=export.pk).update(file="")
    client = signed_in(manager)
    assert "deleted after 7 days" in client.get(f"/reports/exports/{export.pk}/").content.decode()
    assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 404


def test_a_file_that_could_not_be_made_says_so(signed_in, manager):
    export = ask(manager)
    Export.objects.filter(pk=export.pk).update(state=Export.State.FAILED)
    page = signed_in(manager).get(f"/reports/exports/{export.pk}/").content.decode()
    assert "could not be made" in page
    assert export.number in page


def test_list_keeps_its_query_count(signed_in, manager, django_assert_max_num_queries):
    client = signed_in(manager)
    ask(manager)
    client.get(LIST)
    with django_assert_max_num_queries(15) as few:
        client.get(LIST)
    for _ in range(59):
        ask(manager)
    with django_assert_max_num_queries(15) as many_:
        first = client.get(LIST)
    assert len(few.captured_queries) == len(many_.captured_queries)
    second = client.get(LIST, {"cursor": first.context["page"].next_cursor})
    assert len(first.context["page"].rows) + len(second.context["page"].rows) == 60
