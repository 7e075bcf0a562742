"""Rules from a file: read, shown, and loaded exactly as shown."""

import json
import time

import pytest
import yaml
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.permissions import Role
from funding.models import Award, GrantApplication
from portal.models import Event
from programmes import loading
from programmes.models import Call, Instrument, Programme
from tests.factories.accounts import AssignmentFactory
from tests.factories.funding import GrantApplicationFactory
from tests.factories.programmes import OPENS

pytestmark = pytest.mark.django_db
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
SLUG = "made-smarter-north-west"
HOME = f"/casework/programmes/{SLUG}/rules/"
FILE = loading.FOLDER / f"{SLUG}.yaml"


@pytest.fixture
def made_smarter(db):
    loading.load([loading.read(FILE)], at=OPENS)
    return Programme.objects.get(slug=SLUG)


@pytest.fixture
def manager(made_smarter):
    return AssignmentFactory(programme=made_smarter, role=Role.MANAGER).user


@pytest.fixture
def client(signed_in, manager):
    return signed_in(manager)


def document():
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def written(data):
    """As a person may write it: the values of the file, in any spelling of YAML."""
    return json.dumps(data, default=str).encode()


def upload(client, content, name="new.yaml", home=HOME):
    return client.post(home, {"file": SimpleUploadedFile(name, content)})


def checked(client, content, **more):
    """The page that shows what the file would change."""
    answer = upload(client, content, **more)
    assert answer.status_code == 302, answer.context["form"].errors
    return client.get(answer.url), answer.url


def with_new_version(**rules):
    data = document()
    version = json.loads(json.dumps(data["versions"][-1], default=str))
    version |= {"number": "2027-04-01", "valid_from": "2027-04-01"}
    version["eligibility"]["size"] |= rules
    data["versions"].append(version)
    return data


def test_a_new_version_is_shown_beside_the_one_before_and_then_loaded(client, manager, made_smarter):
    page, address = checked(client, written(with_new_version(employees=500)))
    assert page.context["problems"] == []
    rows = {(line.sign, line.where, line.before, line.after) for line in page.context["lines"]}
    assert ("added", "version 2027-04-01", "", "") in rows
    assert ("changed", "version 2027-04-01 › Rules › Size of the firm › people", "250", "500") in rows
    assert made_smarter.versions.count() == 1, "looking changes nothing"
    for _ in range(2):
        assert client.post(address, {"seen": page.context["seen"]}).status_code == 302
    assert made_smarter.versions.count() == 2
    event = Event.objects.get(kind="programme.file_loaded")
    assert (event.actor_id, event.data["file"], event.data["sha256"]) == (manager.pk, "new.yaml", address[-65:-1])
    history = client.get(f"/casework/programmes/{SLUG}/history/").text
    assert "Rules loaded from new.yaml" in history
    assert "New: version 2027-04-01" in history
    assert "version 2027-04-01 › Rules › Size of the firm › people: 250 → 500" in history
    compared = client.get(HOME)
    assert [(line.before, line.after) for line in compared.context["lines"] if line.where.endswith("people")] == [
        ("250", "500")
    ]


def test_versions_are_compared_as_asked(client, made_smarter):
    _page, address = checked(client, written(with_new_version(turnover="50000000.00")))
    seen = client.get(address).context["seen"]
    client.post(address, {"seen": seen})
    page = client.get(HOME, {"from": "2027-04-01", "to": "2026-04-01"})
    assert (page.context["before"].number, page.context["after"].number) == ("2027-04-01", "2026-04-01")
    assert client.get(HOME, {"from": "2026-04-01", "to": "2026-04-01"}).context["before"] is None
    assert client.get(HOME, {"from": "x", "to": "\0"}).status_code == 200


def test_the_file_as_it_is_changes_nothing(client):
    page, address = checked(client, FILE.read_bytes())
    assert "Nothing to change" in page.text
    assert client.post(address, {"seen": ""}).status_code == 302
    assert not Event.objects.filter(kind="programme.file_loaded").exists()


def test_a_published_version_is_not_changed_in_place(client, made_smarter):
    data = document()
    data["versions"][0]["eligibility"]["size"]["employees"] = 300
    page, address = checked(client, written(data))
    assert "is published with other content (eligibility.size.employees" in page.text
    assert "Load it" not in page.text
    assert client.post(address, {"seen": page.context["seen"]}).status_code == 200
    assert made_smarter.versions.get().document["eligibility"]["size"]["employees"] == 250


def test_faults_are_listed_with_their_path(client):
    data = document()
    del data["name"]
    data["versions"][0]["eligibility"]["size"]["employees"] = "many"
    page, _address = checked(client, written(data))
    assert "new.yaml: name: Field required" in page.text
    assert "new.yaml: versions.0.eligibility.size.employees:" in page.text


def test_another_programmes_file_is_refused(client, made_smarter):
    page, address = checked(client, (loading.FOLDER / "wales-industry-4.yaml").read_bytes())
    assert "This file is of another programme (slug wales-industry-4)" in page.text
    client.post(address, {"seen": page.context["seen"]})
    assert Programme.objects.count() == 1


def test_what_managers_changed_stays_and_is_named(client, made_smarter):
    call = Call.objects.get()
    call.budget += 1
    call.save()
    page, _address = checked(client, FILE.read_bytes())
    assert page.context["lines"] == []
    assert page.context["edited"] == [f"{call.name}: budget"]


def test_a_budget_in_the_file_never_falls_below_what_firms_hold(client, made_smarter):
    Programme.objects.update(delivery=None)
    application = GrantApplicationFactory(case__programme=made_smarter, approved=True)
    call = Call.objects.exclude(pk=application.call_id).get()
    Award.objects.update(call=call)
    GrantApplication.objects.update(call=call)
    Instrument.objects.filter(calls=application.call_id).delete()
    data = document()
    data["calls"][0] |= {"budget": "1.00", "budget_lines": []}
    page, _address = checked(client, written(data))
    assert "would be less than the offers that firms hold: £15,000" in page.context["problems"][0]


def test_what_changed_since_it_was_read_is_read_again(client, made_smarter):
    data = document()
    data["promise_days"]["lead"] = 7
    page, address = checked(client, written(data))
    [line] = page.context["lines"]
    assert (line.where, line.before, line.after) == ("Promised working days › lead", "2", "7")
    made_smarter.promise_days["lead"] = 4
    made_smarter.save()
    again = client.post(address, {"seen": page.context["seen"]})
    assert "Something has changed since you read this list" in again.text
    made_smarter.refresh_from_db()
    assert made_smarter.promise_days["lead"] == 4
    assert client.post(address, {"seen": again.context["seen"]}).status_code == 302
    made_smarter.refresh_from_db()
    assert made_smarter.promise_days["lead"] == 7


def test_a_file_is_kept_for_an_hour_and_for_one_person(client, signed_in, made_smarter):
    _page, address = checked(client, FILE.read_bytes())
    other = AssignmentFactory(programme=made_smarter, role=Role.MANAGER).user
    assert signed_in(other).get(address).status_code == 302
    cache.clear()
    page = client.get(address, follow=True)
    assert "The file is not kept any more. Choose it again." in page.text
    assert client.get(f"{HOME}anything/", follow=True).status_code == 200


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "new.yaml", "The file is empty"),
        (b"\n", "new.yaml", "The file is empty"),
        (b"a: 1", "new.txt", "ends in .yaml or .yml"),
        (b"# x\n" * 200_000, "new.yaml", "smaller than 512 KB"),
        ("a: é".encode("utf-16"), "new.yaml", "not text in UTF-8"),
        ("a: é".encode("latin-1"), "new.yaml", "not text in UTF-8"),
    ],
)
def test_a_file_that_is_not_opened_is_told_at_its_field(client, content, name, words):
    page = upload(client, content, name)
    assert page.status_code == 200
    assert words in page.text


def test_no_file_is_told_at_its_field(client):
    assert "Choose a file" in client.post(HOME, {}).text


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS.encode(),
        b"[" * 100_000,
        b"a: &a [*a]",
        b"!!python/object/apply:os.system [id]",
        b"a: 2026-13-45",
        b"a: " + b"9" * 5000,
        b"a: [1",
        b"? [a]\n: 1",
        b"- 1",
        b'a: "x\\0"',
        b"a: 1\na: 2",
        b"%YAML 9.9\n---\na",
        b"a: !!binary \xc2\xa3",
        b"---\na: 1\n---\nb: 1",
    ],
)
def test_a_file_that_is_no_programme_is_refused_at_once(client, content):
    started = time.process_time()
    page, address = checked(client, content)
    assert page.status_code == 200
    assert page.context["problems"]
    assert client.post(address, {"seen": ""}).status_code == 200
    assert time.process_time() - started < 5
