"""Compute features: many parties as a frame, or one as a row, from one program and the same inputs."""

from collections.abc import Collection
from datetime import date, datetime

import polars as pl

from creditloop.data.access_log import RecordDenial
from creditloop.data.contracts import PARTY_ID, Contract
from creditloop.data.features.definitions import FeatureSet
from creditloop.data.features.inputs import Reading, input_frame
from creditloop.formula import polars_columns
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import Connection


def feature_frame(
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
    party_ids: Collection[str] | None = None,
    states: bool = False,
) -> pl.DataFrame:
    """Compute the features of every party, from what was known at the end of a day (时点).

    Args:
        as_of: a day of the contract's clock; a row that became known on a later day is not seen.
        purpose, reader, reason, now, record_denial: as for `read_table`, which logs one read a table.
        party_ids: only these; None means all. Of whom no table knows anything by then is not in the frame.
        states: keep, for each feature, why it is null (`formula.State`): a scorecard that has a bin for what
            is missing refers what could not be computed only if it is told the difference.
    Returns: party_id, every input, every feature, by party_id; null where a party has no such row, or where a
        feature cannot be computed; with `states`, after each feature its `<feature>__state` (UInt8).
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
        party_ids=party_ids,
    )
    frame = polars_columns(features.program, input_frame(connection, reading))
    return frame.select(_columns(features, states=states))


def feature_row(
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
    states: bool = False,
) -> dict[str, object]:
    """Compute the features of one party by the generated Python: the very values `feature_frame` gives.

    Returns: party_id, inputs and features by name, in the order of the document; see `feature_frame`.
    Raises: UnknownId if no table knows anything of the party by then; else as `feature_frame`.
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
    frame = input_frame(connection, reading)
    if frame.is_empty():
        raise UnknownId(
            "nothing is known of this party by that day",
            got=party_id,
            where={"contract": contract.name, "as_of": as_of},
        )
    row: dict[str, object] = frame.row(0, named=True)
    for name, result in features.function(row).items():
        row |= {name: result.value, f"{name}__state": result.state}
    return {name: row[name] for name in _columns(features, states=states)}


def frame_without_inputs(
    frame: pl.DataFrame, *, features: FeatureSet, party_ids: Collection[str]
) -> pl.DataFrame:
    """Compute a frame of features again as if none of their inputs were there for some parties (视同缺失).

    Args:
        frame: as `feature_frame` gives it, with states or without.
        party_ids: those of whom the source is too old to be read as if it were known.
    """
    gone = pl.col(PARTY_ID).is_in(list(party_ids))
    inputs = frame.select(
        PARTY_ID,
        *(pl.when(gone).then(None).otherwise(entry.name).alias(entry.name) for entry in features.inputs),
    )
    return polars_columns(features.program, inputs).select(frame.columns)


def row_without_inputs(*, features: FeatureSet, party_id: str) -> dict[str, object]:
    """Compute one party's features as if none of their inputs were there: as `frame_without_inputs`."""
    row: dict[str, object] = {PARTY_ID: party_id, **{entry.name: None for entry in features.inputs}}
    row |= {name: result.value for name, result in features.function(row).items()}
    return {name: row[name] for name in _columns(features, states=False)}


def _columns(features: FeatureSet, *, states: bool) -> list[str]:
    computed = [
        name
        for step in features.program.steps
        for name in ((step.name, step.state_name) if states else (step.name,))
    ]
    return [PARTY_ID, *(entry.name for entry in features.inputs), *computed]
