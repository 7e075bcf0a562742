from datetime import UTC, datetime

import pytest
import yaml
from django.core.management import CommandError, call_command

from programmes import loading
from programmes.models import Programme
from tests.factories.programmes import ProgrammeFactory, load_programmes

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "digital-valley.yaml"


def test_the_file_loads_as_it_is_beside_the_others(path, capsys):
    load_programmes()
    call_command("new_programme", "digital-valley", "--to", str(path))
    assert f"bin/manage load_programmes --check {path}" in capsys.readouterr().out
    assert "+ digital-valley" in loading.load(loading.read_all([path]), at=NOW)
    found = Programme.objects.get(slug="digital-valley")
    assert (found.name, found.short_name, found.prefix) == ("Digital valley", "Digital valley", "DV")
    assert (found.status, found.can_be_joined) == (Programme.Status.PREVIEW, False)
    assert loading.load(loading.read_all([path]), at=NOW) == []


def test_every_section_of_a_programme_file_is_named_in_it():
    text = (loading.FOLDER.parent / "starting_file.yaml").read_text()
    missing = [
        name
        for name, field in loading.schema.ProgrammeFile.model_fields.items()
        if f"{field.alias or name}:" not in text
    ]
    assert missing == []


@pytest.mark.parametrize(
    "name", ["Digital Valley", 'Åmål: "5" # \\ more', "Yes", "2027", "- a", "Å" * 120, "it's {new}", "@home"]
)
def test_any_name_is_written_so_that_it_is_read_back(path, name):
    call_command("new_programme", "digital-valley", "--to", str(path), "--name", name)
    assert yaml.safe_load(path.read_text())["name"] == name
    assert loading.read(path).name == name


@pytest.mark.parametrize(
    ("slug", "taken", "prefix"),
    [
        ("digital-valley", [], "DV"),
        ("digital-valley", ["DV", "DV2"], "DV3"),
        ("valley", [], "PV"),
        ("4-valleys", [], "P4V"),
        ("a-b-c-d-e-f-g-h-i", [], "ABCDEF"),
    ],
)
def test_the_prefix_is_one_that_nobody_has(path, slug, taken, prefix):
    for other in taken:
        ProgrammeFactory(prefix=other)
    call_command("new_programme", slug, "--to", str(path))
    assert loading.read(path).prefix == prefix


def test_nothing_is_overwritten(path):
    path.write_text("mine")
    with pytest.raises(CommandError, match="exists and is not overwritten"):
        call_command("new_programme", "digital-valley", "--to", str(path))
    assert path.read_text() == "mine"
    with pytest.raises(CommandError, match=r"wales-industry-4.yaml exists"):
        call_command("new_programme", "wales-industry-4")


def test_a_programme_that_is_there_is_not_started_again(path):
    ProgrammeFactory(slug="digital-valley")
    with pytest.raises(CommandError, match="There is a programme digital-valley already"):
        call_command("new_programme", "digital-valley", "--to", str(path))
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["Digital Valley"], "slug: Give lower-case letters"),
        (["a" * 51], "slug: Give lower-case letters"),
        (["digital-valley", "--name", "x" * 121], "name: Give at most 120 characters"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_written(path, arguments, expected):
    with pytest.raises(CommandError, match=expected):
        call_command("new_programme", *arguments, "--to", str(path))
    assert not path.exists()


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be written: No such file or directory"):
        call_command("new_programme", "digital-valley", "--to", str(tmp_path / "nowhere" / "x.yaml"))
