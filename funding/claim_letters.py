"""What the PDFs about claims print, every sum in words of the firm's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from funding.models import Claim, ClaimLine
from portal.money import money_text


def receipt(
    claim: Claim, lines: Sequence[ClaimLine], figures: Mapping[str, str], *, declared: str, by: User, at: datetime
) -> dict[str, Any]:
    """That a claim was received: what was claimed, for which stretch, with which invoices, declared by whom."""
    award = claim.award
    case = award.application.case

    def money(amount: Decimal | str) -> str:
        return money_text(Decimal(amount), award.currency)

    return {
        "brand": case.programme.branding | {"name": case.programme.local_name},
        "sender": [case.programme.contact_email],
        "recipient": [claim.partner.name if claim.partner else case.organisation.name],
        "firm": case.organisation.name,
        "date": case.programme.local_date(at).isoformat(),
        "reference": claim.reference,
        "project": award.application.title,
        "received_at": at.isoformat(),
        "period_from": claim.period_from.isoformat(),
        "period_to": claim.period_to.isoformat(),
        "is_last": claim.is_final,
        "lines": [
            {
                "text": line.description,
                "invoice": f"{line.supplier}, {line.invoice_number}",
                "day": line.invoice_on.isoformat(),
                "cost": money(line.cost),
                "files": [upload.sha256[:12] for upload in (line.invoice, line.proof) if upload],
            }
            for line in lines
        ],
        "claimed": money(figures["claimed"]),
        "gross": money(figures["gross"]),
        "retained": money(figures["retained"]) if Decimal(figures["retained"]) else "",
        "released": money(figures["released"]) if Decimal(figures["released"]) else "",
        "payable": money(figures["payable"]),
        "summary": claim.summary,
        "declared": declared,
        "signed_by": by.get_full_name(),
    }
