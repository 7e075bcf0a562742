import pytest
from django.template.loader import get_template

pytestmark = pytest.mark.django_db


def test_theme_is_a_small_public_style_sheet_kept_for_a_year(client):
    response = client.get("/theme/1d70b8.css")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/css")
    assert response.content == b":root{--programme:#1d70b8}\n"
    assert "public" in response["Cache-Control"]
    assert "immutable" in response["Cache-Control"]
    assert not response.cookies


@pytest.mark.parametrize("colour", ["1D70B8", "1d70b", "red", "1d70b8;}body{display:none", "1d70b8%0a"])
def test_theme_takes_nothing_but_a_colour(client, colour):
    assert client.get(f"/theme/{colour}.css").status_code == 404


def test_theme_is_only_read(client):
    assert client.post("/theme/1d70b8.css").status_code == 405


def test_error_page_stands_on_its_own():
    """Django renders 500.html without a request: it must not need one."""
    html = get_template("500.html").render()
    assert "it is our fault" in html
    assert "<script" not in html
