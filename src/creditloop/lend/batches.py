"""A run of this room: what it was made from and what it holds, found again instead of done twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.kernel.canonical import content_hash
from creditloop.kernel.dates import Dates, check_aware
from creditloop.kernel.storage import AppendOnlyTable, Connection, copy_rows, load_queries
from creditloop.lend.agreement import Agreement
from creditloop.lend.letters import Letter
from creditloop.lend.limits import LimitEvent
from creditloop.lend.tables import ACTS, AGREEMENTS, EVENTS, LETTERS

_SQL = "creditloop.lend"
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LendBatch:
    """A recorded run.

    Attributes:
        kind: "migration", "decisions" or "answer".
        source: what it was made from: a contract's table, a batch of decisions, an offer.
        simulated: a person's part in it was not in the data.
    """

    batch_id: UUID
    kind: str
    product: str
    dates: Dates
    source: str
    policy_hash: str | None
    letter_policy_hash: str | None
    acts: int
    events: int
    agreements: int
    letters: int
    simulated: bool
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The rows of a run."""

    acts: pl.DataFrame | None = None
    events: Sequence[LimitEvent] = ()
    agreements: Sequence[Agreement] = ()
    letters: Sequence[Letter] = ()

    def rows(self) -> tuple[tuple[AppendOnlyTable, list[Row]], ...]:
        """Return the rows of each table, in the order of its columns from the third on."""
        return (
            (ACTS, [] if self.acts is None else _act_rows(self.acts)),
            (EVENTS, [_event_row(event) for event in self.events]),
            (AGREEMENTS, [_agreement_row(agreement) for agreement in self.agreements]),
            (LETTERS, [_letter_row(letter) for letter in self.letters]),
        )

    def hash(self) -> str:
        """Return the SHA-256 of all rows as canonical JSON."""
        plain = [[_plain(row) for row in rows] for _, rows in self.rows()]
        return content_hash(plain)


def find_batch(connection: Connection, *, batch_id: UUID) -> LendBatch | None:
    """Return a run that was recorded, or None."""
    row = load_queries(_SQL).find_batch(connection, batch_id=batch_id)
    return None if row is None else _batch(row)


def find_batches(connection: Connection) -> list[LendBatch]:
    """Return every run, oldest business date first."""
    return [_batch(row) for row in load_queries(_SQL).find_batches(connection)]


def insert_run(
    connection: Connection,
    *,
    batch_id: UUID,
    kind: str,
    product: str,
    dates: Dates,
    source: str,
    contents: Contents,
    simulated: bool,
    now: datetime,
    policy_hash: str | None = None,
    letter_policy_hash: str | None = None,
) -> LendBatch:
    """Write a new run and its rows."""
    rows = contents.rows()
    counts = dict(
        zip(("acts", "events", "agreements", "letters"), (len(part) for _, part in rows), strict=True)
    )
    load_queries(_SQL).insert_batch(
        connection,
        batch_id=batch_id,
        kind=kind,
        product=product,
        business_date=dates.business_date,
        rules_as_of=dates.rules_as_of,
        source=source,
        policy_hash=policy_hash,
        letter_policy_hash=letter_policy_hash,
        **counts,
        simulated=simulated,
        content_hash=contents.hash(),
        recorded_at=check_aware(now, name="now"),
    )
    for table, part in rows:
        if not part:
            continue
        numbered = ((batch_id, number, *row) for number, row in enumerate(part))
        copy_rows(connection, table=table.name, columns=table.columns, rows=numbered)
    found = find_batch(connection, batch_id=batch_id)
    assert found is not None  # written above, in this transaction
    return found


def _batch(row: Row) -> LendBatch:
    batch_id, kind, product, business_date, rules_as_of, source, policy, letter_policy, *rest = row
    acts, events, agreements, letters, simulated, hash_ = rest
    return LendBatch(
        batch_id=batch_id,
        kind=kind,
        product=product,
        dates=Dates(business_date=business_date, rules_as_of=rules_as_of),
        source=source,
        policy_hash=policy,
        letter_policy_hash=letter_policy,
        acts=acts,
        events=events,
        agreements=agreements,
        letters=letters,
        simulated=simulated,
        content_hash=hash_,
    )


def _act_rows(acts: pl.DataFrame) -> list[Row]:
    return acts.select(*ACTS.columns[2:]).rows()


def _event_row(event: LimitEvent) -> Row:
    after = event.after
    return (
        after.party_id,
        after.sequence,
        event.kind.value,
        event.occurred_on,
        event.change_fen,
        after.limit_fen,
        after.frozen,
        after.offered_fen,
        after.decision_id,
        event.source_ref,
        event.simulated,
    )


def _agreement_row(agreement: Agreement) -> Row:
    return (
        agreement.agreement_id,
        agreement.party_id,
        agreement.decision_id,
        agreement.product,
        agreement.made_on,
        agreement.limit_fen,
        agreement.rate_annual_nano,
        agreement.basis.value,
        agreement.terms_hash,
        agreement.simulated,
    )


def _letter_row(letter: Letter) -> Row:
    return (
        letter.letter_id,
        letter.party_id,
        letter.decision_id,
        letter.language,
        letter.written_on,
        letter.body,
        letter.body_hash,
        letter.simulated,
    )


def _plain(row: Iterable[object]) -> list[object]:
    return [str(value) if isinstance(value, UUID) else value for value in row]
