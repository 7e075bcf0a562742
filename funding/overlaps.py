"""What stands in the way of an application besides its own figures: other awards, other applications, the window.

No cost is paid twice, some kinds of support exclude each other, and projects end inside the programme's window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from applications.models import Case
from funding import rules
from funding.models import Award, BudgetLine, GrantApplication, Partner, Quote
from organisations.models import Organisation
from portal.dates import long_date
from programmes.models import Instrument, Programme


@dataclass(frozen=True)
class Twice:
    """A cost that stands in another application too, and whether it was found by the file of its quote."""

    line: BudgetLine
    other: BudgetLine
    same_file: bool


def paid_twice(
    application: GrantApplication,
    members: Iterable[int],
    *,
    lines: Iterable[BudgetLine] | None = None,
    awarded: bool = False,
) -> list[Twice]:
    """Costs of the application that a live application or award of the group (ids of `members`) has already.

    With `awarded` only awards count. Costs that were committed to, or that others pay for, are paid by nobody here.
    `lines` are its costs with their quotes where they are read already. What partners may have elsewhere counts too.
    """
    partners = Partner.objects.filter(application=application, organisation__isnull=False).values("organisation")
    of_them = Q(case__organisation__in=members) | Q(case__organisation__in=partners)
    others = GrantApplication.objects.filter(of_them).exclude(pk=application.pk)
    others = others.awarded() if awarded else others.claiming()
    given = with_files(application.lines.all()) if lines is None else lines
    own = [line for line in given if line.counts]
    claimed = with_files(
        BudgetLine.objects.filter(application__in=others, is_committed=False, is_funded_elsewhere=False)
    )
    theirs = list(claimed.select_related("application__case__programme", "application__case__organisation"))
    found = rules.paid_twice([_claim(line) for line in own], [_claim(line) for line in theirs])
    return [Twice(own[mine], theirs[other], same_file) for mine, other, same_file in found]


def with_files(lines: QuerySet[BudgetLine]) -> QuerySet[BudgetLine]:
    """Costs with their quotes and the quotes' files, in two queries."""
    return lines.select_related("partner").prefetch_related(Prefetch("quotes", Quote.objects.select_related("upload")))


def _claim(line: BudgetLine) -> rules.Claim:
    files = frozenset(quote.upload.sha256 for quote in line.quotes.all())
    return rules.Claim(line.supplier, line.description, line.net, files)


def in_words(found: Iterable[Twice], organisation: Organisation) -> list[str]:
    """For the firm: what is there twice, and what it can do. Another firm's reference is not told."""
    words = []
    for twice in found:
        case = twice.other.application.case
        facts = {
            "cost": twice.line.description,
            "reference": twice.other.application.reference,
            "programme": case.programme.short_name,
        }
        partner = twice.line.partner
        if partner and case.organisation_id == partner.organisation_id:
            facts["partner"] = partner.name
            text = _("“%(cost)s” is in another application of %(partner)s (%(programme)s).")
        elif case.organisation_id != organisation.pk:
            text = _("“%(cost)s” is in an application of another firm in your group (%(programme)s).")
        elif twice.same_file:
            text = _("The quote for “%(cost)s” is in your application %(reference)s (%(programme)s) already.")
        else:
            text = _("“%(cost)s” is in your application %(reference)s (%(programme)s) already.")
        words.append(text % facts)
    if words:
        words.append(_("A cost can be paid only once. Take it out here, or withdraw the other application."))
    return words


def not_combined(case: Case, instrument: Instrument) -> str:
    """Why the firm cannot have this support beside what it has in the programme; empty when it can."""
    awards = Award.objects.live().filter(
        application__case__organisation=case.organisation_id, application__case__programme=case.programme_id
    )
    for award in awards.select_related("call__instrument"):
        other = award.call.instrument
        if not case.programme.may_combine([instrument.slug, other.slug]):
            return _("You have %(other)s from us already. It cannot be combined with %(this)s.") % {
                "other": other.name,
                "this": instrument.name,
            }
    return ""


def outside_window(programme: Programme, ends_on: date | None) -> str:
    """Why a project may not end on that day; empty when it may."""
    window = rules.window(programme.delivery)
    if window is None or ends_on is None or window[0] <= ends_on <= window[1]:
        return ""
    return _("Projects in this programme must finish between %(first)s and %(last)s") % {
        "first": long_date(window[0]),
        "last": long_date(window[1]),
    }
