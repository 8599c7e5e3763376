"""The auditor's export, recomputed by a script that shares no code with the product."""

import csv
import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from boarded_rows import COUNT, LOANS_BATCH, NOW, PAID_OUT, add_programme, new_loans
from psycopg import conninfo, sql
from tests.book.auditing import planting as planted
from tests.book.auditing.named_lives import named_lives
from tests.book.auditing.random_lives import LAST, drawn, lived
from tests.book.auditing.simulated_lives import simulated_lives
from tests.book.loan_store.stored_loans import close_through

from creditloop.book.auditing import export_for_audit
from creditloop.book.day_end import board_loans
from creditloop.book.loans import EVENT_KINDS
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.storage import Connection, connect

SCRIPT = Path(__file__).parents[3] / "conformance" / "audit" / "recompute.py"
RANDOM = 150
NAMED = named_lives()


@pytest.fixture(scope="module")
def lived_url(server_url: str, template: str) -> Iterator[str]:
    """Address of a database in which the loans have lived."""
    name = f"test_{uuid.uuid4().hex}"
    url = conninfo.make_conninfo(server_url, dbname=name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        with connect(url) as book:
            lived(book, NAMED | {f"L{number}": life for number, life in enumerate(drawn(RANDOM))})
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def named_export(lived_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the loans whose lives are told by hand."""
    folder = tmp_path_factory.mktemp("named") / "out"
    with connect(lived_url) as book:
        export_for_audit(book, folder=folder, through=LAST, loan_ids=list(NAMED))
    return folder


@pytest.fixture
def exported(named_export: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(named_export, tmp_path / "out")


def recompute(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", *options, str(SCRIPT), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_close_of_every_loan_is_recomputed_without_our_code(lived_url: str, tmp_path: Path) -> None:
    """Loans told by hand and random ones, with every kind of event, undone and backdated ones among them."""
    with connect(lived_url) as book:
        export_for_audit(book, folder=tmp_path / "out", through=LAST)
    events = [json.loads(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    assert {event["kind"] for event in events} == EVENT_KINDS.keys() - {"accrued"}
    assert sum(event["value_date"] < event["booked_on"] for event in events) > 100
    loans = len((tmp_path / "out" / "loans.jsonl").read_text().splitlines())
    closes = len((tmp_path / "out" / "days.csv").read_text().splitlines()) - 1
    assert loans > RANDOM * 3 // 4
    done = recompute(tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{loans} loans, {closes} closes recomputed, 0 another amount" in done.stdout


def test_a_simulated_year_of_loans_of_our_products_is_recomputed(
    database: Connection, tmp_path: Path
) -> None:
    """Terms and rules are those of product documents, and what happens is what borrowers do."""
    lives, last = simulated_lives(seed=7, borrowers=15)
    taken = lived(database, lives, last=last)
    assert (len(lives) > 15, taken > 60) == (True, True)
    export_for_audit(database, folder=tmp_path / "out", through=last)
    done = recompute(tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_loans_taken_in_without_texts_are_recomputed(database: Connection, tmp_path: Path) -> None:
    """They have a plan and rates, and no event but the pay-out; nothing is paid, so penalty runs."""
    add_programme(database)
    board_loans(database, batch_id=LOANS_BATCH, day=PAID_OUT, new=new_loans(), now=NOW)
    last = PAID_OUT + timedelta(days=70)
    close_through(database, last)
    export_for_audit(database, folder=tmp_path / "out", through=last)
    done = recompute(tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert f"{COUNT} loans, {71 * COUNT} closes recomputed" in done.stdout
    planted.plant(
        tmp_path / "out", "loans.jsonl", "L/2", lambda loans: loans[0].update(penalty_rate_nano=181_000_000)
    )
    assert recompute(tmp_path / "out").returncode == 1


def one_fen_more(text: str) -> str:
    head, first, *rest = csv.reader(text.splitlines())
    first[2] = str(int(first[2]) + 1)
    changed = StringIO()
    csv.writer(changed, lineterminator="\n").writerows([head, first, *rest])
    return changed.getvalue()


def test_a_changed_balance_is_found(exported: Path) -> None:
    text = (exported / "days.csv").read_text()
    (exported / "days.csv").write_text(one_fen_more(text))
    done = recompute(exported)
    assert (done.returncode, "1 another amount" in done.stdout) == (1, True), done.stdout + done.stderr


EVENTS: dict[str, tuple[str, planted.Change]] = {
    "the amount of a leg": ("late", planted.leg),
    "the amount of a leg of a prepayment": ("prepaid, then a payment found", planted.leg),
    "a payment": ("late", planted.payment),
    "a posting left out": ("on time", planted.posting_left_out),
    "an event left out": ("paid back", planted.event_left_out),
    "events turned round": ("late", planted.events_turned),
}


@pytest.mark.parametrize("hashed", [False, True], ids=["as hashed", "hashed again"])
@pytest.mark.parametrize("change", EVENTS.values(), ids=EVENTS)
def test_changed_events_are_found(exported: Path, change: tuple[str, planted.Change], hashed: bool) -> None:
    """The hash finds what was changed alone; who hashes all again is found by the amounts."""
    loan_id, edit = change
    planted.plant(exported, "events.jsonl", loan_id, planted.hashed_again(edit) if hashed else edit)
    assert recompute(exported).returncode == 1


TOLD: dict[str, tuple[str, str, planted.Change]] = {
    "a rate in the terms": ("loans.jsonl", "late", planted.text_replaced("terms", "0.073", "0.0731")),
    "a multiple in the rules": ("loans.jsonl", "late", planted.text_replaced("rules", '"0.5"', '"0.51"')),
    "the order of settlement": (
        "loans.jsonl",
        "late",
        planted.text_replaced(
            "rules",
            '["past_due","interest"],["past_due","principal"]',
            '["past_due","principal"],["past_due","interest"]',
        ),
    ),
    "the days past due of another order": (
        "loans.jsonl",
        "late",
        planted.text_replaced("rules", '"above_dpd":20', '"above_dpd":2000'),
    ),
    "the basis of penalty": ("loans.jsonl", "late", lambda loans: loans[0].update(penalty_basis=365)),
    "days of grace": ("loans.jsonl", "in grace", lambda loans: loans[0].update(grace_days=0)),
    "the principal of a row": ("plans.jsonl", "on time", planted.row("principal")),
    "the interest of a row": ("plans.jsonl", "on time", planted.row("interest")),
    "the interest a row earns": ("plans.jsonl", "on time", planted.row("by_day", 10_00)),
    "a row left out": ("plans.jsonl", "on time", planted.row_left_out),
    "what a refund opened": ("plans.jsonl", "paid back", planted.turned_round),
    "the customer's credit": (
        "plans.jsonl",
        "paid back",
        lambda plans: next(plan for plan in plans if plan["credit"]).update(credit=-1),
    ),
}


@pytest.mark.parametrize("change", TOLD.values(), ids=TOLD)
def test_changed_terms_rules_and_plans_are_found(
    exported: Path, change: tuple[str, str, planted.Change]
) -> None:
    """Texts are hashed again, so that what finds the change is an amount that does not follow any more."""
    planted.plant(exported, *change)
    done = recompute(exported)
    assert (done.returncode, done.stderr) == (1, "")
    assert " 0 another amount" not in done.stdout


@pytest.mark.parametrize("text", ["terms", "rules"])
def test_a_changed_text_is_not_what_its_hash_says(exported: Path, text: str) -> None:
    planted.plant(
        exported, "loans.jsonl", "late", lambda loans: loans[0].update({text: loans[0][text] + " "})
    )
    assert "not what was hashed" in recompute(exported).stderr


def test_hashes_are_checked_where_python_leaves_assertions_out(exported: Path) -> None:
    planted.plant(
        exported, "loans.jsonl", "late", lambda loans: loans[0].update(terms=loans[0]["terms"] + " ")
    )
    done = recompute(exported, "-O")
    assert (done.returncode, "not what was hashed" in done.stderr) == (1, True)


def test_a_loan_that_is_left_out_is_missed(exported: Path) -> None:
    """Its events and closes are there, and nothing that they could follow from."""
    planted.plant(exported, "loans.jsonl", "late", list.clear)
    done = recompute(exported)
    assert (done.returncode, done.stderr) == (1, "of no loan that is told: ['late']\n")


def test_an_export_says_what_it_holds_and_is_the_same_again(
    lived_url: str, named_export: Path, tmp_path: Path
) -> None:
    with connect(lived_url) as book:
        check_export(book, named_export, tmp_path)


def check_export(database: Connection, exported: Path, tmp_path: Path) -> None:
    again = export_for_audit(database, folder=tmp_path / "again", through=LAST, loan_ids=list(NAMED))
    manifest = json.loads((exported / "manifest.json").read_text())
    assert manifest == json.loads((tmp_path / "again" / "manifest.json").read_text())
    assert [each.name for each in again][-1] == "how_to_recompute.txt"
    some = export_for_audit(database, folder=tmp_path / "some", through=LAST, loan_ids=["late"])
    assert some[0].rows == 1
    with pytest.raises(InputError, match="not empty"):
        export_for_audit(database, folder=tmp_path / "again", through=LAST)
    with pytest.raises(UnknownId, match="not all of these loans"):
        export_for_audit(database, folder=tmp_path / "none", through=LAST, loan_ids=["late", "nobody"])
    assert not (tmp_path / "none").exists(), "of an export that cannot be nothing is written"
