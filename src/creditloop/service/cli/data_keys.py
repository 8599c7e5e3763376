"""`creditloop data-keys …`: the keys that identifiers are encrypted with; not the keys to the HTTP API."""

from typing import Annotated

import typer

from creditloop.data import source_tables
from creditloop.data.identifiers import (
    CIPHERS,
    VALUES_MAX,
    Algorithm,
    Doing,
    KeyAct,
    erase_values,
    key_acts,
    key_states,
    open_key_ring,
    recrypt_values,
    rotate_key,
)
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import connect
from creditloop.service.bank import Bank
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, reader
from creditloop.service.cli.output import Section, progress_bar, show
from creditloop.service.opening import DATABASE
from creditloop.service.root_key import ROOT_KEY, find_root_key, replace_root_key, root_key_file

Why = Annotated[str, typer.Option(help="Why; kept on record.")]
_AT_ONCE = 10_000
"""Values encrypted anew in one transaction."""


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    keys = typer.Typer(help="Keys of encrypted identifiers (标识加密密钥).")
    keys.command("show")(show_keys)
    keys.command("rotate")(rotate)
    keys.command("recrypt")(recrypt)
    keys.command("rewrap")(rewrap)
    keys.command("erase")(erase)
    app.add_typer(keys, name="data-keys")


def show_keys(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List the data keys, how many values each encrypts, and what was done about them; no secret is read.

    Example: creditloop data-keys show
    """
    bank = bank_of(database)
    with connect(bank.url) as connection:
        states, acts = key_states(connection), key_acts(connection)
        file = root_key_file(connection, places=bank.places)
    place = f"variable {ROOT_KEY}" if bank.places.environment.get(ROOT_KEY) else str(file)
    keys: list[dict[str, object]] = [
        {
            "use": state.use.value,
            "number": state.number,
            "algorithm": state.algorithm.value,
            "root_key": state.root_id,
            "made_at": str(state.made_at),
            "values": state.values_count,
        }
        for state in states
    ]
    records = [_act_record(act) for act in acts]
    show(
        {"root_key_place": place, "values_most": VALUES_MAX, "keys": keys, "acts": records},
        sections=[_listed(f"data keys (root key: {place})", keys), _listed("acts", records)],
        as_json=as_json,
    )


def rotate(
    reason: Why,
    algorithm: Annotated[
        str, typer.Option(help=f"One of {', '.join(CIPHERS)}.")
    ] = Algorithm.AES_256_GCM.value,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Make a new data key: identifiers that come from now on are encrypted with it.

    Example: creditloop data-keys rotate --reason "yearly change of keys"
    """
    bank = bank_of(database)
    with bank.work() as work:
        root = find_root_key(work.connection, places=bank.places)
        doing = Doing(by=reader(), reason=reason, now=work.now)
        act = rotate_key(work.connection, root=root, algorithm=_cipher(algorithm), doing=doing)
        work.recorded(act.batch_id)
    _show_act(act, as_json=as_json)


def recrypt(reason: Why, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Encrypt values under older keys with the newest one, batch by batch; broken off, it goes on next time.

    Example: creditloop data-keys recrypt --reason "yearly change of keys"
    """
    bank = bank_of(database)
    done = 0
    with progress_bar("values") as progress:
        while (act := _recrypt_some(bank, reason)) is not None:
            done += act.values_count
            progress(done, None)
    with connect(bank.url) as connection:
        keys = {
            str(state.number): state.values_count for state in key_states(connection) if state.values_count
        }
    rows = [("encrypted anew", done), *((f"under key {number}", count) for number, count in keys.items())]
    record = {"recrypted": done, "values_by_key": keys}
    show(record, sections=[Section(title="recrypt", columns=["", ""], rows=rows)], as_json=as_json)


def rewrap(reason: Why, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Replace the root key: make a new one and wrap every data key under it; values are not touched.

    Example: creditloop data-keys rewrap --reason "the machine's disk was replaced"
    """
    _show_act(replace_root_key(bank_of(database), by=reader(), reason=reason), as_json=as_json)


def erase(
    party: Annotated[str, typer.Argument(help="The party's id, e.g. customer/C0001.")],
    reason: Why,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Erase every encrypted identifier of a party for good; its rows and their evidence stay.

    Example: creditloop data-keys erase customer/C0001 --reason "asked for by the customer"
    """
    with bank_of(database).work() as work:
        doing = Doing(by=reader(), reason=reason, now=work.now)
        tables = source_tables(work.connection)
        act = erase_values(work.connection, party_id=party, tables=tables, doing=doing)
        work.recorded(act.batch_id)
    _show_act(act, as_json=as_json)


def _recrypt_some(bank: Bank, reason: str) -> KeyAct | None:
    with bank.work() as work:
        keys = open_key_ring(work.connection, root=find_root_key(work.connection, places=bank.places))
        act = recrypt_values(
            work.connection,
            keys=keys,
            tables=source_tables(work.connection),
            most=_AT_ONCE,
            doing=Doing(by=reader(), reason=reason, now=work.now),
        )
        work.recorded(None if act is None else act.batch_id)
    return act


def _cipher(name: str) -> Algorithm:
    if name not in {each.value for each in CIPHERS}:
        raise InputError("values cannot be encrypted with this", got=name, expected=", ".join(CIPHERS))
    return Algorithm(name)


def _act_record(act: KeyAct) -> dict[str, object]:
    return {
        "act": act.act.value,
        "use": None if act.use is None else act.use.value,
        "number": act.key_no,
        "root_key": act.root_id,
        "values": act.values_count,
        "by": act.by,
        "reason": act.reason,
        "at": str(act.at),
    }


def _show_act(act: KeyAct, *, as_json: bool) -> None:
    record = _act_record(act)
    show(
        record,
        sections=[Section(title="data keys", columns=["", ""], rows=list(record.items()))],
        as_json=as_json,
    )


def _listed(title: str, records: list[dict[str, object]]) -> Section:
    columns = list(records[0]) if records else []
    return Section(title=title, columns=columns, rows=[list(record.values()) for record in records])
