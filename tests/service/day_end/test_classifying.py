"""Class and stage at a day's close: debts at other banks, observation of restructured loans, signs."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.service.day_end.firm_reports import Account, checked, report, warned
from tests.service.day_end.loan_bank import PAID_OUT, board

from creditloop.book.day_end import NO_DAY, POSITION_COLUMNS, ClosedDay, Positions, day_number
from creditloop.kernel.errors import UnknownId
from creditloop.service.bank import Bank
from creditloop.service.day_end import close_days
from creditloop.service.day_end.class_rules import read_class_rules
from creditloop.service.day_end.classifying import read_classifier
from creditloop.service.day_end.expected_loss import expected_loss
from creditloop.service.day_end.explaining import ClassExplained, explain_class
from creditloop.service.day_end.planned import judged

HERE_FEN = 1_000_100 + 1_000_200
"""What the first debtor owes here, principal of two loans."""
DAY = date(2026, 1, 5)
NORMAL, SUBSTANDARD, UNDECIDED = (1, 1), (3, 3), (6, 2)


def told_on(day: date) -> Any:
    """When an account and its month became known, and the month's end before it."""
    return {"known_on": day, "month_on": day.replace(day=1) - timedelta(days=1)}


def closed_as(bank: Bank, loan_no: int) -> tuple[int, int]:
    """Tier and stage of a loan at the close of its first day."""
    with bank.connection() as connection:
        [row] = connection.execute(
            "SELECT tier, stage FROM book.loan_day WHERE loan_no = %s AND business_date = %s",
            (loan_no, PAID_OUT),
        ).fetchall()
    return row[0], row[1]


def explained(bank: Bank, loan_id: str) -> ClassExplained:
    with bank.work() as work:
        return explain_class(work, loan_id=loan_id, business_date=PAID_OUT, reader="test", reason="test")


def firms_closed(bank: Bank, *accounts: Account) -> Bank:
    """Close the first day of a bank whose two loans are one firm's, with accounts at the bureau."""
    board(bank, count=2, retail=0)
    report(bank, accounts)
    list(close_days(bank, through=PAID_OUT))
    return bank


def test_a_firm_that_owes_nothing_late_at_other_banks_is_normal(small_bank: Bank) -> None:
    firms_closed(small_bank, Account(party=1, number="a1", balance=500_000))
    assert [closed_as(small_bank, loan) for loan in (1, 2)] == [NORMAL, NORMAL]


@pytest.mark.parametrize(("more", "expected"), [(0, NORMAL), (1, SUBSTANDARD)])
def test_more_than_a_fifth_late_everywhere_makes_all_loans_substandard(
    small_bank: Bank, more: int, expected: tuple[int, int]
) -> None:
    """A fifth to the fen is not more than a fifth; what is owed here counts, with its interest."""
    board(small_bank, count=2, retail=0)
    owed = HERE_FEN + 400  # a close accrues interest: of the first day of each loan 200 fen
    late = owed // 4 + more
    assert owed % 4 == 0, "a fifth is then a whole number of fen"
    report(small_bank, [Account(party=1, number="a1", balance=late, overdue=1, months_late=4)])
    list(close_days(small_bank, through=PAID_OUT))
    with small_bank.connection() as connection:
        total = connection.execute("SELECT sum(principal_fen + interest_fen) FROM book.loan_day").fetchone()
    assert total == (owed,)
    assert closed_as(small_bank, 1) == expected
    told = {one.row for one in explained(small_bank, "L/1").told if one.table == "regulatory"}
    assert told == {"LT_11" if more else "otherwise"}


LARGE: Any = {"number": "a1", "balance": 9_000_000, "overdue": 1}
LONG_AGO = DAY - timedelta(days=71)
ACCOUNTS = {
    "three months late": (Account(party=1, months_late=3, **LARGE), NORMAL),
    "four months late": (Account(party=2, months_late=4, **LARGE), SUBSTANDARD),
    "nobody tells how long": (Account(party=3, months_late=None, **LARGE), UNDECIDED),
    "a month too old": (Account(party=4, months_late=1, month_on=LONG_AGO, **LARGE), UNDECIDED),
    "no bank's": (Account(party=5, months_late=9, lender="consumer_finance", **LARGE), NORMAL),
    "our own": (Account(party=6, months_late=9, institution="本行", **LARGE), NORMAL),
    "30 days old": (Account(party=7, number="a1", balance=1, **told_on(DAY - timedelta(days=30))), NORMAL),
    "31 days old": (Account(party=8, number="a1", balance=1, **told_on(DAY - timedelta(days=31))), UNDECIDED),
    "known the day after": (Account(party=9, number="a1", balance=1, known_on=DAY + timedelta(1)), UNDECIDED),
}


def test_what_an_account_says_of_a_firm(small_bank: Bank) -> None:
    board(small_bank, count=2 * len(ACCOUNTS), retail=0)
    report(small_bank, [account for account, _ in ACCOUNTS.values()])
    list(close_days(small_bank, through=PAID_OUT))
    said = {name: closed_as(small_bank, 2 * account.party) for name, (account, _) in ACCOUNTS.items()}
    assert said == {name: expected for name, (_, expected) in ACCOUNTS.items()}


def test_a_firm_that_does_not_consent_is_undecided_and_says_so(small_bank: Bank) -> None:
    board(small_bank, count=2, retail=0)
    report(small_bank, [Account(party=1, number="a1", balance=100)], consenting=[2])
    list(close_days(small_bank, through=PAID_OUT))
    assert closed_as(small_bank, 1) == UNDECIDED
    assert explained(small_bank, "L/1").reports == {"customer/1": "no_consent"}


def test_a_bureau_that_was_asked_and_has_nothing_is_an_answer(small_bank: Bank) -> None:
    board(small_bank, count=4, retail=0)
    report(small_bank, [Account(party=9, number="a1", balance=100)])
    checked(small_bank, party=1, answer="none", on=DAY)
    list(close_days(small_bank, through=PAID_OUT))
    assert (closed_as(small_bank, 1), closed_as(small_bank, 3)) == (NORMAL, UNDECIDED)
    assert explained(small_bank, "L/3").reports == {"customer/2": "never_asked"}


def test_nothing_is_asked_of_the_bureau_where_every_debtor_is_retail(small_bank: Bank) -> None:
    board(small_bank, count=2)
    report(small_bank, [Account(party=1, number="a1", balance=9_000_000, overdue=1, months_late=9)])
    before = reads(small_bank)
    list(close_days(small_bank, through=PAID_OUT))
    assert (closed_as(small_bank, 1), reads(small_bank)) == (NORMAL, before)


def test_a_shard_of_firms_is_one_read_of_accounts_and_one_of_months(small_bank: Bank) -> None:
    """Ten firms of one shard, of whom the document has to know how late two are."""
    board(small_bank, count=16 * 2 * 10, retail=0)
    firms = [1 + 16 * number for number in range(10)]
    late = {firms[2]: 4, firms[7]: 1}
    report(
        small_bank,
        [
            Account(
                party=firm,
                number="a1",
                balance=9_000_000,
                overdue=int(firm in late),
                months_late=late.get(firm, 0),
            )
            for firm in firms
        ],
        consenting=firms,
    )
    before = reads(small_bank)
    list(close_days(small_bank, through=PAID_OUT))
    tiers = [closed_as(small_bank, 2 * firm)[0] for firm in firms]
    assert tiers == [3 if late.get(firm) == 4 else 1 for firm in firms]
    # 16 shards: the accounts of those who consent and how fresh the others are; months in the first alone
    asked = [row for row in reads(small_bank)[len(before) :] if row[1] == 10]
    assert asked == [("source.bureau_accounts_account", 10)]
    assert [row for row in reads(small_bank)[len(before) :] if "months" in row[0]] == [
        ("source.bureau_months_month", 2)
    ]


def reads(bank: Bank) -> list[tuple[str, int]]:
    """The reads of sources on record: table, parties seen."""
    with bank.connection() as connection:
        rows = connection.execute(
            "SELECT table_name, parties_count FROM data.access_log WHERE purpose = %s ORDER BY access_no",
            ("monitoring",),
        ).fetchall()
    return [(table, count) for table, count in rows]


WARNINGS = [
    ("alert", 0, 2),
    ("watch", 62, 2),
    ("watch", 63, 1),
    ("notice", 0, 1),
    ("refer", 5, 2),
    ("alert", -1, 1),
]
"""The level of a warning, how many days before the close, the stage that follows."""


def test_an_open_warning_on_the_debtor_is_clearly_more_risk(small_bank: Bank) -> None:
    """Each of another debtor, in a run of its own product; the last debtor has none."""
    board(small_bank, count=2 * len(WARNINGS) + 2)
    for party, (level, days, _) in enumerate(WARNINGS, start=1):
        warned(small_bank, {party: level}, on=PAID_OUT - timedelta(days=days), product=f"product_{party}")
    list(close_days(small_bank, through=PAID_OUT))
    stages = [stage for _, _, stage in WARNINGS] + [1]
    for party, stage in enumerate(stages, start=1):
        assert [closed_as(small_bank, 2 * party - other) for other in (0, 1)] == [(1, stage)] * 2, party


def test_a_warning_that_the_newest_run_no_longer_has_is_closed(small_bank: Bank) -> None:
    board(small_bank, count=4)
    warned(small_bank, {1: "alert", 2: "alert"}, on=PAID_OUT - timedelta(days=40))
    warned(small_bank, {2: "notice"}, on=PAID_OUT - timedelta(days=9))
    warned(small_bank, {2: "watch"}, on=PAID_OUT - timedelta(days=40), product="sme_loan")
    list(close_days(small_bank, through=PAID_OUT))
    assert [closed_as(small_bank, loan) for loan in (1, 3)] == [NORMAL, (1, 2)]
    rows = [one for one in explained(small_bank, "L/3").told if one.table == "signs"]
    assert sorted(str(one.row) for one in rows) == ["RS_01", "otherwise"], "one warning of each product"


def loans_as(*loans: dict[str, int]) -> tuple[ClosedDay, dict[str, Any]]:
    """A closed day of loans of a hundred yuan, retail and not late, with some columns otherwise."""
    blank = dict.fromkeys(POSITION_COLUMNS, 0) | {"principal_fen": 10_000, "tier": 2, "dpd": 0}
    blank |= {"oldest_due": NO_DAY, "next_due": NO_DAY, "restructured_due": NO_DAY, "paid_up_on": NO_DAY}
    blank |= {"debtor_no": 1, "retail": 1}
    rows = [blank | {"loan_no": number} | loan for number, loan in enumerate(loans, start=1)]
    columns = {name: np.array([row[name] for row in rows], dtype=np.int64) for name in blank}
    nothing = np.zeros(len(rows), dtype=np.int64)
    closed = ClosedDay(
        positions=Positions(**{name: columns[name] for name in POSITION_COLUMNS}),
        interest_fen=nothing,
        penalty_fen=nothing,
        came_due=nothing.astype(np.bool_),
        dpd=columns["dpd"],
    )
    return closed, {name: columns[name] for name in ("debtor_no", "retail")}


def test_a_firm_s_loan_that_is_non_performing_takes_the_others_with_it(small_bank: Bank) -> None:
    """Over a tenth of what a firm owes here; a tenth exactly does not, nor does it for a retail debtor."""
    late = {"dpd": 91, "retail": 0}
    loans = (
        {"debtor_no": 1, **late, "principal_fen": 1_001},
        {"debtor_no": 1, "retail": 0, "principal_fen": 8_999},
        {"debtor_no": 17, **late, "principal_fen": 1_000},
        {"debtor_no": 17, "retail": 0, "principal_fen": 9_000},
        {"debtor_no": 33, "dpd": 61},
        {"debtor_no": 33},
    )
    with small_bank.work() as work:
        classified = read_classifier(work, business_date=DAY, rules_as_of=DAY)(*loans_as(*loans))
    # nobody knows what the firms owe elsewhere: what that alone would decide is undecided
    assert classified.tier.tolist() == [3, 3, 3, 6, 3, 1]
    assert classified.stage.tolist() == [3, 3, 3, 2, 3, 1]


def test_frames_of_other_sizes_are_judged_as_each_by_itself(small_bank: Bank) -> None:
    with small_bank.work() as work:
        policy = read_class_rules(work, rules_as_of=DAY).ecl_stage
    frame = pl.DataFrame({"dpd": range(100)}, schema={"dpd": pl.Int64}).with_columns(
        owed_fen=pl.lit(100),
        tier=pl.lit(1),
        risk_risen=pl.lit(False),
        rebuttal_reason=pl.lit(None, pl.String),
    )
    whole = policy.judge_frame(frame)["ecl_stage"]
    for rows in (frame, frame[40:60], frame[:0], frame[95:]):
        said = judged(policy, rows, outputs=["ecl_stage"])
        assert said.columns == ["ecl_stage"]
        assert said["ecl_stage"].to_list() == [whole[day] for day in rows["dpd"]]
    assert judged(policy, frame.drop("dpd"), outputs=["ecl_stage"])["ecl_stage"].null_count() == 100


def test_the_expected_loss_of_a_day_is_of_our_own_share(small_bank: Bank) -> None:
    board(small_bank, count=4)
    warned(small_bank, {2: "alert"}, on=PAID_OUT)
    list(close_days(small_bank, through=PAID_OUT))
    with small_bank.work() as work:
        loss = expected_loss(work, business_date=PAID_OUT)
        with pytest.raises(UnknownId, match="not closed"):
            expected_loss(work, business_date=PAID_OUT + timedelta(days=1))
        assert work.adopted(loss["document"][0]).path.endswith("ecl_parameters.yaml")
    first, second = HERE_FEN + 400, 1_000_300 + 1_000_400 + 400
    told = loss.select("product", "stage", "loans", "owed_fen", "own_fen", "ecl_fen").rows()
    # 30 % is ours; 1 % × 60 % of stage 1, 15 % × 60 % of stage 2: 600210 × 0.006 is 3601.26
    assert told == [
        ("instalment_loan", 1, 2, first, 600_210, 3_601),
        ("instalment_loan", 2, 2, second, 600_330, 54_030),
    ]


OBSERVED = {
    "a year": (date(2025, 1, 5), date(2025, 1, 5), 12, 1, (1, 0)),
    "twice restructured": (date(2025, 1, 5), date(2025, 1, 5), 12, 2, (3, 0)),
    "a day short": (date(2025, 1, 6), date(2025, 1, 5), 12, 1, (2, 1)),
    "late meanwhile": (date(2024, 1, 5), date(2025, 1, 6), 12, 1, (2, 1)),
    "one instalment": (date(2024, 1, 5), date(2024, 1, 5), 1, 1, (2, 1)),
    "never": (date(2024, 1, 5), date(2024, 1, 5), 1, 0, (1, 0)),
}
"""First due date of the new terms, paid up since, dates met, restructured; tier and restructured after."""


def test_a_restructured_loan_is_released_when_its_observation_is_over(small_bank: Bank) -> None:
    with small_bank.work() as work:
        classify = read_classifier(work, business_date=DAY, rules_as_of=DAY)
        for name, (due, paid_up, met, kind, expected) in OBSERVED.items():
            columns = {"restructured": kind, "instalments_met": met, "paid_up_on": day_number(paid_up)}
            classified = classify(*loans_as(columns | {"restructured_due": day_number(due)}))
            assert (classified.tier[0], classified.restructured[0]) == expected, name


def test_why_a_loan_is_of_its_class_is_told_with_rows_reasons_and_documents(small_bank: Bank) -> None:
    firms_closed(
        small_bank,
        Account(party=1, number="a1", balance=900_000, overdue=1, months_late=4),
        Account(party=1, number="a2", balance=100_000),
    )
    why = explained(small_bank, "L/2")
    assert (why.same, why.stored) == (True, {"tier": 3, "stage": 3, "restructured": 0})
    rows = {(one.table, one.about): one for one in why.told}
    assert rows["debts", "customer/1 a1"].row == "DE_32"
    assert rows["debts", "customer/1 a2"].row == "DE_30"
    class_row = rows["regulatory", "L/2"]
    assert [(one.code, one.zh != "", one.en != "") for one in class_row.reasons] == [("LT_11", True, True)]
    assert rows["stages", "L/2"].row == "ES_04"
    with small_bank.work() as work:
        for one in why.told:
            assert work.adopted(one.document_hash).path == one.document
    late = why.facts["late_everywhere_nano"]
    assert isinstance(late, int)
    assert late == -(-900_000 * 10**9 // (1_000_000 + HERE_FEN + 400))
    assert why.as_record()["same"] is True


def test_a_day_that_is_not_closed_and_a_loan_there_is_not_are_refused(small_bank: Bank) -> None:
    board(small_bank, count=2)
    list(close_days(small_bank, through=PAID_OUT))
    with small_bank.work() as work:
        with pytest.raises(UnknownId, match="no such loan"):
            explain_class(work, loan_id="L/9", business_date=PAID_OUT, reader="test", reason="test")
        after = PAID_OUT + timedelta(days=1)
        with pytest.raises(UnknownId, match="no row for this day"):
            explain_class(work, loan_id="L/1", business_date=after, reader="test", reason="test")
