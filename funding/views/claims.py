"""The firm, or a partner, claims part of its grant: one claim a stretch of the project."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from documents import serving
from documents.checking import RefusedFile
from funding import claiming
from funding.actions import claims as actions
from funding.actions import sharing
from funding.claim_charts import forecast_chart
from funding.forms.claims import (
    DECLARATION,
    ClaimLineForm,
    EvidenceForm,
    ForecastForm,
    ReportForm,
    SendClaimForm,
    StartClaimForm,
)
from funding.models import Award, Claim, ClaimLine, ClaimQuery, MilestoneEvidence, Partner
from funding.rules import claims as rules
from funding.views.firm import page
from funding.wording import CLAIM_LIMITS, STOPS
from portal.workflow import IllegalMove
from programmes.wording import CATEGORY_NAMES

AWARDS = Award.objects.select_related(
    "application__case__programme", "application__case__organisation", "application__case__created_by",
    "application__case__check_result", "application__call__instrument", "call",
)  # fmt: skip


@dataclass(frozen=True)
class Party:
    """Who claims: the firm (partner None) or a partner, and what this person may do for it."""

    award: Award
    partner: Partner | None
    may_edit: bool
    may_send: bool

    @property
    def today(self):
        return self.award.application.case.programme.local_date(timezone.now())

    @property
    def address(self):
        return self.award.application.case.reference, self.award.application.number


def party_or_404(request, reference, number):
    """The award of the address for the firm's people and for the contact of a partner; 404 for everybody else."""
    award = get_object_or_404(AWARDS, application__case__reference=reference, application__number=number)
    application = award.application
    role = sharing.role_of(request.user, application)
    if role is not None and Award.objects.visible_to(request.user).filter(pk=award.pk).exists():
        edits, sends = (sharing.ROLES.index(role) >= sharing.ROLES.index(one) for one in ("EDIT", "SUBMIT"))
        return Party(award, None, edits, sends)
    partner = Partner.objects.taking_part().filter(application=application, contact=request.user).first()
    if partner is None:
        raise Http404
    return Party(award, partner, may_edit=True, may_send=True)


def to_change(request, reference, number, claim):
    """One's own claim that can still be changed, or None: then it was sent."""
    party = party_or_404(request, reference, number)
    found = get_object_or_404(_claims(party), number=claim, partner=party.partner)
    if not party.may_edit:
        raise PermissionDenied
    return party, found


def _claims(party):
    claims = Claim.objects.filter(award=party.award).select_related("partner", "receipt")
    return claims if party.partner is None else claims.filter(partner=party.partner)


def claim_page(request, template, party, **context):
    return page(request, template, party.award.application, award=party.award, party=party, **context)


def sent_already(request, found):
    messages.info(request, _("Your claim has been sent, so it cannot be changed now."))
    return redirect(found)


def lines_of(claim):
    return list(claim.lines.select_related("invoice", "proof"))


# --- All claims -----------------------------------------------------------------------------------
def claims(request, reference, number):
    """What was claimed so far, and what can be claimed now."""
    party = party_or_404(request, reference, number)
    award = party.award
    if award.status in (Award.Status.OFFERED, Award.Status.LAPSED, Award.Status.DECLINED_BY_FIRM):
        return redirect("funding:offer", reference, number)
    mine = list(_claims(party))
    for one in mine:
        one.award = award
    unsent = next((one for one in mine if one.is_editable and one.partner_id == _pk(party.partner)), None)
    may_start = award.status == Award.Status.ACCEPTED and unsent is None and party.may_edit
    return claim_page(
        request, "funding/claims.html", party, claims=mine, unsent=unsent,
        ledger=claiming.ledger_of(award, mine) if party.partner is None else None,
        period=claiming.next_period(award, party.partner, party.today, is_final=False) if may_start else None,
        last_period=claiming.next_period(award, party.partner, party.today, is_final=True) if may_start else None,
        next_chance=claiming.next_chance(award, party.today) if may_start else None,
        has_started=claiming.has_started(award), terms=claiming.terms_of(award),
    )  # fmt: skip


def _pk(partner):
    return partner.pk if partner else None


def start_claim(request, reference, number):
    party = party_or_404(request, reference, number)
    if not party.may_edit:
        raise PermissionDenied
    form = StartClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        try:
            claim = actions.start_claim(
                award=party.award, partner=party.partner, is_final=facts["is_final"], key=facts["key"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except actions.UnableToClaim as error:
            form.add_error(None, str(error))
        else:
            return redirect(claim)
    periods = {
        name: claiming.next_period(party.award, party.partner, party.today, is_final=final)
        for name, final in (("period", False), ("last_period", True))
    }
    return claim_page(request, "funding/claim_start.html", party, form=form, **periods)


# --- One claim ------------------------------------------------------------------------------------
def claim(request, reference, number, claim):
    """While it can be changed its parts, then where it stands and what was accepted."""
    party = party_or_404(request, reference, number)
    found = get_object_or_404(_claims(party).prefetch_related("queries"), number=claim)
    found.award = party.award
    lines = lines_of(found)
    evidence = list(found.evidence.select_related("milestone", "file"))
    own = found.partner_id == _pk(party.partner)
    context = {"claim": found, "lines": lines, "evidence": evidence, "queries": found.queries.all()}
    if not (found.is_editable and own and party.may_edit):
        return claim_page(
            request, "funding/claim_standing.html", party, answer_by=claiming.answer_by(found),
            may_withdraw=own and party.may_send and found.status == Claim.Status.SUBMITTED,
            limit=CLAIM_LIMITS.get(found.figures.get("limit"), ""), **context,
        )  # fmt: skip
    missing = rules.stops(claiming.readiness(found, lines))
    return claim_page(
        request, "funding/claim.html", party, missing=[STOPS[stop] for stop in missing],
        question=next((one for one in found.queries.all() if not one.answered_at), None),
        milestones=claiming.milestones_of(party.award), shown={one.milestone_id: one for one in evidence}, **context,
    )  # fmt: skip


def claim_line(request, reference, number, claim, line=None):
    """Add or change one invoice."""
    party, found = to_change(request, reference, number, claim)
    if not found.is_editable:
        return sent_already(request, found)
    instance = (
        get_object_or_404(ClaimLine.objects.select_related("invoice", "proof"), claim=found, pk=line) if line else None
    )
    form = ClaimLineForm(
        request.POST or None, request.FILES or None, instance=instance, today=party.today,
        rows=claiming.rows_of(party.award, party.partner), currency=party.award.currency,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_claim_line(
                claim=found, line=form.instance, invoice=form.cleaned_data["invoice_file"],
                proof=form.cleaned_data["proof_file"], by=request.user, at=timezone.now(),
            )  # fmt: skip
        except (RefusedFile, actions.UnableToClaim) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The cost has been kept."))
            return redirect(found)
    return claim_page(request, "funding/claim_line.html", party, claim=found, form=form, line=instance)


def remove_claim_line(request, reference, number, claim, line):
    party, found = to_change(request, reference, number, claim)
    if not found.is_editable:
        return sent_already(request, found)
    lines = ClaimLine.objects.filter(claim=found, pk=line).select_related("claim__award", "invoice", "proof")
    if request.method != "POST":
        return claim_page(request, "funding/claim_line_remove.html", party, claim=found, line=get_object_or_404(lines))
    if instance := lines.first():
        try:
            actions.remove_claim_line(line=instance)
        except actions.UnableToClaim as error:
            messages.info(request, str(error))
        else:
            messages.success(request, _("The cost has been taken out."))
    return redirect(found)


def claim_milestone(request, reference, number, claim, milestone):
    """What shows that a milestone was reached."""
    party, found = to_change(request, reference, number, claim)
    if not found.is_editable:
        return sent_already(request, found)
    point = get_object_or_404(party.award.application.milestones, pk=milestone)
    kept = MilestoneEvidence.objects.filter(claim=found, milestone=point).select_related("file").first()
    initial = {"reached_on": kept.reached_on, "note": kept.note} if kept else {}
    form = EvidenceForm(request.POST or None, request.FILES or None, today=party.today, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.show_milestone(
                claim=found, milestone=point, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except (RefusedFile, actions.UnableToClaim) as error:
            form.add_error("file", str(error))
        else:
            return redirect(found)
    return claim_page(request, "funding/claim_milestone.html", party, claim=found, form=form, point=point, kept=kept)


def claim_report(request, reference, number, claim):
    party, found = to_change(request, reference, number, claim)
    if not found.is_editable:
        return sent_already(request, found)
    form = ReportForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            found.save_answers(summary=form.cleaned_data["summary"])
        except IllegalMove:
            return sent_already(request, found)
        return redirect(found)
    return claim_page(request, "funding/claim_report.html", party, claim=found, form=form)


def check_claim(request, reference, number, claim):
    """Everything at once, what it comes to, and the declaration that sends it."""
    party, found = to_change(request, reference, number, claim)
    if not found.is_editable:
        return redirect(found)
    found.award = party.award
    lines = lines_of(found)
    if rules.stops(claiming.readiness(found, lines)):
        messages.info(request, _("Complete every part before you send your claim."))
        return redirect(found)
    question = ClaimQuery.objects.filter(claim=found, answered_at=None).first()
    form = SendClaimForm(request.POST or None, has_question=bool(question))
    if request.method == "POST":
        if not party.may_send:
            raise PermissionDenied
        if form.is_valid():
            try:
                actions.send_claim(
                    claim=found, answer=form.cleaned_data.get("answer", ""), declared=str(DECLARATION),
                    by=request.user, at=timezone.now(),
                )  # fmt: skip
            except IllegalMove:
                return redirect(found)  # the second click of a double click
            except actions.UnableToClaim as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("We have your claim. A receipt is being made."))
                return redirect(found)
    worth = claiming.worth_of(found, lines)
    return claim_page(
        request, "funding/claim_check.html", party, claim=found, lines=lines, form=form, worth=worth, question=question,
        limit=CLAIM_LIMITS.get(worth.limit, ""), evidence=found.evidence.select_related("milestone", "file"),
    )  # fmt: skip


def withdraw_claim(request, reference, number, claim):
    party, found = to_change(request, reference, number, claim)
    if not party.may_send:
        raise PermissionDenied
    if request.method == "POST":
        try:
            actions.withdraw_claim(claim=found, by=request.user, at=timezone.now())
        except IllegalMove:
            messages.info(request, _("This claim has moved on meanwhile. Look at it again."))
        else:
            messages.success(request, _("You have withdrawn your claim."))
        return redirect(found)
    return claim_page(request, "funding/claim_withdraw.html", party, claim=found)


def claim_receipt(request, reference, number, claim):
    party = party_or_404(request, reference, number)
    document = get_object_or_404(_claims(party).filter(receipt__isnull=False), number=claim).receipt
    if not document.is_ready:
        messages.info(request, _("The receipt is still being made. It takes a few seconds."))
        return redirect("funding:claim", reference, number, claim)
    return serving.file_response(document.file, document.file_name, "application/pdf")


def claim_file(request, reference, number, claim, what, pk):
    """An invoice, a proof or a file of a milestone: for the party whose it is and for staff who may read the claim."""
    seen = Claim.objects.visible_to(request.user).filter(
        award__application__case__reference=reference, award__application__number=number, number=claim
    )
    if what == "milestone":
        upload = get_object_or_404(MilestoneEvidence.objects.select_related("file"), claim__in=seen, pk=pk).file
    else:
        line = get_object_or_404(ClaimLine.objects.select_related("invoice", "proof"), claim__in=seen, pk=pk)
        upload = {"invoice": line.invoice, "proof": line.proof}.get(what)
    if upload is None:
        raise Http404
    return serving.attachment(request, upload)


# --- Forecast -------------------------------------------------------------------------------------
def forecast(request, reference, number):
    """What the firm expects to spend when, beside what it has claimed; a partner has no part in it."""
    party = party_or_404(request, reference, number)
    if party.partner:
        return redirect("funding:claims", reference, number)
    award = party.award
    if award.starts_on is None or award.ends_on is None:
        raise Http404
    periods = rules.periods(award.starts_on, award.ends_on, claiming.terms_of(award).months)
    categories = list(dict.fromkeys(row["category"] for row in award.budget))
    saved = claiming.forecast_of(award, periods)
    form = ForecastForm(
        request.POST or None, periods=periods, categories=categories, currency=award.currency, saved=saved
    )
    if request.method == "POST":
        if not party.may_edit:
            raise PermissionDenied
        if form.is_valid():
            try:
                actions.save_forecast(award=award, amounts=form.amounts, by=request.user, at=timezone.now())
            except actions.UnableToClaim as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Your forecast has been kept."))
                return redirect("funding:forecast", reference, number)
    spent = claiming.spent_by_period(award, periods)
    expected = [sum((saved.get((one.first, name), 0) for name in categories), rules.NOTHING) for one in periods]
    return claim_page(
        request, "funding/claim_forecast.html", party, form=form, names=[CATEGORY_NAMES[one] for one in categories],
        rows=list(zip(periods, expected, spent, strict=True)), total=(sum(expected), sum(spent)),
        chart=forecast_chart(periods, expected, spent, award.currency) if any(expected) or any(spent) else "",
        may_edit=party.may_edit and award.status == Award.Status.ACCEPTED,
    )  # fmt: skip
