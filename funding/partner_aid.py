"""A partner's own part of a grant as small aid: told to it in writing, confirmed by it, given, confirmed to it.

The same steps as the firm's own (funding.aid), each with time, document and person.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from accounts.models import Membership, User
from accounts.permissions import FIRM_READERS
from documents import actions as documents
from eligibility import ledger
from funding import aid, letters
from funding.mails import tell_partner
from funding.models import Award, Partner
from organisations.models import Organisation
from portal.models import Event


def speaks_for(user: User, organisation: Organisation | None) -> bool:
    """Whether the person is one of the organisation's people, or it has none here yet.

    Whoever answers for a part of one application need not be: a firm may name any organisation as its partner.
    """
    people = Membership.objects.filter(organisation=organisation)
    theirs = people.filter(user=user, role__in=FIRM_READERS)
    return organisation is not None and (not people.exists() or theirs.exists())


def notify(award: Award, *, by: User, at: datetime) -> None:
    """Tell every partner of the aid that the offer means for it; call in the transaction that makes the offer."""
    for partner, amount in aid.partners_aid(award) if award.aid_basis else ():
        ask(award, partner, amount, by=by, at=at)


def ask(award: Award, partner: Partner, amount: Decimal, *, by: User, at: datetime) -> None:
    """The letter that its part would be small aid, with the words that it has to confirm, and the mail about it."""
    context = letters.partner_notice(partner, award, amount, by=by, at=at)
    notice = documents.request_document(
        template="funding/pdf/aid_notice.html", context=context, title=letters.partner_notice_title(partner),
        language=letters.language_of(partner), file_name=_file_name("support-for-your-part", partner), at=at,
    )  # fmt: skip
    partner.ask_about_aid(words=context["aid_confirmation"], notice=notice)
    tell_partner(partner, "partner_offer", at)


def unconfirmed(award: Award) -> list[Partner]:
    """The partners without whose confirmation the offer cannot be taken up."""
    if not award.aid_basis:
        return []
    return [partner for partner, _amount in aid.partners_aid(award) if partner.aid_confirmed_at is None]


def standing_of(award: Award) -> list[Partner]:
    """Those whose confirmation the award needs, for its pages; no query where it has no partners."""
    if not award.aid_basis or all(row["partner"] is None for row in award.budget):
        return []
    return [partner for partner, _amount in aid.partners_aid(award)]


def give(award: Award, *, by: User, at: datetime) -> None:
    """The offer was taken up: each partner's confirmation letter. Call once the ledger has given the aid."""
    for partner, amount in aid.partners_aid(award) if award.aid_basis else ():
        confirm(award, partner, amount, by=award.offered_by, at=at)
        tell_partner(partner, "partner_taken_up", at)


def confirm(award: Award, partner: Partner, amount: Decimal, *, by: User, at: datetime) -> None:
    """Our letter that its aid was given; its own words go into the ledger where it may speak for the organisation."""
    application = award.application
    on = application.case.programme.local_date(at)
    person, organisation = partner.aid_confirmed_by, partner.organisation
    if person is not None and organisation is not None and speaks_for(person, organisation):
        reference = ledger.partner_reference(application.reference, partner.pk)
        ledger.state_all(
            organisation, on=on, by_firm=True, wording=partner.aid_words, reference=reference, by=person, at=at
        )
    letter = documents.request_document(
        template="funding/pdf/aid_confirmation.html",
        context=letters.partner_aid_context(partner, award, amount, on=on, by=by), title=letters.aid_title(award),
        language=letters.language_of(partner), file_name=_file_name("public-support", partner), at=at,
    )  # fmt: skip
    partner.keep_aid_letter(letter)
    Event.objects.record(
        partner, kind="partner.aid_given", by=by, at=at, data={"name": partner.name, "basis": award.aid_basis}
    )


def _file_name(what: str, partner: Partner) -> str:
    application = partner.application
    return f"{what}-{application.case.reference}-{application.number}-{partner.pk}.pdf"
