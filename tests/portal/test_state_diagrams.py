import pytest
from django.core.management import CommandError, call_command

from applications.models import Case
from portal.management.commands.state_diagrams import page, workflows


def draw(capsys, **options):
    call_command("state_diagrams", **options)
    return capsys.readouterr().out


@pytest.fixture
def folder(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    return tmp_path / "docs" / "states"


def test_every_workflow_is_drawn(capsys, folder):
    count = len(workflows())
    assert draw(capsys) == f"{count} diagrams, {count} written anew\n"
    assert {path.stem for path in folder.iterdir()} == {model._meta.model_name for model in workflows()}
    assert draw(capsys) == f"{count} diagrams, 0 written anew\n"
    draw(capsys, check=True)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda folder: (folder / "case.md").write_text("# Old"), "case.md"),
        (lambda folder: (folder / "case.md").unlink(), "case.md"),
        (lambda folder: (folder / "gone.md").write_text("# Gone"), "gone.md"),
    ],
)
def test_what_is_out_of_date_is_named_and_put_right(capsys, folder, change, name):
    draw(capsys)
    before = {path.name: path.read_text() for path in folder.iterdir()}
    change(folder)
    with pytest.raises(CommandError, match=f"Out of date in docs/states: {name}"):
        draw(capsys, check=True)
    draw(capsys)
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


def test_a_page_names_every_move_and_every_word():
    lines = page(Case).splitlines()
    moves = {line.strip() for line in lines if "-->" in line}
    assert moves == {
        "[*] --> DRAFT", "REJECTED --> [*]", "WITHDRAWN --> [*]",
        *(f"{status} --> {after}" for status, following in Case.MOVES.items() for after in following),
    }  # fmt: skip
    assert "| `SUBMITTED` | To review | With your adviser | Adviser |" in lines
