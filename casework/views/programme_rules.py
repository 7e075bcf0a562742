"""Rules of a programme: what its dated versions say, and new ones from a file, shown before they are loaded."""

from django.contrib import messages
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from casework import programme_files, programme_scope
from casework.programme_forms import YamlFileForm
from casework.programme_readable import between, change_lines, edited_by_managers, versions_of
from funding.models import Award
from programmes import actions, loading
from programmes.models import Call


def rules(request, slug):
    """The versions, each beside the one before it; and the form that takes a file."""
    programme = programme_scope.found(request.user, slug, to_change=request.method == "POST")
    now = timezone.now()
    form = YamlFileForm(request.POST, request.FILES) if request.method == "POST" else YamlFileForm()
    if request.method == "POST" and form.is_valid():
        name, text = form.cleaned_data["file"]
        sha256 = programme_files.keep(name=name, text=text, what=slug, user=request.user)
        return redirect("casework:programme-load", slug=slug, name=sha256)
    versions = versions_of(programme, programme.local_date(now))
    context = {
        **programme_scope.frame(request.user, programme, now, "programme-rules"),
        "form": form,
        "versions": versions,
        **_compared(request, versions),
    }
    return TemplateResponse(request, "casework/programme_rules.html", context)


def _compared(request, rows):
    """The two versions asked for; without a choice the newest beside the one before it."""
    by_number = {row.version.number: row.version for row in rows}
    numbers = [row.version.number for row in rows]
    after = by_number.get(request.GET.get("to", ""), by_number[numbers[0]] if numbers else None)
    older = by_number.get(request.GET.get("from", ""), by_number[numbers[1]] if len(numbers) > 1 else None)
    if after is None or older is None or older == after:
        return {"before": None, "after": None, "lines": []}
    return {"before": older, "after": after, "lines": between(older, after)}


def load(request, slug, name):
    """What the kept file would change (GET), and loading exactly it (POST)."""
    programme = programme_scope.found(request.user, slug, to_change=True)
    file = programme_files.kept(sha256=name, what=slug, user=request.user)
    if file is None:
        messages.info(request, _("The file is not kept any more. Choose it again."))
        return redirect("casework:programme-rules", slug=slug)
    now = timezone.now()
    problems, changes, found = _checked(file, programme, now)
    if request.method == "POST" and not problems:
        words = [line.text for line in change_lines(changes, found, programme)]
        problems, answer = _load(request, programme, found, file, words, now)
        if answer:
            return answer
    context = {
        **programme_scope.frame(request.user, programme, now, "programme-rules"),
        "file": file,
        "problems": problems,
        "lines": change_lines(changes, found, programme) if found else [],
        "seen": actions.changes_mark(changes),
        "edited": edited_by_managers(
            programme, programme.instruments.all(), Call.objects.filter(instrument__programme=programme),
            programme.texts.all(),
        ),
    }  # fmt: skip
    return TemplateResponse(request, "casework/programme_load.html", context)


def _checked(file, programme, now):
    """(problems, changes, the programme in the file): nothing is kept."""
    try:
        found = loading.parse(file.name, file.text)
        changes = actions.check_file(programme=programme, found=found, committed_to=Award.objects.committed_to, at=now)
    except loading.UnableToLoad as error:
        return error.problems, [], None
    return [], changes, found


def _load(request, programme, found, file, words, now):
    """(problems, where to go once it is loaded)"""
    try:
        changes = actions.load_file(
            programme=programme, found=found, name=file.name, sha256=file.sha256, seen=request.POST.get("seen", ""),
            in_words=words,
            committed_to=Award.objects.committed_to, by=request.user, at=now,
        )  # fmt: skip
    except loading.UnableToLoad as error:
        return error.problems, None
    except actions.ChangedMeanwhile:
        return [_("Something has changed since you read this list. Read it again before you load the file.")], None
    if changes:
        messages.success(request, _("Loaded %(file)s.") % {"file": file.name})
    else:
        messages.info(request, _("%(file)s was loaded already: nothing to change.") % {"file": file.name})
    return [], redirect("casework:programme", slug=programme.slug)
