from datetime import datetime
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from applications.models import Case
from applications.signals import case_withdrawn
from funding import actions


@receiver(case_withdrawn)
def end_with_case(sender: type[Case], *, case: Case, by: User, at: datetime, **kwargs: Any) -> None:
    actions.end_with_case(case=case, by=by, at=at)
