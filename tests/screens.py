"""The pictures in docs/screens, wide and narrow, from a running demonstration (bin/screenshots)."""

import io
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import sync_playwright

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from demo.firms import firm  # noqa: E402
from demo.people import DOMAIN, PASSWORD  # noqa: E402
from demo.world import STAGES  # noqa: E402
from tests.journeys.browser import FLAGS, chromium_path  # noqa: E402

PROGRAMME = "made-smarter-north-west"
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
ADDRESS = os.environ.get("PORTAL_URL") or f"http://localhost:{os.environ.get('PORT', '8000')}"
SIZES = {"wide": {"width": 1366, "height": 900}, "narrow": {"width": 360, "height": 780}}
COLOURS = 96  # few colours make small files; text stays sharp


def keep(name, picture):
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)
    image.save(FOLDER / f"{name}.png", optimize=True)


def link_of(page, path, pattern):
    """The first link on `path` whose address fits."""
    page.goto(path)
    for link in page.get_by_role("link").all():
        address = link.get_attribute("href") or ""
        if re.fullmatch(pattern, address):
            return address
    raise SystemExit(f"No link like {pattern} on {path}: is the demonstration complete?")


def reference_on(page):
    """The reference of the firm's case, on "Your support"."""
    page.goto("/cases/")
    return re.search(r"/cases/([A-Z0-9]+-[A-Z0-9]{6})/", page.content())[1]


def sign_in(page, email):
    page.goto("/accounts/login/")
    page.get_by_label("Email").first.fill(email)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def check(page):
    """Answer the public check, so that its result can be shown."""
    base = f"/programmes/{PROGRAMME}/eligibility"

    def go_on():
        page.get_by_role("button", name="Continue").click()

    page.goto(f"{base}/")
    page.get_by_label("Postcode").first.fill("PR1 2HE")
    go_on()
    page.get_by_label("Local authority").select_option(label="Preston")
    go_on()
    page.goto(f"{base}/product/?q=machining")
    page.get_by_label("Machining", exact=True).check()
    go_on()
    page.get_by_label("Limited company").check()
    go_on()
    for name, figure in (("employees", "32"), ("turnover", "3200000"), ("balance_sheet", "1500000")):
        page.locator(f"main input[name={name}]").fill(figure)
    go_on()
    for _ in range(3):
        page.get_by_label("No", exact=True).check()
        go_on()


def document(page, name, path, pages):
    """The first pages of a PDF as pictures; left out where pdftoppm is not installed."""
    if not shutil.which("pdftoppm"):
        return
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "document.pdf"
        pdf.write_bytes(page.context.request.get(path).body())
        subprocess.run(["pdftoppm", "-png", "-r", "60", "-l", str(pages), pdf, Path(folder) / "page"], check=True)
        for number, made in enumerate(sorted(Path(folder).glob("page*.png")), 1):
            keep(f"{name}-{number}", made.read_bytes())


def take(browser, size, viewport):
    def person(name=None):
        page = browser.new_context(base_url=ADDRESS, viewport=viewport, locale="en-GB").new_page()
        if name:
            sign_in(page, name if "@" in name else f"{name}@{DOMAIN}")
        return page

    def shot(page, name, path=None):
        if path:
            page.goto(path)
        page.wait_for_load_state("networkidle")
        keep(f"{name}-{size}", page.screenshot())

    def firm_at(stage):
        """The office of the first firm that stays at `stage`."""
        before = list(STAGES)[: list(STAGES).index(stage)]
        return person(firm(sum(STAGES[one] for one in before), PROGRAMME, 1).email)

    visitor, owner, adviser = person(), person("owner"), person("adviser")
    shot(visitor, "home", "/")
    shot(visitor, "programme", "/programmes/wales-industry-4/")
    check(visitor)
    shot(visitor, "eligibility-result")
    shot(owner, "your-support", "/cases/")
    reference = reference_on(owner)
    shot(owner, "result", f"/cases/{reference}/diagnostic/result/")
    shot(owner, "plan", f"/cases/{reference}/plan/")
    shot(owner, "your-claims", f"/cases/{reference}/funding/1/claims/")
    shot(owner, "your-grant", f"/cases/{reference}/funding/1/award/")
    shot(
        adviser, "claim", link_of(adviser, "/casework/funding/claims/", r"/casework/[A-Z0-9-]+/funding/\d+/claims/\d+/")
    )
    shot(adviser, "queue", "/casework/")
    case = link_of(adviser, "/casework/?status=SUBMITTED", r"/casework/[A-Z0-9]+-[A-Z0-9]{6}/")
    shot(adviser, "case", case)
    shot(adviser, "case-eligibility", f"{case}eligibility/")
    assessor, manager, finance = person("assessor"), person("manager"), person("finance")
    shot(finance, "payments", "/casework/funding/payments/")
    approver = person("approver")
    application = link_of(approver, "/casework/funding/", r"/casework/[A-Z0-9]+-[A-Z0-9]{6}/funding/\d+/")
    shot(approver, "grant-application", application)
    shot(approver, "ranked-list", link_of(approver, f"{application}panel/", r"/casework/funding/calls/\d+/ranked/"))
    shot(assessor, "assessing", "/casework/funding/assess/")
    shot(manager, "dashboard", "/reports/")
    shot(manager, "programme-settings", f"/casework/programmes/{PROGRAMME}/")
    answering = firm_at("answering")
    answering.goto(f"/cases/{reference_on(answering)}/diagnostic/")
    answering.get_by_role("button", name="Go on").click()
    shot(answering, "question")
    if size == "wide":
        offered = firm_at("offered")
        document(offered, "offer-letter", f"/cases/{reference_on(offered)}/funding/1/offer/letter/", 1)
        document(owner, "plan-pdf", f"/cases/{reference}/plan/pdf/", 3)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        for size, viewport in SIZES.items():
            take(browser, size, viewport)
        browser.close()


if __name__ == "__main__":
    main()
