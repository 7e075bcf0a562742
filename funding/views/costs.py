"""What the project costs: lines, what each does to the grant, and suppliers' quotes. A partner has the same pages."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from diagnostics.models import PlanAction
from documents import serving
from documents.checking import RefusedFile
from funding import actions, quoting, selling
from funding.forms import LineForm, QuoteForm
from funding.models import Quote
from funding.views.bearing import bearing_or_404
from funding.views.loading import only_assesses


def costs(request, **address):
    bearing = bearing_or_404(request, **address)
    if not bearing.may_change_costs:
        return bearing.closed(request)
    everything = list(
        bearing.application.lines.select_related("plan_action", "partner").prefetch_related("quotes__upload")
    )
    own = bearing.partner.pk if bearing.partner else None
    lines = [_with_addresses(bearing, line) for line in everything if line.partner_id == own]
    others = [] if bearing.partner else [line for line in everything if line.partner_id]
    return bearing.page(
        request, "funding/costs.html", lines=lines, others=others, today=bearing.today, **bearing.panel(everything)
    )


def _with_addresses(bearing, line):
    """The line with the addresses where it, its quotes and newer ones are changed."""
    line.change = bearing.url("line", line.pk)
    line.remove = bearing.url("remove-line", line.pk)
    line.attach = bearing.url("add-quote", line.pk)
    line.shown_quotes = line.valid_quotes
    for quote in line.shown_quotes:
        quote.remove = bearing.url("remove-quote", quote.pk)
        quote.replace = f"{line.attach}?replaces={quote.pk}"
        quote.is_too_old = quote.has_run_out(bearing.today)
    return line


def _line(bearing, pk):
    return get_object_or_404(bearing.lines.select_related("application", "partner"), pk=pk)


def line(request, line=None, **address):
    """Add or change one cost. "Work out my grant" tries the figures without keeping them."""
    bearing = bearing_or_404(request, **address)
    if not bearing.may_change_costs:
        return bearing.closed(request)
    application = bearing.application
    instance = _line(bearing, line) if line else None
    form = LineForm(
        request.POST or None,
        instance=instance,
        initial={} if instance else _from_outline(bearing),
        terms=quoting.terms_of(application.call),
        today=bearing.today,
        plan_actions=_plan_actions(bearing),
    )
    valid = request.method == "POST" and form.is_valid()
    if valid and "work_out" not in request.POST:
        try:
            actions.save_line(application=application, line=form.instance, partner=bearing.partner)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(bearing.home)
        _warn(request, application, form.instance.supplier)
        return redirect(bearing.url("costs"))
    others = [one for one in application.lines.all() if one.pk != line]
    form.instance.partner = bearing.partner
    panel = bearing.panel([*others, form.instance] if valid else others)
    context = {"form": form, "line": instance, "tried": valid, **panel, **_sellers(application, form)}
    if request.htmx:
        # Half a form is no mistake yet: the fragment shows the grant, or what is needed to work it out.
        return bearing.page(request, bearing.panel_template, **context, unfinished=not valid)
    return bearing.page(request, "funding/line.html", **context)


def _from_outline(bearing):
    """What the firm's outline says of its costs, for the first of them."""
    application = bearing.application
    outline = application.outline
    if outline is None or bearing.partner or application.lines.exists():
        return {"plan_action": application.plan_action_id}
    return {
        "description": outline.title, "supplier": outline.supplier, "net": outline.rough_cost,
        "plan_action": application.plan_action_id,
    }  # fmt: skip


def _plan_actions(bearing):
    """Those of the plan that its firm may have paid; a partner sees nothing of the plan."""
    if bearing.partner:
        return PlanAction.objects.none()
    return PlanAction.objects.in_plan().filter(plan__assessment__case=bearing.application.case).order_by("rank", "pk")


def _sellers(application, form):
    """Who carried out the firm's diagnostic, and which of them the form names as supplier."""
    known = selling.diagnoses(application.case.organisation_id)
    supplier = form["supplier"].value() or ""
    return {"diagnoses": known, "sold_by": [one for one in known if one.sells(supplier)]}


def _warn(request, application, supplier):
    """The cost is kept; the firm hears at once that it will be asked about it."""
    for one in selling.diagnoses(application.case.organisation_id):
        if one.sells(supplier):
            text = _(
                "%(name)s carried out your diagnostic, so it may not sell to you. Your adviser will ask you about it."
            )
            messages.warning(request, text % {"name": one.contractor.name})


def remove_line(request, line, **address):
    bearing = bearing_or_404(request, **address)
    if not bearing.may_change_costs:
        return bearing.closed(request)
    if request.method != "POST":
        return bearing.page(request, "funding/remove_line.html", line=_line(bearing, line))
    if instance := bearing.lines.select_related("application", "partner").filter(pk=line).first():
        try:
            actions.remove_line(line=instance)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(bearing.home)
        messages.success(request, _("The cost has been taken out."))
    return redirect(bearing.url("costs"))


def add_quote(request, line, **address):
    """Attach a supplier's quote; with `?replaces=` it takes the place of one that has run out or was bettered."""
    bearing = bearing_or_404(request, **address)
    if not bearing.may_change_costs:
        return bearing.closed(request)
    application, instance = bearing.application, _line(bearing, line)
    older = _older(request, instance)
    form = QuoteForm(
        request.POST or None,
        request.FILES or None,
        currency=application.call.currency,
        today=bearing.today,
        initial={"supplier": older.supplier if older else instance.supplier, "amount": instance.net},
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.attach_quote(
                line=instance, file=facts["file"], supplier=facts["supplier"], amount=facts["amount"],
                valid_until=facts["valid_until"], by=request.user, at=timezone.now(), key=facts["key"], replaces=older,
            )  # fmt: skip
        except (RefusedFile, actions.UnableToChange) as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("The quote has been added."))
            _warn(request, application, facts["supplier"])
            return redirect(bearing.url("costs"))
    return bearing.page(
        request, "funding/add_quote.html", form=form, line=instance, older=older, **_sellers(application, form)
    )


def _older(request, line):
    """The quote that the address says is replaced; None where it names none that can be."""
    given = request.GET.get("replaces", "")
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        return None
    return line.quotes.filter(pk=int(given), replaced_by=None).first()


def remove_quote(request, quote, **address):
    bearing = bearing_or_404(request, **address)
    if not bearing.may_change_costs:
        return bearing.closed(request)
    found = Quote.objects.filter(line__in=bearing.lines, pk=quote).select_related(
        "line__application", "line__partner", "upload"
    )
    if request.method != "POST":
        return bearing.page(request, "funding/remove_quote.html", quote=get_object_or_404(found))
    if instance := found.first():
        try:
            actions.remove_quote(quote=instance)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(bearing.home)
        messages.success(request, _("The quote has been taken out."))
    return redirect(bearing.url("costs"))


def quote_file(request, reference, number, quote):
    """A supplier's quote for the firm's people, the partner that gave it, and the staff who may read the application.

    Assessors have an address of their own, which minds whether the call is assessed blind.
    """
    quotes = Quote.objects.visible_to(request.user).select_related("upload", "line__application__case")
    found = get_object_or_404(
        quotes, pk=quote, line__application__case__reference=reference, line__application__number=number
    )
    if only_assesses(request.user, found.line.application.case):
        raise Http404
    return serving.attachment(request, found.upload)
