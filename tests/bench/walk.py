"""The first owner's walk on a phone, home to plan: pages, answers, words and seconds of each part.

bin/bench walk [ADDRESS]: against a running portal with its demonstration (bin/up), by default http://localhost:8000.
Words are those of each page's main part, which a person reads at about 230 a minute at most; seconds are the machine's
(server, network, browser), so a person's time is reading and deciding on top.
"""

import secrets
import sys
import time

import django

django.setup()

from playwright.sync_api import Error, sync_playwright  # noqa: E402

from tests.journeys import steps  # noqa: E402
from tests.journeys.browser import FLAGS, chromium_path  # noqa: E402
from tests.journeys.conftest import Person  # noqa: E402

PHONE = {"width": 360, "height": 740}
WORDS_A_MINUTE = 230


class Walker(Person):
    """Counts what the owner meets; what journeys check on each page is not checked again here."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.stage, self.parts, self.began = "", {}, 0.0
        self.page.on("load", lambda page: self._met(page))

    def look(self):
        self.page.wait_for_load_state("load")

    def part(self, name):
        """What comes from here on belongs to this part; an empty name counts nothing."""
        now = time.perf_counter()
        if self.stage:
            self.parts[self.stage]["seconds"] += now - self.began
        self.stage, self.began = name, now
        if name:
            self.parts.setdefault(name, {"pages": 0, "words": 0, "seconds": 0.0, "taller": 0, "unread": 0})

    def _met(self, page):
        if not self.stage:
            return
        row = self.parts[self.stage]
        row["pages"] += 1
        try:
            row["words"] += len(page.inner_text("main").split())
            row["taller"] = max(row["taller"], page.evaluate("document.documentElement.scrollHeight / innerHeight"))
        except Error:  # the walk was quicker than the reading: the page is counted without its words
            row["unread"] += 1


def first_look(owner):
    page = owner.page
    owner.follow("Take a first look")
    page.locator("main form button.govuk-button--start").click()
    while "/result/" not in page.url:
        if page.locator("input[name=level]").count():
            page.locator("input[name=level][value='2']").check()
        else:
            if page.locator("input[name=employees]").count():
                page.locator("input[name=employees]").fill("32")
            page.locator("select[name=sector]").select_option("fabricated_metal")
            page.locator("select[name=first]").select_option("productivity")
        page.locator("main form[method=post] button[type=submit]").first.click()
        owner.look()
    owner.sees("first look")


def diagnostic(owner, reference):
    page = owner.page
    owner.go(f"/cases/{reference}/")
    page.locator("section.app-next a.govuk-button").click()
    owner.press("Start the diagnostic")
    for group in page.get_by_role("group").all():
        yes = group.get_by_label("Yes", exact=True)
        if yes.count():
            yes.first.check()
    page.locator("input[name=production_mode]").first.check()
    page.locator("main form[method=post] button[type=submit]").last.click()
    owner.look()
    for _question in range(60):
        if "/check/" in page.url:
            break
        still = page.get_by_role("button", name="Yes, still right")
        if still.count():
            still.click()
        elif page.locator("input[name=level]").count():
            page.locator("input[name=level][value='1']").check()
            page.get_by_role("button", name="Save and continue").click()
        else:
            page.locator("main a.govuk-button").first.click()
        owner.look()
    owner.press("Send to your adviser")


def walk(browser, base):
    owner = Walker(browser, base, size=PHONE)
    adviser = Walker(browser, base)
    email = f"walk-{secrets.token_hex(4)}@thistledown.example"
    owner.part("home and programme")
    owner.go("/")
    owner.go(f"/programmes/{steps.PROGRAMME}/")
    owner.part("first look")
    first_look(owner)
    owner.part("check")
    owner.press("Check if you can get support")
    steps.answer_check(owner, postcode="pr12he", authority="Preston")
    owner.part("account and joining")
    steps.open_account(owner, email)
    steps.join(owner, str(10_000_000 + secrets.randbelow(80_000_000)))
    reference = steps.reference_of(owner)
    owner.part("")
    steps.confirm_email(owner, email)
    owner.part("account and joining")
    steps.send_application(owner, reference)
    owner.part("")
    steps.staff(adviser, "adviser")
    steps.accept_case(adviser, reference)
    owner.part("diagnostic")
    diagnostic(owner, reference)
    owner.part("")
    steps.finalise_diagnostic(adviser, reference)
    owner.part("result and plan")
    owner.go(f"/cases/{reference}/")
    owner.page.locator("section.app-next a.govuk-button").click()
    owner.look()
    owner.press("See your action plan")
    owner.part("")
    return owner.parts


def main(base="http://localhost:8000"):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        parts = walk(browser, base)
        browser.close()
    sys.stdout.write(f"{'part':24}{'pages':>7}{'words':>8}{'minutes to read':>17}{'seconds':>9}{'screens':>9}\n")
    total = {"pages": 0, "words": 0, "seconds": 0.0, "taller": 0}
    for name, row in [*parts.items(), ("in all", total)]:
        if row is not total:
            for key in ("pages", "words", "seconds"):
                total[key] += row[key]
            total["taller"] = max(total["taller"], row["taller"])
        minutes = row["words"] / WORDS_A_MINUTE
        sys.stdout.write(
            f"{name:24}{row['pages']:>7}{row['words']:>8}{minutes:>17.1f}{row['seconds']:>9.1f}{row['taller']:>9.1f}\n"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
