"""From an accepted offer to money that has arrived, as firm, adviser, approver and finance take it."""

import csv
import io
from datetime import timedelta

from django.utils import timezone

from funding.models import Award
from tests.journeys import steps
from tests.journeys.papers import check_pdf, text_of, wait_for_pdf

PAPER = b"595 842"


def settle_the_start(owner, adviser, reference, number):
    """The firm shows that the one condition is met, the adviser ticks it off."""
    owner.go(f"/cases/{reference}/funding/{number}/award/")
    owner.sees("Settle this before you start")
    owner.follow(steps.CONDITION)
    owner.fill("What have you done?", "The bank has agreed, its letter is dated last Monday.")
    owner.press("Send this to us")
    adviser.go("/casework/funding/awards/")
    adviser.go(f"/casework/{reference}/funding/{number}/award/")
    adviser.press("Tick off")
    adviser.sees("All is settled")
    owner.go(f"/cases/{reference}/funding/{number}/award/")
    owner.sees("You can order and start")


def let_the_project_pass():
    """Nobody waits half a year for a test: the dates in force are moved so that the project ended yesterday."""
    ended = timezone.now().date() - timedelta(days=1)
    Award.objects.update(starts_on=ended - timedelta(days=180), ends_on=ended)


def claim_all(owner, reference, number, file):
    """The one and last claim: an invoice paid, with its proof, the milestone shown, the final report; the claim's
    address. `file` is a PDF on A4, from which invoice and statement are made on other paper."""
    page = owner.page
    paid = timezone.now().date() - timedelta(days=20)
    owner.go(f"/cases/{reference}/funding/{number}/award/")
    owner.follow("Your claims and payments")
    owner.press("Start a claim")
    steps.answer(owner, "is_final", "yes")
    owner.press("Start your claim")
    address = page.url
    owner.sees("Before you can send it")
    owner.press("Add an invoice")
    owner.fill("What was it for?", "Readers and tablets")
    page.get_by_label("What kind of cost is it?").select_option("capital_equipment")
    owner.fill("Who sent the invoice?", "Made-up Automation")
    owner.fill("Number on the invoice", "A-2041")
    steps.fill_day(owner, "invoice_on", paid.day, paid.month, paid.year)
    steps.fill_day(owner, "paid_on", paid.day, paid.month, paid.year)
    owner.fill("Cost without VAT", "24,000")
    page.get_by_label("VAT", exact=True).fill("0")
    steps.answer(owner, "vat_recoverable", "yes")
    steps.add_file(owner, "The invoice as a file", file.replace(PAPER, b"420 595"), "invoice.pdf")
    steps.add_file(owner, "Proof that you have paid it", file.replace(PAPER, b"595 420"), "statement.pdf")
    owner.press("Keep this cost")
    owner.follow("Show that it is reached")
    steps.fill_day(owner, "reached_on", paid.day, paid.month, paid.year)
    owner.fill("What shows it?", "All six readers are accepted.")
    owner.press("Keep this")
    owner.follow("Write what was done")
    owner.fill("What was done?", "Six presses report every job. Lead time fell from 12 days to 6.")
    owner.press("Save and continue")
    owner.press("Check your claim")
    owner.choose("I declare that these costs are of this project")
    owner.press("Send your claim")
    owner.sees("We have your claim")
    return address


def read_receipt(owner, claim):
    content = wait_for_pdf(owner, f"{claim}receipt/")
    check_pdf(content, least=1, most=2)
    words = text_of(content)
    for said in ("Made-up Automation, A-2041", "£24,000", "We then pay £12,000", "Declared by Thea Thistle"):
        assert said in words, f"{said!r} is not in {words}"


def enter_account(owner, reference, number):
    """The owner shows again who it is; the page then names the account by its last digits alone."""
    owner.go(f"/cases/{reference}/funding/{number}/claims/")
    steps.let_sign_in_age(owner)
    owner.follow("Bank details")
    steps.show_who_you_are(owner)
    owner.fill("Name on the account", steps.FIRM)
    owner.fill("Sort code", "12-34-56")
    owner.page.get_by_label("Account number", exact=True).fill("01234567")
    owner.fill("Account number once more", "01234567")
    owner.press("Keep these bank details")
    owner.sees("We have your bank details")
    owner.sees("•••• 4567")
    assert "01234567" not in owner.page.content()


def check_claim(adviser):
    adviser.go("/casework/funding/claims/")
    adviser.follow("Job tracking on six presses")
    adviser.press("I have checked every cost")
    adviser.sees("Somebody else approves it now")


def approve_claim(approver):
    approver.go("/casework/funding/claims/")
    approver.follow("Job tracking on six presses")
    approver.press("Approve this claim")
    approver.sees("It goes into the next payment run")


def confirm_account(finance, approver):
    """One calls the firm, another puts the account in use."""
    finance.go("/casework/funding/bank/")
    finance.follow(steps.FIRM)
    steps.answer(finance, "payee", "MATCH")
    finance.fill("Whom did you call, and what was said?", "Thea Thistle on 01524 000000: it is theirs.")
    finance.press("Keep this note")
    finance.sees("Somebody else confirms the account now")
    approver.go("/casework/funding/bank/")
    approver.follow(steps.FIRM)
    approver.choose("I have read the note of the call")
    approver.press("Put this account in use")
    approver.sees("The account is in use")


def pay(finance):
    """A run is made up, released and noted as paid; the content of its file for the bank."""
    page = finance.page
    finance.go("/casework/funding/payments/?programme=" + steps.PROGRAMME)
    finance.press("Make up a run")
    run = page.url
    finance.press("Release this run")
    steps.let_sign_in_age(finance)
    with page.expect_download() as coming:
        page.get_by_role("link", name="Fetch the file for the bank").click()
        page.wait_for_url("**/reauthenticate/**")
        steps.show_who_you_are(finance)
    finance.go(run)
    finance.press("All of these are paid")
    finance.sees("Noted as paid")
    return coming.value.path().read_text()


def check_file(content, reference):
    """One payment and the control total."""
    payment, total = csv.DictReader(io.StringIO(content))
    assert payment == {
        "reference": reference, "payee": steps.FIRM, "sort_code": "123456", "account_number": "01234567", "iban": "",
        "amount": "12000.00", "currency": "GBP",
    }  # fmt: skip
    assert [total[name] for name in ("reference", "payee", "amount")] == ["TOTAL", "1", "12000.00"]


def check_ledgers(owner, manager, reference, number):
    """The same sums to the firm and to staff, and nothing is left."""
    all_of_it = dict.fromkeys(("Claimed", "Agreed", "Paid"), "£12,000") | {"Left": "£0"}
    owner.go(f"/cases/{reference}/funding/{number}/claims/ledger/")
    assert sums_of(owner, "h2:has-text('figures') + dl") == {"Grant": "£12,000", **all_of_it}
    manager.go(f"/casework/{reference}/funding/{number}/ledger/")
    bound = {"Awarded": "£12,000", "Committed": "£12,000", "Kept back": "£0"}
    assert (bound | all_of_it).items() <= sums_of(manager, "dl.app-facts").items()


def sums_of(person, which):
    found = person.page.locator(which)
    names, values = found.locator("dt").all_inner_texts(), found.locator("dd").all_inner_texts()
    return dict(zip(names, values, strict=True))
