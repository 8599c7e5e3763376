"""原始记录列表: rows of one sealed table, chosen, counted and added up; each leads to its proof.

This is where a figure of any screen is clicked down to: the rows chosen are all that it was made from, and
their number and sums stand above them. `version` in the query asks for what a strategy's version decided.
Without a choice a table is listed batch by batch.
"""

from collections.abc import Mapping

from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import AppendOnlyTable
from creditloop.service.console.paging import ON_A_PAGE, paging
from creditloop.service.console.published import version_asked
from creditloop.service.console.rows import open_table
from creditloop.service.console.sealed_rows import Choice, MadeBy, Totals, batches_of, rows_of, totals
from creditloop.service.console.source_rows import hidden_columns
from creditloop.service.console.strategy_uses import made_by_version
from creditloop.service.console.visit import Page, Visit, identifier
from creditloop.service.work import Work

_WIDE = frozenset({"inputs", "body", "values_read", "figures", "payload", "payout_order"})
"""Columns too long for a line; the row's own page shows them."""
_ASKED = frozenset({"party", "batch", "side", "version", "absent", "page", "done"})
"""What a query says besides values of columns."""


def show_records(visit: Visit) -> Page:
    """Show the rows of a table that are asked for, a page at a time; without a choice its batches."""
    with visit.work() as work:
        table = open_table(visit, work.connection, visit.path["table"])
        asked = visit.query.get("version")
        version = version_asked(visit, work.connection, of=asked) if asked else None
        made_by = made_by_version(work, version, table=table.name) if version is not None else None
        choice = _choice(visit, made_by)
        found = (_batches if choice.is_open else _rows)(visit, work, table, choice)
        counted = totals(work.connection, table=table, choice=choice)
    record = {
        "table": table,
        "choice": choice,
        "version": version,
        "query": {
            "party": choice.party_id,
            "batch": choice.batch_id,
            "side": choice.side,
            "version": None if version is None else version.batch_id,
            "absent": ",".join(choice.absent),
            **choice.where,
        },
        "totals": counted,
        "sums": _sums(table, counted),
        "page": paging(visit).page,
        **found,
    }
    return Page(
        template="records.html",
        record=record,
        trail=[(visit.words("screen.cockpit"), visit.at("/")), (table.name, None)],
    )


def _choice(visit: Visit, made_by: MadeBy | None) -> Choice:
    query = visit.query
    return Choice(
        made_by=made_by,
        absent=tuple(name for name in query.get("absent", "").split(",") if name),
        batch_id=identifier(query["batch"], what="batch") if query.get("batch") else None,
        party_id=query.get("party") or None,
        side=query.get("side") or None,
        where={name: text for name, text in query.items() if name not in _ASKED and text},
    )


def _rows(visit: Visit, work: Work, table: AppendOnlyTable, choice: Choice) -> Mapping[str, object]:
    """Return a page of the chosen rows, without what the purpose may not see; the read is logged."""
    hidden = _hidden(visit, work, table, choice)
    if forbidden := sorted(hidden & {*choice.where, *choice.absent}):
        raise InputError("this purpose may not choose by a column it may not see", got=forbidden)
    asked = paging(visit)
    counted = totals(work.connection, table=table, choice=choice)
    rows = rows_of(work.connection, table=table, choice=choice, most=ON_A_PAGE, skip=asked.skip)
    left_out = hidden | _WIDE
    visit.log_read(
        work,
        package="creditloop.evidence",
        table=table.name,
        columns=[name for name in table.columns if name not in left_out],
        parties_count=1 if choice.party_id else len(rows),
        party_id=choice.party_id,
    )
    columns = [name for name in table.columns if name not in {"batch_id", "row_no", *left_out}]
    return {"columns": columns, "rows": rows, "batches": (), "pages": asked.pages(counted.rows)}


def _hidden(visit: Visit, work: Work, table: AppendOnlyTable, choice: Choice) -> frozenset[str]:
    """Return what the contracts of all batches that may be shown hide from this purpose."""
    if choice.batch_id is not None:
        batch_ids = [choice.batch_id]
    else:
        within = Choice(party_id=choice.party_id)
        found = batches_of(work.connection, table=table, choice=within)
        batch_ids = [batch_id for batch_id, _ in found]
    return hidden_columns(visit, work, table, batch_ids=batch_ids, party_id=choice.party_id)


def _batches(visit: Visit, work: Work, table: AppendOnlyTable, choice: Choice) -> Mapping[str, object]:
    """Return a page of a table's batches, each with the number of its rows."""
    found, asked = batches_of(work.connection, table=table, choice=choice), paging(visit)
    shown = found[asked.skip : asked.skip + ON_A_PAGE]
    return {"columns": (), "rows": (), "batches": shown, "pages": asked.pages(len(found))}


def _sums(table: AppendOnlyTable, counted: Totals) -> Mapping[str, int]:
    """Return the sums worth showing: not those of balances after an event, which add up to nothing."""
    return {name: value for name, value in counted.sums.items() if not name.endswith("_after_fen")}
