"""证据包导出: a loan's package, exported with a reason; every export of it, its delivery, its receipt."""

import re

from creditloop.evidence.package import DocumentKind
from creditloop.service.console.loan_reading import read_loan, way_to_loan
from creditloop.service.console.visit import Answer, Download, FileDownload, Page, Visit
from creditloop.service.packaging import (
    Asked,
    delivery_of,
    export_package,
    find_export,
    find_exports,
    packager_at,
)

EXPORT_ACTION = "verify_evidence"
"""Who may let a loan's documents leave the bank, besides seeing its customer."""
_MOST = 100_000
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def show_evidence_package(visit: Visit) -> Answer:
    """Show what was exported of a loan and the form; or give the signed delivery of an export."""
    number = visit.number("delivery", otherwise=0, most=_MOST)
    with visit.work() as work:
        read = read_loan(visit, work)
        loan_id = read.loan.loan_id
        if number:
            visit.check(EXPORT_ACTION)
            export = find_export(work, loan_id=loan_id, number=number)
        found = find_exports(work, loan_id=loan_id)
    if number:
        with packager_at(visit.bank.places) as packager:
            text = delivery_of(export, signer=packager.signer).text()
        return Download(text=f"{text}\n", name=f"{_file_name(loan_id, number)}.delivery.json")
    record = {
        "read": read,
        "loan": read.loan,
        "exports": list(reversed(found)),
        "kinds": [kind.value for kind in DocumentKind],
        "may_export": visit.allows(EXPORT_ACTION),
    }
    way = way_to_loan(visit, loan_id, (visit.words("screen.evidence_package"), None))
    return Page(template="evidence_package.html", record=record, trail=way)


def export_evidence_package(visit: Visit) -> Answer:
    """Export a loan's package; the file is the answer."""
    visit.check(EXPORT_ACTION)
    loan_id, form = visit.path["loan_id"], visit.form
    asked = Asked(
        loan_id=loan_id,
        reason=form.get("reason", ""),
        recipient=form.get("recipient", ""),
        person=visit.reader,
        challenge=form.get("challenge", "").strip().lower() or None,
        confidential=frozenset(kind for kind in DocumentKind if form.get(f"withhold_{kind.value}")),
        complete=True,
    )
    with packager_at(visit.bank.places) as packager:
        made = export_package(visit.bank, packager=packager, asked=asked)
    name = _file_name(loan_id, made.export.number)
    return FileDownload(content=made.file, name=name, media_type="application/zip")


def _file_name(loan_id: str, number: int) -> str:
    """Return a package's file name: what no file system or header minds.

    >>> _file_name("L/2026 1", 2)
    'evidence-L_2026_1-2.zip'
    """
    return f"evidence-{_NOT_IN_NAMES.sub('_', loan_id)}-{number}.zip"
