"""Measured again: what has changed between two rounds, for the firm and for staff."""

from django.http import Http404
from django.template.response import TemplateResponse

from diagnostics import uplift
from diagnostics.forms.again import ChangeFilter
from diagnostics.models import Assessment
from diagnostics.views.loading import case_or_404
from diagnostics.views.staff import _for_staff, _frame


def _measured_rounds(request, reference):
    """Rounds with a result in force, newest first."""
    rounds = Assessment.objects.visible_to(request.user).with_context().of_case(reference)
    found = list(rounds.filter(result__isnull=False).select_related("result"))
    for assessment in found:
        assessment.result.assessment = assessment
    return found


def _compared(request, reference):
    """What the page shows: the round named in the address or the newest, since the one named or the first."""
    rounds = _measured_rounds(request, reference)
    chosen = ChangeFilter(request.GET)
    chosen.is_valid()
    wanted, since = (chosen.cleaned_data.get(name) for name in ("round", "since"))
    later = [row for row in rounds[:-1] if row.is_final]
    if not later:
        raise Http404
    after = next((row for row in later if row.round == wanted), later[0])
    earlier = [row for row in rounds if row.round < after.round]
    before = next((row for row in earlier if row.round == since), earlier[-1])
    pairs = [(new, old) for new in later for old in reversed(rounds) if old.round < new.round]
    return {
        "assessment": after,
        "pairs": [
            {"after": new, "before": old, "is_current": (new, old) == (after, before)} for new, old in pairs
        ] if len(pairs) > 1 else [],
        **uplift.comparison(before.result, after.result),
    }  # fmt: skip


def change(request, reference):
    case = case_or_404(request, reference)
    context = {"case": case, "programme": case.programme, **_compared(request, reference)}
    return TemplateResponse(request, "diagnostics/change.html", context)


def staff_change(request, reference):
    assessment = _for_staff(request, reference)
    context = {**_frame(request, assessment, [], "change"), **_compared(request, reference)}
    return TemplateResponse(request, "diagnostics/staff/change.html", context)
