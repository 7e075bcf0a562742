import pytest
from django.urls import NoReverseMatch, reverse

from portal.references import ALPHABET, ReferenceConverter, new_reference


def test_references_are_easy_to_read_aloud():
    assert len(ALPHABET) == len(set(ALPHABET)) == 30
    assert not set("01ILOU") & set(ALPHABET)


def test_references_are_not_guessable_in_sequence():
    made = {new_reference("MSNW") for _ in range(1000)}
    assert len(made) == 1000
    assert all(name.startswith("MSNW-") and len(name) == 11 and set(name[5:]) <= set(ALPHABET) for name in made)
    firsts = [name[5] for name in sorted(made)]
    assert len(set(firsts)) > 20


def test_reference_keeps_its_spelling_in_addresses():
    converter = ReferenceConverter()
    assert converter.to_python("MSNW-7K3F9Q") == converter.to_url("MSNW-7K3F9Q") == "MSNW-7K3F9Q"
    assert reverse("applications:withdraw", args=["MSNW-7K3F9Q"]) == "/cases/MSNW-7K3F9Q/withdraw/"


@pytest.mark.parametrize("text", ["msnw-7k3f9q", "MSNW-7K3F9", "MSNW-7K3F90", "M-7K3F9Q", "MSNW7K3F9Q", "MSNW-7K3F9Q2"])
def test_what_is_no_reference_is_no_address(text):
    with pytest.raises(NoReverseMatch):
        reverse("applications:withdraw", args=[text])
