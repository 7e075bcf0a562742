from decimal import Decimal
from urllib.parse import urlencode

from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import Permission
from accounts.scope import places
from casework.filters import PlaceFilters
from casework.queue import rail
from casework.scope import REPORT_READERS
from casework.stages import Stage
from diagnostics.models import PlanAction
from funding.figures import budgets
from portal import charts
from portal.money import money_text
from portal.templatetags.portal_tags import number
from reporting import indicators
from reporting.uplift import uplift


class DashboardFilters(PlaceFilters):
    """One programme at a time, the first when none is named: a firm in two of them is a firm of each."""

    PERMISSIONS = REPORT_READERS
    submit_label = gettext_lazy("Show")

    def __init__(self, data, *, user):
        super().__init__(data, user=user)
        self.fields["programme"].choices = self.fields["programme"].choices[1:]
        slugs = [programme.slug for programme in self.programmes]
        if data.get("programme") not in slugs:
            self.data = {**data.dict(), "programme": slugs[0]}
        self.chosen = self.programmes[slugs.index(self.data["programme"])]
        self.fields["region"].choices = [("", _("All regions")), *self.region_choices([self.chosen])]

    @property
    def chips(self):
        return [chip for chip in super().chips if chip.key != "programme"]


def dashboard(request):
    covered = places(request.user, *REPORT_READERS)
    if not covered:
        raise Http404
    now = timezone.now()
    filters = DashboardFilters(request.GET, user=request.user)
    programme = filters.chosen
    region_id = int(filters.values["region"] or 0) or None
    # Estimate and budgets are of the whole programme, so they are shown to those who work for all of it.
    is_whole = (programme.pk, None) in covered and region_id is None
    cases = indicators.report_cases(request.user, programme, region_id)
    stages = indicators.funnel(cases, programme, with_estimate=is_whole)
    money = budgets([programme.pk]) if (programme.pk, None) in covered else []
    regions = [] if region_id else indicators.by_region(cases)
    context = {
        "filters": filters,
        "programme": programme,
        "figures": _figures(request, filters, cases, stages, money, now),
        "stages": stages,
        "funnel_chart": _funnel_chart(stages, programme),
        "regions": regions,
        "region_chart": _region_chart(regions, programme),
        "money": money,
        "overrides": indicators.overrides(cases),
        "uplift": uplift(cases),
        "plans": _plans(cases),
        "is_whole": is_whole,
        "may_export": bool(places(request.user, Permission.EXPORT)),
        "now": now,
        "rail": rail(request.user, now, reverse("reporting:dashboard")),
        "wide": True,
    }
    return TemplateResponse(request, "reporting/dashboard.html", context)


def _plans(cases):
    """How far the agreed plans of these cases are, in actions and per cent; None as long as none is agreed."""
    found = PlanAction.objects.filter(plan__assessment__case__in=cases.order_by().values("pk")).how_far()
    if not found["all"]:
        return None
    shares = {f"{part}_share": indicators.percent(found[part], found["all"]) for part in ("begun", "done")}
    return found | shares


def _figures(request, filters, cases, stages, money, now):
    """Six figures, each a link to the list behind it."""
    chosen = {"programme": filters.chosen.slug, "region": filters.values["region"] or ""}

    def listed(**more):
        query = {key: value for key, value in {**chosen, **more}.items() if value}
        return f"{reverse('casework:queue')}?{urlencode(query)}"

    waiting = indicators.waiting(cases, now)
    late = _("%(count)s past the promised day") % {"count": waiting["late"]} if waiting["late"] else _("None is late")
    found = [{"value": number(waiting["all"]), "label": _("Applications to answer"), "change": late,
              "url": listed(status="SUBMITTED")}]  # fmt: skip
    for row in stages:
        if row.stage in Stage.values:
            target = _("The programme’s figure: %(figure)s") % {"figure": number(row.target)} if row.target else ""
            found.append({"value": number(row.count), "label": row.label, "target": target,
                          "url": listed(stage=row.stage, status="all")})  # fmt: skip
    if money and not filters.values["region"]:
        found.append(_promised(money))
    found.append(_days(filters.chosen, cases, now, listed(status="ACCEPTED")))
    return found


def _promised(money):
    currency = money[0].currency
    total, budget = sum(row.allocated for row in money), sum(row.budget for row in money)
    of = _("of %(sum)s in all calls") % {"sum": money_text(budget, currency)}
    return {
        "value": money_text(total.quantize(Decimal(1)), currency),
        "label": _("Offered to firms"),
        "target": of,
        "url": "#money",
    }


def _days(programme, cases, now, url):
    days = indicators.usual_days(cases, now)
    promised = programme.promise_days.get("application")
    return {
        "value": "–" if days is None else number(days),
        "label": _("Days to an answer, usually"),
        "target": _("Promised: %(days)s working days") % {"days": promised} if promised else "",
        "change": _("Too few answers yet") if days is None else "",
        "url": url,
    }


def _funnel_chart(stages, programme):
    shown = [
        charts.Stage(
            row.label, row.target if row.count is None else row.count, None if row.count is None else row.target
        )
        for row in stages
    ]
    title = _("From eligible firms to funding agreed, %(programme)s") % {"programme": programme.short_name}
    return charts.funnel(shown, title=title, desc=_("The table beside it has the same numbers."))


def _region_chart(regions, programme):
    shown = [row for row in regions if row.region]
    if not shown:
        return ""
    most = max([1, *(row.counts[Stage.ENGAGED] for row in shown)])
    return charts.bars(
        [charts.Bar(row.region, row.counts[Stage.ENGAGED]) for row in shown],
        title=_("Firms engaged more deeply by region, %(programme)s") % {"programme": programme.short_name},
        desc=_("The table beside it has the same numbers."),
        maximum=most,
    )
