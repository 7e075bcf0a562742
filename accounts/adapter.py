"""allauth's mails go through the outbox like every other mail."""

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, gettext

from notifications import actions as notifications

# allauth's template prefix -> our kind
KINDS = {
    "account/email/email_confirmation": "confirm_email",
    "account/email/email_confirmation_signup": "confirm_email",
    "account/email/password_reset_key": "reset_password",
    "account/email/account_already_exists": "account_exists",
    "account/email/unknown_account": "unknown_account",
}


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix, email, context):
        kind = KINDS.get(template_prefix, "account_notice")
        url = context.get("activate_url") or context.get("password_reset_url") or context.get("signup_url")
        facts = {"about": template_prefix.rpartition("/")[2]}
        if url:
            facts["button"] = {"label": gettext("Open the link"), "url": str(url)}
        with transaction.atomic():
            notifications.queue(
                to=email, kind=kind, context=facts, language=get_language() or "en-gb", at=timezone.now()
            )

    def get_login_redirect_url(self, request):
        return "/after-sign-in/"

    def get_signup_redirect_url(self, request):
        return "/after-sign-in/"

    def get_email_verification_redirect_url(self, email_address):
        return "/after-sign-in/"
