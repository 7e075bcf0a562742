"""Applications of a firm with partners, each with its part filled in by the actions of real use."""

import uuid
from decimal import Decimal

from documents.actions import take_upload
from funding import actions, aid, quoting
from funding.models import GrantApplication
from tests.factories.accounts import UserFactory
from tests.factories.applications import CaseFactory
from tests.factories.claims import a_file
from tests.factories.funding import WRITTEN, BudgetLineFactory, GrantApplicationFactory
from tests.factories.programmes import CallFactory

TERMS = {"forms": ["SINGLE", "COLLABORATIVE"], "most": 2, "most_percent": "80"}


def joint(**more):
    """A draft with a form for partners and a cost of its own."""
    case = more.pop("case", None) or CaseFactory(accepted=True)
    call = CallFactory(instrument__programme=case.programme, **{"partner_terms": TERMS} | more)
    return GrantApplicationFactory(case=case, call=call, form="COLLABORATIVE")


def invite(application, **more):
    facts = {"kind": "FIRM", "name": "Guards Ltd", "email": "gill@guards.example", "country": "GB",
             "company_number": "01234567"}  # fmt: skip
    key = more.pop("key", None) or uuid.uuid4()
    return actions.invite_partner(
        application=application, invited=actions.Invited(**facts | more), key=key, by=application.created_by, at=WRITTEN
    )


def take_part(application, user, **more):
    return actions.accept_part(partner=invite(application, email=user.email, **more), by=user, at=WRITTEN)


def fill_in(partner, net=10000, lines=1, **facts):
    """The whole part of a partner, completed."""
    by = partner.contact
    actions.save_own_part(partner=partner, benefit="Fewer rejects.", links={"none": True, "note": ""})
    if partner.kind != "RESEARCH":
        actions.save_size(
            partner=partner, employees=Decimal(12), turnover=Decimal(900000), balance_sheet=Decimal(400000), by=by,
            at=WRITTEN,
        )  # fmt: skip
        if aid.rule_of(partner.application.case, WRITTEN.date()):
            actions.declare_aid(
                partner=partner, amount=facts.get("amount", Decimal(0)), words="All.", by=by, at=WRITTEN
            )
    for _number in range(lines):
        BudgetLineFactory(application=partner.application, partner=partner, description="Guard", net=Decimal(net))
    actions.complete_part(partner=partner, by=by, at=WRITTEN)


def cover(application, sources=1):
    """The rest of the money adds up, from so many sources."""
    application = GrantApplication.objects.with_context().get(pk=application.pk)
    pays = quoting.together_for(application, at=WRITTEN).shares[0].pays
    application.match_sources.all().delete()
    for _number in range(sources - 1):
        application.match_sources.create(kind="LOAN", giver="A bank", amount=Decimal(1))
    application.match_sources.create(kind="OWN_CASH", amount=pays - (sources - 1))
    return application


def rich(partners):
    """A draft with everything: 20 costs with a quote each, six sources of money, remarks, and so many partners."""
    application = joint(partner_terms=TERMS | {"most": 9})
    by = application.created_by
    for number in range(partners):
        partner = take_part(application, UserFactory(), name=f"Partner {number}", company_number=f"0123456{number}")
        fill_in(partner, net=1000, lines=10 // partners)
    for number in range(9):
        BudgetLineFactory(application=application, description=f"Cost {number}", net=Decimal(500))
    for line in application.lines.all():
        line.quotes.create(
            upload=take_upload(file=a_file("quote.pdf"), by=by, at=WRITTEN), supplier=line.supplier, amount=line.net,
            attached_at=WRITTEN, attached_by=by,
        )  # fmt: skip
    for number in range(3):
        application.comments.create(
            section="costs", text=f"Which {number}?", for_adviser=True, written_at=WRITTEN, written_by=by
        )
    return cover(application, sources=6)
