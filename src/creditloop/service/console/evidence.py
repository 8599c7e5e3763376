"""存证核验: the checkpoint outside the database, everything sealed compared with it, and who read what."""

from dataclasses import dataclass

from creditloop.data import Access, accesses
from creditloop.evidence import CODES, Verification
from creditloop.kernel.errors import EvidenceError
from creditloop.kernel.storage import Connection
from creditloop.service.console.rows import CLOSED_SCHEMAS, may_open
from creditloop.service.console.sealed_rows import Choice, totals
from creditloop.service.console.visit import Answer, Page, Redirect, Visit
from creditloop.service.wiring import sealed_tables

PROBLEMS_SHOWN = 100
READS_SHOWN = 40


def show_evidence(visit: Visit) -> Answer:
    """Show the last checkpoint and the last reads; or lead to a row that is looked for."""
    if visit.query.get("table") and visit.query.get("batch_id"):
        row = visit.query.get("row_no") or "0"
        return Redirect(path=f"/rows/{visit.query['table']}/{visit.query['batch_id'].strip()}/{row.strip()}")
    return _page(visit, None)


def verify_evidence(visit: Visit) -> Answer:
    """Verify everything sealed, now, and show what was found."""
    visit.check("verify_evidence")
    return _page(visit, visit.bank.verify())


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTable:
    """A sealed table with the number of its rows; `href` leads to them, None where this person may not."""

    name: str
    rows: int
    href: str | None


def _tables(visit: Visit, connection: Connection) -> list[SealedTable]:
    return [
        SealedTable(
            name=table.name,
            rows=totals(connection, table=table, choice=Choice()).rows,
            href=visit.at(f"/records/{table.name}") if may_open(visit, table) else None,
        )
        for table in sealed_tables(connection)
        if not table.name.startswith(CLOSED_SCHEMAS)
    ]


def _page(visit: Visit, verification: Verification | None) -> Page:
    visit.bank.settle()
    with visit.reading() as connection:
        tables = _tables(visit, connection)
        reads: tuple[Access, ...] = accesses(connection)
    try:
        note, broken = visit.bank.evidence.checkpoint_path.read_text(encoding="utf-8"), None
        key = visit.bank.evidence.verifier().text()
    except (OSError, EvidenceError) as error:
        note, key, broken = "", "", str(error)
    record = {
        "note": note.strip(),
        "key": key,
        "broken": broken,
        "tables": tables,
        "verification": verification,
        "problems": () if verification is None else verification.problems[:PROBLEMS_SHOWN],
        "codes": CODES,
        "reads": list(reversed(reads))[:READS_SHOWN],
        "reads_count": len(reads),
    }
    trail = [(visit.words("screen.cockpit"), visit.at("/")), (visit.words("screen.evidence"), None)]
    return Page(template="evidence.html", record=record, trail=trail)
