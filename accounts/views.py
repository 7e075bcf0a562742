from django.shortcuts import redirect

from accounts.permissions import Role


def after_sign_in(request):
    """Everyone lands on their own work: firms on their support, staff on their queue, managers on reports,
    contractors on their diagnostics, assessors on what was given to them, administrators on the settings.
    """
    user = request.user
    if user.has_role(Role.ADVISER, Role.APPROVER, Role.FINANCE):
        return redirect("casework:queue")
    if user.has_role(Role.MANAGER, Role.AUDITOR):
        return redirect("reporting:dashboard")
    if user.has_role(Role.CONTRACTOR):
        return redirect("diagnostics:worklist")
    if user.has_role(Role.ASSESSOR):
        return redirect("funding:assessing")
    if user.has_role(Role.ADMIN):
        return redirect("casework:programmes")
    return redirect("casework:support")
