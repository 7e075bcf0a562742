"""Are those who take part independent of each other? Facts gathered for the pure rules, and the answer in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy

from accounts.models import Membership
from funding.models import GrantApplication, Partner
from funding.rules.partners import KNOWN, Party, Tie, ties
from funding.rules.reviews import FOR_EVERYBODY
from organisations.groups import groups_of
from organisations.identifiers import name_key
from organisations.models import Organisation

KNOWN_WORDS = {
    Tie.NUMBER: gettext_lazy("%(one)s and %(other)s have the same company number. A partner has to be another firm."),
    Tie.GROUP: gettext_lazy(
        "%(one)s and %(other)s belong to one group. A partner has to be independent of the others."
    ),
    Tie.DECLARED: gettext_lazy(
        "%(other)s says that it is tied to %(one)s. A partner has to be independent of the others."
    ),
}
POSSIBLE_WORDS = {
    Tie.NAME: gettext_lazy("%(one)s and %(other)s have the same name"),
    Tie.POSTCODE: gettext_lazy("%(one)s and %(other)s have the same postcode"),
    Tie.EMAIL: gettext_lazy("%(one)s and %(other)s write from the same e-mail domain"),
}


def known_ties(application: GrantApplication, partners: Sequence[Partner], *, at: datetime) -> list[str]:
    """Why these partners cannot take part together, in words; empty when nothing is known against them."""
    return [str(KNOWN_WORDS[tie]) % names for names, tie in _ties(application, partners, at) if tie in KNOWN]


def possible_ties(application: GrantApplication, partners: Sequence[Partner], *, at: datetime) -> list[str]:
    """Signs that staff look at; none of them refuses anything."""
    return [str(POSSIBLE_WORDS[tie]) % names for names, tie in _ties(application, partners, at) if tie not in KNOWN]


def signs(
    application: GrantApplication, partners: Sequence[Partner], suppliers: Iterable[str], *, at: datetime
) -> list[tuple[str, str, Tie]]:
    """What may tie the firm and its partners to each other and to `suppliers`, each as (name, name, how).

    A supplier is known by its name, and where a firm of that name is known here by all that is known of it.
    """
    taking_part = _parties(application, partners, at)
    parties = [*taking_part, *_sellers(suppliers)]
    found = ties(parties, open_mail=FOR_EVERYBODY)
    return [(parties[one].name, parties[other].name, tie) for one, other, tie in found if one < len(taking_part)]


def _ties(application: GrantApplication, partners: Sequence[Partner], at: datetime) -> list[tuple[dict[str, str], Tie]]:
    if not partners:
        return []
    parties = _parties(application, partners, at)
    found = ties(parties, open_mail=FOR_EVERYBODY)
    return [({"one": parties[one].name, "other": parties[other].name}, tie) for one, other, tie in found]


def _parties(application: GrantApplication, partners: Sequence[Partner], at: datetime) -> list[Party]:
    """The firm that applies, then its partners."""
    case = application.case
    firm = case.organisation
    rows = _rows(partners)
    groups = groups_of([firm.pk, *(row for _partner, row in rows if row)], case.programme.local_date(at))
    parties = [
        Party(
            firm.name, firm.country, firm.company_number, firm.postcode, case.contact_email or case.created_by.email,
            groups[firm.pk],
        )
    ]  # fmt: skip
    for partner, row in rows:
        parties.append(
            Party(
                partner.name, partner.country, partner.company_number, partner.postcode, partner.email,
                groups[row] if row else frozenset(), partner.links.get("none") is False,
            )
        )  # fmt: skip
    return parties


def _sellers(suppliers: Iterable[str]) -> list[Party]:
    """Each supplier once, and again for every firm of its name: a name may be that of several."""
    names = {name_key(name): name for name in suppliers if name_key(name)}
    known = list(Organisation.objects.filter(name_key__in=names).order_by("pk"))
    members = Membership.objects.filter(organisation__in=known).order_by("-pk")
    emails = dict(members.values_list("organisation", "user__email"))
    rows = [
        Party(names[row.name_key], row.country, row.company_number, row.postcode, emails.get(row.pk, ""))
        for row in known
    ]
    return [*(Party(name) for name in names.values()), *rows]


def _rows(partners: Sequence[Partner]) -> list[tuple[Partner, int | None]]:
    """Each with the id of its organisation: its own, else the one of its number where there is one."""
    numbers = [one.company_number for one in partners if one.company_number and not one.organisation_id]
    known = Organisation.objects.filter(company_number__in=numbers) if numbers else []
    by_number = {(row.country, row.company_number): row.pk for row in known}
    return [(one, one.organisation_id or by_number.get((one.country, one.company_number))) for one in partners]
