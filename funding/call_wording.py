"""How a call runs, in sentences: for firms that read its page and for those who set it up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from funding.rules import claims
from funding.rules import partners as joint
from portal.money import money_text
from portal.templatetags.portal_tags import number
from programmes.models import Call

FORMS = {
    "SINGLE": gettext_lazy("Your firm alone."),
    "COLLABORATIVE": gettext_lazy("Your firm with partners who each gain by it."),
    "SUPPLY_CHAIN": gettext_lazy("Firms of one supply chain together."),
}


def _percent(value: Decimal) -> str:
    return number(value, 0 if value == value.to_integral_value() else 2)


def assessment(call: Call) -> list[str]:
    found = [_("A short outline comes first. Two advisers say whether it is ready.")] if call.needs_outline else []
    if not call.reviews_needed:
        return [*found, _("The support is automatic: nobody scores the application.")]
    found.append(
        ngettext(
            "%(count)d assessor scores the application.", "%(count)d assessors score the application.",
            call.reviews_needed,
        ) % {"count": call.reviews_needed}
    )  # fmt: skip
    if call.is_blind:
        found.append(_("Assessors see neither names nor files."))
    return found


def deadlines(call: Call) -> list[str]:
    accept = ngettext("%(count)d day to accept an offer.", "%(count)d days to accept an offer.", call.accept_days)
    appeal = ngettext(
        "%(count)d day to ask for another look at a refusal.", "%(count)d days to ask for another look at a refusal.",
        call.appeal_days,
    )  # fmt: skip
    return [accept % {"count": call.accept_days}, appeal % {"count": call.appeal_days}]


def partners(call: Call) -> list[str]:
    terms = call.partner_terms
    forms = [str(FORMS[code]) for code in joint.forms_of(terms)]
    if most := terms.get("most"):
        forms.append(
            ngettext("%(count)d partner at most.", "%(count)d partners at most.", most) % {"count": most}
        )  # fmt: skip
    if share := terms.get("most_percent"):
        forms.append(
            _("Nobody bears more than %(share)s%% of the costs that count.") % {"share": _percent(Decimal(share))}
        )
    return forms


def claiming(call: Call) -> Iterator[str]:
    terms = claims.Terms.from_data(call.claim_terms)
    if terms.method == claims.OFFER_RATE:
        yield _("A claim is paid at the share that was offered.")
    else:
        yield _("A claim is paid at the share of the terms, up to the grant.")
    yield ngettext("A claim every month.", "A claim every %(count)d months.", terms.months) % {"count": terms.months}
    if terms.retention_percent:
        yield _("%(share)s%% of each claim is held back until the final one.") % {
            "share": _percent(terms.retention_percent)
        }
    if terms.cap_percent < claims.HUNDRED:
        yield _("At most %(share)s%% of the grant is paid before the final claim.") % {
            "share": _percent(terms.cap_percent)
        }


def approval(call: Call) -> list[str]:
    found: list[str] = []
    for band in call.approval_bands or [{"up_to": None, "approvers": 1}]:
        people = int(band["approvers"])
        if band["up_to"] is None:
            text = ngettext("%(count)d person signs every offer.", "%(count)d people sign every offer.", people)
            if found:
                text = ngettext("Above that: %(count)d person signs.", "Above that: %(count)d people sign.", people)
            found.append(text % {"count": people})
        else:
            text = ngettext(
                "Up to %(amount)s: %(count)d person signs.", "Up to %(amount)s: %(count)d people sign.", people
            )
            found.append(text % {"count": people, "amount": money_text(Decimal(band["up_to"]), call.currency)})
    return found
