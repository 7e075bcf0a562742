"""How a firm's size came about, for an adviser: the reasons of `group.assess` in words."""

from __future__ import annotations

from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programmes.matching import Finding

KIND_NAMES = {
    "enterprise": gettext_lazy("firm"),
    "person": gettext_lazy("person"),
    "public_body": gettext_lazy("public body"),
    "public_investment": gettext_lazy("public investment corporation"),
    "venture_capital": gettext_lazy("venture capital company"),
    "business_angel": gettext_lazy("business angel"),
    "university": gettext_lazy("university or research centre without profit"),
    "institutional_investor": gettext_lazy("institutional investor"),
    "small_local_authority": gettext_lazy("small local authority"),
}
RELATION_NAMES = {
    "own": gettext_lazy("The firm itself"),
    "linked": gettext_lazy("Linked"),
    "person_link": gettext_lazy("Linked through a person"),
    "partner": gettext_lazy("Partner"),
    "person": gettext_lazy("A person, no firm"),
    "exempt": gettext_lazy("Investor that does not count"),
    "too_little": gettext_lazy("Under a quarter"),
    "unknown": gettext_lazy("Share not known"),
}

_PARTS = {
    "linked": gettext_lazy("%(name)s counts in full: one controls the other, or both are controlled by the same firm."),
    "person_link": gettext_lazy(
        "%(name)s counts in full: the same person controls both, in the same or a neighbouring market."
    ),
    "other_market": gettext_lazy("%(name)s does not count: a person links it, but not in the same market."),
    "market_unknown": gettext_lazy(
        "%(name)s may count in full: a person links it, and we do not know whether the markets are the same."
    ),
    "partner": gettext_lazy("%(name)s counts with %(percent)s%% of its figures."),
    "person": gettext_lazy("%(name)s is a person and has no figures to add."),
    "exempt": gettext_lazy("%(name)s does not count: a %(kind)s may hold up to half."),
    "too_little": gettext_lazy("%(name)s does not count: the share is under a quarter."),
    "unknown": gettext_lazy("We do not know the share of %(name)s."),
    "no_figures": gettext_lazy("%(name)s counts, but its figures are missing."),
}
_REMARKS = {
    "estimate": gettext_lazy("The newest figures are an estimate."),
    "months": gettext_lazy("The period has %(months)s months: turnover is brought to a year."),
    "changed_hands": gettext_lazy(
        "The group has changed since the last accounts, so its size counts at once, without a second year."
    ),
    "later_accounts": gettext_lazy("Accounts for a period that has not ended do not count."),
    "groups_unknown": gettext_lazy("Nobody has said yet whether these are all the connected firms."),
    "no_rate": gettext_lazy("There is no stored rate for %(currency)s, so these amounts are not known."),
    "accounts_type": {
        "micro": gettext_lazy("The company register has accounts of a micro company; the figures are larger."),
        "small": gettext_lazy("The company register has accounts of a small company; the figures are larger."),
        "medium": gettext_lazy("The company register has accounts of a medium-sized company; the figures are larger."),
    },
    "angel": gettext_lazy("A business angel has put in €1.25 million or more: look at what else they own."),
    "joint": gettext_lazy("Investors together hold more than half: look at whether they act together."),
    "public_link": gettext_lazy("A firm that controls this one is mostly in public hands."),
}


def reason(finding: Finding) -> str:
    """One reason of an assessment as a sentence."""
    sentence = (_PARTS if finding.rule == "size_part" else _REMARKS)[finding.code]
    if isinstance(sentence, dict):
        return str(sentence[finding.value["claimed"]])
    value = dict(finding.value)
    if value.get("percent"):
        value["percent"] = formats.number_format(Decimal(value["percent"]).normalize(), use_l10n=True)
    if "kind" in value:
        value["kind"] = str(KIND_NAMES[value["kind"]])
    value["name"] = value.get("name") or _("A firm")
    return str(sentence) % value
