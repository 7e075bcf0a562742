"""What is still missing or wrong before an application with its partners and the rest of its money can be sent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from funding import aid, independence, quoting
from funding.models import GrantApplication, Partner
from funding.rules.partners import Together, against_terms
from portal.dates import long_date
from portal.money import money_text

PARTS = {
    "benefit": gettext_lazy("What you gain"),
    "size": gettext_lazy("How large you are"),
    "aid": gettext_lazy("Public support you have had"),
    "links": gettext_lazy("Ties to the others"),
}
"""Pages of a partner's part besides its costs, in their order."""


def parts_of(partner: Partner) -> list[str]:
    """The pages that this partner fills in: a research organisation is asked neither for size nor for aid."""
    if partner.kind == Partner.Kind.RESEARCH:
        return ["benefit", "links"]
    case = partner.application.case
    has_rule = aid.rule_of(case, case.programme.local_date(partner.invited_at)) is not None
    return [code for code in PARTS if code != "aid" or has_rule]


def missing_of(partner: Partner) -> list[str]:
    """Codes of what its part lacks, `costs` among them unless it takes those of another over."""
    done = {
        "benefit": bool(partner.benefit),
        "size": bool(partner.size),
        "aid": bool(partner.subsidy),
        "links": bool(partner.links),
    }
    missing = [code for code in parts_of(partner) if not done[code]]
    return missing if partner.is_next or partner.lines.exists() else [*missing, "costs"]


def firm_pays(found: Together) -> Decimal | None:
    """What the firm itself has to bring: all its costs less its part of the grant. None while no grant is known."""
    return found.shares[0].pays if found.shares else None


def found_so_far(application: GrantApplication) -> Decimal:
    return sum((source.amount for source in application.match_sources.all()), Decimal(0))


def match_words(application: GrantApplication, found: Together) -> str:
    """How far the sources are from what the firm pays; empty when they add up, or nothing can be worked out."""
    pays, given = firm_pays(found), found_so_far(application)
    if pays is None or pays == given:
        return ""
    currency = application.call.currency
    facts = {"pays": money_text(pays, currency), "given": money_text(given, currency)}
    if given < pays:
        facts["short"] = money_text(pays - given, currency)
        return _("You pay %(pays)s. You have told us where %(given)s comes from: %(short)s is missing.") % facts
    facts["over"] = money_text(given - pays, currency)
    return _("You pay %(pays)s. You have told us where %(given)s comes from: that is %(over)s too much.") % facts


def terms_words(application: GrantApplication, found: Together) -> list[str]:
    """What the call's rules for partners say no to."""
    partners = {partner.pk: partner for partner in quoting.partners_of(application)}
    eligible: dict[int | None, Decimal] = {None: Decimal(0)} | dict.fromkeys(partners, Decimal(0))
    for share in found.shares:
        eligible[share.key] = share.eligible
    words = {
        "form": _("This funding does not take applications of the form you chose."),
        "missing": _("Invite at least one partner, or ask for your firm alone."),
        "most": _("There can be no more than %(most)s partners."),
        "most_percent": _("%(name)s bears more than %(most_percent)s%% of the costs that count."),
    }
    said = []
    for code, values in against_terms(application.form, application.call.partner_terms, eligible):
        if "key" in values:
            partner = partners.get(int(values["key"])) if values["key"] else None
            values = values | {"name": partner.name if partner else application.case.organisation.name}
        said.append(words[code] % values)
    return said


def expired_words(application: GrantApplication, at: datetime) -> list[str]:
    """Quotes that have run out and that no newer one replaced."""
    prefetch_related_objects([application], "lines__quotes")
    today = application.case.programme.local_date(at)
    said = []
    for line in application.lines.all():
        for quote in line.valid_quotes:
            if quote.has_run_out(today) and quote.valid_until is not None:
                facts = {"supplier": quote.supplier, "cost": line.description, "day": long_date(quote.valid_until)}
                said.append(
                    _(
                        "The quote of %(supplier)s for “%(cost)s” ran out on %(day)s. Ask for a new one and add it in "
                        "its place."
                    )
                    % facts
                )
    return said


def unsettled(application: GrantApplication, *, at: datetime, found: Together | None = None) -> list[str]:
    """Everything of costs, partners and the rest of the money that keeps the application from being sent, in words.

    `found` is what the costs come to, where it is known already.
    """
    found = found or quoting.together_for(application, at=at)
    partners = quoting.partners_of(application)
    waiting = [partner.name for partner in partners if partner.status != Partner.Status.DONE]
    said = [*expired_words(application, at), *terms_words(application, found)]
    if waiting:
        said.append(_("These partners have not completed their part: %(names)s.") % {"names": ", ".join(waiting)})
    said += independence.known_ties(application, partners, at=at)
    words = match_words(application, found)
    return [*said, words] if words else said
