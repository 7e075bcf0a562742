"""The public register of experts, and its upkeep by managers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from network.forms import ExpertForm, RegisterFilters
from network.history import changes
from network.models import Expert
from portal.paging import paginate


@login_not_required
@require_safe
def register(request):
    """Everybody in the register; it is small enough to be filtered once it is read."""
    experts = list(Expert.objects.visible_to(request.user).listed().order_by("name", "pk"))
    filters = RegisterFilters(request.GET, experts=experts)
    context = {"experts": filters.found(experts), "filters": filters, "may_edit": _runs_something(request.user)}
    return TemplateResponse(request, "network/register.html", context)


@login_not_required
@require_safe
def expert(request, slug):
    found = get_object_or_404(Expert.objects.visible_to(request.user).listed().select_related("programme"), slug=slug)
    context = {"expert": found, "may_edit": _may_edit(request.user, found)}
    return TemplateResponse(request, "network/expert.html", context)


def _runs_something(user):
    return user.is_authenticated and bool(user.programmes_for(Permission.CONFIGURE))


def _may_edit(user, found):
    return user.is_authenticated and Expert.objects.editable_by(user).filter(pk=found.pk).exists()


# --- Upkeep ---------------------------------------------------------------------------------------
def _programmes(request):
    """Ids of the programmes that the person runs; whoever runs none finds no such page."""
    found = request.user.programmes_for(Permission.CONFIGURE)
    if not found:
        raise Http404
    return found


@require_safe
def entries(request):
    _programmes(request)
    rows = Expert.objects.editable_by(request.user).select_related("programme")
    page = paginate(rows, order=["checked_on", "id"], cursor=request.GET.get("cursor", ""))
    return TemplateResponse(request, "network/entries.html", {"page": page, "wide": True})


def add(request):
    programmes = _programmes(request)
    form = ExpertForm(request.POST or None, programmes=programmes)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            found = form.save(commit=False)
            found.slug = _free_slug(found.name)
            found.checked_on = found.programme.local_date(timezone.now())
            found.save()
        messages.success(request, _("Added: %(name)s.") % {"name": found.name})
        return redirect("network:edit", found.slug)
    return TemplateResponse(request, "network/edit.html", {"form": form, "wide": True})


def _free_slug(name):
    start = slugify(name)[:70]
    taken = set(Expert.objects.filter(slug__startswith=start).values_list("slug", flat=True))
    taken.add("add")  # the address of the page that adds
    return next(slug for slug in [start, *(f"{start}-{number}" for number in range(2, 999))] if slug not in taken)


def edit(request, slug):
    programmes = _programmes(request)
    found = _editable(request, slug)
    form = ExpertForm(request.POST or None, instance=found, programmes=programmes)
    if request.method == "POST" and form.is_valid():
        saved = form.save(commit=False)
        saved.checked_on = saved.programme.local_date(timezone.now())
        saved.save()
        messages.success(request, _("Saved: %(name)s.") % {"name": saved.name})
        return redirect("network:edit", slug)
    context = {"form": form, "expert": found, "changes": changes(found), "wide": True}
    return TemplateResponse(request, "network/edit.html", context)


def _editable(request, slug):
    _programmes(request)
    found = get_object_or_404(Expert.objects.visible_to(request.user).select_related("programme"), slug=slug)
    if not _may_edit(request.user, found):
        raise PermissionDenied
    return found


@require_POST
def checked(request, slug):
    """Somebody has looked: the entry is right as it stands."""
    found = _editable(request, slug)
    found.checked_on = found.programme.local_date(timezone.now()) if found.programme else timezone.localdate()
    found.save(update_fields=["checked_on"])
    messages.success(request, _("Marked as checked today."))
    return redirect("network:edit", slug)


@require_POST
def list_or_unlist(request, slug):
    """Take the entry out of the register and of matching, or put it back; it is never deleted."""
    found = _editable(request, slug)
    found.is_listed = request.POST.get("listed") == "yes"
    found.save(update_fields=["is_listed"])
    if found.is_listed:
        messages.success(request, _("The entry is in the register again."))
    else:
        messages.success(request, _("The entry is out of the register, and no plan names it any more."))
    return redirect("network:edit", slug)
