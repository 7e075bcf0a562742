from django import template
from django.utils import timezone

from casework import waivers

register = template.Library()


@register.inclusion_tag("casework/_waiver_notices.html")
def waiver_notices(programme):
    """On every page of a programme: which of its languages a questionnaire lacks, where leave ends soon."""
    return {"lacks": [lack for lack in waivers.lacks([programme], timezone.now()) if lack.is_pressing]}
