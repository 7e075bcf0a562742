"""People in separate browsers against the real server, a real worker and the real queue."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import sync_playwright

from demo import people
from portal.celery import HEARTBEAT_KEY
from programmes.models import Programme
from tests.factories.applications import CaseFactory
from tests.journeys.browser import FLAGS, chromium_path

FAILED = pytest.StashKey[bool]()
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > root.clientWidth);
  return [`${root.scrollWidth} px`, ...out.map(e => `${e.tagName}.${e.className}`)];
}"""
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
WIDE = {"width": 1366, "height": 768}
NARROW = {"width": 320, "height": 640}


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        yield launched
        launched.close()


class Person:
    """One person at one browser. Every page met is checked by axe, for overflow and for errors in the console."""

    def __init__(self, browser, base, *, size=WIDE, javascript=True, accept_language="en-GB"):
        self.context = browser.new_context(
            viewport=size, java_script_enabled=javascript, base_url=base, locale=accept_language
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.javascript = javascript
        self.problems = []
        self.page.on("console", lambda message: self._note(message))
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))

    def _note(self, message):
        # A page that answers 403 or 422 on purpose is noted by the browser as a failed resource.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    def look(self):
        """What a person with and without a screen reader would stumble over on this page."""
        page = self.page
        page.wait_for_load_state("load")
        assert not page.title().startswith("Something went wrong"), f"a 500 at {page.url}"
        if self.javascript:
            found = Axe().run(page, options=AXE)
            assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
            wide = page.evaluate(TOO_WIDE)
            assert not wide, f"{page.url} scrolls sideways: {wide}"
        assert not self.problems, f"{page.url}: {self.problems}"

    def go(self, path):
        self.page.goto(path)
        self.look()

    def press(self, name, exact=False):
        self.page.get_by_role("button", name=name, exact=exact).first.click()
        self.look()

    def follow(self, name, exact=False):
        self.page.get_by_role("link", name=name, exact=exact).first.click()
        self.look()

    def fill(self, label, value):
        self.page.get_by_label(label).first.fill(value)

    def choose(self, label, exact=False):
        self.page.get_by_label(label, exact=exact).first.check()

    def sees(self, text):
        assert text in self.page.inner_text("body"), f"{text!r} is not on {self.page.url}"

    def sign_in(self, email, password=people.PASSWORD):
        self.go("/accounts/login/")
        self.fill("Email", email)
        self.page.get_by_label("Password").first.fill(password)
        self.press("Sign in")

    def mailed_link(self, to, subject):
        """The link in the newest message to this address, read in the demonstration's mail."""
        self.go("/demo/mail/")
        row = self.page.get_by_role("row").filter(has_text=to).filter(has_text=subject).first
        row.get_by_role("link").click()
        self.look()
        link = self.page.locator("main .govuk-inset-text a").first.get_attribute("href")
        self.page.goto(link)
        self.look()


@pytest.fixture
def portal(transactional_db, live_server, settings):
    """The portal with its two programmes, its staff and a worker; gives the address."""
    settings.DEMO = True
    settings.STAFF_MFA_REQUIRED = False
    settings.PORTAL_URL = live_server.url
    settings.MEDIA_ROOT = django_settings.STATE / f"media-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    call_command("load_programmes", verbosity=0)
    call_command("load_questionnaires", verbosity=0)
    people.make_people(programmes=list(Programme.objects.open().order_by("position")), at=timezone.now())
    return live_server.url


@pytest.fixture
def case(portal):
    """Joining has journeys of its own: this firm is in."""
    programme = Programme.objects.get(slug="made-smarter-north-west")
    case = CaseFactory(programme=programme, accepted=True, agrees_to_contact=True)
    case.created_by.set_password(people.PASSWORD)
    case.created_by.save()
    return case


@pytest.fixture
def worker(portal):
    """A real worker process on this test's database and queue; `worker.kill()` is a real kill."""
    cache.delete(HEARTBEAT_KEY)
    process = start_worker()
    yield process
    stop_worker(process)


def stop_worker(process, number=signal.SIGTERM):
    """End the worker with the beat it holds: killed outright, it would leave the beat behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    process.wait(timeout=20)


def start_worker():
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"]["host"]
    url = f"postgresql://{database['USER']}@/{database['NAME']}?host={host}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "PORTAL_DEMO": "1",
        "SWEEP_SECONDS": "1",
        "CLAIM_LIMIT_SECONDS": "5",
    }
    folder = django_settings.MEDIA_ROOT
    environment["PORTAL_MEDIA"] = str(folder)
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--beat", "--pool", "solo", "-l", "WARNING",
               "--schedule", str(django_settings.STATE / f"beat-{database['NAME']}")]  # fmt: skip
    process = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, start_new_session=True)
    for _ in range(450):
        if cache.get(HEARTBEAT_KEY):
            return process
        if process.poll() is not None:
            break
        time.sleep(0.2)
    stop_worker(process)
    pytest.fail("the worker has sent no heartbeat in 90 s, or stopped at its start")


@pytest.fixture
def person(request, chromium, portal):
    """`person(size=NARROW, javascript=False)` opens a browser of that person's own."""
    opened = []

    def open_browser(**options):
        opened.append(Person(chromium, portal, **options))
        return opened[-1]

    yield open_browser
    failed = request.node.stash.get(FAILED, False)
    for number, one in enumerate(opened):
        if failed:
            print(f"--- person {number} at {one.page.url}\n{one.page.inner_text('body')[:3000]}")
        one.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
