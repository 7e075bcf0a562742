from datetime import date

import pytest
from django.core.management import CommandError, call_command

from network import loading
from network.finding import nearby
from network.models import Expert
from tests.factories.diagnostics import questionnaire
from tests.factories.programmes import load_programmes

ENTRY = """
experts:
  - slug: try-out
    name: Try Out
    kinds: [rto]
    country: GB
    languages: [en-gb]
    summary: Lets firms try.
    source: A book
    checked_on: 2026-11-01
"""


def test_the_registers_words_are_the_questionnaires(db):
    document = questionnaire().document
    assert set(Expert.Kind.values) == {kind["code"] for kind in document["expert_kinds"]}
    scored = {group["code"] for group in document["groups"] if group["role"] != "barrier"}
    assert set(Expert.Capability.values) == scored
    codes = scored | {question["code"] for question in document["questions"]}
    for path in loading.DATA.glob("*.yaml"):
        for entry in loading.read(path):
            assert set(entry.capabilities) <= codes, entry.slug


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["wales-industry-4", "made-smarter-north-west"])
def test_a_demonstration_has_two_for_each_kind_in_every_region_of_a_programme_with_a_diagnostic(settings, slug):
    settings.DEMO = True
    programme = load_programmes()[slug]
    call_command("load_experts", verbosity=0)
    used = {
        kind
        for question in questionnaire().document["questions"]
        for action in question.get("actions", [])
        for kind in action["experts"]
    }
    for region in programme.regions.all():
        near = nearby(country="GB", authorities=region.local_authorities, languages=programme.languages)
        for kind in used:
            assert len(near.best([kind])) >= 2, (region.slug, kind)


@pytest.mark.django_db
def test_invented_ones_are_of_demonstrations_and_a_second_load_changes_nothing(settings, capsys):
    load_programmes()
    settings.DEMO = False
    call_command("load_experts")
    assert Expert.objects.exists()
    assert not Expert.objects.filter(is_demo=True).exists()
    capsys.readouterr()
    call_command("load_experts")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(": 0 added, 0 changed," in line for line in lines)


@pytest.mark.django_db
def test_what_a_manager_has_changed_stays_and_the_rest_follows_the_file(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text(ENTRY)
    assert loading.load(loading.read(path)) == (1, 0)
    Expert.objects.update(name="Try Out Centre", checked_on=date(2026, 11, 20))
    path.write_text(ENTRY.replace("name: Try Out", "name: Tryout").replace("firms try.", "firms try robots."))
    assert loading.load(loading.read(path)) == (0, 1)
    assert loading.load(loading.read(path)) == (0, 0)
    expert = Expert.objects.get()
    assert (expert.name, expert.summary) == ("Try Out Centre", "Lets firms try robots.")
    assert expert.checked_on == date(2026, 11, 20)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY.replace("[rto]", "[wizard]"), "kinds"),
        (ENTRY.replace("    source: A book\n", ""), "source"),
        (ENTRY.replace("slug: try-out", "slug: Try Out"), "slug"),
        (ENTRY.replace("2026-11-01", "2026-13-45"), "some.yaml"),
        ("experts: {", "some.yaml"),
        ("other: 1", "experts"),
        ("- 1", "some.yaml"),
        (ENTRY + "    programme: nowhere\n", "nowhere"),
    ],
)
def test_a_faulty_file_is_refused_in_words(tmp_path, text, said):
    path = tmp_path / "some.yaml"
    path.write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("load_experts", path)
    assert not Expert.objects.exists()
