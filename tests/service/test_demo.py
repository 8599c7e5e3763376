"""The loop over the example book: the golden result, the same bytes again, and an attack on what it sealed.

`python -m tests.service.record_golden` records the golden result anew.
"""

import hashlib
import json
import os
import random
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.service.banks import URL
from tests.service.http.caller import Caller
from tests.service.raw_edits import Edit, edit_something

from creditloop.admit import find_decisions, latest_batch
from creditloop.book.loan_records import LoanFilter, list_loans
from creditloop.evidence import verify
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import BookError, EvidenceError
from creditloop.kernel.storage import Connection, connect
from creditloop.service.bank import Bank, open_bank
from creditloop.service.demo import PLAN, RESULT, let_in, run_demo, write_result
from creditloop.service.demo.ground import evidence_record, reconciliation_record
from creditloop.service.http import build_app
from creditloop.service.places import Places
from creditloop.service.playing.loop import read_loop_plan
from creditloop.service.simulated import holds_simulated_loans, is_simulated
from creditloop.service.wiring import sealed_tables

REPOSITORY = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden" / "demo.json"
STEPS = [
    *("database", "import", "strategies", "findings", "book", "reconciliation", "classification"),
    *(
        "acquire",
        "admit",
        "comparison",
        "lend",
        "monitor",
        "recover",
        "manual_review",
        "oversight",
        "learning",
    ),
    *("loans", "evidence", "report"),
]
DAYS = [f"2005-{day}" for day in ("04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31")]
CUSTOMERS, MONTHS = 30_000, 6
ROUNDS, EDITS_A_ROUND = 1, 13

# one worker runs the demo once, and all that looks at it
pytestmark = pytest.mark.outside


def nothing(done: int, total: int | None) -> None:
    """Show no progress."""


def result_of(bank: Bank) -> dict[str, dict[str, object]]:
    """Run the demo; return its steps' records as they stand in the result."""
    return {"database": {"database": "creditloop_demo"}} | {
        step.name: step.record for step in run_demo(bank, progress=nothing) if step.record is not None
    }


def golden_of(result: Mapping[str, Any]) -> str:
    """The result as the golden file holds it: its two longest lists by their hash, all else as it is."""
    short = dict(result)
    short["monitor"] = result["monitor"] | {"curve": hash_of(result["monitor"]["curve"])}
    runs = [run | {"metrics": hash_of(run["metrics"])} for run in result["oversight"]["runs"]]
    short["oversight"] = result["oversight"] | {"runs": runs}
    return json.dumps(short, ensure_ascii=False, indent=1) + "\n"


def hash_of(value: object) -> str:
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def rows_by_table(connection: Connection) -> Mapping[str, int]:
    names = [table.name for table in sealed_tables(connection)]
    found = {
        name: connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*name.split("."))))
        for name in names
    }
    return {name: int((cursor.fetchone() or (0,))[0]) for name, cursor in found.items()}


@pytest.fixture(scope="module")
def demo_url(server_url: str, template: str) -> Iterator[str]:
    """A fresh database for the demo of this module."""
    name = f"demo_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        yield psycopg.conninfo.make_conninfo(server_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def ran(demo_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bank, dict[str, dict[str, object]]]:
    """A bank whose demo ran once, and its result."""
    environment = {URL: demo_url}
    state = tmp_path_factory.mktemp("demo") / "state"
    bank = open_bank(places=Places(documents=REPOSITORY, state=state, environment=environment))
    return bank, result_of(bank)


Ran = tuple[Bank, dict[str, dict[str, object]]]


def test_the_result_is_the_golden_one(ran: Ran) -> None:
    assert golden_of(ran[1]) == GOLDEN.read_text("utf-8"), "python -m tests.service.record_golden, then look"


def test_the_result_says_nothing_of_the_machine_or_the_moment(ran: Ran, tmp_path: Path) -> None:
    written = write_result(ran[1], folder=tmp_path)
    assert written == tmp_path / RESULT
    text = written.read_text("utf-8")
    assert list(json.loads(text)) == STEPS
    for pattern in (
        r"/(home|tmp|root|work|var|Users)/",
        r"T\d\d:\d\d",
        r"20(2[5-9]|3\d)-",
        r"seconds",
        r"\d\.\d",
    ):
        assert re.findall(pattern, text) == [], pattern


def test_the_book_is_the_bill_for_every_customer_and_month(ran: Ran) -> None:
    record = ran[1]
    assert record["reconciliation"]["balances_compared"] == CUSTOMERS * MONTHS == 180_000
    assert record["reconciliation"]["differing"] == 0
    assert record["book"]["trial_balance_sum_fen"] == 0
    months = record["classification"]["months"]
    assert isinstance(months, list)
    assert [month["customers"] for month in months] == [CUSTOMERS] * MONTHS
    with connect(ran[0].url) as connection:
        query = "SELECT count(*), sum(amount_fen) FROM book.posting"
        assert connection.execute(query).fetchone() == (record["book"]["postings"], 0)


def test_the_simulated_loans_are_known_for_what_they_are(ran: Ran) -> None:
    with connect(ran[0].url) as connection:
        loans = list_loans(connection, chosen=LoanFilter(text=None, product=None), most=1_000)
        assert loans and all(is_simulated(connection, party_id=loan.party_id) for loan in loans)
        assert holds_simulated_loans(connection)
        assert not is_simulated(connection, party_id="card_book/1")


def test_edits_at_random_are_all_found_and_named(ran: Ran) -> None:
    """Full write access, triggers off: some tables at a time, in a transaction that is rolled back.

    That nothing is left of it the next tests see: they find the one problem they make, and then none.
    """
    bank, _ = ran
    draw = random.Random(2005)
    made, missed = list[Edit](), list[object]()
    with connect(bank.url) as connection:
        tables = sealed_tables(connection)
        filled = [table for table in tables if rows_by_table(connection)[table.name]]
        connection.rollback()
        for _ in range(ROUNDS):
            with connection.transaction(force_rollback=True):
                edits = [
                    edit_something(connection, table, draw) for table in draw.sample(filled, EDITS_A_ROUND)
                ]
                problems = verify(connection, folder=bank.evidence, tables=tables).problems
            made += edits
            missed += [edit for edit in edits if not any(map(edit.is_named_by, problems))]
            assert {problem.table for problem in problems} == {edit.table for edit in edits}
    assert missed == []
    assert len(made) == ROUNDS * EDITS_A_ROUND
    assert len({edit.table for edit in made}) >= 10


@contextmanager
def tampered(bank: Bank, do: str, undo: str) -> Iterator[None]:
    """Change something with the guards off, and put it back."""

    def execute(statement: str) -> None:
        with connect(bank.url) as connection:
            connection.execute("SET session_replication_role = replica")
            assert connection.execute(statement.encode()).rowcount > 0

    execute(do)
    try:
        yield
    finally:
        execute(undo)


def test_a_book_that_differs_from_a_bill_stops_the_demo_and_names_month_and_party(ran: Ran) -> None:
    bank, _ = ran
    with bank.work() as work:
        plan = read_loop_plan(bank.places.document(PLAN), work=work).book
    move = (
        "UPDATE book.posting SET amount_fen = amount_fen +"
        " CASE account WHEN 'card_receivable' THEN {} ELSE {} END"
        " WHERE (party_id, sequence) IN (SELECT party_id, sequence FROM book.event"
        " JOIN book.batch USING (batch_id) WHERE party_id = 'taiwan_cards/1' AND business_date = '2005-08-31'"
        " AND event.kind = 'net_charges')"
    )
    with (
        tampered(bank, move.format(1, -1), move.format(-1, 1)),
        pytest.raises(BookError, match="the book differs from the bills") as caught,
    ):
        reconciliation_record(bank, plan)
    assert str(caught.value.where["month"]) == "2005-08-31"
    assert caught.value.where["party"] == "taiwan_cards/1"
    assert caught.value.got == "2 balances", "August, and September after it"


def test_evidence_that_does_not_verify_stops_the_demo(ran: Ran) -> None:
    bank, _ = ran
    edit = "UPDATE data.finding SET source_row = source_row {} 1 WHERE row_no = 7"
    with (
        tampered(bank, edit.format("+"), edit.format("-")),
        pytest.raises(EvidenceError, match="1 problems in the evidence") as caught,
    ):
        evidence_record(bank)
    assert "data.finding" in str(caught.value.got)


def test_a_second_run_gives_the_same_bytes_and_writes_only_the_log_of_reads(ran: Ran, tmp_path: Path) -> None:
    """On the database that is there already, by the command: one object, and beside it how it goes."""
    bank, first = ran
    with connect(bank.url) as connection:
        before = rows_by_table(connection)
    environment = {
        **os.environ,
        URL: bank.url,
        "CREDITLOOP_STATE": str(bank.places.state),
        "CREDITLOOP_BANK": str(REPOSITORY),
    }
    command = [sys.executable, "-m", "creditloop", "demo", "--no-serve", "--json"]
    answer = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert answer.returncode == 0, answer.stderr
    record = json.loads(answer.stdout)
    assert list(record) == STEPS
    assert record == json.loads(json.dumps(first))
    said = [line.split()[0] for line in answer.stderr.splitlines()]
    assert [name for name in said if name in STEPS] == STEPS
    assert [name for name in said if name not in STEPS] == DAYS, "the business date moved"
    assert all(re.search(r"\d+\.\d\d s$", line) for line in answer.stderr.splitlines())
    assert (tmp_path / RESULT).read_bytes() == write_result(first, folder=tmp_path / "first").read_bytes()
    with connect(bank.url) as connection:
        after = rows_by_table(connection)
    assert {name for name in after if after[name] != before[name]} == {"data.access_log"}
    assert bank.verify().problems == ()


def test_the_call_of_the_readme_works_as_printed(ran: Ran, tmp_path: Path) -> None:
    """Last here: it adds a decision to the database the other tests look at."""
    bank, _ = ran
    let_in(bank, folder=tmp_path)
    key = (tmp_path / "var" / "demo" / "api.key").read_text("utf-8").strip()
    printed = re.search(
        r"^curl .*?'$", (REPOSITORY / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert printed is not None
    text = printed[0].replace("\\\n", " ").replace("$(cat var/demo/api.key)", key)
    words = shlex.split(text)
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    address, body = words[2], words[words.index("-d") + 1]
    app = build_app(bank)
    caller, path = Caller(app, secret=None), address.removeprefix("http://127.0.0.1:8620")
    first, again = (caller.send("POST", path, headers=headers, content=body) for _ in range(2))
    app.state.bank.close()
    assert first.status_code == 201, first.text
    assert again.content == first.content
    decision = first.json()
    with connect(bank.url) as connection:
        in_book, on_request = find_decisions(connection, party_id="taiwan_cards/2")
        batch = latest_batch(connection, product="credit_card", on=date(2005, 6, 30))
    assert decision["decision_id"] == str(on_request.decision_id)
    assert on_request.outcome == in_book.outcome
    assert batch is not None
    assert decision["working"]["score"]["card_hash"] == batch.card_hash, "the card everybody was decided by"
