"""A firm's report is read whole and the same from both forms; every rule is broken once."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from bureau_examples import FOLDER, Steps, as_json, as_xml, changed, dotted, example

from creditloop.data.bureau import (
    FIRM_NOT_LOADED,
    FIRM_RULES,
    FirmReport,
    ParsedFirmReport,
    parse_firm_json,
    parse_firm_xml,
    parse_report,
)
from creditloop.data.bureau.firm import firm_codes
from creditloop.data.bureau.reading.code_table import CodeTable
from creditloop.data.contracts import Effect
from creditloop.kernel.errors import ContractBroken

FIRM = example("simulated_firm")
REPORT = parse_firm_json(as_json(FIRM)).report
FIRST = ("EDA", "ED01", 0)
MONTH = (*FIRST, "ED01B", "ED01BH", 0)

BROKEN: list[tuple[str, Steps, Any]] = [
    ("count_equals_items", ("EAA", "EA01", "EA01C", "EA01CS01"), "3"),
    ("count_equals_items", ("ECA", "EC02", "EC020S01"), "1"),
    ("count_equals_items", ("ECA", "EC03", "EC030S01"), "0"),
    ("count_equals_items", ("ECA", "EC05", "EC050S01"), "2"),
    ("count_equals_items", (*FIRST, "ED01B", "ED01BS01"), "2"),
    ("count_equals_items", (*FIRST, "ED01C", "ED01CS01"), "0"),
    ("day_not_after_report", (*FIRST, "ED01A", "ED01AR01"), "2024-06-02"),
    ("day_not_after_report", (*MONTH, "ED01BR01"), "2024-06-02"),
    ("day_not_after_report", ("EFB", "EF02", 0, "EF020R02"), "2025-01-01"),
    ("day_not_after_report", ("EIA", "EI01", 0, "EI010R01"), "2024-06-02"),
    ("day_not_after_report", ("ECA", "EC02", "EC020R01"), "2024-06-02"),
    ("month_not_after_report", ("EEA", "EE01", 0, "EE01B", "EE01BH", 0, "EE01BR01"), "2024-07"),
    ("month_not_after_report", ("EFD", "EF05", 0, "EF05A", "EF05AR04"), "2024-07"),
    ("number_once", ("EDA", "ED01", 1, "ED01A", "ED01AI01"), "1"),
    ("number_once", ("EDB", "ED04", 1, "ED04A", "ED04AI01"), "1"),
    ("reported_once", (*FIRST, "ED01B", "ED01BH", 1, "ED01BR01"), "2024-05-31"),
    ("closed_before_opened", ("EDA", "ED01", 2, "ED01A", "ED01AR03"), "2019-05-09"),
    ("closed_before_opened", ("EDB", "ED04", 1, "ED04B", "ED04BR02"), "2023-02-09"),
    ("ends_before_it_begins", (*FIRST, "ED01A", "ED01AR02"), "2023-12-19"),
    ("ends_before_it_begins", ("EDB", "ED04", 0, "ED04A", "ED04AR02"), "2024-02-09"),
    ("ends_before_it_begins", ("EDC", "ED06", 0, "ED060R02"), "2023-11-30"),
    ("ends_before_it_begins", ("EDD", "ED07", 0, "ED070R02"), "2022-08-31"),
    ("balance_when_settled", ("EDA", "ED01", 2, "ED01B", "ED01BH", 0, "ED01BJ01"), "5"),
    ("balance_when_settled", ("EDB", "ED04", 1, "ED04B", "ED04BJ01"), "5"),
    ("closed_when_unsettled", (*FIRST, "ED01A", "ED01AR03"), "2024-05-01"),
    ("principal_above_overdue", (*MONTH, "ED01BJ05"), "0.01"),
    ("shares_above_whole", ("ECA", "EC02", "EC020H", 0, "EC020Q02"), "80"),
]


def refused(data: bytes, parse: Any = parse_firm_json) -> ContractBroken:
    with pytest.raises(ContractBroken) as caught:
        parse(data)
    return caught.value


def test_json_and_xml_give_the_same_report() -> None:
    parsed = parse_firm_json(as_json(FIRM))
    assert parsed == parse_firm_xml((FOLDER / "simulated_firm.xml").read_bytes())
    assert parsed == parse_firm_xml(as_xml(FIRM))
    assert parsed.findings == ()


def test_what_is_written_is_what_is_read() -> None:
    assert (REPORT.number, REPORT.credit_code) == ("SIMULATED-FIRM-1", "91SIMULATED0000001")
    assert REPORT.known_at == datetime(2024, 6, 1, 2, 20, 30, tzinfo=UTC), "10:20:30 in Beijing"
    identity = REPORT.identity
    assert identity is not None
    assert identity.capital is not None
    assert identity.capital.registered_fen == 500_000_000
    assert [owner.share_nano for owner in identity.capital.owners] == [666_700_000, 333_300_000]
    loan, overdraft, settled, advanced = REPORT.credit.accounts
    assert loan.latest is not None
    assert (loan.latest.reported, loan.latest.balance_fen) == (date(2024, 5, 31), 60_000_000)
    assert [one.overdue_months for one in loan.performance] == [0, 0, 1]
    assert loan.special_transactions[0].due_moved_months == 6
    assert overdraft.terms.limit_fen == 30_000_000
    assert (settled.terms.activity, settled.terms.closed) == ("2", date(2022, 5, 9))
    assert (advanced.terms.account_type, advanced.terms.business_kind) == ("C1", "41")
    assert REPORT.credit.unpaid_interest[0].balance_fen == 123_456
    assert REPORT.credit.discounts[0].settled_count == 5
    assert [one.terms.business_kind for one in REPORT.guarantees.accounts] == [
        firm_codes.ACCEPTANCE,
        firm_codes.LETTER_OF_CREDIT,
    ]
    assert REPORT.guarantees.accounts[0].terms.margin_nano == 500_000_000
    assert REPORT.facilities[0].used_fen == 80_000_000
    assert REPORT.liabilities.loans[0].liable_fen == 50_000_000
    assert REPORT.courts.enforcements[0].state == "执行中"
    assert not REPORT.no_credit_record


def test_a_firm_without_any_record_says_so() -> None:
    bare = {"EAA": FIRM["EAA"]}
    report = parse_firm_json(as_json(bare)).report
    assert report.no_credit_record
    assert (report.credit.accounts, report.courts.judgments, report.utilities) == ((), (), ())
    assert parse_firm_xml(as_xml(bare)).report == report


def test_the_right_reader_is_found() -> None:
    for data in (as_json(FIRM), as_xml(FIRM)):
        parsed = parse_report(data)
        assert isinstance(parsed, ParsedFirmReport)
        assert parsed.report == REPORT
    person = parse_report(as_json(example()))
    assert not isinstance(person.report, FirmReport)
    assert refused(b"{}", parse_report).where["path"] == "PRH"


@pytest.mark.parametrize(("rule", "place", "value"), BROKEN, ids=[f"{r}-{p[-1]}" for r, p, _ in BROKEN])
def test_every_rule_is_broken_once(rule: str, place: Steps, value: str) -> None:
    raw = changed(FIRM, place, value)
    if FIRM_RULES[rule].effect is Effect.REJECT:
        for error in (refused(as_json(raw)), refused(as_xml(raw), parse_firm_xml)):
            assert (error.where["path"], error.where["rule"]) == (dotted(place), rule)
        return
    parsed = parse_firm_json(as_json(raw))
    assert parsed == parse_firm_xml(as_xml(raw))
    path = "ECA.EC02.EC020H" if rule == "shares_above_whole" else dotted(place)
    assert [(one.rule, one.path) for one in parsed.findings] == [(rule, path)]


def test_no_rule_is_left_unbroken() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(FIRM_RULES)


@pytest.mark.parametrize("path", FIRM_NOT_LOADED)
def test_whatever_stands_where_nothing_is_loaded_changes_nothing(path: str) -> None:
    steps: list[str | int] = []
    value: Any = FIRM
    for key in path.split("."):
        if isinstance(value, list):
            steps.append(0)
            value = value[0]
        steps.append(key)
        value = value[key]
    for other in ("anything", {"A": [{"B": "1"}]}, None):
        assert parse_firm_json(as_json(changed(FIRM, tuple(steps), other))).report == REPORT
    assert FIRM_NOT_LOADED[path].zh
    assert FIRM_NOT_LOADED[path].en


@pytest.mark.parametrize(
    "place",
    [
        ("EAA", "EA01", "EA01B", "EA01BD02"),
        (*FIRST, "ED01A", "ED01AD02"),
        (*FIRST, "ED01A", "ED01AD08"),
        (*MONTH, "ED01BD01"),
        (*MONTH, "ED01BD02"),
        ("EDA", "ED03", 0, "ED030D03"),
        ("EDD", "ED07", 0, "ED070D03"),
    ],
)
def test_a_code_never_seen_is_named_at_its_place(place: Steps) -> None:
    raw = changed(FIRM, place, "?")
    for error in (refused(as_json(raw)), refused(as_xml(raw), parse_firm_xml)):
        assert (error.where["path"], error.got) == (dotted(place), '"?"')
        assert "one of" in str(error.expected)


def test_nobody_named_in_a_firms_report_is_in_its_value() -> None:
    for name in ("虚构出资人", "虚构高管", "虚构控制人", "SIMULATED-ID", "模拟异议"):
        assert name in as_json(FIRM).decode()
        assert name not in repr(REPORT)


def test_the_code_tables_say_what_every_code_means() -> None:
    tables = [table for table in vars(firm_codes).values() if isinstance(table, CodeTable)]
    assert len(tables) >= 7
    assert all(words.zh and words.en for table in tables for words in table.codes.values())
