"""`creditloop serve`, `keys …`, `people …`: run the API and the console, and say who may come in."""

import secrets
import sys
from typing import Annotated

import typer

from creditloop.kernel.storage import connect
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database, reader
from creditloop.service.cli.output import Section, show
from creditloop.service.doors import (
    ROLES,
    SCOPES,
    ApiKey,
    Person,
    close_person,
    create_key,
    create_person,
    find_keys,
    find_people,
    revoke_key,
    set_password,
)
from creditloop.service.http.serving import run_server
from creditloop.service.opening import DATABASE
from creditloop.service.places import find_places
from creditloop.service.web_server import PORT, Running, is_loopback, start_server

_OPEN_ADDRESS = (
    "other machines reach this address: keys and passwords travel in clear unless TLS stands in front"
)
PasswordGiven = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made.")
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("serve")(serve)
    keys = typer.Typer(help="Keys to the HTTP API (接口密钥).")
    keys.command("create")(create)
    keys.command("revoke")(revoke)
    keys.command("list")(list_keys)
    app.add_typer(keys, name="keys")
    people = typer.Typer(help="People who may sign in to the console (人员与岗位).")
    people.command("add")(add)
    people.command("password")(change_password)
    people.command("close")(close)
    people.command("list")(list_people)
    app.add_typer(people, name="people")


def serve(
    database: Database = DATABASE,
    host: Annotated[
        str, typer.Option(help="Address to listen at; only this machine if nothing is said.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = PORT,
    background: Annotated[
        bool, typer.Option("--background", help="Return once it answers; `creditloop down` stops it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the HTTP API and the console; the address is printed once it answers.

    Example: creditloop serve --port 8620 --background
    """
    if not is_loopback(host):
        sys.stderr.write(f"creditloop: {_OPEN_ADDRESS}\n")
    if background:
        _show_running(start_server(find_places(), database=database, host=host, port=port), as_json=as_json)
        return
    bank = bank_of(database)
    run_server(bank, host=host, port=port, ready=lambda running: _show_running(running, as_json=as_json))


def _show_running(running: Running, *, as_json: bool) -> None:
    record: dict[str, object] = {
        "url": running.url,
        "console": f"{running.url}/console/",
        "api": f"{running.url}/v1/docs",
        "pid": str(running.pid),
    }
    if not is_loopback(running.host):
        record["warning"] = _OPEN_ADDRESS
    show(
        record,
        sections=[Section(title="serve", columns=["", ""], rows=list(record.items()))],
        as_json=as_json,
    )
    sys.stdout.flush()


def create(
    holder: Annotated[str, typer.Argument(help="The program or partner that will use it.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help=f"What it is for, several times; all if not said: {', '.join(SCOPES)}."),
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is printed once and kept nowhere.

    Example: creditloop keys create branch-office --scope decisions:write --scope decisions:read
    """
    with bank_of(database).work() as work:
        key, secret = create_key(
            work.connection, holder=holder, scopes=scope or tuple(SCOPES), by=reader(), now=work.now
        )
        work.recorded(key.batch_id)
    record = {**_key_record(key), "key": secret}
    _show_one("key", record, as_json=as_json)


def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's public part, see `keys list`.")],
    reason: Annotated[str, typer.Option(help="Why; kept with it.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """End a key at once; a repeat changes nothing.

    Example: creditloop keys revoke 0f3c9a1be2d47586 --reason "left the office"
    """
    with bank_of(database).work() as work:
        key = revoke_key(work.connection, key_id=key_id, reason=reason, by=reader(), now=work.now)
        work.recorded(key.batch_id)
    _show_one("key", _key_record(key), as_json=as_json)


def list_keys(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List every key, ended ones too; of none the secret.

    Example: creditloop keys list
    """
    with connect(bank_of(database).url) as connection:
        records = [_key_record(key) for key in find_keys(connection)]
    _show_list("keys", records, as_json=as_json)


def add(
    login: Annotated[str, typer.Argument(help="The name to sign in with.")],
    name: Annotated[str, typer.Option(help="The name on screens, e.g. 陈审批.")],
    role: Annotated[list[str], typer.Option(help=f"A role, several times: {', '.join(ROLES)}.")],
    password_stdin: PasswordGiven = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Let a person sign in. A password made here is printed once and kept nowhere.

    Example: creditloop people add chen --name 陈审批 --role approver
    """
    password = _password(password_stdin)
    with bank_of(database).work() as work:
        person = create_person(
            work.connection,
            login=login,
            display_name=name,
            roles=role,
            password=password,
            by=reader(),
            now=work.now,
        )
        work.recorded(person.batch_id)
    _show_person(person, None if password_stdin else password, as_json=as_json)


def change_password(
    login: Annotated[str, typer.Argument(help="The name to sign in with.")],
    password_stdin: PasswordGiven = False,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Give a person a new password; whoever is signed in under it is signed out.

    Example: creditloop people password chen
    """
    password = _password(password_stdin)
    with bank_of(database).work() as work:
        person = set_password(work.connection, login=login, password=password, by=reader(), now=work.now)
        work.recorded(person.batch_id)
    _show_person(person, None if password_stdin else password, as_json=as_json)


def close(
    login: Annotated[str, typer.Argument(help="The name to sign in with.")],
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Let a person in no more; a repeat changes nothing.

    Example: creditloop people close chen
    """
    with bank_of(database).work() as work:
        person = close_person(work.connection, login=login, by=reader(), now=work.now)
        work.recorded(person.batch_id)
    _show_person(person, None, as_json=as_json)


def list_people(database: Database = DATABASE, as_json: AsJson = False) -> None:
    """List everybody who may sign in, or could.

    Example: creditloop people list
    """
    with connect(bank_of(database).url) as connection:
        records = [_person_record(person) for person in find_people(connection)]
    _show_list("people", records, as_json=as_json)


def _password(from_standard_input: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_standard_input else secrets.token_urlsafe(15)


def _key_record(key: ApiKey) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "holder": key.holder,
        "scopes": ", ".join(key.scopes),
        "created_at": str(key.created_at),
        "revoked_at": None if key.revoked_at is None else str(key.revoked_at),
        "reason": key.revoked_reason,
    }


def _person_record(person: Person) -> dict[str, object]:
    return {
        "login": person.login,
        "name": person.display_name,
        "roles": ", ".join(person.roles),
        "active": person.active,
    }


def _show_person(person: Person, password: str | None, *, as_json: bool) -> None:
    made = {} if password is None else {"password": password}
    _show_one("person", {**_person_record(person), **made}, as_json=as_json)


def _show_one(title: str, record: dict[str, object], *, as_json: bool) -> None:
    show(
        record, sections=[Section(title=title, columns=["", ""], rows=list(record.items()))], as_json=as_json
    )


def _show_list(title: str, records: list[dict[str, object]], *, as_json: bool) -> None:
    columns = list(records[0]) if records else []
    rows = [list(record.values()) for record in records]
    show({title: records}, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)
