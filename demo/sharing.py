"""A Welsh supply chain that asks for money together: one partner fills in its part, another has been invited."""

from __future__ import annotations

from decimal import Decimal

from demo.journey import Journey
from funding import actions as funding
from funding.models import BudgetLine, GrantApplication, Partner

NAME = "Made-up Toolmakers Ltd"
"""The firm that partner@ answers for."""


def invite_partners(journey: Journey, draft: GrantApplication) -> None:
    """partner@ takes part and has half of its part; the second partner has not answered."""
    funding.choose_form(
        application=draft, form=GrantApplication.Form.SUPPLY_CHAIN, by=journey.owner, at=journey.later()
    )
    person = journey.staff["partner"]
    first = _invite(journey, draft, NAME, "99900001", person.email)
    _invite(journey, draft, "Made-up Coatings Ltd", "99900002", "office@made-up-coatings.example")
    partner = funding.accept_part(partner=first, by=person, at=journey.later())
    funding.save_own_part(
        partner=partner, benefit="We get drawings and dates from their system and scrap a third less."
    )
    funding.save_size(
        partner=partner, employees=Decimal(14), turnover=Decimal(1_300_000), balance_sheet=Decimal(600_000), by=person,
        at=journey.at,
    )  # fmt: skip
    line = BudgetLine(
        category="capital_equipment", description="Readers for four machines", supplier="Made-up Automation",
        net=Decimal(7_500), vat=Decimal(1_500), creation_key=journey.key("partner's cost"),
    )  # fmt: skip
    funding.save_line(application=draft, line=line, partner=partner)


def _invite(journey: Journey, draft: GrantApplication, name: str, number: str, email: str) -> Partner:
    invited = funding.Invited(
        kind=Partner.Kind.FIRM, name=name, email=email, country="GB", company_number=number, postcode="SA1 1AA"
    )
    return funding.invite_partner(
        application=draft, invited=invited, key=journey.key(number), by=journey.owner, at=journey.later(2)
    )
