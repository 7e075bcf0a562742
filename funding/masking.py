"""An application as assessors read it: whole, or without names and contacts where the call is assessed blind."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from accounts.models import User
from funding.models import GrantApplication
from funding.rules.reviews import masked
from funding.sheet import Section, document_of, sections
from organisations.identifiers import name_key


def names_of(application: GrantApplication) -> list[str]:
    """What tells who the firm is: its name in full and bare, its partners, people, number, address and telephone."""
    case = application.case
    firm = case.organisation
    names = [firm.name]
    found = [firm.company_number, firm.postcode, case.contact_name, case.contact_phone]
    for partner in application.partners.taking_part():
        names.append(partner.name)
        found += [partner.company_number, partner.postcode]
    members = User.objects.filter(memberships__organisation=firm.pk)
    found += [member.full_name for member in members]
    found += [line.strip() for line in firm.address.splitlines()]
    return [name for name in [*names, *map(_bare, names), *found] if name]


def _bare(name: str) -> str:
    """A firm's name as it is written, without its legal form."""
    kept = set(name_key(name).split())
    return " ".join(word for word in name.split() if re.sub(r"[^A-Z0-9]+", "", word.upper()) in kept)


def title_for(application: GrantApplication) -> str:
    """The project's name, as its assessors may read it."""
    if not application.call.is_blind:
        return application.title
    return masked(application.title, names_of(application), _("[name withheld]"))


def sections_for(application: GrantApplication) -> list[Section]:
    """Everything the firm told, section by section, as its assessors may read it."""
    document = document_of(application)
    if application.call.is_blind:
        names, stand_in = names_of(application), _("[name withheld]")
        document = {
            code: [{key: masked(text, names, stand_in) for key, text in row.items()} for row in rows]
            for code, rows in document.items()
        }
    return sections(document)
