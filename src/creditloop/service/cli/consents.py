"""`creditloop consent …`: what a party allowed to be read of it, what it took back, and who is left out."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from creditloop.data import Contract, accesses, withheld_parties
from creditloop.data.consents import (
    BulkRecorded,
    ConsentFile,
    ConsentGiven,
    ConsentRecord,
    ConsentWithdrawn,
    LiveState,
    RecordedConsent,
    consent_records,
    cover_states,
    record_consent,
)
from creditloop.kernel.dates import end_of_day, start_of_day
from creditloop.kernel.errors import InputError, StateError
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import LOOK_UP, AsJson, Database, Reason, day, reader
from creditloop.service.cli.output import Section, progress_bar, show
from creditloop.service.loading.consent_files import take_consent_file
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

_COLUMNS = ("consent_id", "kind", "party_id", "contracts", "purposes", "valid_from", "valid_until", "channel")
_Party = Annotated[str, typer.Argument(help="The party, e.g. customer/7.")]
_Sources = Annotated[
    list[str] | None, typer.Option("--source", help="Contract of a source; may be repeated.")
]
_Purposes = Annotated[list[str] | None, typer.Option("--purpose", help="A purpose; may be repeated.")]
_Id = Annotated[str, typer.Option("--id", help="Your own id: the same record again changes nothing.")]
_Channel = Annotated[str, typer.Option(help="Where it was said, e.g. branch or mobile.")]
_Evidence = Annotated[str, typer.Option(help="Where the proof is, e.g. the number of the signed form.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Consent to data being read, given and withdrawn (授权).")
    group.command("grant")(grant)
    group.command("withdraw")(withdraw)
    group.command("load")(load)
    group.command("show")(show_consents)
    group.command("withheld")(show_withheld)
    app.add_typer(group, name="consent")


def grant(
    party: _Party,
    consent_id: _Id,
    wording: Annotated[Path, typer.Option(help="File with the text the party agreed to; its hash is kept.")],
    wording_version: Annotated[str, typer.Option(help="Version of that text.")],
    channel: _Channel,
    evidence: _Evidence,
    sources: _Sources = None,
    purposes: _Purposes = None,
    valid_from: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day; from now on if not said.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day; until withdrawn if not said.")
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record that a party allows sources to be read; without --purpose, for all that these sources ask for.

    Example: creditloop consent grant customer/7 --id form-17 --source bureau_months --purpose rule
    --wording wording.txt --wording-version 2026-01 --channel branch --evidence archive/17
    """
    with bank_of(database).work() as work:
        contracts = [work.contract(name) for name in sources or []]
        offset = contracts[0].utc_offset_hours if contracts else 0
        record = ConsentGiven(
            consent_id=consent_id,
            party_id=party,
            contracts=frozenset(contract.name for contract in contracts),
            purposes=_purposes_of(contracts, purposes or []),
            valid_from=_first_instant(work, consent_id, party, valid_from, offset),
            valid_until=None if until is None else end_of_day(day(until), utc_offset_hours=offset),
            wording_version=wording_version,
            wording_hash=_hash_of(wording),
            channel=channel,
            evidence=evidence,
        )
        recorded = _take(work, record)
        said = _state_record(work, party)
    _show_recorded(recorded, said, as_json=as_json)


def withdraw(
    party: _Party,
    consent_id: _Id,
    channel: _Channel,
    evidence: _Evidence,
    sources: _Sources = None,
    purposes: _Purposes = None,
    told_on: Annotated[
        str | None,
        typer.Option("--day", metavar="YYYY-MM-DD", help="The day the party took it back; now if not said."),
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record that a party takes consent back; without --source or --purpose, all it ever gave.

    Reads stop at once, when it is recorded. If the party had said so on an earlier day, that day stands
    beside, and how many reads of this party were made in between is told.

    Example: creditloop consent withdraw customer/7 --id call-3 --channel telephone --evidence recording/3
    --day 2026-01-05
    """
    with bank_of(database).work() as work:
        taken = consent_records(work.connection, party_id=party)
        named, asked = _withdrawn_covers(taken, party, sources or [], purposes or [])
        record = ConsentWithdrawn(
            consent_id=consent_id,
            party_id=party,
            contracts=named,
            purposes=asked,
            channel=channel,
            evidence=evidence,
            effective_from=None if told_on is None else _effective_from(work, taken, named, asked, told_on),
        )
        recorded = _take(work, record)
        said = _state_record(work, party)
        between = _reads_between(work, recorded)
    _show_recorded(recorded, said, reads_between=between, as_json=as_json)


def load(
    file: Annotated[Path, typer.Argument(help="Records of consent, one a row: CSV or Parquet.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Record all consents and withdrawals of a file, in its order, or none of them.

    A record taken before changes nothing; another one under its id refuses the file, as a bad row does.

    Example: creditloop consent load consents.parquet
    """
    with progress_bar(file.name) as progress, bank_of(database).work() as work:
        read, taken = take_consent_file(work, file, progress=progress)
    _show_loaded(read, taken, as_json=as_json)


def show_consents(
    party: _Party, reason: Reason = LOOK_UP, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Show what a party consents to now, and every record that led there; the look is logged.

    Example: creditloop consent show customer/7
    """
    with bank_of(database).work() as work:
        records = consent_records(work.connection, party_id=party)
        states = _state_record(work, party)
        told = [_record(each) | {"reads_between": _reads_between(work, each)} for each in records]
        record_own_read(
            work,
            package="creditloop.data",
            table="data.consent",
            columns=_COLUMNS,
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=1 if records else 0,
            party_id=party,
        )
    shown = ("id", "kind", "sources", "purposes", "effective_from", "recorded_at", "reads_between")
    rows = [tuple(one[name] for name in shown) for one in told]
    columns = [name.replace("_", " ") for name in shown]
    sections = [_state_section(states), Section(title="records", columns=columns, rows=rows)]
    show({"party": party, "consents": states, "records": told}, sections=sections, as_json=as_json)


def show_withheld(
    contract: Annotated[str, typer.Argument(help="Name or path of the source's contract.")],
    purpose: Annotated[str, typer.Option(help="The purpose for which it would be read.")],
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """List, by their tokens, the parties a read of a source would leave out now, because they do not consent.

    Example: creditloop consent withheld bureau_months --purpose rule
    """
    with bank_of(database).work() as work:
        source = work.contract(contract)
        tokens = withheld_parties(
            work.connection,
            contract=source,
            purpose=purpose,
            reader=reader(),
            reason=reason,
            known_by=work.now,
            now=work.now,
            record_denial=work.record_denial,
        )
    title = f"left out of {source.name} for {purpose}: {len(tokens)}"
    section = Section(title=title, columns=["party (token)"], rows=[(token,) for token in tokens])
    record = {
        "contract": source.name,
        "purpose": purpose,
        "parties_withheld": len(tokens),
        "tokens": list(tokens),
    }
    show(record, sections=[section], as_json=as_json)


def _first_instant(work: Work, consent_id: str, party: str, text: str | None, offset: int) -> datetime:
    """Return from when a consent holds; said again without a day, it holds from when it was said first."""
    if text is not None:
        return start_of_day(day(text), utc_offset_hours=offset)
    for each in consent_records(work.connection, party_id=party):
        if each.record.consent_id == consent_id and isinstance(each.record, ConsentGiven):
            return each.record.valid_from
    return work.now


def _withdrawn_covers(
    taken: Sequence[RecordedConsent], party: str, sources: Sequence[str], purposes: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the sources and purposes of a withdrawal: those named, or all the party ever gave."""
    given = [each.record for each in taken if isinstance(each.record, ConsentGiven)]
    named = frozenset(sources) or frozenset(name for one in given for name in one.contracts)
    asked = frozenset(purposes) or frozenset(name for one in given for name in one.purposes)
    covered = {(contract, purpose) for one in given for contract in one.contracts for purpose in one.purposes}
    if not covered & {(contract, purpose) for contract in named for purpose in asked}:
        raise StateError(
            "the party never consented to this: there is nothing to withdraw",
            got=f"{', '.join(sorted(named)) or 'nothing'} for {', '.join(sorted(asked)) or 'nothing'}",
            expected=", ".join(sorted(f"{contract} for {purpose}" for contract, purpose in covered)),
            where={"party": party},
        )
    return named, asked


def _effective_from(
    work: Work,
    taken: Sequence[RecordedConsent],
    named: frozenset[str],
    asked: frozenset[str],
    told_on: str,
) -> datetime:
    """Return the first instant of the day a withdrawal was told: something had been given by its end."""
    offset = work.contract(min(named)).utc_offset_hours
    given_at = min(
        min(each.recorded_at, each.record.valid_from)
        for each in taken
        if isinstance(each.record, ConsentGiven)
        and each.record.contracts & named
        and each.record.purposes & asked
    )
    if given_at >= end_of_day(day(told_on), utc_offset_hours=offset):
        raise StateError(
            "by that day the party had given nothing that it could take back",
            got=told_on,
            expected=f"the day of {given_at.isoformat()}, or later",
            where={"option": "--day"},
        )
    return start_of_day(day(told_on), utc_offset_hours=offset)


def _reads_between(work: Work, each: RecordedConsent) -> int | None:
    """Count the reads of the party alone that were made after it took consent back and before that was known.

    None of a record that no day of its own is told of.
    """
    record = each.record
    if isinstance(record, ConsentGiven) or record.effective_from is None:
        return None
    return sum(
        read.refusal is None
        and read.contract in record.contracts
        and read.purpose in record.purposes
        and record.effective_from <= read.at < each.recorded_at
        for read in accesses(work.connection, party_id=record.party_id)
    )


def _take(work: Work, record: ConsentRecord) -> RecordedConsent:
    recorded = record_consent(work.connection, record=record, now=work.now)
    if not recorded.repeated:
        work.recorded(recorded.batch_id)
    return recorded


def _purposes_of(contracts: Sequence[Contract], purposes: Sequence[str]) -> frozenset[str]:
    """Return the purposes a consent is for: each must be one that each source asks consent for."""
    asked = [contract.consent.purposes if contract.consent else frozenset() for contract in contracts]
    common = frozenset.intersection(*asked) if asked else frozenset()
    if unasked := sorted(set(purposes) - common):
        raise InputError(
            "not every one of these sources asks for consent for this purpose",
            got=", ".join(unasked),
            expected=", ".join(sorted(common)) or "no purpose",
            where={"sources": ", ".join(contract.name for contract in contracts)},
        )
    return frozenset(purposes) or common


def _hash_of(wording: Path) -> str:
    try:
        return hashlib.sha256(wording.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError("the wording cannot be read", got=str(error)) from error


def _state_record(work: Work, party: str) -> list[dict[str, object]]:
    covers = cover_states(consent_records(work.connection, party_id=party), at=work.now)
    return [
        {"source": one.contract, "purpose": one.purpose, "state": one.state.value, "by": one.by}
        for one in covers
    ]


def _record(each: RecordedConsent) -> dict[str, object]:
    record = each.record
    told: dict[str, object] = {
        "id": record.consent_id,
        "kind": "given" if isinstance(record, ConsentGiven) else "withdrawn",
        "sources": ", ".join(sorted(record.contracts)),
        "purposes": ", ".join(sorted(record.purposes)),
        "channel": record.channel,
        "evidence": record.evidence,
        "recorded_at": str(each.recorded_at),
        "effective_from": str(_effective(each)),
    }
    if isinstance(record, ConsentGiven):
        until = record.valid_until
        told |= {"valid_from": str(record.valid_from), "valid_until": None if until is None else str(until)}
        told |= {"wording_version": record.wording_version, "wording_hash": record.wording_hash}
    return told


def _effective(each: RecordedConsent) -> datetime:
    """Return from when a record holds, as was said: of a withdrawal of no day, from when it was recorded."""
    if isinstance(each.record, ConsentGiven):
        return each.record.valid_from
    return each.record.effective_from or each.recorded_at


def _show_recorded(
    recorded: RecordedConsent,
    states: Sequence[dict[str, object]],
    *,
    reads_between: int | None = None,
    as_json: bool,
) -> None:
    party = recorded.record.party_id
    record = {
        "party": party,
        "record": _record(recorded),
        "repeated": recorded.repeated,
        "reads_between": reads_between,
        "live": sum(one["state"] == LiveState.LIVE.value for one in states),
        "consents": list(states),
    }
    head = [*_record(recorded).items(), ("recorded before", recorded.repeated)]
    if reads_between is not None:
        head.append(("reads of this party between", reads_between))
    sections = [Section(title=f"consent of {party}", columns=["", ""], rows=head), _state_section(states)]
    show(record, sections=sections, as_json=as_json)


def _show_loaded(read: ConsentFile, taken: BulkRecorded, *, as_json: bool) -> None:
    record = {
        "file": read.identity.name,
        "file_sha256": read.identity.sha256,
        "records": len(read.records),
        "given": taken.given,
        "withdrawn": taken.withdrawn,
        "repeated": taken.repeated,
        "simulated": read.simulated,
        "batch_id": None if taken.batch_id is None else str(taken.batch_id),
    }
    section = Section(title=f"consents of {read.identity.name}", columns=["", ""], rows=[*record.items()])
    show(record, sections=[section], as_json=as_json)


def _state_section(states: Sequence[dict[str, object]]) -> Section:
    rows = [(one["source"], one["purpose"], one["state"], one["by"]) for one in states]
    return Section(title="consents now", columns=["source", "purpose", "state", "by record"], rows=rows)
