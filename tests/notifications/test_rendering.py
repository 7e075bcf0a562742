import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist

from notifications.rendering import render
from tests.factories.notifications import MessageFactory

FIRM = "Ösel & Söner <AB>"
BUTTON = {"label": "See your application", "url": "https://portal.example/cases/TEST-222222/?a=1&b=2"}
KINDS = sorted(
    path.stem for path in (Path(settings.BASE_DIR) / "templates/notifications").glob("*.txt") if path.stem != "base"
)


def mail(**changes):
    return render(MessageFactory.build(**{"context": {"button": BUTTON}, **changes}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_subject_and_says_the_same_twice(kind):
    sent = mail(kind=kind, context={"button": BUTTON, "promise": "2026-12-04", "about": "password_changed"})

    assert 5 < len(sent.subject) <= 200
    assert "\n" not in sent.subject
    assert BUTTON["url"] in sent.text
    assert "&amp;b=2" in sent.html
    assert BUTTON["label"] in sent.html
    for paragraph in re.findall(r"^[A-Z].{30,}$", sent.text, re.MULTILINE):
        words = paragraph.split()[:5]
        assert " ".join(words) in " ".join(re.sub(r"&#x27;", "'", sent.html).split())
    for text in (sent.text, sent.html):
        assert "{%" not in text
        assert "{{" not in text


def test_the_reference_and_the_programme_are_named():
    sent = mail(reference="TEST-222222", branding={"name": "Made Example", "colour": "#1d70b8"})
    assert sent.subject == "Made Example: your adviser has a question"
    for text in (sent.text, sent.html):
        assert "TEST-222222" in text
        assert "Made Example" in text


def test_a_day_is_told_in_words():
    assert "by 4 December 2026" in mail(kind="case_submitted", context={"promise": "2026-12-04"}).text
    assert "by" not in mail(kind="case_submitted", context={"promise": ""}).text.split("\n\n")[1]


def test_plain_text_is_not_escaped_and_html_is():
    words = {"subject": f"News for {FIRM}", "body": f"Dear {FIRM},\n\nIt's done."}
    sent = mail(words=words, branding={"name": "R & D"})
    assert sent.subject == f"R & D: News for {FIRM}"
    assert f"Dear {FIRM}," in sent.text
    assert "It's done." in sent.text
    assert "&amp;" not in sent.text
    assert "Ösel &amp; Söner &lt;AB&gt;," in sent.html
    assert "<AB>" not in sent.html


class TestWords:
    """A programme's own words replace the template's."""

    def test_they_may_name_facts(self):
        sent = mail(
            context={"firm": FIRM, "promise": "4 December"}, reference="TEST-222222",
            words={"subject": "Hello $firm", "body": "By $promise, on $reference.\n\n$unknown costs $$5 or $ 6"},
        )  # fmt: skip
        assert sent.subject == f"Hello {FIRM}"
        assert "By 4 December, on TEST-222222." in sent.text
        assert "$unknown costs $5 or $ 6" in sent.text
        assert "adviser has read" not in sent.text

    def test_they_are_words_and_not_a_template(self):
        sent = mail(words={"subject": "{{ language }}", "body": "{% now 'Y' %} {{ brand }}"})
        assert sent.subject == "{{ language }}"
        assert "{% now 'Y' %} {{ brand }}" in sent.text

    def test_paragraphs_come_as_a_browser_sends_them(self):
        sent = mail(words={"subject": "S", "body": "One\r\ntwo\r\n\r\nThree\n\n\n\nFour  \n"})
        for paragraph in ("One two", "Three", "Four"):
            assert re.search(rf"^{paragraph}$", sent.text, re.MULTILINE)
            assert f">{paragraph}</p>" in re.sub(r">\s+|\s+<", lambda mark: mark[0].strip(), sent.html)


def test_a_subject_is_one_line():
    sent = mail(words={"subject": "Hello\r\nBcc: everybody@firm.example", "body": "B"}, branding={"name": "A\nB"})
    assert sent.subject == "A B: Hello Bcc: everybody@firm.example"
    assert len(mail(words={"subject": "long " * 100, "body": "B"}).subject) == 200


def test_the_language_of_the_message_is_the_readers():
    assert 'lang="cy"' in mail(language="cy").html


def test_a_kind_without_words_is_an_error():
    with pytest.raises(TemplateDoesNotExist):
        mail(kind="no_such_kind")
