"""The report says every kind of break in both languages, and draws it."""

from datetime import UTC, date, datetime
from uuid import UUID

import polars as pl
import pytest
from tests.book.reconciliation.clean_day import DAY, clean_sides
from tests.book.reconciliation.plants import PLANTS

from creditloop.book.reconciliation import STORED_COLUMNS, BreakKind, Record, Run, compare
from creditloop.service.reconciling import Reconciled, report_record
from creditloop.service.reconciling.report import KIND_WORDS, MEASURE_WORDS, RECORD_WORDS, draw_pdf


@pytest.fixture(scope="module")
def reconciled() -> Reconciled:
    """A day on which each way of disagreeing happened to one loan."""
    sides, number = clean_sides(loans=3 * len(PLANTS)), 1
    for plant in PLANTS:
        while number % 3 not in plant.kinds:
            number += 1
        sides, number = plant.plant(sides, number), number + 1
    compared = compare(sides)
    run = Run(
        run_no=7,
        batch_id=UUID(int=1),
        business_date=DAY,
        inputs={},
        totals=compared.totals,
        loans=compared.loans,
        items=compared.items,
        breaks_seen=compared.breaks.height,
        simulated=True,
        ran_at=datetime(2026, 2, 6, tzinfo=UTC),
        repeated=False,
    )
    breaks = compared.breaks.with_columns(
        break_no=pl.int_range(pl.len()), opened_on=pl.lit(DAY), simulated=pl.lit(value=True)
    )
    nothing = [
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in STORED_COLUMNS.items()
        if name not in breaks.columns
    ]
    return Reconciled(run=run, breaks=breaks.with_columns(nothing).select(STORED_COLUMNS.keys()))


def test_every_word_is_there() -> None:
    assert set(KIND_WORDS) == set(BreakKind)
    assert set(RECORD_WORDS) == set(Record)


def test_a_report_of_every_kind_of_break(reconciled: Reconciled) -> None:
    record = report_record(reconciled)
    breaks = record["breaks"]
    assert isinstance(breaks, list)
    assert len(breaks) == len(PLANTS) == record["open"]
    assert {each["kind"] for each in breaks} == {" ".join(words) for words in KIND_WORDS.values()}
    assert {total["zh"] for total in record["totals"]} == {zh for zh, _ in MEASURE_WORDS.values()}
    assert record["simulated"] is True


def test_the_pages_are_drawn_and_the_same_every_time(reconciled: Reconciled) -> None:
    record = report_record(reconciled)
    one, two = (draw_pdf(record, created_on=date(2026, 2, 5)) for _ in range(2))
    assert one == two
    assert one.startswith(b"%PDF")
    clean = report_record(Reconciled(run=reconciled.run, breaks=reconciled.breaks.clear()))
    assert draw_pdf(clean, created_on=date(2026, 2, 5)) != one
