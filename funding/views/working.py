"""What staff see of an application on every page that works on it."""

from decimal import Decimal

from django.utils import timezone

from funding import overlaps, selling
from funding.models import Award
from funding.views.firm import page
from funding.wording import WHY_NOT_FOR_STAFF, percent_text
from organisations.groups import group_ids
from programmes.wording import LIMIT_NAMES


def lines_of(application):
    """The costs with their quotes, each with why it does not count."""
    refused = [entry["why_not"] for entry in application.quote.get("lines", [])]
    lines = list(overlaps.with_files(application.lines.all()))
    for index, line in enumerate(lines):
        line.application = application
        why = refused[index] if index < len(refused) else None
        line.why_not = str(WHY_NOT_FOR_STAFF[why]) if why else ""
    return lines


def work_page(request, template, application, *, lines=None, members=None, **context):
    lines = lines_of(application) if lines is None else lines
    return page(
        request, template, application, lines=lines, quote=application.quote, plan_action=application.plan_action,
        limit=LIMIT_NAMES.get(application.quote.get("limit"), ""), overlaps=_overlaps(application, lines, members),
        conflicts=_conflicts(application, lines),
        share=percent_text(Decimal(application.quote.get("effective_percent") or 0)), **context,
    )  # fmt: skip


def _conflicts(application, lines):
    known = selling.diagnoses(application.case.organisation_id) if application.was_diagnosed else []
    return selling.conflicts(lines, known)


def members_of(application, today):
    return group_ids(application.case.organisation, today)


def _overlaps(application, lines, members):
    """Costs that another application of the group has too; one that has ended claims none."""
    if not application.is_open:
        return []
    members = members or members_of(application, application.case.programme.local_date(timezone.now()))
    return overlaps.paid_twice(application, members, lines=lines)


def award_of(application):
    people = ("letter", "aid_letter", "offered_by", "accepted_by", "aid_confirmed_by")
    return Award.objects.filter(application=application).select_related(*people).first()


def with_criteria(application, reviews):
    """Sent reviews with their scores in the order of the call's criteria."""
    criteria = application.call.criteria
    return [
        {
            "review": review,
            "scores": [{"title": one["title"], **review.scores.get(one["code"], {})} for one in criteria],
        }
        for review in reviews
    ]
