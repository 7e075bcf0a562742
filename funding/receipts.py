"""What was sent, kept as it was, and the receipt for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from documents import actions as documents
from funding import letters, rules, sheet
from funding.models import GrantApplication, Submission
from funding.wording import DECLARATION, moment_text


def keep(application: GrantApplication, *, by: User, at: datetime) -> Submission:
    """Write the next version of a sent application and owe its receipt; call inside the transaction that sends it."""
    case = application.case
    number = application.submissions.count() + 1
    with translation.override(case.language):
        words: dict[str, Any] = sheet.document_of(application)
        facts = sheet.facts_of(application) | {"declared": str(DECLARATION)}
        title = _("Receipt for your application: %(project)s") % {"project": application.title}
        digest = rules.fingerprint({"document": words, "facts": facts})
        context = {
            **letters.frame(case, case.programme.local_date(at)),
            "reference": application.reference,
            "call": application.call.local_name,
            "sections": [{"title": section.title, "rows": section.rows} for section in sheet.sections(words)],
            "sent_at": moment_text(at, case.programme.zone),
            "sent_by": by.get_full_name(),
            "declared": str(DECLARATION),
            "submission": number,
            "sha256": digest,
        }
    receipt = documents.request_document(
        template="funding/pdf/receipt.html", context=context, title=title[:200], language=case.language,
        file_name=f"receipt-{case.reference}-{application.number}-{number}.pdf", at=at,
    )  # fmt: skip
    return Submission.objects.create(
        application=application, number=number, document=words, facts=facts, sha256=digest, receipt=receipt,
        sent_at=at, sent_by=by,
    )  # fmt: skip
