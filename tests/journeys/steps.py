"""The journey's steps as a person takes them; every press and link is looked at (conftest.Person.look)."""

import re

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as SIGNED_IN
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from demo.people import DOMAIN, PASSWORD
from tests.journeys.papers import check_pdf, text_of, wait_for_pdf

PROGRAMME = "made-smarter-north-west"
FIRM = "Thistledown Pressings Ltd"
NEXT_YEAR = str(timezone.now().year + 1)
OWNER = "owner@thistledown.example"
CONDITION = "Show us that the bank agrees to your loan."


def try_figures(person):
    """Before everything, signed out: what the project costs, what comes back, and the cash on the way."""
    person.go(f"/programmes/{PROGRAMME}/")
    person.go(f"/programmes/{PROGRAMME}/afford/")
    person.page.locator("input[name=cost_capital_equipment]").fill("24000")
    person.fill("VAT on these costs, in per cent", "0")
    answer(person, "vat_recoverable", "yes")
    fill_day(person, "starts_on", 1, 3, NEXT_YEAR)
    fill_day(person, "ends_on", 30, 9, NEXT_YEAR)
    answer(person, "spread", "even")
    person.press("Work it out")
    person.sees("£12,000")


def check_eligibility(person, programme=PROGRAMME):
    """Step 1: the public check, one question a page."""
    person.go("/")
    person.go(f"/programmes/{programme}/")
    person.press("Check if you can get support")
    answer_check(person, postcode="pr12he", authority="Preston")


def answer_check(person, *, postcode, authority):
    """Every question that the programme asks, wherever it begins; gives the names of the questions in order."""
    page, met = person.page, []
    while not page.url.endswith("/result/"):
        assert len(met) < 9, met
        met.append(page.locator("main h1, main h2").last.inner_text())
        if page.locator("select[name=local_authority]").count():
            page.get_by_label(re.compile("Local authority|Province or area")).select_option(label=authority)
        elif page.locator("input[name=postcode]").count():
            person.fill("Postcode", postcode)
        elif page.locator("input[name=q]").count():
            person.fill("Search by product", "machining")
            person.press("Search")
            person.choose("Machining", exact=True)
        elif page.locator("input[name=legal_form]").count():
            person.choose("Limited company")
        elif page.locator("input[name=employees]").count():
            person.sees("Apprentices and placement students do not count")
            person.fill("Number of people", "32")
            person.fill("Turnover", "3,200,000")
            person.fill("Balance sheet total", "1500000")
        elif page.locator("input[type=radio][value=no]").count():
            page.locator("input[type=radio][value=no]").check()
        page.locator("main form[method=post] button[type=submit]").last.click()
        person.look()
    return met


def open_account(person, email=OWNER):
    """Step 2a: sign up on the way, and go on to the firm."""
    person.press("Apply for support")
    person.follow("Create an account")
    person.fill("Your full name", "Thea Thistle")
    person.fill("Email", email)
    person.page.get_by_label("Password").first.fill(PASSWORD)
    person.press("Create account")


def join(person, number="99123456"):
    """Step 2b: the firm and the five sections."""
    person.fill("Name of your firm", FIRM)
    person.fill("Company number", number)
    person.fill("Address", "4 Mill Lane\nPreston")
    person.press("Save and continue")
    person.follow("Who we should talk to")
    person.fill("Their role in the firm", "Managing director")
    person.fill("Phone number", "01524 000000")
    person.press("Save and continue")
    person.follow("What your firm makes")
    person.fill("What does your firm make?", "Pressed brackets for lifts and shop fittings.")
    person.press("Save and continue")
    person.follow("What you want to change")
    person.fill("What do you want to change?", "Job cards on paper get lost, and changeovers take half a shift.")
    person.press("Save and continue")
    person.follow("What has held you back")
    person.choose("We do not have the money at hand")
    person.press("Save and continue")
    person.follow("How we may use your answers")
    person.choose("Our adviser and the funders")
    for group in person.page.get_by_role("group").all():
        person_yes = group.get_by_label("Yes", exact=True)
        if person_yes.count():
            person_yes.first.check()
    person.press("Save and continue")


def confirm_email(person, email=OWNER):
    person.mailed_link(email, "Confirm your email address")
    person.press("Yes, this is my address")


def send_application(person, reference):
    person.go(f"/cases/{reference}/apply/")
    person.follow("Check your answers and send")
    person.choose("What I have told you is true")
    person.press("Send to an adviser")
    person.sees("Application sent")
    person.sees(reference)


def reference_of(person):
    return re.search(r"[A-Z0-9]+-[A-Z0-9]{6}", person.page.url)[0]


def staff(person, name):
    person.sign_in(f"{name}@{DOMAIN}")
    return person


def accept_case(adviser, reference):
    """Step 3: the adviser finds it in the queue, reads it and lets the firm in."""
    adviser.go("/casework/?status=SUBMITTED")
    adviser.follow(FIRM)
    adviser.sees("32")
    adviser.press("Accept this firm") if adviser.page.url.endswith("/accept/") else adviser.go(
        f"/casework/{reference}/accept/"
    )
    adviser.press("Accept this firm")
    adviser.sees("Accepted")


def return_case(adviser, reference):
    adviser.go(f"/casework/{reference}/return/")
    adviser.fill("What do you need from the firm?", "Please tell us how many presses you have.")
    adviser.press("Return to the firm")


def finalise_diagnostic(adviser, reference):
    """Step 4b: the adviser changes one level with a reason at the visit, and makes the result final."""
    page = adviser.page
    adviser.go(f"/casework/{reference}/diagnostic/")
    adviser.press("Go through the answers")
    page.locator("#id_PE01-level_3").check()
    page.locator("[name='PE01-reason']").fill("Two printers in daily use, seen on the visit.")
    page.locator("[data-visit-saved]").wait_for()
    adviser.go(f"/casework/{reference}/diagnostic/")
    page.get_by_text("without the firm’s reading").click()
    adviser.press("Make the result final")
    adviser.sees("There is a problem")
    page.locator("[name='finalise-reason']").fill("We went through every level together.")
    adviser.press("Make the result final")


def ask_for_money(owner, reference, quote):
    """Step 6: from an action of the plan to a sent application; its number."""
    owner.go(f"/cases/{reference}/plan/")
    owner.follow("Pay for this")
    return apply(owner, reference, quote)


def apply(owner, reference, quote):
    """From the page that starts an application, with the figures tried out before, until it is sent; its number."""
    owner.sees("that you tried out")
    owner.press("Start")
    number = int(re.search(r"/funding/(\d+)/", owner.page.url)[1])
    base = f"/cases/{reference}/funding/{number}"
    describe_project(owner, base)
    set_dates(owner, base)
    plan_project(owner, base)
    owner.go(f"{base}/costs/")
    owner.sees("£24,000")
    owner.follow("Change")  # what was tried out, by its kind
    owner.fill("What will you pay for?", "Readers and tablets")
    answer(owner, "is_committed", "no")
    answer(owner, "is_funded_elsewhere", "no")
    owner.press("Keep this cost")
    add_cost(owner, base, "A scanner we have bought", "capital_equipment", "1500")
    add_quote(owner, quote)
    owner.go(f"{base}/grant/")
    owner.sees("£12,000")
    owner.press("Save and continue")
    declare_money_and_ties(owner, base)
    find_the_rest(owner, base, "13000", "500")
    owner.go(f"{base}/check/")
    owner.choose("What I have told you is true")
    owner.press("Send your application")
    owner.sees(reference)
    return number


def read_receipt(owner, reference, number):
    """What was sent, word for word, with what it costs."""
    sent = f"/cases/{reference}/funding/{number}/sent/"
    content = wait_for_pdf(owner, f"{sent}versions/1/receipt/")
    check_pdf(content, least=2, most=6)
    words = text_of(content)
    for said in (reference, "Job tracking on six presses", "Lead time from 12 days to 5.", "£24,000"):
        assert said in words, f"{said!r} is not in {words}"


def describe_project(owner, base):
    owner.go(f"{base}/project/")
    owner.fill("Name of your project", "Job tracking on six presses")
    owner.fill("What is the problem?", "Job cards on paper get lost, and nobody knows where an order stands.")
    owner.fill("What will you do?", "Readers and tablets on six presses, then training.")
    owner.fill("What will there be at the end?", "Six presses with readers, twelve people trained.")
    owner.fill("What will be better, and how will you see it?", "Lead time from 12 days to 5.")
    owner.fill("Your project in two or three sentences", "We track jobs on six presses.")
    owner.press("Save and continue")


def fill_day(person, name, day, month, year):
    for part, value in (("day", day), ("month", month), ("year", year)):
        person.page.locator(f"input[name={name}_{part}]").fill(str(value))


def set_dates(owner, base):
    page = owner.page
    owner.go(f"{base}/dates/")
    fill_day(owner, "starts_on", 30, 2, NEXT_YEAR)
    fill_day(owner, "ends_on", 30, 9, NEXT_YEAR)
    page.locator("select[name=trl_start]").select_option("6")
    page.locator("select[name=trl_end]").select_option("9")
    owner.press("Save and continue")
    owner.sees("There is a problem")  # 30 February
    page.locator("input[name=starts_on_day]").fill("1")
    owner.press("Save and continue")


def plan_project(owner, base):
    """A milestone and a risk."""
    owner.go(f"{base}/milestones/")
    owner.press("Add a milestone")
    owner.fill("What is reached?", "Readers on all six presses")
    fill_day(owner, "due_on", 30, 6, NEXT_YEAR)
    owner.fill("What will show it?", "The acceptance report")
    owner.press("Save this milestone")
    owner.press("Continue")
    owner.go(f"{base}/risks/")
    owner.press("Add a risk")
    owner.fill("What may go wrong?", "The readers come late.")
    owner.page.locator("input[name=likelihood]").nth(1).check()
    owner.page.locator("input[name=impact]").nth(1).check()
    owner.fill("What do you do about it?", "We order them in the first week.")
    owner.press("Save this risk")
    owner.press("Continue")


def add_quote(owner, quote):
    """From the costs, to the first of them; what only says that it is a PDF is refused."""
    owner.follow("Add a quote")
    owner.fill("Who is it from?", "Made-up Automation")
    owner.fill("Total of the quote, without VAT", "24,000")
    add_file(owner, "The quote as a file", b"GIF89a not a pdf")
    owner.press("Add this quote")
    owner.sees("There is a problem")
    add_file(owner, "The quote as a file", quote)
    owner.press("Add this quote")


def add_file(person, label, content, name="quote.pdf"):
    person.page.get_by_label(label).set_input_files({"name": name, "mimeType": "application/pdf", "buffer": content})


def declare_money_and_ties(owner, base):
    """No other public money for the project, nobody close to it."""
    owner.go(f"{base}/other-money/")
    answer(owner, "other_money", "no")
    owner.choose("I declare that what I say here")
    owner.press("Save and continue")
    owner.go(f"{base}/conflicts/")
    answer(owner, "has_conflict", "no")
    owner.press("Save and continue")


def answer(person, name, value):
    person.page.locator(f"input[name={name}][value={value}]").check()


def find_the_rest(owner, base, *amounts):
    """Own cash; the task list says what is missing until the sources come to all that the firm pays."""
    for number, amount in enumerate(amounts):
        owner.go(f"{base}/rest-of-the-money/")
        owner.press("Add another" if number else "Add where it comes from")
        answer(owner, "kind", "OWN_CASH")
        owner.fill("How much?", amount)
        answer(owner, "is_certain", "no")
        owner.press("Keep this")
        owner.sees("That is all of it." if amount == amounts[-1] else "The two have to be the same")


def add_cost(owner, base, what, category, net):
    """One that is bought already, and so does not count."""
    page = owner.page
    owner.go(f"{base}/costs/add/")
    owner.fill("What will you pay for?", what)
    page.get_by_label("What kind of cost is it?").select_option(category)
    owner.fill("Cost without VAT", net)
    page.get_by_label("VAT", exact=True).fill("0")
    answer(owner, "vat_recoverable", "yes")
    answer(owner, "is_committed", "yes")
    answer(owner, "is_funded_elsewhere", "no")
    owner.press("Keep this cost")


def fill_pool(manager, name):
    """An assessor joins the programme's pool."""
    manager.go("/casework/funding/assessors/")
    manager.press("Add to the pool: Made Smarter")
    manager.page.get_by_label("Who?").select_option(label=name)
    manager.press("Save")
    manager.sees(name)


def invite(manager, reference, number, *names):
    manager.go(f"/casework/{reference}/funding/{number}/")
    manager.press("Ask assessors")
    for name in names:
        manager.choose(name)
    manager.press("Ask them to assess")
    manager.sees("assessors have been asked" if len(names) > 1 else "One assessor has been asked")


def assess(assessor, reference, number):
    """Step 7a: take it on, this year's interests, no conflict, then a score and a reason for each criterion."""
    page = assessor.page
    assessor.go("/casework/funding/assess/")
    assessor.follow("Job tracking on six presses")
    answer(assessor, "answer", "YES")
    assessor.press("Send my answer")
    answer(assessor, "has_interests", "no")
    assessor.press("Declare")
    assessor.follow("Job tracking on six presses")
    assessor.choose("I have no conflict of interest")
    assessor.press("Go on")
    for field in page.locator("input[type=radio][value='8']").all():
        field.check()
    for field in page.locator("textarea[name^=reason_]").all():
        field.fill("Clear need, sound quote.")
    answer(assessor, "recommendation", "FUND")
    assessor.press("Send my assessment")
    assessor.go(f"/casework/{reference}/funding/{number}/review/")
    assessor.sees("Clear need, sound quote.")


def approve(approver, reference, number):
    """Step 7b: within the budget, by somebody who did not assess."""
    approver.go(f"/casework/{reference}/funding/{number}/")
    approver.press("Decide")
    approver.fill("What must be settled before the project starts", CONDITION)
    approver.press("Approve and send the offer")


def accept_offer(owner, reference, number):
    """Where the firm stands first; then the owner shows again who it is."""
    page = owner.page
    owner.go(f"/cases/{reference}/funding/{number}/offer/")
    owner.press("Tell us where you stand")
    fill_day(owner, "period_end", 31, 3, timezone.now().year)
    owner.fill("How many people work for you?", "32")
    owner.fill("Your turnover in those twelve months", "3,200,000")
    owner.fill("What an hour of work brings", "38.60")
    owner.press("Save these figures")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    let_sign_in_age(owner)
    owner.press("Accept this offer")
    show_who_you_are(owner)
    owner.sees("You have accepted the offer")


def read_letter(owner, reference, number):
    content = wait_for_pdf(owner, f"/cases/{reference}/funding/{number}/offer/letter/")
    check_pdf(content, least=1, most=2)
    words = text_of(content)
    assert "We offer you a grant of £12,000" in words
    assert "50% of £24,000" in words
    assert f"{CONDITION} Before you start." in words


def let_sign_in_age(person):
    """As if the person had signed in or up an hour ago: what binds or pays then asks again who it is."""
    [cookie] = [each for each in person.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
    session = SessionStore(cookie["value"])
    session[SIGNED_IN] = [{**record, "at": record["at"] - 3600} for record in session.get(SIGNED_IN, [])]
    session.save()


def show_who_you_are(person):
    """The password again, for what binds or pays."""
    assert "reauthenticate" in person.page.url, person.page.url
    person.page.get_by_label("Password").fill(PASSWORD)
    person.press("Go on")


def export(manager, kind, form):
    """Step 8: figures, then a file made in the background."""
    page = manager.page
    manager.go("/reports/")
    manager.go("/reports/exports/")
    page.locator("select[name=kind]").select_option(kind)
    page.locator("select[name=format]").select_option(form)
    manager.press("Make the file")
