"""The book beside a core, end to end: loans, closed days, three sides' files, breaks on record."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from tests.service.bank_copies import bank_like, database_like
from tests.service.reconciling.beside_core import (
    DUE,
    NEXT,
    PAID,
    PAID_OUT,
    book,
    close_through,
    drop,
    edit,
    named,
    open_loans,
    repay_on_due_day,
    write_sides,
)
from tests.service.small_bank import open_small

from creditloop.book.loans import Repaid, Reversed
from creditloop.book.reconciliation import ClosingReason, book_parts, book_transactions, find_last_run
from creditloop.kernel.errors import ContractBroken, InputError, OutOfOrder
from creditloop.service.bank import Bank
from creditloop.service.reconciling import Reconciled, close_one_break, export_book, reconcile_day

PAYMENTS = {f"L/{number}": PAID for number in (1, 2, 3)}


@pytest.fixture(scope="module")
def beside_once(tmp_path_factory: pytest.TempPathFactory, server_url: str, template: str) -> Iterator[Bank]:
    """A bank beside a core, its due day closed."""
    with database_like(server_url, template) as url:
        bank = open_small(tmp_path_factory.mktemp("beside"), url)
        open_loans(bank)
        close_through(bank, DUE.replace(day=4))
        repay_on_due_day(bank)
        close_through(bank, DUE)
        yield bank


@pytest.fixture
def beside(tmp_path: Path, server_url: str, beside_once: Bank) -> Iterator[Bank]:
    """A copy of that bank."""
    with bank_like(beside_once, folder=tmp_path / "bank", server_url=server_url) as bank:
        yield bank


def reconcile(bank: Bank, folder: Path, day: date = DUE) -> Reconciled:
    return reconcile_day(bank, business_date=day, folder=folder, reader="test", reason="test")


def test_a_day_on_which_all_sides_agree(beside: Bank, tmp_path: Path) -> None:
    write_sides(beside, tmp_path, DUE, payments=PAYMENTS)
    result = reconcile(beside, tmp_path)
    assert named(result.breaks) == []
    assert (result.run.loans, result.run.repeated) == (4, False)
    totals = {total.measure: (total.book_fen, total.core_fen, total.money_fen) for total in result.run.totals}
    assert totals["cash_in"] == (3 * PAID, 3 * PAID, 3 * PAID)
    assert totals["partner_parts"][0] == totals["partner_parts"][2] > 0
    assert reconcile(beside, tmp_path).run.repeated
    assert not beside.verify().problems


def test_the_day_of_the_pay_outs_and_the_sums_of_the_day_after(beside: Bank, tmp_path: Path) -> None:
    paid = {f"L/{number}": -(1_000_000 + 1_000 * number) for number in range(1, 5)}
    write_sides(beside, tmp_path, PAID_OUT, payments=paid)
    assert named(reconcile(beside, tmp_path, PAID_OUT).breaks) == []
    write_sides(beside, tmp_path, DUE.replace(day=4), payments={})
    place = write_sides(beside, tmp_path, DUE, payments=PAYMENTS)
    assert named(reconcile(beside, tmp_path).breaks) == [], "the core moved by what it booked"
    edit(place.parent / "2026-02-04" / "core_loan_balances.csv", "L/4,10040.00", "L/4,10041.00")
    (only,) = named(reconcile(beside, tmp_path).breaks)
    assert only == ("L/4", "", "principal_moved", "sum_differs", "moved_without_transaction", 100)


def balances(place: Path) -> Path:
    return place / "core_loan_balances.csv"


PLANTS: dict[str, tuple[Callable[[Path], None], tuple[str, str, str, str, str]]] = {
    "the core missed a repayment": (
        lambda place: drop(place / "core_loan_transactions.csv", f"{DUE},L/1,"),
        ("L/1", "pay-1", "item", "missing", "core_did_not_post"),
    ),
    "the channel failed": (
        lambda place: edit(
            place / "payment_channel.csv", "pay-2,in,900.00,settled", "pay-2,in,900.00,failed"
        ),
        ("L/2", "pay-2", "item", "status_differs", "booked_but_money_failed"),
    ),
    "the channel paid twice": (
        lambda place: edit(
            place / "payment_channel.csv",
            f"L/3,{DUE},pay-3,in,900.00,settled\n",
            f"L/3,{DUE},pay-3,in,900.00,settled\n" * 2,
        ),
        ("L/3", "pay-3", "item", "duplicated", "paid_twice"),
    ),
    "money nobody booked": (
        lambda place: edit(
            place / "payment_channel.csv",
            "status\n",
            f"status\nL/4,{DUE},stray-4,in,5.00,settled\n",
        ),
        ("L/4", "stray-4", "item", "status_differs", "money_without_booking"),
    ),
    "the partner left a part out": (
        lambda place: drop(place / "partner_bank.csv", "L/1,"),
        ("L/1", "pay-1", "item", "missing", "partner_did_not_report"),
    ),
    "the core counts days otherwise": (
        lambda place: edit(balances(place), "0,normal\n2026-02-05,L/3", "7,normal\n2026-02-05,L/3"),
        ("L/2", "", "dpd", "standing_differs", "dpd_counted_otherwise"),
    ),
    "the core lost a loan": (
        lambda place: drop(balances(place), f"{DUE},L/2,"),
        ("L/2", "", "loan", "missing", "not_in_core"),
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_into_the_files_is_named_once(beside: Bank, tmp_path: Path, name: str) -> None:
    plant, expected = PLANTS[name]
    plant(write_sides(beside, tmp_path, DUE, payments=PAYMENTS))
    (only,) = named(reconcile(beside, tmp_path).breaks)
    assert only[:5] == expected


def test_a_break_stays_until_a_person_closes_it(beside: Bank, tmp_path: Path) -> None:
    place = write_sides(beside, tmp_path, DUE, payments=PAYMENTS)
    drop(place / "core_loan_transactions.csv", f"{DUE},L/1,")
    first = reconcile(beside, tmp_path)
    close_through(beside, NEXT)
    write_sides(beside, tmp_path, NEXT, payments={})
    second = reconcile(beside, tmp_path, NEXT)
    assert (second.run.breaks_seen, second.new.height) == (0, 0)
    assert second.breaks["break_no"].to_list() == first.breaks["break_no"].to_list() == [1]
    closing = close_one_break(
        beside,
        break_no=1,
        reason=ClosingReason.CORRECTED_IN_CORE,
        note="booked there on the 6th",
        person="li.na",
        simulated=True,
    )
    assert closing.closed_by == "li.na (simulated)"
    assert reconcile(beside, tmp_path, NEXT).breaks.is_empty()
    assert not beside.verify().problems


def test_bad_files_are_refused_and_nothing_is_recorded(beside: Bank, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a file of the day is missing"):
        reconcile(beside, tmp_path)
    place = write_sides(beside, tmp_path, DUE, payments=PAYMENTS)
    edit(place / "payment_channel.csv", "pay-2,in,900.00", "pay-2,in,9e2")
    with pytest.raises(ContractBroken) as refusal:
        reconcile(beside, tmp_path)
    assert refusal.value.where == {"file": "payment_channel.csv", "row": 2, "field": "amount"}
    edit(place / "payment_channel.csv", "9e2", "900.00")
    edit(place / "payment_channel.csv", f"L/3,{DUE}", "L/3,2026-02-06")
    with pytest.raises(ContractBroken, match="another day") as refusal:
        reconcile(beside, tmp_path)
    assert refusal.value.where == {"file": "payment_channel.csv", "row": 3, "field": "day"}
    edit(place / "payment_channel.csv", "L/3,2026-02-06", f"L/3,{DUE}")
    parts = (place / "partner_bank.csv").read_bytes()
    (place / "partner_bank.csv").unlink()
    with pytest.raises(InputError, match="their file is missing"):
        reconcile(beside, tmp_path)
    (place / "partner_bank.csv").write_bytes(parts)
    pl.read_csv(place / "payment_channel.csv").write_parquet(place / "payment_channel.parquet")
    with pytest.raises(InputError, match="stands there twice"):
        reconcile(beside, tmp_path)
    with beside.connection() as connection, pytest.raises(InputError, match="nothing was reconciled yet"):
        find_last_run(connection)


def test_a_day_that_is_not_closed_is_not_reconciled(beside: Bank, tmp_path: Path) -> None:
    with pytest.raises(OutOfOrder, match="when it is closed"):
        reconcile(beside, tmp_path, NEXT)
    with pytest.raises(OutOfOrder):
        export_book(beside, business_date=NEXT, folder=tmp_path / "out", reader="test", reason="test")
    assert not (tmp_path / "out").exists()


def test_an_export_is_the_same_every_time_and_adds_up(beside: Bank, tmp_path: Path) -> None:
    one, two = (
        export_book(beside, business_date=DUE, folder=tmp_path / name, reader="test", reason="test")
        for name in ("one", "two")
    )
    assert one == two
    balance, lines, summary = one.files
    assert (balance.rows, balance.file) == (4, "book_loan_balances.csv")
    assert summary.sums["debit"] == summary.sums["credit"]
    said = json.loads((tmp_path / "one" / "manifest.json").read_text("utf-8"))
    assert [each["sha256"] for each in said["files"]] == [each.sha256 for each in one.files]
    kinds = pl.read_csv(tmp_path / "one" / lines.file)
    assert set(kinds["kind"]) == {"repayment_principal", "repayment_interest", "waiver"}
    assert lines.sums["amount"] == f"{(3 * PAID + 200) / 100:.2f}"


def test_a_backdated_repayment_and_a_reversal_are_told_as_what_was_paid(beside: Bank, tmp_path: Path) -> None:
    late = Repaid(id="late-4", sequence=0, value_date=DUE, booked_on=NEXT, amount=PAID)
    undone = Reversed(id="undo-3", sequence=0, value_date=DUE, booked_on=NEXT, event_id="pay-3")
    with beside.work() as work:
        book(work, "L/4", late)
        book(work, "L/3", undone)
    close_through(beside, NEXT)
    with beside.connection() as connection:
        lines = book_transactions(connection, first=NEXT, last=NEXT)
        parts = book_parts(connection, first=NEXT, last=NEXT)
    by_reference = {
        reference: (set(of["kind"]), of["amount_fen"].sum())
        for (reference,), of in lines.group_by("reference")
    }
    assert by_reference == {
        "late-4": ({"repayment_principal", "repayment_interest"}, PAID),
        "undo-3": ({"reversal"}, PAID),
    }
    partner = dict(parts.select("reference", "amount_fen").rows())
    assert partner["undo-3"] < 0 < partner["late-4"]
