"""What the project costs: lines, what each does to the grant, and suppliers' quotes."""

from django.contrib import messages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from documents.checking import RefusedFile
from funding import actions, quoting, selling
from funding.forms import LineForm, QuoteForm
from funding.models import BudgetLine, Quote
from funding.views.firm import locked, page, quote_panel
from funding.views.loading import to_edit


def costs(request, reference, number):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    lines = list(application.lines.prefetch_related("quotes__upload"))
    return page(request, "funding/costs.html", application, lines=lines, panel=quote_panel(application, lines=lines))


def _line(application, pk):
    return get_object_or_404(BudgetLine.objects.filter(application=application).select_related("application"), pk=pk)


def line(request, reference, number, line=None):
    """Add or change one cost. "Work out my grant" tries the figures without keeping them."""
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    instance = _line(application, line) if line else None
    form = LineForm(
        request.POST or None,
        instance=instance,
        terms=quoting.terms_of(application.call),
        today=application.case.programme.local_date(timezone.now()),
    )
    valid = request.method == "POST" and form.is_valid()
    if valid and "work_out" not in request.POST:
        try:
            actions.save_line(application=application, line=form.instance)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(application)
        _warn(request, application, form.instance.supplier)
        return redirect("funding:costs", reference, number)
    others = [one for one in application.lines.all() if one.pk != line]
    panel = quote_panel(application, lines=[*others, form.instance] if valid else others)
    context = {"form": form, "line": instance, "panel": panel, "tried": valid, **_sellers(application, form)}
    if request.htmx:
        # Half a form is no mistake yet: the fragment shows the grant, or what is needed to work it out.
        return page(request, "funding/_quote.html", application, **context, unfinished=not valid)
    return page(request, "funding/line.html", application, **context)


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


def remove_line(request, reference, number, line):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    instance = BudgetLine.objects.filter(application=application, pk=line).first()
    if request.method != "POST":
        return page(request, "funding/remove_line.html", application, line=_line(application, line))
    if instance:
        try:
            actions.remove_line(line=instance)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(application)
        messages.success(request, _("The cost has been taken out."))
    return redirect("funding:costs", reference, number)


def add_quote(request, reference, number, line):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    instance = _line(application, line)
    form = QuoteForm(
        request.POST or None,
        request.FILES or None,
        currency=application.call.currency,
        initial={"supplier": instance.supplier, "amount": instance.net},
    )
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            actions.attach_quote(
                line=instance, file=facts["file"], supplier=facts["supplier"], amount=facts["amount"],
                valid_until=facts["valid_until"], by=request.user, at=timezone.now(), key=facts["key"],
            )  # fmt: skip
        except (RefusedFile, actions.UnableToChange) as error:
            form.add_error("file", str(error))
        else:
            messages.success(request, _("The quote has been added."))
            _warn(request, application, facts["supplier"])
            return redirect("funding:costs", reference, number)
    return page(
        request, "funding/add_quote.html", application, form=form, line=instance, **_sellers(application, form)
    )  # fmt: skip


def remove_quote(request, reference, number, quote):
    application = to_edit(request, reference, number)
    if not application.is_editable:
        return locked(request, application)
    found = Quote.objects.filter(line__application=application, pk=quote).select_related("line__application", "upload")
    if request.method != "POST":
        return page(request, "funding/remove_quote.html", application, quote=get_object_or_404(found))
    if instance := found.first():
        try:
            actions.remove_quote(quote=instance)
        except actions.UnableToChange as error:
            messages.info(request, str(error))
            return redirect(application)
        messages.success(request, _("The quote has been taken out."))
    return redirect("funding:costs", reference, number)


def quote_file(request, reference, number, quote):
    """A supplier's quote for the firm's people and for the staff who may read the application."""
    quotes = Quote.objects.visible_to(request.user).select_related("upload")
    upload = get_object_or_404(
        quotes, pk=quote, line__application__case__reference=reference, line__application__number=number
    ).upload
    return download(upload.file, upload.name, upload.content_type)


def download(file, name, content_type):
    """A file that the browser keeps apart from the portal: never shown inside it, never guessed at, never stored."""
    response = FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
