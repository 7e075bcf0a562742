import time

import pytest
import yaml

from portal import safe_yaml
from portal.safe_yaml import RefusedYaml

LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))


@pytest.mark.parametrize(
    "text",
    [LAUGHS, MERGES, "[" * 100_000, "a:\n" + "".join(f"{' ' * n}- \n" for n in range(1, 60)), "- 1\n" * 60_000],
    ids=["laughs", "merges", "brackets", "steps", "many"],
)
def test_what_would_grow_is_refused_at_once(text):
    started = time.process_time()
    with pytest.raises(RefusedYaml, match="too deep"):
        safe_yaml.check(text)
    assert time.process_time() - started < 2


def test_a_value_cannot_hold_itself():
    with pytest.raises(RefusedYaml, match=r"\*a"):
        safe_yaml.check("a: &a [1, *a]")


def test_an_anchor_counts_as_what_it_stands_for_now():
    with pytest.raises(RefusedYaml, match=r"\*a"):
        safe_yaml.check("- &a 1\n- &a [*a]")


def test_a_figure_without_end_is_refused():
    with pytest.raises(RefusedYaml, match="Line 2 holds a value that is too long"):
        safe_yaml.check("a: 1\nb: " + "1:" * 20_000 + "1")


@pytest.mark.parametrize("letter", [r"\0", r"\ud800"])
def test_a_letter_that_no_column_keeps_is_refused(letter):
    with pytest.raises((RefusedYaml, yaml.YAMLError)):
        safe_yaml.check(f'a: "x{letter}"')


def test_plain_files_pass_with_their_aliases():
    safe_yaml.check("terms: &terms {rate: 50}\nother: *terms\nname: &name x\nagain: *name\n")


def test_what_is_no_yaml_says_so():
    with pytest.raises(yaml.YAMLError):
        safe_yaml.check("a: [1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a: 1\n" * 200_000, "smaller than 512 KB"),
        ("a: é".encode("utf-16"), "UTF-8"),
        ("a: é".encode("latin-1"), "UTF-8"),
        (b" \n", "empty"),
    ],
)
def test_a_file_is_text_of_a_sensible_size(content, words):
    with pytest.raises(RefusedYaml, match=words):
        safe_yaml.text_of(content)


def test_the_mark_that_some_editors_write_first_is_no_letter():
    assert safe_yaml.text_of(b"\xef\xbb\xbfa: 1") == "a: 1"
