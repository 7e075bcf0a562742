import pytest

from organisations import places
from organisations.identifiers import BadIdentifier, company_identifier, normalise_company_number, normalise_number
from tests.reference import load_reference

VECTORS = load_reference("domain/vectors.json")


@pytest.mark.parametrize("vector", VECTORS["postcodes"], ids=lambda vector: vector["input"])
def test_postcodes(vector):
    if vector["expected"] is None:
        with pytest.raises(places.BadPostcode):
            places.normalise_postcode(vector["input"])
    else:
        assert places.normalise_postcode(vector["input"]) == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["company_numbers"], ids=lambda vector: vector["input"] or "empty")
def test_company_numbers(vector):
    assert normalise_company_number(vector["input"]) == vector["expected"]
    if vector["expected"] is None:
        with pytest.raises(BadIdentifier):
            company_identifier(vector["input"], "GB")
    else:
        assert company_identifier(vector["input"], "GB") == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["tax_ids"], ids=lambda vector: f"{vector['kind']} {vector['input']}")
def test_tax_numbers(vector):
    assert normalise_number(vector["input"], vector["kind"]) == vector["expected"]
