"""What templates of the diagnostic say of a questionnaire's words."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from diagnostics import wording

register = template.Library()


@register.simple_tag
def words_lang(row: Any) -> SafeString | str:
    """The attribute ` lang="en"` for an element with words of the questionnaire of `row` (an assessment, a first look)
    where they are not in the page's language; nothing where they are."""
    language = wording.foreign_language(row.document)
    return format_html(' lang="{}"', language) if language else ""
