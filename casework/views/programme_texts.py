"""A programme's words: all of them with what is missing, and one of them in its languages side by side."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from casework import programme_history, programme_scope
from casework.programme_forms import TextForm
from casework.programme_texts import FACTS, keys_of, language_name, preview, rows_of
from programmes.actions import ChangedMeanwhile, plain_text, save_text
from programmes.models import Call


@require_safe
def texts(request, slug):
    programme = programme_scope.found(request.user, slug)
    only_missing = request.GET.get("show") == "missing"
    rows = rows_of(programme, _keys(programme), programme.texts.all())
    groups = {}
    for row in rows:
        if row.is_missing or not only_missing:
            groups.setdefault(row.text.group, []).append(row)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-texts"),
        "languages": [language_name(code) for code in programme.languages],
        "groups": [{"title": title, "rows": rows, "where": _common(rows)} for title, rows in groups.items()],
        "missing_count": sum(row.is_missing for row in rows),
        "only_missing": only_missing,
    }
    return TemplateResponse(request, "casework/programme_texts.html", context)


def _common(rows):
    """Where firms read all of these, if that is one place."""
    places = {str(row.text.where) for row in rows}
    return places.pop() if len(places) == 1 else ""


def _keys(programme):
    calls = Call.objects.filter(instrument__programme=programme).order_by("opens_at", "id")
    versions = programme.versions.order_by("-valid_from")
    regions = programme.regions.order_by("position", "name")
    return keys_of(programme, programme.instruments.order_by("position", "name"), calls, regions, versions)


def text(request, slug, name):
    """Its words. A post with `preview` shows how they read, any other keeps them."""
    programme = programme_scope.found(request.user, slug, to_change=request.method == "POST")
    found = next((key for key in _keys(programme) if key.key == name), None)
    if found is None:
        raise Http404
    main = programme.languages[0]
    defaults = {main: plain_text(found.default)} if found.default else {}
    shown = defaults | _stored(programme, name)
    languages = [code for code in programme.languages if not (found.main_is_fixed and code == main)]
    form = TextForm(request.POST or None, text=found, languages=languages, given=shown)
    lost, previews = [], []
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            previews = [_preview(found, code, body) for code, body in form.bodies.items() if body]
        else:
            lost = _save(request, programme, form, defaults)
            if not lost:
                return redirect("casework:programme-text", slug=slug, name=name)
            shown = defaults | _stored(programme, name)
            form = form.after(lost, shown)
    context = {
        **programme_scope.frame(request.user, programme, timezone.now(), "programme-texts"),
        "text": found,
        "form": form,
        "fields": [form[f"body_{code}"] for code in languages],
        "marks": [form[f"seen_{code}"] for code in languages],
        "fixed": found.default if found.main_is_fixed else "",
        "main_language": language_name(main),
        "facts": [{"name": fact, "what": FACTS[fact][0], "sample": FACTS[fact][1]} for fact in found.facts],
        "theirs": [{"code": code, "language": language_name(code), "body": shown.get(code, "")} for code in lost],
        "previews": previews,
        "changes": [
            {"row": row, "language": language_name(row.language)}
            for row in programme_history.text_changes(programme, name)
        ],
    }
    return TemplateResponse(request, "casework/programme_text.html", context)


def _stored(programme, key):
    return {row.language: plain_text(row.body) for row in programme.texts.filter(key=key) if row.body.strip()}


def _preview(text, code, body):
    return {"code": code, "language": language_name(code), "parts": preview(text, body)}


def _save(request, programme, form, defaults):
    """Languages in which somebody else has written other words meanwhile; none once the words are kept."""
    try:
        changed = save_text(
            programme=programme, key=form.text.key, bodies=form.bodies, seen=form.seen, defaults=defaults,
            by=request.user, at=timezone.now(),
        )  # fmt: skip
    except ChangedMeanwhile as error:
        return error.fields
    if changed:
        names = ", ".join(language_name(code) for code in changed)
        messages.success(request, _("Saved: %(languages)s. Firms read these words from now on.") % {"languages": names})
    else:
        messages.info(request, _("Nothing was changed."))
    return []
