import os
import pytest
from django.urls import reverse
from playwright.sync_api import sync_playwright
from accounts.permissions import Role
from documents import tasks
from tests.factories.accounts import AssignmentFactory
from tests.factories.applications import CaseFactory
from tests.factories.diagnostics import AssessmentFactory, moderate
from tests.factories.organisations import OrganisationFactory
from tests.factories.programmes import ProgrammeFactory
from diagnostics import actions
from django.utils import timezone
from django.conf import settings as s

@pytest.mark.django_db(transaction=True)
def test_shots(live_server, client, settings):
    settings.STAFF_MFA_REQUIRED = False
    programme = ProgrammeFactory(name="Made Smarter North West", short_name="Made Smarter", colour="#12436d")
    mk = lambda n, **k: AssessmentFactory(case=CaseFactory(programme=programme, organisation=OrganisationFactory(name=n), accepted=True), **k)
    fresh = CaseFactory(programme=programme, accepted=True)
    draft = mk("Calder Vale Fabrications Limited", answered=True)
    draft.answers.filter(question_code__startswith="SC").delete()
    draft.answers.filter(question_code__startswith="CI").delete()
    sub = mk("Ribble Castings Limited", submitted=True)
    fin = mk("Lune Valley Frames Limited", final=True)
    adviser = AssignmentFactory(programme=programme, role=Role.ADVISER).user
    moderate(sub, {"PE01": (1, "")}, by=adviser)
    tasks.render_document(document_id=str(fin.plan.document_id)) if os.environ.get("PDF") else None
    act = fin.plan.actions.get(rank=1)
    u = lambda n, a, *x: live_server.url + reverse("diagnostics:" + n, args=[a.case.reference, *x])
    pages = [
        (fresh.created_by, live_server.url + reverse("diagnostics:start", args=[fresh.reference]), "start"),
        (draft.case.created_by, u("start", draft), "tasks"),
        (draft.case.created_by, u("about", draft), "about"),
        (draft.case.created_by, u("goals", draft), "goals"),
        (draft.case.created_by, u("question", draft, "SC01"), "question"),
        (draft.case.created_by, u("question", draft, "BR01"), "barrier"),
        (draft.case.created_by, u("check", draft), "check"),
        (fin.case.created_by, u("result", fin), "result"),
        (fin.case.created_by, u("plan", fin), "plan"),
        (fin.case.created_by, u("plan-action", fin, act.pk), "action"),
        (adviser, u("review", sub), "s-review"),
        (adviser, u("review-group", sub, "MS"), "s-group"),
        (adviser, u("staff-result", fin), "s-result"),
        (adviser, u("staff-plan", fin), "s-plan"),
        (adviser, u("staff-plan-action", fin, act.pk), "s-action"),
        (adviser, live_server.url + reverse("diagnostics:worklist"), "s-worklist"),
    ]
    only = os.environ.get("ONLY")
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
        for user, url, name in pages:
            if only and name not in only.split(","):
                continue
            client.force_login(user)
            ck = client.cookies[s.SESSION_COOKIE_NAME].value
            for w, h in ((1366, 900), (360, 740)):
                ctx = b.new_context(viewport={"width": w, "height": h})
                ctx.add_cookies([{"name": s.SESSION_COOKIE_NAME, "value": ck, "url": live_server.url}])
                pg = ctx.new_page()
                errs = []
                pg.on("console", lambda m: errs.append(m.text) if m.type == "error" else None)
                pg.goto(url)
                pg.wait_for_timeout(300)
                over = pg.evaluate("document.documentElement.scrollWidth > innerWidth")
                print(name, w, pg.title(), "OVERFLOW" if over else "", errs)
                pg.screenshot(path=f"/tmp/pdf/{name}-{w}.png", full_page=True)
                if w == 1366:
                    from axe_playwright_python.sync_playwright import Axe
                    r = Axe().run(pg)
                    for v in r.response["violations"]:
                        print("   AXE", v["id"], v["impact"], [n["target"] for n in v["nodes"]][:3])
                ctx.close()
        b.close()
