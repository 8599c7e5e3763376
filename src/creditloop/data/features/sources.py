"""Lead from the inputs of a party's features back to the rows they were read from (逐层下钻)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from creditloop.data.access_log import RecordDenial
from creditloop.data.contracts import Contract
from creditloop.data.features.definitions import FeatureSet
from creditloop.data.features.inputs import BACK, Reading, of_row, source_rows
from creditloop.data.retention import emptied_values
from creditloop.data.source_tables import SCHEMA
from creditloop.kernel.storage import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSource:
    """Where one input of one party comes from.

    Attributes:
        value: as the feature's program got it; fen for money.
        table: with its schema: "source.taiwan_cards_statement"; None if the party has no such row, and value,
            and all that follows are None as well.
        batch_id, row_no: the row, as it is sealed; `source_row` its line in the imported file, from 1.
        deleted_on: the number of the deletion under which the value was emptied (保存期限); None of one that
            is there, or was null when it came.
    """

    input: str
    value: object
    table: str | None
    column: str
    batch_id: str | None
    row_no: int | None
    source_row: int | None
    known_at: datetime | None
    deleted_on: int | None


def feature_sources(
    connection: Connection,
    *,
    features: FeatureSet,
    contract: Contract,
    as_of: date,
    purpose: str,
    reader: str,
    reason: str,
    now: datetime,
    record_denial: RecordDenial,
    party_id: str,
) -> tuple[InputSource, ...]:
    """Return the source row of every input of a party's features, in the order of the document.

    Args: as for `feature_row`; the read is logged as well.
    Raises: InputError if the purpose may not read an input, or would see it masked.
    """
    reading = Reading(
        features=features,
        contract=contract,
        as_of=as_of,
        purpose=purpose,
        reader=reader,
        reason=reason,
        now=now,
        record_denial=record_denial,
        party_ids=[party_id],
    )
    found: dict[str, InputSource] = {}
    for columns, rows in source_rows(
        connection, reading, also=["batch_id", "row_no", "source_row", "known_at"]
    ):
        table = f"{SCHEMA}.{contract.name}_{columns[0].table}"
        places = [
            (UUID(batch_id), row_no) for batch_id, row_no in rows.select("batch_id", "row_no").iter_rows()
        ]
        emptied = emptied_values(connection, table=table, places=places)
        for row in rows.iter_rows(named=True):
            gone = emptied.get((UUID(row["batch_id"]), row["row_no"]), {})
            for name, column in of_row(columns, row[BACK]).items():
                found[name] = InputSource(
                    input=name,
                    value=row[column],
                    table=table,
                    column=column,
                    deleted_on=gone.get(column),
                    **{key: row[key] for key in ("batch_id", "row_no", "source_row", "known_at")},
                )
    return tuple(found.get(entry.name) or _absent(entry.name, entry.column) for entry in features.inputs)


def _absent(name: str, column: str) -> InputSource:
    return InputSource(
        input=name,
        value=None,
        table=None,
        column=column,
        batch_id=None,
        row_no=None,
        source_row=None,
        known_at=None,
        deleted_on=None,
    )
