"""Files for the public subsidy database of the United Kingdom: one row an award, in the columns its upload takes.

The columns are those of the upload templates of this version; a newer template is a new column map beside this one.
What the templates ask and nobody records here has the same answer for every award, said at its column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from io import BytesIO
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Permission
from accounts.scope import within
from documents.writing import write_xlsx
from funding.models import Award
from funding.rules.transparency import Route
from funding.transparency import AUTHORITY, SCHEME_NUMBER, SCHEME_TITLE, route_of, word_of
from organisations import places, sic
from programmes.models import read_words

VERSION = "2026-11"
SHEET = "Upload Template"
LONGEST_NAME, LONGEST_TEXT = 255, 2000
SENSITIVE = Decimal(5_000_000)
"""In pounds: over this a subsidy may be of interest in the sectors that the law names, such as vehicles."""
SIZES = {"micro": "Micro", "small": "Small", "medium": "Medium", "not_sme": "Large"}
_COMPANY = re.compile(r"(\d{8}|[A-Z]{2}\d{6})")
_SCHEME = re.compile(r"SC\d{5}")


@dataclass(frozen=True)
class Entry:
    """An award as the database wants it."""

    award: Award

    @property
    def route(self) -> Route:
        return route_of(self.award)

    @property
    def is_standalone(self) -> bool:
        return self.route is Route.STANDALONE

    @property
    def programme(self) -> Any:
        return self.award.application.case.programme

    @property
    def firm(self) -> Any:
        return self.award.application.case.organisation

    def word(self, key: str) -> str:
        return word_of(self.programme, key)

    @property
    def granted_on(self) -> date | None:
        return self.programme.local_date(self.award.accepted_at) if self.award.accepted_at else None

    @property
    def company_number(self) -> str:
        number: str = self.firm.company_number
        return number if _COMPANY.fullmatch(number) else ""

    @property
    def id_type(self) -> str:
        return "Company Registration Number" if self.company_number else ""

    @property
    def region(self) -> str:
        found = places.region(self.firm.local_authority, level=1)
        return found.name.removesuffix(" (England)") if found else ""

    @property
    def sector(self) -> str:
        """Title of the section of the firm's first industry code."""
        code = sic.find(self.firm.sic_codes[0]) if self.firm.sic_codes else None
        return sic.table(code.scheme)[code.section].title if code else ""

    @property
    def missing(self) -> list[str]:
        """What has to be looked up before the row can be sent, in words."""
        lacks = {
            _("the authority’s name as it stands in the database"): not self.word(AUTHORITY),
            _("the firm’s company number"): not self.company_number,
            _("a scheme number like SC10780"): self.route is Route.SCHEME
            and not _SCHEME.fullmatch(self.word(SCHEME_NUMBER)),
            _("the firm’s region"): self.route is not Route.MFA and not self.region,
            _("the firm’s industry"): self.route is not Route.MFA and not self.sector,
        }
        return [words for words, holds in lacks.items() if holds]


def _yes(value: bool) -> str:
    return "Yes" if value else "No"


def _page_of(entry: Entry) -> str:
    return settings.PORTAL_URL + reverse("reporting:programme", args=[entry.programme.slug])


Columns = dict[str, Callable[[Entry], Any]]

AWARD_COLUMNS: Columns = {
    "Subsidy Control (SC) number": lambda one: "" if one.is_standalone else one.word(SCHEME_NUMBER),
    "Subsidy scheme title": lambda one: "" if one.is_standalone else one.word(SCHEME_TITLE),
    "Admin programme number": lambda one: "" if one.is_standalone else one.award.application.reference,
    "Standalone award": lambda one: _yes(one.is_standalone),
    "Subsidy of interest status": lambda one: _yes(one.award.amount > SENSITIVE) if one.is_standalone else "",
    "Specific policy objective": lambda one: one.programme.summary if one.is_standalone else "",
    "Subsidy description": lambda one: one.award.application.summary[:LONGEST_TEXT],
    "Authority URL": lambda one: _page_of(one) if one.is_standalone else "",
    "URL description": lambda one: one.programme.name if one.is_standalone else "",
    "Purpose": lambda one: "SME support",  # all programmes here are for small manufacturers
    "Purpose - other": lambda one: "",
    "Subsidy type": lambda one: "Direct Grant",
    "Subsidy type - other": lambda one: "",
    "Amount range": lambda one: "N/A",  # tax measures alone have one
    "Exact amount": lambda one: one.award.amount,
    "National ID type": lambda one: one.id_type,
    "National ID": lambda one: one.company_number,
    "Beneficiary name": lambda one: one.firm.name[:LONGEST_NAME],
    "Organisation size": lambda one: SIZES.get(one.award.application.case.check_result.size.get("category"), ""),
    "Public authority": lambda one: one.word(AUTHORITY),
    "Legal granting date": lambda one: one.granted_on,
    "Goods or services": lambda one: "Goods",  # what manufacturers make
    "Spending region": lambda one: one.region,
    "Spending sector": lambda one: one.sector,
}
"""24 columns, A to X: awards under a scheme and on their own."""

MFA_COLUMNS: Columns = {
    "SPEI assistance": lambda one: _yes(False),
    "Grouping": lambda one: _yes(False),
    "Grouping ID": lambda one: "",
    "Amount": lambda one: one.award.amount.quantize(Decimal(1), ROUND_CEILING),
    "Confirmation date": lambda one: one.granted_on,
    "Public authority": lambda one: one.word(AUTHORITY),
    "Organisation name": lambda one: one.firm.name[:LONGEST_NAME],
    "ID type": lambda one: one.id_type,
    "ID number": lambda one: one.company_number,
}
"""Nine columns, A to I: Minimal Financial Assistance, in whole pounds rounded up."""

KINDS: dict[str, Columns] = {"mfa": MFA_COLUMNS, "awards": AWARD_COLUMNS}


def owed(user: User) -> Any:
    """Awards that must stand in the database, where the person may export, those due first."""
    rows = Award.objects.visible_to(user).filter(
        within(user, Permission.EXPORT, path="application__case__"), publish_by__isnull=False
    )
    return rows.select_related(
        "application__case__programme", "application__case__organisation", "application__case__check_result", "call"
    ).order_by("publish_by", "id")


def entries(awards: Iterable[Award]) -> list[Entry]:
    """With the words of their programmes: one query."""
    found = [Entry(award) for award in awards]
    read_words([entry.programme for entry in found])
    return found


def kind_of(entry: Entry) -> str:
    return "mfa" if entry.route is Route.MFA else "awards"


def file_of(kind: str, found: Iterable[Entry]) -> bytes:
    """The spreadsheet to upload: header in the first row, one award a row, no empty row between."""
    columns = KINDS[kind]
    target = BytesIO()
    rows = ([read(entry) for read in columns.values()] for entry in found if kind_of(entry) == kind)
    write_xlsx(target, list(columns), rows, sheet_name=SHEET)
    return target.getvalue()
