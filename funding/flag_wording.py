"""What a flag says to staff."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from funding.models import FraudFlag


@dataclass(frozen=True)
class Words:
    title: str
    text: str


RULES = {
    "young_company": (
        _("The company is younger than the funding"),
        _("It was founded on %(created_on)s; the funding opened on %(programme_from)s."),
    ),
    "dormant": (_("The company is registered as dormant"), _("Its register entry has the code %(sic)s.")),
    "accounts_overdue": (_("Its accounts are overdue"), _("The company register says so.")),
    "not_trading": (_("The company may not be trading"), _("The company register calls it “%(status)s”.")),
    "same_name": (_("Another applicant has the same name"), _("%(other)s: %(value)s")),
    "same_address": (_("Another applicant has the same address"), _("%(other)s: %(value)s")),
    "same_phone": (_("Another applicant has the same phone number"), _("%(other)s: ends in %(value)s")),
    "same_email": (_("Another applicant has the same email address"), _("%(other)s: %(value)s")),
    "same_person": (_("The same person controls another applicant"), _("%(other)s: %(value)s")),
    "linked_supplier": (
        _("A supplier is tied to the firm"), _("%(supplier)s is an owner, a holding or in its group: %(tied)s.")
    ),
    "tie_number": (_("Two who should be independent have one company number"), _("%(one)s and %(other)s")),
    "tie_group": (_("Two who should be independent belong to one group"), _("%(one)s and %(other)s")),
    "tie_name": (_("A partner or supplier has the name of another"), _("%(one)s and %(other)s")),
    "tie_postcode": (
        _("A partner or supplier may be tied to another"), _("%(one)s and %(other)s have the same postcode.")
    ),
    "tie_email": (
        _("A partner or supplier may be tied to another"), _("%(one)s and %(other)s write from the same email domain.")
    ),
    "same_quote": (_("Another firm sent the very same quote"), _("%(other)s, file %(file)s")),
    "same_invoice": (_("This invoice stands in another claim"), _("Invoice %(invoice)s is in claim %(claim)s too.")),
    "invoice_before_offer": (
        _("An invoice is older than the accepted offer"), _("Invoice %(invoice)s is dated %(on)s.")
    ),
    "round_sums": (_("Several invoices are of round sums"), _("Invoices %(invoices)s")),
    "claim_above_quote": (
        _("More is claimed than was planned"), _("%(category)s: %(claimed)s claimed, %(planned)s planned.")
    ),
    "account_shared": (_("Another firm has the same bank account"), _("%(other)s")),
    "account_name": (_("The account is not in the firm’s name"), _("It is held by %(holder)s; the firm is %(firm)s.")),
    "late_bank_change": (
        _("The bank account was changed shortly before payment"), _("It was entered on %(entered_on)s.")
    ),
}  # fmt: skip


def flag_words(flag: FraudFlag) -> Words:
    title, text = RULES[flag.rule]
    return Words(str(title), str(text) % flag.evidence)
