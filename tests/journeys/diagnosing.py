"""The diagnostic's steps as firm and adviser take them."""

import re


def first_look(visitor, programme):
    """Ten questions without an account; how many there were."""
    page = visitor.page
    visitor.go(f"/programmes/{programme}/first-look/")
    visitor.press("Start the first look")
    tell_about_the_business(visitor)
    count = 0
    while not page.url.endswith("/result/"):
        page.locator(f"input[name=level][value='{(1, 2, 0, 1)[count % 4]}']").check()
        page.get_by_role("button", name="Continue").click()
        count += 1
        assert count < 12, page.url
    visitor.look()
    return count


def tell_about_the_business(person):
    """The facts that nobody knows yet, and the goals; sends the page."""
    page = person.page
    if page.locator("input[name=employees]").count():
        page.locator("input[name=employees]").fill("32")
    for group in page.get_by_role("group").all():
        yes = group.get_by_label("Yes", exact=True)
        if yes.count():
            yes.first.check()
    for select in page.locator("main select").all():
        name = select.get_attribute("name")
        wanted = {"sector": "fabricated_metal", "first": "productivity", "second": "lead_time", "region": "lancashire"}
        if name in wanted:
            select.select_option(wanted[name])
    for name, value in (("production_mode", "jobbing"), ("budget_12m", "25k_100k"), ("region", "lancashire")):
        radio = page.locator(f"input[type=radio][name={name}][value='{value}']")
        if radio.count():
            radio.check()
    page.locator("main form[method=post] button[type=submit]").first.click()
    person.look()


def answer(owner, reference, levels=(1, 2, 1, 0), alone=1):
    """Profile, the first `alone` questions one a page, the rest part by part, confirming what was brought along; how
    many were answered."""
    page = owner.page
    owner.go(f"/cases/{reference}/diagnostic/")
    if page.get_by_role("button", name="Start the diagnostic").count():
        owner.press("Start the diagnostic")
    if "/about/" not in page.url:
        go_on(owner, reference)
    if "/about/" in page.url:
        tell_about_the_business(owner)
        go_on(owner, reference)
    count = 0
    while page.locator("input[name=level]").count():
        if not page.locator("input[name=level]:checked").count():
            page.locator(f"input[name=level][value='{levels[count % len(levels)]}']").check()
        count += 1
        if count == alone:
            owner.press("Show the whole part on one page")
        else:
            owner.press("Save and continue")
    while "/part/" in page.url:
        for number, question in enumerate(page.locator("section.app-asked").all()):
            if not question.locator("input[type=radio]:checked").count():
                question.locator(f"input[type=radio][value='{levels[number % len(levels)]}']").check()
            count += 1
        before = page.url
        owner.press("Save and continue")
        assert page.url != before, page.inner_text("main")
    return count


def go_on(owner, reference):
    """To what is asked first, from the diagnostic's own page."""
    owner.go(f"/cases/{reference}/diagnostic/")
    owner.page.locator("main a.govuk-button").first.click()
    owner.look()


def send(owner, reference):
    owner.go(f"/cases/{reference}/diagnostic/check/")
    owner.press("Send to your adviser")


def look_at_levels(adviser, reference, views):
    """`views` maps codes to (level, reason); saved with the button, as without JavaScript."""
    page = adviser.page
    adviser.go(f"/casework/{reference}/diagnostic/")
    adviser.press("Go through the answers")
    for code, (level, reason) in views.items():
        page.locator(f"label[for=id_{code}-level_{level}]").click()
        page.locator(f"[name='{code}-reason']").fill(reason)


def saved(adviser):
    """Everything typed has reached the portal."""
    adviser.page.locator(".app-visitbar__state").filter(has_text=re.compile(r"^\s*Saved")).wait_for()


def finalise_without_reading(adviser, reference, reason):
    adviser.go(f"/casework/{reference}/diagnostic/")
    adviser.page.get_by_text("Make the result final without the firm’s reading").click()
    adviser.page.locator("main details[open] textarea").fill(reason)
    adviser.press("Make the result final")
