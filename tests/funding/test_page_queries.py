"""Every page about an application, an award or a claim asks the database as often for five partners as for one."""

import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import Role
from funding import actions
from tests.factories.accounts import AssignmentFactory
from tests.factories.claims import a_claim, add_line, approved_claim, running_award, send, show_milestones
from tests.factories.funding import WRITTEN, accept, approve, assess, submit
from tests.factories.joint import rich
from tests.funding.test_views_firm import address

pytestmark = pytest.mark.django_db
MOST = 15
LATER = WRITTEN + timedelta(days=1)


def draft(partners):
    """The first partner fills in its part, the others have."""
    application = rich(partners)
    first = application.partners.first()
    actions.reopen_part(partner=first, by=first.contact, at=WRITTEN)
    return application


def complete(partners):
    return rich(partners)


def sent(partners):
    """Twice, since a return, so that there is something to compare."""
    application = rich(partners)
    submit(application)
    adviser = AssignmentFactory(programme=application.case.programme, role=Role.ADVISER).user
    actions.return_to_firm(application=application, reason="Which?", by=adviser, at=WRITTEN)
    application.refresh_from_db()
    submit(application)
    return application


def assessed(partners):
    application = rich(partners)
    submit(application)
    for _assessor in range(2):
        assess(application)
    return application


def offered(partners):
    application = assessed(partners)
    approve(application)
    return application


def running(partners):
    """With a change asked for, a claim agreed to, one that each partner has sent, and the last, not sent yet."""
    application = offered(partners)
    accept(application.award)
    award = running_award(application, ends_on=date(2027, 8, 31))
    asked = {"starts_on": "2026-03-01", "ends_on": "2036-09-30"}
    actions.ask_change(
        award=award, kind="DATES", asked=asked, reason="Late.", key=uuid.uuid4(), by=award.accepted_by, at=LATER
    )
    approved_claim(award, net="500.00")
    for partner in application.partners.all():
        claim = a_claim(award, partner=partner)
        for _line in range(10 // partners):
            add_line(claim, net="10.00")
        send(claim)
    claim = a_claim(award, is_final=True)
    for _line in range(5):
        add_line(claim, net="10.00")
    show_milestones(claim)
    claim.save_answers(summary="The robot runs.")
    return application


def of_partner(application, name="part", *args):
    return reverse(f"funding:{name}", args=[application.partners.first().key, *args])


FIRM = ("tasks", "partners", "costs", "match", "comments", "colleagues", "grant", "risks", "milestones")
STAFF = ("detail", "staff-partners", "staff-comments", "staff-versions")
PAGES = {
    draft: {
        "firm": [*FIRM, ("line", "line"), "invite-partner"],
        "partner": ["part", "partner-costs", ("partner-section", "benefit")],
    },
    complete: {"firm": ["tasks", "check"], "partner": ["part"]},
    sent: {
        "firm": ["tasks", "sent", "versions", "comments"],
        "partner": ["part"],
        "ADVISER": [*STAFF, "return"],
        "APPROVER": ["detail", "invite"],
    },
    assessed: {
        "ADVISER": ["detail"],
        "APPROVER": ["detail", "decide", "decline", "reserve", "panel", "return"],
    },
    offered: {
        "firm": ["tasks", "offer", "baseline"],
        "APPROVER": ["detail", "withdraw-offer"],
        "partner": ["part", "partner-support"],
    },
    running: {
        "firm": ["tasks", "award", "changes", ("ask-change", "virement"), ("ask-change", "partner"), "claims",
                 "start-claim", ("claim", 1), ("claim", "last"), ("check-claim", "last"), "forecast", "firm-ledger"],
        "partner": ["part", "claims"],
        "ADVISER": ["detail", "start-check", ("decide-change", 1), ("staff-claim", 2), "ledger"],
        "APPROVER": ["detail", ("decide-change", 1), ("staff-claim", 2), "ledger"],
        "FINANCE": ["ledger", ("staff-claim", 2)],
    },
}  # fmt: skip


def person(application, who):
    if who == "firm":
        return application.case.created_by
    if who == "partner":
        return application.partners.first().contact
    return AssignmentFactory(programme=application.case.programme, role=Role[who]).user


def path(application, page):
    name, *args = [page] if isinstance(page, str) else page
    if args == ["line"]:
        args = [application.lines.filter(partner=None).last().pk]
    elif args == ["last"]:
        args = [application.award.claims.last().number]
    if name.startswith("part") and name != "partners":
        return of_partner(application, name, *args)
    return address(application, name, *args)


def counts(client, application, pages):
    """{page: number of queries}, each asked for by whom it is for."""
    found = {}
    for who, names in pages.items():
        client.force_login(person(application, who))
        for name in names:
            url = path(application, name)
            client.get(url)  # what a process keeps for good is read once
            with CaptureQueriesContext(
                connection,
            ) as queries:
                response = client.get(url)
            assert response.status_code == 200, (who, name, response.status_code, getattr(response, "url", ""))
            found[who, name] = len(queries)
    return found


@pytest.mark.parametrize("stage", PAGES, ids=lambda stage: stage.__name__)
def test_as_many_for_five_partners_as_for_one(client, stage):
    one, five = (counts(client, stage(partners), PAGES[stage]) for partners in (1, 5))
    assert {page: (one[page], five[page]) for page in one if one[page] != five[page]} == {}
    assert {page: count for page, count in five.items() if count > MOST} == {}
