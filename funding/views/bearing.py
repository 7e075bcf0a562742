"""Whose costs a page is about: those of the firm that applies, or of a partner on its own pages."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from funding import quoting, wording
from funding.models import BudgetLine, GrantApplication, Partner
from funding.views import firm
from funding.views.loading import read_partners, to_edit


@dataclass(frozen=True)
class Bearing:
    application: GrantApplication
    partner: Partner | None = None

    def url(self, name, *args):
        """Of one of its pages: `costs` is `funding:costs` to the firm and `funding:partner-costs` to a partner."""
        if self.partner:
            return reverse(f"funding:partner-{name}", args=[self.partner.key, *args])
        return reverse(f"funding:{name}", args=[self.application.case.reference, self.application.number, *args])

    @property
    def home(self):
        return reverse("funding:part", args=[self.partner.key]) if self.partner else self.application.get_absolute_url()

    @property
    def is_open(self):
        """Whether its costs may be changed now."""
        if self.partner:
            return self.partner.may_fill_in
        return self.application.may_change("costs")

    @property
    def may_change_costs(self):
        """One that is to take a partner's place takes its costs over as they stand."""
        return self.is_open and not (self.partner and self.partner.is_next)

    @property
    def lines(self):
        """Its own costs."""
        return BudgetLine.objects.filter(application=self.application, partner=self.partner)

    @property
    def today(self):
        return self.application.case.programme.local_date(timezone.now())

    def closed(self, request):
        """Away from a page whose answers are closed."""
        if self.partner is None:
            return firm.locked(request, self.application)
        messages.info(request, _("Your part is closed, so it cannot be changed now."))
        return redirect(self.home)

    def panel(self, lines=None):
        """What the costs come to, for the page beside them; `lines` in the place of all that are saved."""
        if self.partner is None:
            return {"panel": firm.quote_panel(self.application, lines=lines)}
        found = quoting.together_for(self.application, at=timezone.now(), lines=lines)
        return {"share": wording.own_share(found, self.partner), "currency": self.application.call.currency}

    @property
    def panel_template(self):
        return "funding/_share.html" if self.partner else "funding/_quote.html"

    def page(self, request, template, **context: Any):
        context |= {"bearing": self, "partner": self.partner, "panel_template": self.panel_template}
        return firm.page(request, template, self.application, **context)


def bearing_or_404(request, reference=None, number=None, key=None):
    """By the address: of a firm's application, or of a partner's part, which its contact alone sees."""
    if key is None:
        return Bearing(to_edit(request, reference, number))
    parts = Partner.objects.filter(contact=request.user).answering().select_related(
        "organisation", "replaces", "aid_notice", "aid_letter", "aid_confirmed_by", "application__award",
        "application__case__programme", "application__case__organisation", "application__case__created_by",
        "application__case__check_result", "application__call__instrument",
    )  # fmt: skip
    partner = get_object_or_404(parts, key=key)
    return Bearing(read_partners(partner.application), partner)
