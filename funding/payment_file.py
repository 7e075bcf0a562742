"""The file that goes to the bank: one line a payment and a last line with their number and sum."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from decimal import Decimal

from documents.cells import csv_cell
from funding import bank
from funding.models import Payment, PaymentRun

COLUMNS = ("reference", "payee", "sort_code", "account_number", "iban", "amount", "currency")


def contents(run: PaymentRun, payments: Iterable[Payment]) -> bytes:
    """UTF-8 with CRLF, each text made safe for spreadsheets; the same rows give the same bytes.

    The last line is the control total: TOTAL, number of payments, and the sum in the column of amounts.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    count, total = 0, Decimal(0)
    for payment in payments:
        account = payment.account
        number = bank.decrypt(bytes(account.secret), owner=account.organisation_id)
        british = ("", "", number) if account.is_iban else (number[: bank.SORT_CODE], number[bank.SORT_CODE :], "")
        row = (payment.claim.reference, account.holder, *british, payment.amount, run.currency)
        writer.writerow([csv_cell(value) for value in row])
        count, total = count + 1, total + payment.amount
    writer.writerow([csv_cell(value) for value in ("TOTAL", count, "", "", "", total, run.currency)])
    return stream.getvalue().encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
