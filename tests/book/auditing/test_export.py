"""The auditor's export, recomputed by a script that shares no code with the product."""

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo, sql
from tests.book.loan_store.stored_loans import NOW, RULES, START, close_through, opened

from creditloop.book.auditing import export_for_audit
from creditloop.book.loan_store import book_event
from creditloop.book.loans import (
    Allocation,
    Charged,
    DpdSwitch,
    LoanEvent,
    Part,
    Prepaid,
    RateReset,
    Repaid,
    Reversed,
    Waived,
    WrittenOff,
    cells_of,
    event_hash,
)
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection, connect

SCRIPT = Path(__file__).parents[3] / "conformance" / "audit" / "recompute.py"
LAST = START + timedelta(days=110)
GRACE = replace(
    RULES,
    penalties=(replace(RULES.penalties[0], grace_days=5, grace_is_charged=False),),
    dpd_grace_days=5,
    by_dpd=(
        DpdSwitch(
            above_dpd=20,
            allocation=Allocation(
                cells=cells_of(order=(Part.PRINCIPAL, Part.INTEREST, Part.FEE, Part.PENALTY))
            ),
        ),
    ),
)


def lives() -> dict[str, list[tuple[int, LoanEvent]]]:
    """What happens to each loan, by day after the pay-out."""

    def at(
        kind: type[LoanEvent], name: str, days: int, back: int = 0, **said: object
    ) -> tuple[int, LoanEvent]:
        day = START + timedelta(days=days)
        return days, kind(id=name, sequence=1, value_date=day - timedelta(days=back), booked_on=day, **said)

    fee = {"amount": 30_00, "part": Part.FEE}
    return {
        "on time": [at(Repaid, f"r{n}", 31 * n, amount=4_048_00) for n in (1, 2, 3)],
        "late": [
            at(Repaid, "r1", 50, amount=3_000_00),
            at(Charged, "f", 60, due=START + timedelta(days=60), **fee),
            at(Waived, "w", 61, amount=10_00, part=Part.FEE),
            at(Repaid, "r2", 80, amount=2_222_22),
        ],
        "in grace": [at(Repaid, "r1", 34, amount=4_100_00), at(Repaid, "r2", 100, amount=7_000_00)],
        "found later": [
            at(Repaid, "r1", 45, amount=1_000_00),
            at(Repaid, "r0", 70, back=35, amount=3_000_00),
            at(Reversed, "v", 75, event_id="r1"),
        ],
        "prepaid": [at(Prepaid, "p1", 20, amount=5_000_00), at(Prepaid, "p2", 64, amount=9_000_00)],
        "another rate": [
            at(Repaid, "r1", 31, amount=4_000_00),
            at(RateReset, "n", 40, rate=Decimal("0.09")),
            at(Repaid, "r2", 90, amount=100_00),
        ],
        "lost": [at(WrittenOff, "w", 95), at(Repaid, "r", 100, amount=500_00)],
    }


@pytest.fixture(scope="module")
def lived_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a database in which the loans have lived."""
    name = f"test_{uuid.uuid4().hex}"
    url = conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        with connect(url) as connection:
            live(connection)
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def live(book: Connection) -> None:
    made = lives()
    for name in made:
        opened(book, name, rules=GRACE if name in ("in grace", "late") else RULES)
    happening = [(days, name, event) for name, events in made.items() for days, event in events]
    for days, name, event in sorted(happening, key=lambda each: each[:2]):
        close_through(book, START + timedelta(days=days - 1))
        book_event(book, loan_id=name, event=event, now=NOW)
    close_through(book, LAST)


@pytest.fixture
def exported(lived_url: str, tmp_path: Path) -> Path:
    """An export of the loans with all that is recomputed."""
    with connect(lived_url) as connection:
        export_for_audit(connection, folder=tmp_path / "out", through=LAST)
    return tmp_path / "out"


def recompute(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False
    )


def test_every_close_is_recomputed_without_our_code(exported: Path) -> None:
    done = recompute(exported)
    assert done.returncode == 0, done.stdout + done.stderr
    closes = len((exported / "days.csv").read_text().splitlines()) - 1
    assert f"7 loans, {closes} closes recomputed, 0 another amount; left: {{}}" in done.stdout


def one_fen_more(text: str) -> str:
    head, first, *rest = text.splitlines()
    fields = first.split(",")
    fields[2] = str(int(fields[2]) + 1)
    return "\n".join([head, ",".join(fields), *rest]) + "\n"


def without_an_instalment(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("on time,1,1,2,")) + "\n"


CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "a balance": ("days.csv", one_fen_more),
    "an instalment left out": ("plans.csv", without_an_instalment),
    "legs from nowhere": (
        "events.jsonl",
        lambda text: text.replace('"amounts_fen": [', '"amounts_fen": [1, -1, ', 1),
    ),
    "another basis": (
        "loans.jsonl",
        lambda text: text.replace('"penalty_basis": 360', '"penalty_basis": 365'),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_export_is_found(exported: Path, change: tuple[str, Callable[[str], str]]) -> None:
    name, edit = change
    text = (exported / name).read_text()
    assert edit(text) != text
    (exported / name).write_text(edit(text))
    assert recompute(exported).returncode != 0


def test_what_is_not_recomputed_does_not_pass_for_recomputed(exported: Path) -> None:
    """An event of a kind the script does not know, hashed as it must be, is named; the status says so."""
    events = [json.loads(line) for line in (exported / "events.jsonl").read_text().splitlines()]
    last = [event for event in events if event["loan_id"] == "on time"][-1]
    last["kind"] = "charged_back"
    legs = zip(last["accounts"], last["lenders"], last["amounts_fen"], strict=True)
    last["hash"] = event_hash(
        previous_hash=last["previous_hash"],
        loan_no=last["loan_no"],
        sequence=last["sequence"],
        kind=last["kind"],
        value_date=date.fromisoformat(last["value_date"]),
        booked_on=date.fromisoformat(last["booked_on"]),
        event_id=last["event_id"],
        payload=last["payload"],
        legs=list(legs),
    )
    text = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    (exported / "events.jsonl").write_text(text)
    done = recompute(exported)
    assert (done.returncode, "'charged_back': " in done.stdout) == (2, True), done.stdout + done.stderr


def test_an_export_says_what_it_holds_and_is_the_same_again(
    lived_url: str, exported: Path, tmp_path: Path
) -> None:
    with connect(lived_url) as book:
        check_export(book, exported, tmp_path)


def check_export(database: Connection, exported: Path, tmp_path: Path) -> None:
    again = export_for_audit(database, folder=tmp_path / "again", through=LAST)
    manifest = json.loads((exported / "manifest.json").read_text())
    assert manifest == json.loads((tmp_path / "again" / "manifest.json").read_text())
    assert [each.name for each in again][-1] == "how_to_recompute.txt"
    some = export_for_audit(database, folder=tmp_path / "some", through=LAST, loan_ids=["late"])
    assert some[0].rows == 1
    with pytest.raises(InputError, match="not empty"):
        export_for_audit(database, folder=tmp_path / "again", through=LAST)
    with pytest.raises(UnknownId, match="not all of these loans"):
        export_for_audit(database, folder=tmp_path / "none", through=LAST, loan_ids=["late", "nobody"])
