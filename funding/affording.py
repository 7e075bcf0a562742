"""What a firm tries out before it applies: kept in its browser's session, worked out as an application would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from funding import quoting, rules, wording
from funding.figures import budget_of
from funding.models import BudgetLine
from funding.rules import cash, claims
from funding.rules import partners as joint
from portal.charts import Bar, balance
from portal.dates import short_month
from portal.money import money_text
from portal.templatetags.portal_tags import short_date
from programmes.matching import HUNDRED, Project, rate_for
from programmes.models import Call, Instrument, Programme
from programmes.wording import CATEGORY_NAMES

SESSION = "afford"


def calls_of(programme: Programme, at: datetime) -> QuerySet[Call]:
    """Its calls for money, open ones and those to come."""
    kinds = [Instrument.Kind.GRANT, Instrument.Kind.VOUCHER]
    calls = Call.objects.filter(instrument__programme=programme, instrument__kind__in=kinds)
    return calls.filter(is_draft=False, closes_at__gt=at).select_related("instrument__programme").order_by("opens_at")


def keep(request: HttpRequest, call: Call, plan: cash.Plan) -> None:
    request.session[SESSION] = {**request.session.get(SESSION, {}), str(call.pk): plan.to_data()}


def kept(request: HttpRequest, call: Call) -> cash.Plan | None:
    """The figures this browser has tried for the call; signing in takes them along."""
    data = request.session.get(SESSION, {}).get(str(call.pk))
    return cash.Plan.from_data(data) if data else None


def forget(request: HttpRequest, call: Call) -> None:
    request.session[SESSION] = {
        key: data for key, data in request.session.get(SESSION, {}).items() if key != str(call.pk)
    }


def budget_lines(plan: cash.Plan) -> list[BudgetLine]:
    """The figures as costs of an application, unsaved, each named by its kind."""
    return [
        BudgetLine(
            category=line.category, description=str(CATEGORY_NAMES[line.category]), net=line.net, vat=line.vat,
            vat_recoverable=line.vat_recoverable,
        )
        for line in plan.lines
    ]  # fmt: skip


@dataclass(frozen=True)
class NamedMonth(cash.Month):
    @property
    def name(self) -> str:
        """`Mar 2027` for a month from its first day, `from 15 Mar 2027` for another."""
        if self.first.day == 1:
            return short_month(self.first)
        return _("from %(day)s") % {"day": short_date(self.first)}


@dataclass(frozen=True)
class Result:
    """What the page shows. `percent` is the highest rate as text, `cap` and `vat` None where there is none.

    `vat` is what is paid first and claimed back. Without a grant there are no months. `short` is how much is missing
    in the lowest month beyond the firm's own cash, None where it has enough or did not say what it has.
    """

    panel: wording.Panel
    percent: str
    cap: Decimal | None
    vat: Decimal | None
    terms: claims.Terms
    months: Sequence[NamedMonth]
    lowest: NamedMonth | None
    cash: Decimal | None
    short: Decimal | None
    chart: SafeString | str

    @property
    def tied_up(self) -> Decimal:
        """The most that the firm has paid and not had back at the end of a month."""
        return (self.cash or Decimal(0)) - self.lowest.position if self.lowest else Decimal(0)


def work_out(call: Call, plan: cash.Plan) -> Result:
    """The grant by the rules of an application, and the cash month by month. One query."""
    terms, lines = quoting.terms_of(call), budget_lines(plan)
    size = plan.firm_size or None
    together = joint.together(
        terms,
        [(None, cost) for cost in plan.lines],
        [joint.Bearer(None, size, None)],
        budget_left=budget_of(call).left,
        project=Project(months=rules.months_between(plan.starts_on, plan.ends_on)),
    )
    panel = wording.panel(together.answer, lines, terms)
    rows = [
        claims.Row(row.category, row.eligible, row.grant, rate_for(terms, row.category, size)) for row in together.rows
    ]
    claim_terms = claims.Terms.from_data(call.claim_terms)
    months = [NamedMonth(**vars(month)) for month in cash.months(plan, claim_terms, rows)] if panel.accepted else []
    lowest = min(months, key=lambda month: month.position, default=None)
    is_short = plan.cash is not None and lowest is not None and lowest.position < 0
    rates = [rate_for(terms, category, size) for category in plan.costs if category in terms.categories]
    return Result(
        panel=panel,
        percent=wording.percent_text(max(rates)) if rates and max(rates) < HUNDRED else "",
        cap=terms.cap,
        vat=plan.vat if plan.vat_recoverable and plan.vat else None,
        terms=claim_terms,
        months=months,
        lowest=lowest,
        cash=plan.cash,
        short=-lowest.position if lowest and is_short else None,
        chart=cash_chart(months, call.currency) if months else "",
    )


def cash_chart(months: Sequence[NamedMonth], currency: str) -> SafeString:
    return balance(
        [Bar(month.name, month.position, text=money_text(month.position, currency)) for month in months],
        title=_("Where you stand at the end of each month"),
    )
