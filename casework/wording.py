"""What happened, in a sentence: one for staff, one for the firm."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sentence:
    staff: str | Promise
    firm: str | Promise


UNKNOWN = Sentence(_("Something was changed"), _("Your application was updated"))

SENTENCES: dict[str, Sentence] = {
    "case.started": Sentence(_("Firm began its application"), _("You began your application")),
    "case.submitted": Sentence(_("Application sent in"), _("You sent your application")),
    "case.returned": Sentence(_("Application returned to the firm"), _("Your adviser asked you a question")),
    "case.accepted": Sentence(_("Application accepted"), _("Your application was accepted")),
    "case.rejected": Sentence(_("Application rejected"), _("Your application was not accepted")),
    "case.withdrawn": Sentence(_("Firm withdrew"), _("You withdrew your application")),
    "note.note": Sentence(_("Note"), _("Your adviser made a note")),
    "note.phone": Sentence(_("Phone call"), _("Your adviser called you")),
    "note.visit": Sentence(_("Visit"), _("Your adviser visited you")),
    "note.meeting": Sentence(_("One-to-one meeting"), _("You met your adviser")),
    "override.failed": Sentence(_("A rule that said no was set aside"), _("Your adviser looked at your eligibility")),
    "override.settled": Sentence(_("An open finding was settled"), _("Your adviser looked at your eligibility")),
    "override.confirmed": Sentence(
        _("A second person agreed to set a rule aside"), _("Your adviser looked at your eligibility")
    ),
    "override.withdrawn": Sentence(_("A rule stands again"), _("Your adviser looked at your eligibility")),
    "check.taken": Sentence(_("Another eligibility check is in force"), _("Your eligibility was checked again")),
    "firm.size_declared": Sentence(_("Figures of the firm recorded"), _("Your figures were recorded")),
    "firm.owner_recorded": Sentence(_("Owner or holding recorded"), _("Your owners were recorded")),
    "firm.owner_ended": Sentence(_("Owner or holding ended"), _("Your owners were recorded")),
    "firm.aid_declared": Sentence(_("Earlier aid recorded"), _("Your earlier support was recorded")),
    "firm.aid_complete": Sentence(_("The firm said that this was all its aid"), _("Your earlier support was recorded")),
    "firm.aid_struck": Sentence(_("An entry of earlier aid was struck out"), _("Your earlier support was recorded")),
    "assessment.started": Sentence(_("Diagnostic started"), _("You started your diagnostic")),
    "assessment.first_look_taken": Sentence(
        _("Answers of a first look brought along"), _("We brought the answers of your first look")
    ),
    "assessment.waiting": Sentence(
        _("Every diagnostic is taken: the firm waits for a place"), _("You joined the waiting list for the diagnostic")
    ),
    "assessment.place_offered": Sentence(
        _("A place for the diagnostic is kept for the firm"), _("A place for your diagnostic became free")
    ),
    "assessment.place_passed_on": Sentence(
        _("Place not used: the firm went to the end of the list"), _("Your place went to the next firm in the list")
    ),
    "assessment.part_given": Sentence(
        _("A part of the diagnostic was given to a colleague"), _("You gave a part of your diagnostic to a colleague")
    ),
    "assessment.part_taken": Sentence(
        _("A colleague joined to answer a part of the diagnostic"), _("A colleague joined to answer a part")
    ),
    "assessment.colleague_left": Sentence(
        _("A colleague has no access any more"), _("A colleague has no access any more")
    ),
    "assessment.submitted": Sentence(_("Diagnostic sent in"), _("You sent your diagnostic")),
    "assessment.returned": Sentence(
        _("Diagnostic returned to the firm"), _("Your adviser asked about your diagnostic")
    ),
    "assessment.in_moderation": Sentence(_("Diagnostic in moderation"), _("Your adviser went through your answers")),
    "assessment.firm_review": Sentence(
        _("Adviser’s view sent to the firm to read"), _("Your adviser’s view was ready for you to read")
    ),
    "assessment.read": Sentence(_("Firm has read the adviser’s view"), _("You read your adviser’s view")),
    "assessment.gaps_accepted": Sentence(
        _("Adviser accepted that parts of the diagnostic do not apply"),
        _("Your adviser saw that some questions do not apply to you"),
    ),
    "diagnostic.consent": Sentence(
        _("Firm chose what may be done with its answers"), _("You chose what may be done with your answers")
    ),
    "assessment.final": Sentence(_("Diagnostic made final"), _("Your result is ready")),
    "assessment.allocated": Sentence(
        _("Contractor named to the firm"), _("A specialist will carry out your diagnostic with you")
    ),
    "allocation.offered": Sentence(_("Diagnostic offered to a contractor"), _("Something was done")),
    "allocation.accepted": Sentence(_("Contractor accepted the diagnostic"), _("Something was done")),
    "allocation.declined": Sentence(_("Contractor declined the diagnostic"), _("Something was done")),
    "allocation.taken_back": Sentence(_("Diagnostic taken back from the contractor"), _("Something was done")),
    "allocation.delivered": Sentence(_("Contractor delivered the diagnostic"), _("Something was done")),
    "allocation.sent_back": Sentence(_("Diagnostic sent back to the contractor"), _("Something was done")),
    "allocation.approved": Sentence(_("Diagnostic approved for payment"), _("Something was done")),
    "allocation.paid": Sentence(_("Contractor paid for the diagnostic"), _("Something was done")),
    "allocation.person": Sentence(_("Contractor named who carries out the diagnostic"), _("Something was done")),
    "plan.agreed_by_adviser": Sentence(_("Adviser agreed the action plan"), _("Your adviser agreed your action plan")),
    "plan.agreed_by_firm": Sentence(_("Firm agreed the action plan"), _("You agreed your action plan")),
    "plan.action_changed": Sentence(_("Action plan changed"), _("Your action plan was changed")),
    "plan.action_added": Sentence(_("Own action added to the plan"), _("An action was added to your plan")),
    "plan.action_removed": Sentence(_("Own action taken out of the plan"), _("An action was taken out of your plan")),
    "plan.followed": Sentence(_("Progress of the plan reported"), _("You said how your plan is going")),
    "plan.reviewed": Sentence(
        _("Looked back at the plan with the firm"), _("Your adviser looked back at your plan with you")
    ),
    "plans.batch_made": Sentence(_("PDFs of many plans ordered"), _("Your action plan was made as a PDF")),
    "plans.batch_cancelled": Sentence(_("Making the PDFs of many plans was cancelled"), UNKNOWN.firm),
    "plans.batch_retried": Sentence(_("PDFs of many plans tried again"), _("Your action plan was made as a PDF")),
    "plan.retried": Sentence(_("PDF of the plan tried again"), _("Your action plan was made as a PDF")),
    "plan.requested": Sentence(_("Action plan made as a PDF"), _("Your action plan was made as a PDF")),
    "grantapplication.started": Sentence(_("Grant application started"), _("You started to ask for match funding")),
    "grantapplication.submitted": Sentence(_("Grant application sent in"), _("You asked for match funding")),
    "grantapplication.returned": Sentence(
        _("Grant application returned to the firm"), _("We asked you about your funding application")
    ),
    "grantapplication.assessed": Sentence(_("Grant application assessed"), _("Your funding application was assessed")),
    "grantapplication.approved": Sentence(_("Grant approved"), _("Your funding was approved")),
    "grantapplication.declined": Sentence(_("Grant declined"), _("Your funding was not approved")),
    "grantapplication.withdrawn": Sentence(
        _("Grant application withdrawn"), _("Your funding application was withdrawn")
    ),
    "grantapplication.role_given": Sentence(
        _("Owner changed what a colleague may do with the grant application"),
        _("An owner changed what a colleague may do with your funding application"),
    ),
    "partner.invited": Sentence(_("Firm invited a partner"), _("You invited a partner")),
    "partner.accepted": Sentence(_("A partner takes part"), _("A partner takes part in your project")),
    "partner.done": Sentence(_("A partner completed its part"), _("A partner completed its part")),
    "partner.declined": Sentence(_("A partner declined"), _("A partner does not take part")),
    "partner.removed": Sentence(_("A partner was taken out"), _("A partner takes no part any more")),
    "partner.aid_confirmed": Sentence(
        _("A partner confirmed what aid it has had"), _("A partner confirmed what support it has had")
    ),
    "partner.aid_given": Sentence(_("Aid to a partner was given"), _("A partner’s part of the grant was given")),
    "review.declared": Sentence(_("Assessor declared interests"), _("An assessor began to read your application")),
    "review.sent": Sentence(_("Assessment sent"), _("An assessor has read your application")),
    "review.set_aside": Sentence(_("A conflict of interest was found: an assessment no longer counts"), ""),
    "reviewinvitation.invited": Sentence(
        _("Asked to assess the grant application"), _("Your funding application is being assessed")
    ),
    "reviewinvitation.accepted": Sentence(
        _("An assessor took the grant application on"), _("Your funding application is being assessed")
    ),
    "reviewinvitation.declined": Sentence(_("An assessor declined"), _("Your funding application is being assessed")),
    "reviewinvitation.taken_back": Sentence(
        _("An assessor is no longer asked"), _("Your funding application is being assessed")
    ),
    "panel.recorded": Sentence(_("The meeting agreed on the grant application"), ""),
    "upload.infected": Sentence(
        _("A file held a virus and was not kept"), _("A file you gave us held a virus and was not kept")
    ),
    "flag.cleared": Sentence(_("A flag was cleared"), ""),
    "outline.started": Sentence(_("Outline started"), _("You started an outline of a project")),
    "outline.opinion": Sentence(_("Opinion on the outline given"), UNKNOWN.firm),
    "outline.sent": Sentence(_("Outline sent in"), _("You sent your outline")),
    "outline.not_yet": Sentence(_("Outline not ready yet"), _("Your outline is not ready yet")),
    "outline.ready": Sentence(_("Outline ready to apply"), _("Your outline is ready: you can apply")),
    "outline.withdrawn": Sentence(_("Outline withdrawn"), _("You withdrew your outline")),
    "decision.conflict_noted": Sentence(_("A conflict of interest was found after the decision"), ""),
    "decision.drafted": Sentence(_("Decision drafted"), _("We are deciding on your application")),
    "decision.changed": Sentence(_("Drafted decision changed"), _("We are deciding on your application")),
    "decision.signed": Sentence(_("Decision signed"), _("We are deciding on your application")),
    "decision.released": Sentence(_("Decision told to the firm"), _("We are deciding on your application")),
    "decision.dropped": Sentence(_("Drafted decision taken away"), _("We are deciding on your application")),
    "grantapplication.reserve": Sentence(
        _("Put on the reserve list"), _("Your funding application is on the reserve list")
    ),
    "appeal.made": Sentence(_("Firm asked for another look"), _("You asked us to look at it again")),
    "appeal.upheld": Sentence(_("Another look: decided anew"), _("You were right: we decide on your application anew")),
    "appeal.dismissed": Sentence(_("Another look: the refusal stands"), _("We looked again: the decision stands")),
    "claim.submitted": Sentence(_("Claim sent in"), _("You sent a claim")),
    "claim.queried": Sentence(_("Question about a claim"), _("We asked you about your claim")),
    "claim.checked": Sentence(_("Claim checked"), _("Your claim was checked")),
    "claim.approved": Sentence(_("Claim approved"), _("Your claim was agreed")),
    "claim.paid": Sentence(_("Claim paid"), _("Your claim was paid")),
    "claim.rejected": Sentence(_("Claim rejected"), _("Your claim was not agreed")),
    "claim.withdrawn": Sentence(_("Firm withdrew a claim"), _("You withdrew a claim")),
    "bankaccount.entered": Sentence(_("Bank details entered"), _("You entered bank details")),
    "bankaccount.in_use": Sentence(_("Bank details confirmed"), _("Your bank details were confirmed")),
    "bankaccount.refused": Sentence(_("Bank details refused"), _("Your bank details were not accepted")),
    "bankaccount.replaced": Sentence(_("Bank details replaced"), _("Your bank details were replaced")),
    "payment.sent": Sentence(_("Payment sent to the bank"), UNKNOWN.firm),
    "payment.paid": Sentence(_("Payment arrived"), UNKNOWN.firm),
    "payment.failed": Sentence(_("Payment failed"), UNKNOWN.firm),
    "payment.dropped": Sentence(_("Payment taken out of its run"), UNKNOWN.firm),
    "paymentrun.released": Sentence(_("Payment run released"), UNKNOWN.firm),
    "paymentrun.closed": Sentence(_("Payment run answered"), UNKNOWN.firm),
    "paymentrun.cancelled": Sentence(_("Payment run cancelled"), UNKNOWN.firm),
    "paymentrun.file_fetched": Sentence(_("File of a payment run fetched"), UNKNOWN.firm),
    "clawback.asked": Sentence(_("Firm asked to pay back"), _("We asked you to pay something back")),
    "clawback.repaid": Sentence(_("Money came back"), _("You paid back what we asked for")),
    "clawback.dropped": Sentence(_("Money back not pursued"), _("You need not pay anything back")),
    "award.offered": Sentence(_("Grant offered"), _("You were offered a grant")),
    "award.aid_confirmed": Sentence(
        _("Firm confirmed what aid it has had"), _("You confirmed what support you have had")
    ),
    "award.baseline": Sentence(_("Starting figures recorded"), _("You told us where you stand today")),
    "award.started": Sentence(_("Nothing stands before the start any more"), _("You can start your project")),
    "award.condition_shown": Sentence(
        _("Firm says that a condition is met"), _("You told us how you have met a condition")
    ),
    "award.condition_met": Sentence(_("A condition was ticked off"), _("A condition of your grant is settled")),
    "award.condition_open": Sentence(_("A condition was opened again"), _("A condition of your grant is open again")),
    "award.money_back": Sentence(_("Money came back to the call"), UNKNOWN.firm),
    "award.reserve_has_room": Sentence(_("Money is free for the call’s reserve list"), UNKNOWN.firm),
    "award.published": Sentence(_("Entered in the public subsidy database"), UNKNOWN.firm),
    "award.completed": Sentence(_("Project finished and paid"), _("Your project is finished and paid")),
    "award.terminated": Sentence(_("Project ended early"), _("Your project was ended early")),
    "variation.asked": Sentence(_("Firm asked to change its project"), _("You asked to change your project")),
    "variation.begun": Sentence(_("Early end of the project proposed"), UNKNOWN.firm),
    "variation.advice": Sentence(_("Advice on the change"), UNKNOWN.firm),
    "variation.recommended": Sentence(_("Change recommended"), _("We are looking at the change you asked for")),
    "variation.agreed": Sentence(_("Change agreed"), _("The change you asked for was agreed")),
    "variation.refused": Sentence(_("Change refused"), _("The change you asked for was not agreed")),
    "variation.withdrawn": Sentence(_("Firm took its change back"), _("You took back the change you had asked for")),
    "award.accepted": Sentence(_("Firm accepted the offer"), _("You accepted the offer")),
    "award.lapsed": Sentence(_("Offer ran out"), _("The offer ran out")),
    "award.declined_by_firm": Sentence(_("Firm turned the offer down"), _("You turned the offer down")),
    "award.withdrawn": Sentence(_("Offer withdrawn"), _("The offer was withdrawn")),
}


def staff_sentence(kind: str) -> str:
    return str(SENTENCES.get(kind, UNKNOWN).staff)


def firm_sentence(kind: str) -> str:
    return str(SENTENCES.get(kind, UNKNOWN).firm)
