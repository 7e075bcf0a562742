"""Addresses of claims, payments and bank details, by audience; funding.urls puts them in their places."""

from django.urls import path

from funding.views import bank, claim_checks, claims, payments

of_application = [
    path("claims/", claims.claims, name="claims"),
    path("claims/start/", claims.start_claim, name="start-claim"),
    path("claims/forecast/", claims.forecast, name="forecast"),
    path("claims/<int:claim>/", claims.claim, name="claim"),
    path("claims/<int:claim>/costs/add/", claims.claim_line, name="add-claim-line"),
    path("claims/<int:claim>/costs/<int:line>/", claims.claim_line, name="claim-line"),
    path("claims/<int:claim>/costs/<int:line>/remove/", claims.remove_claim_line, name="remove-claim-line"),
    path("claims/<int:claim>/milestones/<int:milestone>/", claims.claim_milestone, name="claim-milestone"),
    path("claims/<int:claim>/report/", claims.claim_report, name="claim-report"),
    path("claims/<int:claim>/check/", claims.check_claim, name="check-claim"),
    path("claims/<int:claim>/withdraw/", claims.withdraw_claim, name="withdraw-claim"),
    path("claims/<int:claim>/receipt/", claims.claim_receipt, name="claim-receipt"),
    path("claims/<int:claim>/files/<slug:what>/<int:pk>/", claims.claim_file, name="claim-file"),
    path("claims/ledger/", payments.firm_ledger, name="firm-ledger"),
    path("bank/", bank.account, name="bank-account"),
]
of_staff = [
    path("claims/<int:claim>/", claim_checks.staff_claim, name="staff-claim"),
    path("claims/<int:claim>/ask/", claim_checks.ask_about_claim, name="ask-about-claim"),
    path("claims/<int:claim>/send-back/", claim_checks.send_claim_back, name="send-claim-back"),
    path("claims/<int:claim>/reject/", claim_checks.reject_claim, name="reject-claim"),
    path("ledger/", payments.ledger, name="ledger"),
    path("ledger/clawback/", payments.propose_clawback, name="propose-clawback"),
    path("ledger/clawback/<int:clawback>/", payments.answer_clawback, name="answer-clawback"),
]
lists = [
    path("casework/funding/claims/", claim_checks.claim_queue, name="claim-queue"),
    path("casework/funding/bank/", bank.accounts, name="bank-accounts"),
    path("casework/funding/bank/<int:account>/", bank.confirm_account, name="confirm-account"),
    path("casework/funding/payments/", payments.runs, name="payment-runs"),
    path("casework/funding/payments/<int:run>/", payments.run, name="payment-run"),
    path("casework/funding/payments/<int:run>/file/", payments.run_file, name="payment-file"),
    path("casework/funding/payments/<int:run>/<int:payment>/", payments.payment, name="payment"),
]
