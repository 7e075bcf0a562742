"""The journey's steps as a person takes them; every press and link is looked at (conftest.Person.look)."""

import re

from django.utils import timezone

from demo.people import DOMAIN, PASSWORD

PROGRAMME = "made-smarter-north-west"
FIRM = "Thistledown Pressings Ltd"
NEXT_YEAR = str(timezone.now().year + 1)
OWNER = "owner@thistledown.example"


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
    """Step 6: from an action of the plan to a sent application."""
    page = owner.page
    owner.go(f"/cases/{reference}/plan/")
    owner.follow("Pay for this")
    owner.press("Start")
    number = int(re.search(r"/funding/(\d+)/", page.url)[1])
    base = f"/cases/{reference}/funding/{number}"
    owner.go(f"{base}/project/")
    owner.fill("Name of your project", "Job tracking on six presses")
    owner.fill("Your project in two or three sentences", "We track jobs on six presses.")
    owner.fill("What will you do?", "Readers and tablets on six presses, then training.")
    owner.fill("What will be better, and how will you see it?", "Lead time from 12 days to 5.")
    owner.press("Save and continue")
    owner.go(f"{base}/dates/")
    for name, day in (("starts_on", ("30", "2", NEXT_YEAR)), ("ends_on", ("30", "9", NEXT_YEAR))):
        for part, value in zip(("day", "month", "year"), day, strict=True):
            page.locator(f"input[name={name}_{part}]").fill(value)
    page.locator("select[name=trl_start]").select_option("6")
    page.locator("select[name=trl_end]").select_option("9")
    owner.press("Save and continue")
    owner.sees("There is a problem")  # 30 February
    page.locator("input[name=starts_on_day]").fill("1")
    owner.press("Save and continue")
    add_cost(owner, base, "Readers and tablets", "capital_equipment", "24000", committed=False)
    add_cost(owner, base, "A scanner we have bought", "capital_equipment", "1500", committed=True)
    owner.follow("Add a quote")
    owner.fill("Who is it from?", "Made-up Automation")
    owner.fill("Total of the quote, without VAT", "24,000")
    page.get_by_label("The quote as a file").set_input_files(
        {"name": "quote.pdf", "mimeType": "application/pdf", "buffer": b"GIF89a not a pdf"}
    )
    owner.press("Add this quote")
    owner.sees("There is a problem")
    page.get_by_label("The quote as a file").set_input_files(
        {"name": "quote.pdf", "mimeType": "application/pdf", "buffer": quote}
    )
    owner.press("Add this quote")
    owner.go(f"{base}/grant/")
    owner.sees("£12,000")
    owner.press("Save and continue")
    owner.go(f"{base}/check/")
    owner.choose("What I have told you is true")
    owner.press("Send your application")
    owner.sees(reference)
    return number


def add_cost(owner, base, what, category, net, *, committed):
    page = owner.page
    owner.go(f"{base}/costs/add/")
    owner.fill("What will you pay for?", what)
    page.get_by_label("What kind of cost is it?").select_option(category)
    owner.fill("Cost without VAT", net)
    page.get_by_label("VAT", exact=True).fill("0")
    page.locator("input[name=vat_recoverable][value=yes]").check()
    page.locator(f"input[name=is_committed][value={'yes' if committed else 'no'}]").check()
    owner.press("Keep this cost")


def assess(assessor, reference, number):
    """Step 7a: no conflict, then a score and a reason for each criterion."""
    page = assessor.page
    assessor.go("/casework/funding/")
    assessor.go(f"/casework/{reference}/funding/{number}/review/")
    assessor.choose("I have no conflict of interest")
    assessor.press("Go on")
    for field in page.locator("input[type=radio][value='4']").all():
        field.check()
    for field in page.locator("textarea[name^=reason_]").all():
        field.fill("Clear need, sound quote.")
    page.locator("input[name=recommendation][value=FUND]").check()
    assessor.press("Send my assessment")


def approve(approver, reference, number):
    """Step 7b: within the budget, by somebody who did not assess."""
    approver.go(f"/casework/{reference}/funding/{number}/")
    approver.press("Decide")
    approver.press("Approve and send the offer")


def accept_offer(owner, reference, number):
    page = owner.page
    owner.go(f"/cases/{reference}/funding/{number}/offer/")
    for box in page.locator("main input[type=checkbox]").all():
        box.check()
    owner.press("Accept this offer")


def export(manager, kind, form):
    """Step 8: figures, then a file made in the background."""
    page = manager.page
    manager.go("/reports/")
    manager.go("/reports/exports/")
    page.locator("select[name=kind]").select_option(kind)
    page.locator("select[name=format]").select_option(form)
    manager.press("Make the file")
