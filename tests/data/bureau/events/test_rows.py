"""From a report file to rows under the bank's contracts, every one known when the report was made."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bureau_examples import FOLDER, Steps, as_json, changed, example
from psycopg import sql

from creditloop.data import Table, finding_counts, import_file, read_contract, source_table_name
from creditloop.data.bureau import (
    EVENT_COLUMNS,
    EVENT_FINDINGS,
    EventRows,
    codes,
    event_rows,
    parse_report,
    write_events,
)
from creditloop.data.bureau.events import values
from creditloop.data.bureau.firm import firm_codes
from creditloop.data.bureau.person import account_codes, person_codes
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import Connection, connect

REPOSITORY = Path(__file__).parents[4]
CONTRACTS = {
    name: read_contract(REPOSITORY / "contracts" / f"{name}.yaml", root=REPOSITORY) for name in EVENT_COLUMNS
}
NOW = datetime(2024, 6, 3, tzinfo=UTC)
PERSON, FIRM = example(), example("simulated_firm")
LOAN = ("PDA", "PD01", 0)


@pytest.fixture(scope="module")
def store(lasting_url: str) -> Iterator[Connection]:
    with connect(lasting_url) as connection:
        yield connection


def events_of(raw: dict[str, Any]) -> EventRows:
    return event_rows(parse_report(as_json(raw)).report, party_no="C1")


def found(events: EventRows) -> set[tuple[str, str, str]]:
    return {(one.contract, one.column or one.item, one.code) for one in events.findings}


@pytest.mark.parametrize(
    ("form", "unlisted"),
    [
        ("simulated_person.json", {"bureau_accounts": {"kind"}}),
        ("simulated_firm.xml", {"bureau_accounts": {"kind", "guarantee"}, "bureau_months": {"kind"}}),
    ],
)
def test_a_report_file_becomes_rows_known_at_its_time(
    store: Connection, tmp_path: Path, form: str, unlisted: dict[str, set[str]]
) -> None:
    report = parse_report((FOLDER / form).read_bytes()).report
    events = event_rows(report, party_no=form)
    written = write_events(events.frames, tmp_path / "made")
    assert set(written) == {name for name, frame in events.frames.items() if frame.height}
    for name, file in written.items():
        result = import_file(store, contract=CONTRACTS[name], file=file, now=NOW)
        assert (result.rows_read, result.rows_rejected) == (events.frames[name].height, 0)
        counts = finding_counts(store, batch_id=result.batch_id)
        assert {count.code for count in counts} <= {"unlisted_value"}
        assert {count.field for count in counts} == unlisted.get(name, set())
        for known_at, party in _rows(store, name, form):
            assert (known_at, party) == (datetime(2024, 6, 1, 16, tzinfo=UTC), f"customer/{form}")
    assert _balances(store, form), "money arrives in fen"


def _rows(store: Connection, name: str, party: str) -> list[tuple[Any, ...]]:
    table = CONTRACTS[name].tables[0]
    query = sql.SQL("SELECT known_at, party_id FROM {} WHERE party_id = %s")
    rows = store.execute(query.format(_table(name, table)), (f"customer/{party}",)).fetchall()
    assert rows
    return rows


def _balances(store: Connection, party: str) -> bool:
    table = CONTRACTS["bureau_accounts"].tables[0]
    query = sql.SQL("SELECT balance_fen FROM {} WHERE party_id = %s AND balance_fen IS NOT NULL")
    rows = store.execute(query.format(_table("bureau_accounts", table)), (f"customer/{party}",)).fetchall()
    expected = (
        {101_234_567, 800_050, 0, -1_230} if "person" in party else {60_000_000, 12_000_000, 0, 8_000_000}
    )
    return {row[0] for row in rows} == expected


def _table(name: str, table: Table) -> sql.Identifier:
    return sql.Identifier(*source_table_name(CONTRACTS[name], table).split("."))


def test_the_columns_are_those_of_the_contracts_files() -> None:
    for name, contract in CONTRACTS.items():
        table = contract.tables[0]
        named = [column.source for column in table.columns]
        assert ["party_no", *EVENT_COLUMNS[name], "known_on"] == list(events_of(PERSON).frames[name].columns)
        assert [*EVENT_COLUMNS[name], "known_on"] == named


TABLES = {
    "LENDERS": codes.INSTITUTIONS,
    "KINDS": account_codes.BUSINESS_KINDS,
    "FIRM_KINDS": codes.FIRM_BUSINESS_KINDS,
    "KINDS_BY_TYPE": account_codes.ACCOUNT_TYPES,
    "SECURITIES": account_codes.GUARANTEE_KINDS,
    "FIRM_SECURITIES": firm_codes.GUARANTEE_KINDS,
    "MONTH_STATES": account_codes.REPAYMENT_STATUSES,
    "REASONS": person_codes.QUERY_REASONS,
    "LIABILITIES": codes.LIABILITIES,
    "BORROWERS": codes.BORROWER_KINDS,
    "CLASSES": codes.CLASSES,
}
COLUMNS = {
    **{"LENDERS": ("bureau_accounts", "lender"), "KINDS": ("bureau_accounts", "kind")},
    **{"FIRM_KINDS": ("bureau_accounts", "kind"), "KINDS_BY_TYPE": ("bureau_months", "kind")},
    **{"SECURITIES": ("bureau_accounts", "guarantee"), "FIRM_SECURITIES": ("bureau_accounts", "guarantee")},
    **{"MONTH_STATES": ("bureau_months", "state"), "REASONS": ("bureau_queries", "reason")},
    **{
        "LIABILITIES": ("bureau_guarantees", "liability"),
        "BORROWERS": ("bureau_guarantees", "borrower_kind"),
    },
    "CLASSES": ("bureau_guarantees", "state"),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_code_is_decided_on_and_every_value_is_listed(name: str) -> None:
    table = getattr(values, name)
    contract, column = COLUMNS[name]
    columns = CONTRACTS[contract].tables[0].columns
    listed = next(one.values for one in columns if one.name == column)
    assert set(table) == set(TABLES[name].codes)
    assert {value for value in table.values() if value is not None} <= set(listed or ())


def test_money_is_exact_and_a_month_is_its_last_day() -> None:
    frames = events_of(PERSON).frames
    account = frames["bureau_accounts"].row(0, named=True)
    assert (account["account_no"], account["balance"]) == ("SIMULATED-A/SIM-D1", Decimal("1012345.67"))
    assert (account["kind"], account["lender"], account["guarantee"]) == ("mortgage", "bank", "mortgage")
    assert (account["term_months"], account["known_on"]) == (240, date(2024, 6, 1))
    months = frames["bureau_months"].filter(frames["bureau_months"]["account_no"] == "SIMULATED-A/SIM-D1")
    assert months["month_on"].to_list()[:3] == [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)]
    assert months["state"].to_list() == ["normal", "normal", "normal", "late_1", "normal", "normal"]
    assert months["overdue"].to_list()[3] == Decimal("8321.09")


def test_a_firms_months_take_what_belongs_to_the_month() -> None:
    months = events_of(FIRM).frames["bureau_months"]
    loan = months.filter(months["account_no"].str.contains("2023-12-20"))
    assert loan["months_late"].to_list() == [1, 0, 0]
    assert loan["state"].to_list() == ["late_1", "normal", "normal"]
    assert loan["due"].to_list() == [None, None, None], "agreed for June, told in May"
    assert loan["paid"].to_list() == [Decimal(50_000)] * 3
    states = dict(months.select("account_no", "state").iter_rows())
    assert [state for number, state in states.items() if "2019" in number] == ["settled"]
    assert [state for number, state in states.items() if "/C1/" in number] == ["bad"]


@pytest.mark.parametrize(
    ("months_late", "overdue", "told"),
    [
        ("", "", []),
        ("0", "", [("normal", 0, Decimal(0))]),
        ("", "0", [("normal", 0, Decimal(0))]),
        ("2", "10", [("late_2", 2, Decimal(10))]),
    ],
)
def test_a_firms_month_of_which_nothing_is_told_is_not_normal(
    months_late: str, overdue: str, told: list[tuple[str, int, Decimal]]
) -> None:
    month = ("EDA", "ED01", 1, "ED01B", "ED01BH", 0)
    raw = changed(changed(FIRM, (*month, "ED01BS02"), months_late), (*month, "ED01BJ04"), overdue)
    events = events_of(raw)
    months = events.frames["bureau_months"].filter(pl.col("account_no").str.contains("/R1/"))
    assert months.select("state", "months_late", "overdue").rows() == told
    assert (("bureau_months", "state", "status_unknown") in found(events)) is (not told)


CHANGES: list[tuple[dict[str, Any], Steps, Any, tuple[str, str, str]]] = [
    (PERSON, (*LOAN, "PD01A", "PD01AD07"), "5", ("bureau_accounts", "guarantee", "no_value")),
    (PERSON, (*LOAN, "PD01A", "PD01AD03"), "", ("bureau_accounts", "kind", "not_stated")),
    (PERSON, (*LOAN, "PD01A", "PD01AI02"), "", ("bureau_accounts", "institution", "not_stated")),
    (PERSON, (*LOAN, "PD01A", "PD01AJ01"), "", ("bureau_accounts", "granted", "no_amount")),
    (PERSON, ("PCR", "PD03", 0, "PD03A", "PD03AJ01"), "", ("bureau_guarantees", "liable", "no_amount")),
    (
        PERSON,
        (*LOAN, "PD01E", "PD01EH", 1, "PD01ED01"),
        "B",
        ("bureau_months", "months_late", "months_not_told"),
    ),
    (PERSON, (*LOAN, "PD01E", "PD01EH", 1, "PD01ED01"), "#", ("bureau_months", "state", "status_unknown")),
    (
        FIRM,
        ("EAA", "EA01", "EA01A", "EA01AR01"),
        "2024-05-31T23:00:00",
        ("bureau_accounts", "EDA.ED02", "no_day"),
    ),
    (FIRM, ("EDA", "ED01", 0, "ED01A", "ED01AD07"), "USD", ("bureau_accounts", "currency", "other_currency")),
    (FIRM, ("EDD", "ED07", 0, "ED070D10"), "USD", ("bureau_guarantees", "currency", "other_currency")),
    (
        FIRM,
        ("EDA", "ED01", 0, "ED01B", "ED01BH", 0, "ED01BR01"),
        "2024-06-01",
        ("bureau_months", "month_on", "month_running"),
    ),
    (
        FIRM,
        ("EDA", "ED01", 3, "ED01B", "ED01BH", 0, "ED01BS02"),
        "",
        ("bureau_months", "months_late", "months_not_told"),
    ),
    (
        FIRM,
        ("EDA", "ED01", 3, "ED01B", "ED01BH", 0, "ED01BJ04"),
        "",
        ("bureau_months", "overdue", "no_amount"),
    ),
    (
        FIRM,
        ("EDA", "ED01", 2, "ED01B", "ED01BH", 0, "ED01BJ01"),
        "1",
        ("bureau_months", "state", "status_unknown"),
    ),
    (FIRM, ("EDD", "ED07", 0, "ED070D08"), "9", ("bureau_guarantees", "state", "no_value")),
    (FIRM, ("EDD", "ED07", 0, "ED070J01"), "", ("bureau_guarantees", "liable", "no_amount")),
    (FIRM, ("EDC", "ED06", 0, "ED060J04"), "", ("bureau_accounts", "EDC.ED06", "no_contract")),
]


@pytest.mark.parametrize(
    ("raw", "place", "value", "said"), CHANGES, ids=[f"{c[3][2]}-{c[1][-1]}" for c in CHANGES]
)
def test_nothing_is_left_out_unsaid(
    raw: dict[str, Any], place: Steps, value: str, said: tuple[str, str, str]
) -> None:
    assert said in found(events_of(changed(raw, place, value)))


def test_every_kind_of_finding_is_met() -> None:
    assert {said[2] for _, _, _, said in CHANGES} == set(EVENT_FINDINGS)


def test_a_later_report_repeats_the_numbers_of_an_earlier_one() -> None:
    later = changed(FIRM, ("EAA", "EA01", "EA01A", "EA01AR01"), "2024-07-01T09:00:00")
    later = changed(later, ("EAA", "EA01", "EA01A", "EA01AI01"), "SIMULATED-FIRM-2")
    first, second = (events_of(raw).frames for raw in (FIRM, later))
    for name, column in (("bureau_accounts", "account_no"), ("bureau_records", "record_no")):
        assert first[name][column].to_list() == second[name][column].to_list()
    assert second["bureau_accounts"]["known_on"].unique().to_list() == [date(2024, 7, 1)]


def test_two_items_alike_have_two_numbers() -> None:
    twin = changed(PERSON, ("POQ", "PH01"), [PERSON["POQ"]["PH01"][1]] * 2)
    numbers = events_of(twin).frames["bureau_queries"]["query_no"].to_list()
    assert numbers == [numbers[0], f"{numbers[0]}#2"]


def test_a_customer_without_a_number_is_refused() -> None:
    with pytest.raises(InputError, match="no number"):
        event_rows(parse_report(as_json(PERSON)).report, party_no=" ")


def test_a_person_without_any_record_gives_tables_without_rows(tmp_path: Path) -> None:
    events = events_of(example("simulated_no_record"))
    assert {frame.height for frame in events.frames.values()} == {0}
    assert write_events(events.frames, tmp_path) == {}
