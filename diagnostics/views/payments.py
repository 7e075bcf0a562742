"""The second look at what contractors delivered, and what finance pays for."""

import csv

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from diagnostics.actions import checking
from diagnostics.actions.finals import UnableToReopen
from diagnostics.forms.contractors import PayForm, SendBackForm
from diagnostics.models import Allocation
from diagnostics.views.contractors import staff_contractors, tabs
from documents.cells import csv_cell
from portal.money import money_text
from portal.paging import paginate
from portal.workflow import IllegalMove

MOST = 500
"""Deliveries on one payment list."""


# --- The second look ------------------------------------------------------------------------------
@require_safe
def checks(request):
    seen = Allocation.objects.visible_to(request.user).filter(contractor__in=staff_contractors(request.user))
    rows = seen.with_context().select_related("delivered_by").filter(status=Allocation.Status.DELIVERED)
    page = paginate(rows, order=["delivered_at", "id"], cursor=request.GET.get("cursor", ""))
    return TemplateResponse(request, "diagnostics/contractors/checks.html", {"page": page, **tabs("contractor-checks")})


def check(request, pk):
    """Read the diagnostic, then approve it or send it back."""
    rows = Allocation.objects.visible_to(request.user).filter(contractor__in=staff_contractors(request.user))
    row = get_object_or_404(rows.with_context().select_related("delivered_by", "checked_by"), pk=pk)
    may_check = request.user.can(Permission.DECIDE_CASE, row.assessment.case)
    is_back = request.POST.get("verdict") == "back"
    form = SendBackForm(request.POST if is_back else None)
    if request.method == "POST":
        request.user.must(Permission.DECIDE_CASE, row.assessment.case)
        if not is_back or form.is_valid():
            return _judge(request, row, form.cleaned_data["reason"] if is_back else "")
    context = {
        "row": row, "case": row.assessment.case, "form": form, "wide": True,
        "may_check": may_check and row.status == Allocation.Status.DELIVERED,
    }  # fmt: skip
    return TemplateResponse(request, "diagnostics/contractors/check.html", context)


def _judge(request, row, reason):
    try:
        if reason:
            checking.send_back(allocation=row, reason=reason, by=request.user, at=timezone.now())
            messages.success(request, _("Sent back. The contractor and the firm have been told."))
        else:
            checking.approve(allocation=row, by=request.user, at=timezone.now())
            messages.success(request, _("Approved. Finance can pay it."))
    except (checking.UnableToCheck, UnableToReopen) as error:
        messages.error(request, str(error))
        return redirect("diagnostics:contractor-check", row.pk)
    except IllegalMove:
        messages.info(request, _("Somebody else has dealt with this one already."))
    return redirect("diagnostics:contractor-checks")


# --- Payment --------------------------------------------------------------------------------------
def _payers(request):
    """Contractors of the programmes that the person pays for; readers of its cases see the page and pay nothing."""
    return staff_contractors(request.user).select_related("organisation", "programme")


def _may_pay(user, contractor):
    return contractor.programme_id in user.programmes_for(Permission.PAY_CLAIM)


@require_safe
def payments(request):
    now = timezone.now()
    rows = _payers(request).with_load(now.date()).order_by("programme__position", "organisation__name", "pk")
    context = {"rows": rows, **tabs("contractor-payments")}
    return TemplateResponse(request, "diagnostics/contractors/payments.html", context)


def _approved(contractor):
    rows = Allocation.objects.with_context().filter(contractor=contractor, status=Allocation.Status.APPROVED)
    return rows.order_by("delivered_at", "pk")


def pay(request, pk):
    """One contractor's approved diagnostics, their sum, and the form that records a payment of some or all."""
    contractor = get_object_or_404(_payers(request), pk=pk)
    rows = list(_approved(contractor)[:MOST])
    if request.method == "POST":
        if not _may_pay(request.user, contractor):
            raise PermissionDenied
        known = Allocation.objects.filter(contractor=contractor).values_list("pk", flat=True)
        form = PayForm(request.POST, payable=known)
        if form.is_valid() and _pay(request, contractor, form):
            return redirect("diagnostics:contractor-pay", pk)
    else:
        form = PayForm(payable=[])
    paid = Allocation.objects.with_context().filter(contractor=contractor, status=Allocation.Status.PAID)
    context = {
        "contractor": contractor, "rows": rows, "form": form, "wide": True,
        "total": _approved(contractor).aggregate(sum=Sum("fee"))["sum"] or 0,
        "ticked": set(request.POST.getlist("allocations")) if request.method == "POST" else {str(r.pk) for r in rows},
        "page": paginate(paid, order=["-paid_at", "-id"], cursor=request.GET.get("cursor", "")),
        "may_pay": _may_pay(request.user, contractor),
    }  # fmt: skip
    return TemplateResponse(request, "diagnostics/contractors/pay.html", context)


def _pay(request, contractor, form):
    try:
        count, total = checking.pay(
            contractor=contractor, allocations=form.cleaned_data["allocations"],
            reference=form.cleaned_data["reference"], by=request.user, at=timezone.now(),
        )  # fmt: skip
    except checking.UnableToPay as error:
        form.add_error(None, str(error))
        return False
    except IllegalMove:
        form.add_error(None, _("Some of these were paid since you opened the page. Nothing was recorded."))
        return False
    said = ngettext("%(count)d diagnostic paid, %(sum)s in all.", "%(count)d diagnostics paid, %(sum)s in all.", count)
    messages.success(request, said % {"count": count, "sum": money_text(total, contractor.programme.currency)})
    return True


@require_safe
def as_csv(request, pk):
    """The payment list with its total, as a file for the finance system."""
    contractor = get_object_or_404(_payers(request), pk=pk)
    rows = list(_approved(contractor))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"diagnostics-to-pay-{contractor.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([_("Reference"), _("Firm"), _("Contractor"), _("Delivered"), _("Checked"), _("Fee"), _("Currency")])
    currency = contractor.programme.currency
    for row in rows:
        case, day = row.assessment.case, contractor.programme.local_date(row.delivered_at)
        checked = contractor.programme.local_date(row.checked_at) if row.checked_at else None
        cells = [case.reference, case.organisation.name, contractor.organisation.name, day, checked, row.fee, currency]
        writer.writerow([csv_cell(cell) for cell in cells])
    total = sum((row.fee for row in rows), start=type(contractor.fee)(0))
    writer.writerow(
        [csv_cell(cell) for cell in (_("Total"), "", contractor.organisation.name, None, None, total, currency)]
    )
    return response
