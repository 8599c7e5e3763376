"""时间线: what happened to one customer, in order, from every stage's own records and from every source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from creditloop.acquire import InvitationEvent
from creditloop.admit import Decision
from creditloop.data import ColumnType
from creditloop.lend import LimitEvent
from creditloop.monitor import ClassificationRun, VerdictRow, WarningRow, WarningRun
from creditloop.recover import Case, ContactEvent
from creditloop.service.console.figures import first_part
from creditloop.service.console.source_rows import SourceTable
from creditloop.service.console.words import Words
from creditloop.service.source_states import CHECKS

SOURCE_MOMENTS_MOST = 60
"""Rows of sources told; the tables below them have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened on a day: what, in words, where it leads, whether a script did it."""

    on: date
    stage: str
    text: str
    path: str | None = None
    simulated: bool = False


def moments(
    words: Words,
    *,
    verdicts: Sequence[tuple[ClassificationRun, VerdictRow]],
    decisions: Sequence[Decision],
    limits: Sequence[LimitEvent],
    warnings: Sequence[tuple[WarningRun, WarningRow]],
    cases: Sequence[Case],
    contacts: Sequence[ContactEvent],
    invitations: Sequence[InvitationEvent],
    party_id: str,
) -> list[Moment]:
    """Return all of it, the latest first."""
    found = [
        *_classes(words, verdicts),
        *_decided(words, decisions),
        *_limits(words, limits, party_id),
        *_warned(words, warnings, party_id),
        *_recovered(words, cases, contacts, party_id),
        *_invited(words, invitations, party_id),
    ]
    return sorted(found, key=lambda one: one.on, reverse=True)


def source_moments(words: Words, tables: Sequence[SourceTable]) -> list[Moment]:
    """Return the latest of what the sources say, the latest first; when they were asked is told elsewhere."""
    found = [
        _told(words, table, row) for table in tables if table.contract.name != CHECKS for row in table.rows
    ]
    return sorted(found, key=lambda one: one.on, reverse=True)[:SOURCE_MOMENTS_MOST]


def _told(words: Words, table: SourceTable, row: Mapping[str, object]) -> Moment:
    """Tell a row in a line: what it is, its coded values in words, its first amount."""
    occurred_at = row["occurred_at"]
    assert isinstance(occurred_at, datetime), "every source table has this column"
    parts = [
        words.pick(column.values[str(row[column.name])].meaning)
        for column in table.columns
        if column.type is ColumnType.CODE and str(row[column.name]) in column.values
    ]
    amounts = [column for column in table.columns if column.type is ColumnType.MONEY]
    parts += [f"{first_part(words.pick(one.meaning))} {row[one.name]}" for one in amounts[:1]]
    return Moment(
        on=(occurred_at + timedelta(hours=table.contract.utc_offset_hours)).date(),
        stage="data",
        text=f"{first_part(words.pick(table.table.meaning))}: {' · '.join(map(first_part, parts))}",
        path=f"/rows/{table.name}/{row['batch_id']}/{row['row_no']}",
        simulated=row["batch_id"] in table.simulated,
    )


def _classes(words: Words, verdicts: Sequence[tuple[ClassificationRun, VerdictRow]]) -> Iterable[Moment]:
    """Tell each change of class, the first one among them."""
    before = ""
    for run, one in verdicts:
        if one.bank_class != before:
            text = words("timeline.classified", name=words.of("class", one.bank_class))
            path = f"/rows/monitor.classification/{one.batch_id}/{one.row_no}"
            yield Moment(on=run.dates.business_date, stage="monitor", text=text, path=path)
        before = one.bank_class


def _decided(words: Words, decisions: Sequence[Decision]) -> Iterable[Moment]:
    for one in decisions:
        text = words("timeline.decided", outcome=words.of("outcome", one.outcome))
        path = f"/decisions/{one.decision_id}"
        yield Moment(on=one.dates.business_date, stage="admit", text=text, path=path)


def _limits(words: Words, limits: Sequence[LimitEvent], party_id: str) -> Iterable[Moment]:
    path = f"/records/lend.limit_event?party={party_id}"
    for one in limits:
        text = words("timeline.limit", kind=words.of("limit_kind", one.kind.value))
        yield Moment(on=one.occurred_on, stage="lend", text=text, path=path, simulated=one.simulated)


def _warned(
    words: Words, warnings: Sequence[tuple[WarningRun, WarningRow]], party_id: str
) -> Iterable[Moment]:
    path = f"/records/monitor.warning?party={party_id}"
    for run, row in warnings:
        text = words("timeline.warned", level=words.of("level", row.level))
        yield Moment(on=run.dates.business_date, stage="monitor", text=text, path=path)


def _recovered(
    words: Words, cases: Sequence[Case], contacts: Sequence[ContactEvent], party_id: str
) -> Iterable[Moment]:
    path = f"/cases/{party_id}"
    for case in cases:
        text = words("timeline.routed", route=words.of("route", case.route))
        yield Moment(on=case.opened_on, stage="recover", text=text, path=path)
    for one in contacts:
        text = words.of("contact", one.kind.value)
        yield Moment(on=one.on_day, stage="recover", text=text, path=path, simulated=one.simulated)


def _invited(words: Words, invitations: Sequence[InvitationEvent], party_id: str) -> Iterable[Moment]:
    path = f"/records/acquire.invitation?party={party_id}"
    for one in invitations:
        text = words.of("invitation", one.kind)
        yield Moment(on=one.occurred_on, stage="acquire", text=text, path=path, simulated=one.simulated)
