"""The check without signing in: one question a page, the first on the start page, then the result."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_POST

from eligibility import actions, entry_forms, forms, results
from eligibility.answers import is_complete, needs_figures
from eligibility.models import EligibilityCheck
from eligibility.session import current_check, keep_answers, remember
from eligibility.walk import LISTS, QUESTIONS, Walk
from organisations import sic
from programmes.models import Programme

# Addresses that questions had before, and where they are asked now.
MOVED = {
    "postcode": "place",
    "local-authority": "place",
    "people": "size",
    "turnover": "size",
    "balance-sheet": "size",
}


def _programme(slug):
    return get_object_or_404(Programme.objects.listed(), slug=slug)


def _walk(request, slug):
    programme = _programme(slug)
    return Walk(request, programme, programme.local_date(timezone.now()))


def _onwards(request, walk):
    """To the next open question, or to the result when there is none."""
    if walk.due:
        return redirect(walk.url(walk.due))
    _record(request, walk)
    return redirect(walk.result_url)


def _record(request, walk):
    newest = current_check(request, walk.programme)
    made = actions.record(programme=walk.programme, answers=walk.answers, newest=newest, at=timezone.now())
    remember(request, made)


@login_not_required
def start(request, slug):
    walk = _walk(request, slug)
    if walk.names:
        return _question(request, walk, walk.names[0])
    if request.method == "POST":
        return _onwards(request, walk)
    form = forms.GovForm()
    form.submit_label = forms.SEE_RESULT
    return render(request, "eligibility/start.html", _context(walk, form))


@login_not_required
def question(request, slug, name):
    walk = _walk(request, slug)
    name = MOVED.get(name, name)
    if name not in QUESTIONS and name != "check-answers":
        raise Http404
    if name not in walk.names:
        return redirect(walk.url(walk.due) if walk.due or not walk.names else walk.result_url)
    if name == walk.names[0] or name != request.resolver_match.kwargs["name"]:
        return redirect(walk.url(name))
    return _question(request, walk, name)


def _question(request, walk, name):
    if walk.is_ahead(name):
        return redirect(walk.url(walk.due))
    if name in LISTS and walk.answers.get(LISTS[name].gate) == "yes" and walk.answers.get(LISTS[name].key):
        return _entries(request, walk, name)
    search = forms.SearchForm(request.GET, country=walk.programme.country) if name == "product" else None
    form = walk.form(QUESTIONS[name], _data(request), **_found(search, walk))
    if request.method == "POST" and form.is_valid():
        walk.keep(form.answers())
        if name in LISTS and walk.answers[LISTS[name].gate] == "yes":
            return redirect(walk.url(name, "add"))
        return _onwards(request, walk)
    is_first = name == walk.names[0]
    begun = any(key in walk.answers for key in form.keys)
    context = {
        **_context(walk, form),
        "search": search,
        "back": walk.back_url(name),
        "progress": walk.progress(name),
        "is_again": is_first and not walk.due,
    }
    template = "eligibility/start.html" if is_first and not begun else "eligibility/question.html"
    return render(request, template, context)


def _data(request):
    return request.POST if request.method == "POST" else None


def _context(walk, form):
    intro = walk.programme.words().text("eligibility.intro")
    named = {"programme": walk.programme, "header_name": walk.programme.local_name}
    return {**named, "form": form, "intro": intro, "minutes": walk.minutes}


def _found(search, walk):
    if search is None:
        return {}
    words = search.cleaned_data["q"].strip() if search.is_valid() else ""
    search.has_searched = bool(words)
    scheme = sic.scheme_of(walk.programme.country)
    return {"found": sic.search(words, limit=12, scheme=scheme) if words else ()}


# --- Lists: other firms, earlier support ---------------------------------------------------------


def _entries(request, walk, name):
    """What was added so far, with "another one?" below."""
    form = entry_forms.MoreForm(_data(request))
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["more"] == "yes":
            return redirect(walk.url(name, "add"))
        open_ones = [key for key, entry in walk.answers[LISTS[name].key].items() if _is_open(name, entry)]
        return redirect(walk.url(name, open_ones[0], "figures")) if open_ones else _onwards(request, walk)
    rows = [
        {
            "text": results.entry_text(name, entry, walk.programme),
            "change_url": walk.url(name, key),
            "remove_url": walk.url(name, key, "remove"),
        }
        for key, entry in walk.answers[LISTS[name].key].items()
    ]
    context = {"rows": rows, "name": name, "back": walk.back_url(name), "progress": walk.progress(name)}
    return render(request, "eligibility/entries.html", {**_context(walk, form), **context})


def _is_open(name, entry):
    return name == "other-firms" and not is_complete(entry)


def _list_walk(request, slug, name):
    """The walk, and where to go instead when entries are not asked for yet."""
    walk = _walk(request, slug)
    if name not in LISTS:
        raise Http404
    if name not in walk.names or walk.is_ahead(name) or walk.answers.get(LISTS[name].gate) != "yes":
        return walk, redirect(walk.url(name if name in walk.names else walk.due))
    return walk, None


@login_not_required
def entry(request, slug, name, key=None):
    """One more entry, or one to change."""
    walk, elsewhere = _list_walk(request, slug, name)
    if elsewhere:
        return elsewhere
    kind, entries = LISTS[name], walk.answers.get(LISTS[name].key) or {}
    if key and str(key) not in entries:
        return redirect(walk.url(name))
    given = {**entries[str(key)], "key": str(key)} if key else {}
    form = walk.form(kind.form, _data(request), answers=given)
    if request.method == "POST" and form.is_valid():
        own = str(key or form.cleaned_data["key"])
        if own in entries or len(entries) < entry_forms.MOST_ENTRIES:
            made = form.answers()
            walk.keep({kind.key: {**entries, own: made}})
            figures = name == "other-firms" and needs_figures(made)
            return redirect(walk.url(name, own, "figures") if figures else walk.url(name))
        form.add_error(None, entry_forms.TOO_MANY)
    back = walk.url(name) if entries else walk.back_url(name)
    context = {**_context(walk, form), "back": back, "progress": walk.progress(name)}
    return render(request, "eligibility/question.html", context)


@login_not_required
def figures(request, slug, key):
    """How large another firm is, where that can matter."""
    walk, elsewhere = _list_walk(request, slug, "other-firms")
    firms = walk.answers.get("firms") or {}
    if elsewhere or str(key) not in firms or not needs_figures(firms[str(key)]):
        return elsewhere or redirect(walk.url("other-firms"))
    form = walk.form(entry_forms.FirmFiguresForm, _data(request), answers=firms[str(key)])
    if request.method == "POST" and form.is_valid():
        walk.keep({"firms": {**firms, str(key): form.answers()}})
        return redirect(walk.url("other-firms"))
    back = walk.url("other-firms", str(key))
    context = {**_context(walk, form), "back": back, "progress": walk.progress("other-firms")}
    return render(request, "eligibility/question.html", context)


@login_not_required
@require_POST
def remove(request, slug, name, key):
    walk, elsewhere = _list_walk(request, slug, name)
    if elsewhere:
        return elsewhere
    entries = walk.answers.get(LISTS[name].key) or {}
    walk.keep({LISTS[name].key: {own: entry for own, entry in entries.items() if own != str(key)}})
    return redirect(walk.url(name))


# --- The result ----------------------------------------------------------------------------------


@login_not_required
def result(request, slug):
    """The newest check of this session, in the language it was made in; POST makes it anew in the active language."""
    walk = _walk(request, slug)
    if request.method == "POST":
        return _onwards(request, walk)
    check = current_check(request, walk.programme)
    if check is None:
        return redirect(walk.url(walk.due) if walk.due else walk.start_url)
    active = translation.get_language()
    with translation.override(check.language):
        shown = results.Result(check, on=walk.on)
        rows = results.answer_rows(walk) if not walk.due else []
        share = request.build_absolute_uri(shown.share_path)
        context = {"programme": walk.programme, "result": shown, "answers": rows, "share_url": share}
        context["header_name"] = walk.programme.local_name
        context["other_language"] = active if active != check.language and not walk.due else ""
        return render(request, "eligibility/result.html", context)


@login_not_required
def shared(request, slug, share_key):
    """What anyone with the link may read: the verdict and its rules, nothing by which the firm could be known."""
    checks = EligibilityCheck.objects.select_related("programme")
    check = get_object_or_404(checks, programme__slug=slug, share_key=share_key)
    with translation.override(check.language):
        shown = results.Result(check, on=check.programme.local_date(timezone.now()), is_shared=True)
        context = {"programme": check.programme, "header_name": check.programme.local_name, "result": shown}
        response = render(request, "eligibility/shared.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@login_not_required
@require_POST
def start_again(request, slug):
    """Forget the answers of this browser; a check that was made stays with whoever has its link."""
    walk = _walk(request, slug)
    keep_answers(request, walk.programme, {})
    return redirect(walk.start_url)
