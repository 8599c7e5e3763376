"""The only door to source data: purpose, consent, protection and masking are enforced, every read is logged.

1 the request is whole: it says who reads, why, what, for which purpose
2 the contract lets that purpose read each of the columns; none is protected if the purpose decides
3 the rows are read as they were known by then: of each key the latest version with known_at <= known_by
4 where the contract asks for consent (授权), a party that does not consent is left out and counted; if it is
  the one party asked for, the read is denied
5 what the purpose may not see in clear is masked; an identifier it may see is decrypted
6 the read is logged in the same transaction
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl

from creditloop.data.access_log import Access, RecordDenial, party_token, record_access
from creditloop.data.admission import Admission, Asked, DeniedError, admission
from creditloop.data.batches import find_batch
from creditloop.data.consents import consenting_parties
from creditloop.data.contracts import PARTY_ID, Contract, Table
from creditloop.data.fetching import Fetched, Request, fetch, fetch_party
from creditloop.data.finding_store import stored_findings
from creditloop.data.findings import Finding
from creditloop.data.identifiers import KeyRing, with_identifiers
from creditloop.data.masking import masked, masked_party
from creditloop.data.source_tables import is_as_described
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection


def read_table(
    connection: Connection,
    *,
    contract: Contract,
    table: str,
    columns: Sequence[str],
    purpose: str,
    reader: str,
    reason: str,
    known_by: datetime,
    now: datetime,
    record_denial: RecordDenial,
    party_ids: Collection[str] | None = None,
    occurred_from: datetime | None = None,
    keys: KeyRing | None = None,
) -> pl.DataFrame:
    """Read source data under its contract: for a purpose, as known by an instant, logged.

    Args:
        table: name of a table of the contract, e.g. "statement".
        columns: names of its columns, and of those every source table has (`contracts.GIVEN_COLUMNS`).
        purpose: one of `PURPOSES`.
        reader, reason: who reads and why; both go to the log.
        known_by: rows with a later known_at are not seen; of several versions of a key the latest is.
        record_denial: keeps a denial outside this transaction, see `access_log`.
        party_ids: only these parties; None reads all.
        occurred_from: only rows that occurred then or later; None reads all.
        keys: what identifiers are decrypted with; only a read that sees one in clear needs them.
    Returns: the columns asked for, in order, by key; masked ones as text; without the parties that do not
        consent, if the contract asks for consent (the log says how many they are, `withheld_parties` who).
    Raises: InputError naming column and purpose if the read is denied, or contract and purpose if the one
        party asked for does not consent; StateError if an identifier is to be decrypted without keys.
    """
    asked = Asked(
        contract=contract,
        table=table,
        columns=tuple(columns),
        purpose=purpose,
        by_party=party_ids is not None,
    )
    access = _access(asked, reader=reader, reason=reason, party_ids=party_ids, known_by=known_by, now=now)
    admitted = _admitted(connection, asked, access, record_denial=record_denial)
    fetched = _fetched(connection, asked, admitted, access, party_ids, occurred_from, record_denial, keys)
    _record(connection, replace(access, masked_columns=admitted.hidden), fetched)
    frame = fetched.frame
    if not admitted.hidden:
        return frame.select(columns)
    return frame.select(columns).with_columns(
        _masked(frame[name], contract, admitted.readable) for name in admitted.hidden
    )


def read_party_rows(
    connection: Connection,
    *,
    contract: Contract,
    table: str,
    columns: Sequence[str],
    purpose: str,
    reader: str,
    reason: str,
    known_by: datetime,
    now: datetime,
    record_denial: RecordDenial,
    party_id: str,
) -> list[tuple[Any, ...]]:
    """Read the same of one party as rows, each the values of the columns in order; by key.

    It is what a decision waits for: no frame is made, unless something is to be masked.
    Raises: as `read_table` of this one party; StateError if an identifier would be seen in clear.
    """
    asked = Asked(contract=contract, table=table, columns=tuple(columns), purpose=purpose, by_party=True)
    access = _access(asked, reader=reader, reason=reason, party_ids=[party_id], known_by=known_by, now=now)
    admitted = _admitted(connection, asked, access, record_denial=record_denial)
    if not admitted.as_stored:
        return read_table(
            connection,
            contract=contract,
            table=table,
            columns=columns,
            purpose=purpose,
            reader=reader,
            reason=reason,
            known_by=known_by,
            now=now,
            record_denial=record_denial,
            party_ids=[party_id],
        ).rows()
    found = fetch_party(connection, request=_request(asked, admitted, access, [party_id], None))
    if found is None:
        raise _without_consent(access, record_denial)
    record_access(connection, access=replace(access, parties_count=1 if found else 0))
    return found


def needs_consent(contract: Contract, *, purpose: str) -> bool:
    """Whether a party must consent (授权) to this source being read for this purpose."""
    return contract.consent is not None and purpose in contract.consent.purposes


def withheld_parties(
    connection: Connection,
    *,
    contract: Contract,
    purpose: str,
    reader: str,
    reason: str,
    known_by: datetime,
    now: datetime,
    record_denial: RecordDenial,
) -> tuple[str, ...]:
    """List, by their tokens, the parties of a source that a read for a purpose leaves out at an instant.

    The tokens are those of the log (`party_token`), in order. Who they are is read for the purpose `audit`.
    Raises: InputError if that read is denied.
    """
    if not needs_consent(contract, purpose=purpose):
        return ()
    known: set[str] = set()
    for table in contract.tables:
        frame = read_table(
            connection,
            contract=contract,
            table=table.name,
            columns=[PARTY_ID],
            purpose="audit",
            reader=reader,
            reason=reason,
            known_by=known_by,
            now=now,
            record_denial=record_denial,
        )
        known |= set(frame[PARTY_ID])
    consenting = set(consenting_parties(connection, contract=contract.name, purpose=purpose, at=now))
    return tuple(sorted(map(party_token, known - consenting)))


def findings(
    connection: Connection,
    *,
    batch_id: UUID,
    reader: str,
    reason: str,
    now: datetime,
    code: str | None = None,
    field: str | None = None,
    most: int | None = None,
    skip: int = 0,
) -> tuple[Finding, ...]:
    """List the findings of an import in order; what they quote is source data, so the read is logged.

    Args:
        code, field: only findings with this code, about this field.
        most, skip: at most so many, after so many.
    Raises: UnknownId if there is no such import; InputError if reader or reason is not said.
    """
    batch = find_batch(connection, batch_id=batch_id)
    if batch is None:
        raise UnknownId("there is no such import", got=batch_id)
    if not reader.strip() or not reason.strip():
        raise InputError("a read must say who reads and why", got=f"reader {reader!r}, reason {reason!r}")
    found = stored_findings(connection, batch_id=batch_id, code=code, field=field, most=most, skip=skip)
    at = check_aware(now, name="now")
    record_access(
        connection,
        access=Access(
            reader=reader,
            purpose="quality",
            reason=reason,
            contract=batch.contract,
            contract_hash=batch.contract_hash,
            table="data.finding",
            columns=("got",),
            masked_columns=(),
            parties_count=len({finding.source_row for finding in found}),
            party_token=None,
            known_by=at,
            refusal=None,
            at=at,
        ),
    )
    return found


def _access(
    asked: Asked,
    *,
    reader: str,
    reason: str,
    party_ids: Collection[str] | None,
    known_by: datetime,
    now: datetime,
) -> Access:
    """Return the row of the log for what is asked, before anything is known of the answer."""
    contract = asked.contract
    return Access(
        reader=reader,
        purpose=asked.purpose,
        reason=reason,
        contract=contract.name,
        contract_hash=contract.document.hash,
        table=f"source.{contract.name}_{asked.table}",
        columns=asked.columns,
        masked_columns=(),
        parties_count=0,
        party_token=party_token(*party_ids) if party_ids is not None and len(party_ids) == 1 else None,
        known_by=check_aware(known_by, name="known_by"),
        refusal=None,
        at=check_aware(now, name="now"),
    )


def _admitted(
    connection: Connection, asked: Asked, access: Access, *, record_denial: RecordDenial
) -> Admission:
    """Return what the read goes by if it is allowed; keep the denial and raise if it is not."""
    try:
        if not access.reader.strip() or not access.reason.strip():
            raise DeniedError("a read must say who reads and why")
        admitted = admission(asked)
        # asked of the database each time: a table may be made anew between two reads
        if not is_as_described(connection, contract=asked.contract, table=admitted.table):
            raise DeniedError(
                f"the table {access.table} is not in the database as this contract describes it"
            )
    except DeniedError as denied:
        record_denial(replace(access, refusal=denied.message))
        where = {"table": access.table, "purpose": access.purpose} | (
            {"field": denied.field} if denied.field else {}
        )
        raise InputError(denied.message, where=where, hint=denied.hint) from None
    return admitted


def _request(
    asked: Asked,
    admitted: Admission,
    access: Access,
    party_ids: Collection[str] | None,
    occurred_from: datetime | None,
) -> Request:
    contract, purpose = asked.contract, asked.purpose
    return Request(
        table=admitted.readable,
        table_name=access.table,
        columns=admitted.fetched,
        known_by=access.known_by,
        now=access.at,
        consent_for=(contract.name, purpose) if needs_consent(contract, purpose=purpose) else None,
        party_ids=party_ids,
        occurred_from=occurred_from,
    )


def _fetched(
    connection: Connection,
    asked: Asked,
    admitted: Admission,
    access: Access,
    party_ids: Collection[str] | None,
    occurred_from: datetime | None,
    record_denial: RecordDenial,
    keys: KeyRing | None,
) -> Fetched:
    """Fetch the rows of an admitted read, with the identifiers its purpose sees decrypted."""
    request = _request(asked, admitted, access, party_ids, occurred_from)
    fetched = fetch(connection, request=request)
    if fetched.withheld and party_ids is not None and len(set(party_ids)) == 1:
        raise _without_consent(access, record_denial)
    if not admitted.identified:
        return fetched
    frame = with_identifiers(
        connection,
        fetched.frame,
        table=admitted.readable,
        source_table=access.table,
        columns=access.columns,
        clear_up_to=asked.contract.clear_up_to[asked.purpose],
        keys=keys,
    )
    return replace(fetched, frame=frame)


def _record(connection: Connection, access: Access, fetched: Fetched) -> None:
    """Log an allowed read, with how many parties it saw and left out."""
    parties = fetched.frame[PARTY_ID].unique()
    record_access(
        connection,
        access=replace(
            access,
            parties_count=len(parties),
            party_token=party_token(parties[0]) if len(parties) == 1 else access.party_token,
            parties_withheld=len(fetched.withheld),
        ),
    )


def _without_consent(access: Access, record_denial: RecordDenial) -> InputError:
    """Keep that one party does not consent, and return the error.

    The read is denied: an empty answer would look like nothing known.
    """
    message = (
        f"the party does not consent to {access.contract!r} being read for the purpose {access.purpose!r}"
    )
    record_denial(replace(access, refusal=message))
    return InputError(
        message,
        where={"table": access.table, "contract": access.contract, "purpose": access.purpose},
        hint="creditloop consent show",
    )


def _masked(values: pl.Series, contract: Contract, table: Table) -> pl.Series:
    if values.name == PARTY_ID:
        return masked_party(values, sensitivity=contract.party.sensitivity)
    column = table.column(values.name)
    return masked(values, column_type=column.type, sensitivity=column.sensitivity)
