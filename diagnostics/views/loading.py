"""What every view of a diagnostic loads first, in the person's scope."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from applications.models import Case
from diagnostics.forms.answers import RoundFilter
from diagnostics.models import ActionPlan, Assessment, PlanAction, Result, WaitingPlace


def case_or_404(request, reference):
    return get_object_or_404(Case.objects.visible_to(request.user).with_context(), reference=reference)


def assessment_or_404(request, reference):
    """The round named in the address, else the newest."""
    return _round_or_404(request, Assessment.objects.of_case(reference))


def final_or_404(request, reference):
    """The round named in the address, else the newest that has a result: a second round leaves the first to be read."""
    return _round_or_404(request, Assessment.objects.of_case(reference).filter(result__isnull=False))


def _round_or_404(request, rounds):
    rounds = rounds.visible_to(request.user).with_context()
    chosen = RoundFilter(request.GET)
    wanted = chosen.cleaned_data["round"] if chosen.is_valid() else ""
    found = (rounds.filter(round=wanted).first() if wanted else None) or rounds.first()
    if found is None:
        raise Http404
    return found


def result_or_404(request, assessment):
    """The result in force: of a diagnostic that was opened again, the one before."""
    return get_object_or_404(Result.objects.visible_to(request.user), in_force_of=assessment)


def waiting_place(request, case):
    """The case's row in the waiting list, as long as it waits."""
    return (
        WaitingPlace.objects.visible_to(request.user).live().numbered().filter(case=case).select_related("case").first()
    )


def plan_or_404(request, reference):
    plans = ActionPlan.objects.visible_to(request.user).with_context()
    found = plans.filter(assessment__case__reference=reference).order_by("-assessment__round").first()
    if found is None:
        raise Http404
    return found


def action_or_404(request, reference, pk):
    actions = PlanAction.objects.visible_to(request.user).select_related(
        "plan__assessment__case__programme", "plan__assessment__case__organisation", "plan__assessment__version"
    )
    return get_object_or_404(actions, pk=pk, plan__assessment__case__reference=reference)


def sent(request):
    """What a form is bound to: the body of a POST, even an empty one; None while it is only looked at."""
    return request.POST if request.method == "POST" else None
