"""Window features of one party from its events in the database: only those asked for, compiled once."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from creditloop.data.events.reading import Event, PartyReading, party_events
from creditloop.data.windows import EventTable, WindowFeature, WindowFeatureSet, window_function
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection

_KEPT = 64
"""Functions kept compiled: one for each document and choice of features in use."""


def party_features(
    connection: Connection,
    *,
    features: WindowFeatureSet,
    reading: PartyReading,
    names: Collection[str] | None = None,
) -> dict[str, int | None]:
    """Compute window features of one party as of a day, from the events known by then.

    Only the columns that the features are made of are read.

    Args:
        names: the features wanted; None computes all.
    Returns: value by name, in the order asked; fen, nano or whole numbers as the feature says.
    Raises: InputError if the purpose may not read a column, or would see it masked, or the features were
        checked against another contract; UnknownId for a feature the document does not have.
    """
    compiled = compiled_features(features, names=names, reading=reading)
    events = party_events(connection, table=compiled.table, reading=reading)
    values = compiled.evaluate(events, reading.as_of)
    return dict(zip(compiled.names, values, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """Features as a function of a party's events.

    Attributes:
        table: with the columns these features are made of, and no others.
        names: of the features, in their order.
    """

    table: EventTable
    features: tuple[WindowFeature, ...]
    names: tuple[str, ...]
    evaluate: Callable[[Sequence[Event], date], tuple[int | None, ...]]


def compiled_features(
    features: WindowFeatureSet, *, names: Collection[str] | None, reading: PartyReading
) -> Compiled:
    """Return the function of some features, compiled at the first call.

    Raises: as `party_features`.
    """
    contract = reading.contract
    if features.contract_hash != contract.document.hash:
        raise InputError(
            "these features were checked against another contract, or another version of it",
            got=f"{contract.name} {contract.document.hash}",
            expected=f"{features.contract} {features.contract_hash}",
        )
    wanted = None if names is None else tuple(dict.fromkeys(names))
    return _compiled(_Asked(features.hash, features.contract_hash, wanted, features))


def narrowed(table: EventTable, features: Sequence[WindowFeature]) -> EventTable:
    """Return the table with what these features are cut by and made of, and nothing else.

    What is read of one party are versions that stand by the day; when they were superseded is not asked.
    """
    quantities = [one for feature in features for one in feature.quantities]
    used = {one.of for one in quantities} | {name for one in quantities for name, _ in one.where}
    return replace(
        table,
        superseded=None,
        dimensions=tuple(one for one in table.dimensions if one.name in used),
        measures=tuple(one for one in table.measures if one.name in used),
        identifiers=tuple(one for one in table.identifiers if one.name in used),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a compiled function is kept under."""

    document_hash: str
    contract_hash: str
    names: tuple[str, ...] | None
    features: WindowFeatureSet = field(compare=False)


@lru_cache(maxsize=_KEPT)
def _compiled(asked: _Asked) -> Compiled:
    chosen = asked.features.features
    if asked.names is not None:
        known = {feature.name: feature for feature in chosen}
        for name in asked.names:
            if name not in known:
                raise UnknownId(
                    "the document has no such feature", got=name, where={"file": asked.features.document.path}
                )
        chosen = tuple(known[name] for name in asked.names)
    table = narrowed(asked.features.table, chosen)
    return Compiled(
        table=table,
        features=chosen,
        names=tuple(feature.name for feature in chosen),
        evaluate=window_function(table=table, features=chosen).evaluate,
    )
