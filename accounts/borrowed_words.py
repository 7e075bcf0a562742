"""What Django and allauth say to people who sign in and have no Welsh for: listed here, translated in `locale/cy`."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

SIGNING_IN = (
    _("Forgot your password?"),
    _("This functionality requires JavaScript."),
    _("The email address and/or password you specified are not correct."),
    _("Too many failed login attempts. Try again later."),
)
PASSWORDS = (
    _("Your password can’t be a commonly used password."),
    _("Your password can’t be too similar to your other personal information."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    _("The password is too similar to the %(verbose_name)s."),
    _("This password is too common."),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
