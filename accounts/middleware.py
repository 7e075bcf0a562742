from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.shortcuts import redirect
from django.urls import resolve

# Where a member of staff without a second factor may still go: to set one up, to sign out, to read statements.
FREE_NAMESPACES = ("account_", "mfa_", "healthz", "readyz", "accessibility", "privacy", "cookies", "set_language")


def staff_second_factor(get_response):
    """Staff reach nothing before they have a second factor (STAFF_MFA_REQUIRED)."""

    def middleware(request):
        user = request.user
        if settings.STAFF_MFA_REQUIRED and user.is_authenticated and user.works_here and not is_mfa_enabled(user):
            name = resolve(request.path_info).view_name or ""
            if not name.startswith(FREE_NAMESPACES):
                return redirect("mfa_index")
        return get_response(request)

    return middleware
