"""The check made again for a case: what is known of its firm today, under the rules of the day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from applications import holdings
from applications.actions import lock
from applications.holdings import MONTHS
from applications.models import Case, CaseCheck
from eligibility import actions as eligibility
from eligibility import ledger, rules, wording
from eligibility.facts import FactProblem, FactsIn, plain
from eligibility.group import Assessment, Declaration
from eligibility.models import EligibilityCheck
from eligibility.sizing import Figures
from organisations.models import AidRecord, SizeDeclaration
from portal.models import Event

_CENT = Decimal("0.01")
FIGURES = ("employees", "turnover", "balance_sheet")


class UnableToCheck(Exception):
    """Something recorded of the firm cannot be read by the rules; the message says what."""


# --- What is known today --------------------------------------------------------------------------
class Known:
    """What is recorded of a case's firm on a day, read once."""

    def __init__(self, case: Case, on: date) -> None:
        self.case, self.on = case, on
        self.currency = case.programme.currency
        self.declarations = list(case.organisation.size_declarations.order_by("pk"))
        self.newest = newest_of(self.declarations)
        self.closed = closed_years(self.declarations)
        self.rows = holdings.around(case.organisation, on)
        self.rule_set = eligibility.rules_on(case.programme, on)
        self._rates: dict[str, Decimal | None] = {self.currency: Decimal(1)}

    @cached_property
    def size(self) -> Assessment:
        """The size by what is recorded of the firm and its group."""
        known = self.has_owners or bool(self.newest and self.newest.in_group is False)
        return holdings.assess(
            self.case.organisation, self._declared(), self.rows, self.rule_set.size_rule, on=self.on,
            groups_known=known,
        )  # fmt: skip

    def _declared(self) -> list[Declaration]:
        """What was declared; without any, what the check was told."""
        if self.declarations:
            return [holdings.declared(row) for row in self.declarations]
        said = [self.case.check_result.facts.get(name) for name in FIGURES]
        return [Declaration(Figures(*(None if text is None else Decimal(text) for text in said)), self.currency)]

    @property
    def has_owners(self) -> bool:
        return any(holdings.edge_of(row).is_live(self.on) for row in self.rows)

    def facts(self) -> dict[str, Any]:
        """The API's facts: figures, owners and aid as recorded, the rest as the firm told us.

        The place of the work, and what is ordered, are of the check in force: no record here knows them better.
        """
        firm, said = self.case.organisation, self.case.check_result.facts
        facts: dict[str, Any] = {
            "company_number": firm.company_number or None,
            "legal_form": firm.legal_form,
            "sic_codes": list(firm.sic_codes) or said.get("sic_codes"),
            "postcode": said.get("postcode"),
            "local_authority": said.get("local_authority"),
            "already_committed": said.get("already_committed"),
            **(_plain(self.figures_of(self.newest)) if self.newest else {name: said.get(name) for name in FIGURES}),
            **self._said_group(),
            "aid_received": _aid(self.case, self.on),
        }
        if self.closed:
            facts["accounts"] = [
                {"period_end": year.period_end.isoformat(), **_plain(self.figures_of(year))}
                for year in self.closed
                if year.period_end
            ]
            facts["takeover_on"] = self._takeover()
        return facts

    def read(self) -> tuple[FactsIn, rules.Facts]:
        """The facts as the rules read them; raises UnableToCheck."""
        try:
            given = FactsIn.model_validate(self.facts())
            return given, given.facts(country=self.case.programme.country)
        except (ValueError, FactProblem) as error:
            raise UnableToCheck(
                _("What is recorded of this firm cannot be checked: %(why)s") % {"why": error}
            ) from error

    def figures_of(self, row: SizeDeclaration) -> Figures:
        """People and money of a row in the programme's currency, turnover for a whole year.

        What cannot be converted is not known.
        """
        rate = self._rate(row.currency or self.currency)
        months = row.months or MONTHS
        return Figures(
            row.employees, _times(row.turnover, rate and rate * MONTHS / months), _times(row.balance_sheet, rate)
        )

    def _rate(self, currency: str) -> Decimal | None:
        if currency not in self._rates:
            have, want = ledger.rate_of(currency, self.on), ledger.rate_of(self.currency, self.on)
            self._rates[currency] = have.rate / want.rate if have and want else None
        return self._rates[currency]

    def _said_group(self) -> dict[str, Any]:
        """Owners and holdings as recorded; without any, what the newest figures or else the check say of a group."""
        if self.has_owners:
            return holdings.group_facts(self.size.contributions)
        if self.newest and self.newest.in_group is False:
            return {"partners": [], "linked": []}
        said = self.case.check_result.facts
        return {name: said.get(name) for name in ("partners", "linked", "public_body_percent")}

    def _takeover(self) -> str | None:
        day = holdings.changed_on(self.rows, self.closed[-1].period_end, self.on)
        return day.isoformat() if day else None


def newest_of(declarations: Iterable[SizeDeclaration]) -> SizeDeclaration | None:
    """The figures that count: those of the latest period, before any that belong to none; of two the later said."""
    return max(declarations, key=lambda each: (each.period_end or date.min, each.pk), default=None)


def closed_years(declarations: Iterable[SizeDeclaration]) -> list[SizeDeclaration]:
    """One declaration from approved accounts for each closed period, oldest first; of two the later said."""
    years = {
        each.period_end: each
        for each in declarations
        if each.period_end and each.source == SizeDeclaration.Source.ACCOUNTS
    }
    return [years[end] for end in sorted(years)]


def _times(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    return None if amount is None or rate is None else (amount * rate).quantize(_CENT, ROUND_HALF_UP)


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:.2f}"


def _plain(figures: Figures) -> dict[str, str | None]:
    return {name: _text(getattr(figures, name)) for name in FIGURES}


def _aid(case: Case, on: date) -> list[dict[str, Any]] | None:
    """The group's aid from the ledger; null until somebody has said that it is all."""
    firm = case.organisation
    if not ledger.is_told(firm, on):
        recorded = AidRecord.objects.counting().filter(organisation=firm).exists()
        said: list[dict[str, Any]] | None = case.check_result.facts.get("aid_received")
        return None if recorded else said
    return [
        {"date": aid.on and aid.on.isoformat(), "amount": _text(aid.amount), "basis": aid.basis}
        for aid in ledger.history(firm, on, currency=case.programme.currency)
        if aid.basis != AidRecord.Basis.OTHER
    ]


# --- Making and taking it -------------------------------------------------------------------------
@transaction.atomic(durable=True)
def recheck(*, case: Case, by: User, at: datetime) -> CaseCheck:
    """Check the firm again, for comparison: the case rests on it only once it is taken.

    The same facts on the same day under the same rules give back the check made before. Raises UnableToCheck.
    """
    programme, on = case.programme, case.programme.local_date(at)
    Case.objects.select_for_update().only("pk").get(pk=case.pk)
    language = case.check_result.language
    with translation.override(language):
        known = Known(case, on)
        rule_set = known.rule_set
    given, facts = known.read()
    kept = {**plain(facts, given), "in_group": None if given.linked is None else bool(given.linked or given.partners)}
    last = case.checks.select_related("check_result").order_by("-id").first()
    if last:
        before = last.check_result
        if (before.facts, before.rules_version, programme.local_date(before.created_at)) == (
            kept, rule_set.version, on,
        ):  # fmt: skip
            return last
    with translation.override(language):
        answer = wording.answer(
            rules.check(rule_set, facts, on=on), sources=rule_set.sources,
            places_to_go=programme.words().localised("next.{index}", programme.next_places, "name", "what"),
        )  # fmt: skip
    check = EligibilityCheck.objects.create(
        programme=programme, region=case.region, rules_version=rule_set.version, facts=kept,
        outcome=answer["outcome"], size=answer["size"], findings=answer["findings"], strands=answer["strands"],
        headroom=answer["headroom"], language=language, created_at=at,
    )  # fmt: skip
    return CaseCheck.objects.create(case=case, check_result=check, made_at=at, made_by=by)


@transaction.atomic(durable=True)
def take(*, made: CaseCheck, why: str, by: User, at: datetime) -> None:
    """Let the case rest on a check made again; raises IllegalMove when it ended, or somebody else was faster."""
    case = made.case
    lock(case)
    made.take(by=by, at=at, why=why)
    case.rest_on(made.check_result, at=at)
    Event.objects.record(
        made, kind="check.taken", by=by, at=at, note=why, staff_only=True,
        data={"outcome": made.check_result.outcome, "rules_version": made.check_result.rules_version},
    )  # fmt: skip
