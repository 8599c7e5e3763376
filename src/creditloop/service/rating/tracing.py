"""Lead from the features a rating reads to the lines of files they were made of (从特征到源行)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from creditloop.data import source_table_name, source_tables
from creditloop.data.derived import DerivedInput
from creditloop.data.events import FeatureTrace, PartyReading, trace_feature
from creditloop.service.features import for_the_door
from creditloop.service.portraying import PartyPortrait, ReadWindows
from creditloop.service.rating.documents import RatingDocuments
from creditloop.service.rating.door import Asking
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedInput:
    """A window feature that a feature of the portrait depends on.

    Attributes:
        value: as seen; None where the source is not known of the party.
        trace: the rows it was made of; None where the source is not known, or nothing of it was imported.
    """

    input: DerivedInput
    known: bool
    value: int | None
    trace: FeatureTrace | None
    windows: ReadWindows


def inputs_of(documents: RatingDocuments, feature: str) -> tuple[DerivedInput, ...]:
    """Return the window features that a feature of the portrait depends on."""
    draft = documents.portrait.draft
    step = next(one for one in documents.portrait.program.steps if one.name == feature)
    return tuple(one for one in draft.inputs if one.feature in step.reads)


def traced_features(
    work: Work, asking: Asking, *, documents: RatingDocuments, portrait: PartyPortrait
) -> Mapping[str, TracedInput]:
    """Trace every window feature that the rating depends on, by its name; each read is logged.

    Args:
        portrait: of the firm, as `gathering` made it: the same sources are read, and no others.
    """
    wanted = {one.feature: one for name in documents.read_features for one in inputs_of(documents, name)}
    there = {table.name for table in source_tables(work.connection)}
    unknown = set(portrait.portrait.unknown_sources)
    return {
        one.input.feature: one
        for own in portrait.windows
        for one in _traced(work, asking, own, wanted, there=there, unknown=unknown)
    }


def _traced(
    work: Work,
    asking: Asking,
    own: ReadWindows,
    wanted: Mapping[str, DerivedInput],
    *,
    there: set[str],
    unknown: set[str],
) -> Iterator[TracedInput]:
    name = own.contract.name
    known = name not in unknown
    imported = all(source_table_name(own.contract, table) in there for table in own.contract.tables)
    for feature in own.features.features:
        if feature.name not in wanted:
            continue
        trace, value = None, feature.without_events if known else None
        if known and imported:
            trace = trace_feature(
                work.connection,
                features=own.features,
                name=feature.name,
                reading=_reading(work, asking, own),
            )
            value = trace.value
        yield TracedInput(input=wanted[feature.name], known=known, value=value, trace=trace, windows=own)


def _reading(work: Work, asking: Asking, own: ReadWindows) -> PartyReading:
    return PartyReading(
        contract=for_the_door(own.contract, in_force=work.contract(own.contract.name)),
        party_id=asking.firm,
        as_of=asking.as_of,
        purpose=asking.purpose,
        reader=asking.reader,
        reason=asking.reason,
        now=work.now,
        record_denial=work.record_denial,
    )
