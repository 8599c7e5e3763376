"""Contradictions within a report: rules that are certain, each with a name and what it does.

A rule that rejects refuses the whole report: something would be missing, told twice, of unknown meaning, or
known before it happened. A rule that keeps gives a finding (数据问题): both statements can be read, the
bureau vouches for neither, and whoever decides should see that they disagree.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain

from creditloop.data.bureau.codes import FIRM_BUSINESS_KINDS
from creditloop.data.bureau.person.account_codes import (
    ACCOUNT_STATES,
    ACCOUNT_TYPES,
    BUSINESS_KINDS,
    CLOSED,
)
from creditloop.data.bureau.person.accounts import Account
from creditloop.data.bureau.person.report import BureauReport
from creditloop.data.bureau.reading.code_table import CodeTable
from creditloop.data.bureau.reading.days import Steps, refuse_after
from creditloop.data.bureau.reading.fault import shown
from creditloop.data.bureau.reading.record import RepaymentRecord
from creditloop.data.bureau.reading.rules import (
    ReportFinding,
    Rule,
    before,
    fault_of,
    keeps,
    late,
    refuse_repeated,
    rejects,
)
from creditloop.data.bureau.reading.scalars import MONTHS, index_of
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.money import text_from_fen

RULES: Mapping[str, Rule] = {
    "count_equals_items": rejects("个数与条目数不符", "a stated count is not the number of items"),
    "months_contiguous": rejects("还款记录月份不连续", "the months of a record do not follow one another"),
    "month_not_after_report": rejects("月份晚于报告时间", "a month lies after the report"),
    "day_not_after_report": rejects("日期晚于报告时间", "something happened after the report"),
    "number_once": rejects("编号重复", "a number that names one item stands twice"),
    "state_of_type": rejects("账户状态与账户类型不符", "a state that accounts of this type do not have"),
    "kind_of_borrower": rejects("种类与主借款人类别不符", "a kind that this kind of borrower does not have"),
    "overdue_when_normal": keeps("正常还款的月份有逾期金额", "an overdue amount in a month paid as agreed"),
    "closed_before_opened": keeps("关闭日期早于开立日期", "closed before it was opened"),
    "ends_before_it_begins": keeps("到期早于开立或生效", "due or ended before it began"),
    "balance_when_settled": keeps("已结清或销户而有余额", "settled or closed, with a balance"),
    "records_disagree": keeps(
        "24个月与5年还款记录不一致", "the records of 24 months and of 5 years disagree about a month"
    ),
}
"""Every rule by its name. The first two are applied while reading, where the items stand."""

_AHEAD = frozenset(
    {"PA01DR01", "PA01DR02", "PB01AR01", "PB030R01", "PB040R02", "PD01AR02", "PD01CR02", "PD01HR01"}
    | {"PD01HR02", "PD02AR02", "PD03AR02", "PF02AR02", "PF04AR02", "PF05AR03"}
)
"""Days and months that may lie ahead of the report: what is due, valid until, in force from, or paid in
advance; and of the person's particulars, which are as they were told."""


def refuse_contradictions(report: BureauReport) -> None:
    """Apply the rules that reject.

    Raises: Fault naming the rule and the place.
    """
    made = beijing_date(report.known_at)
    refuse_after(report, made, but=_AHEAD, rules=RULES)
    refuse_repeated(RULES, "PDA.PD01.PD01A.PD01AI01", [one.terms.number for one in report.accounts])
    refuse_repeated(RULES, "PCA.PD02.PD02A.PD02AI01", [one.terms.number for one in report.facilities])
    for steps, code, table, rule in chain(_states(report), _kinds(report)):
        if code is not None and code not in table:
            expected = f"{table.name.zh} {table.name.en}: one of " + " ".join(table.codes)
            raise fault_of(RULES, rule, got=shown(code), expected=expected).at(*steps)
    for index, statement in enumerate(report.statements):
        _refuse_count(statement.count, len(statement.notes), "POS", "PG01", index, "PG010S01")
    if report.score is not None and report.score.reason_count is not None:
        _refuse_count(report.score.reason_count, len(report.score.reasons), "PSM", "PC01", "PC010S01")


def find_contradictions(report: BureauReport) -> tuple[ReportFinding, ...]:
    """Apply the rules that keep, in the order of the report."""
    found: list[ReportFinding] = []
    for index, account in enumerate(report.accounts):
        found += _about_account(account, f"PDA.PD01[{index}]")
    spans: list[tuple[str, date, date | None]] = [
        *(
            (f"PCA.PD02[{i}].PD02A.PD02AR02", f.terms.since, f.terms.until)
            for i, f in enumerate(report.facilities)
        ),
        *(
            (f"PCR.PD03[{i}].PD03A.PD03AR02", g.terms.opened, g.terms.due)
            for i, g in enumerate(report.guarantees)
        ),
    ]
    return tuple(found + [late("ends_before_it_begins", *span) for span in spans if before(span[2], span[1])])


def _refuse_count(stated: int, items: int, *steps: str | int) -> None:
    if stated != items:
        raise fault_of(RULES, "count_equals_items", got=str(stated), expected=str(items)).at(*steps)


Coded = tuple[Steps, str | None, CodeTable, str]


def _states(report: BureauReport) -> Iterator[Coded]:
    """Give each state of an account with the table of its type."""
    for index, account in enumerate(report.accounts):
        table = ACCOUNT_STATES[account.terms.account_type]
        yield ("PDA", "PD01", index, "PD01B", "PD01BD01"), account.latest.state, table, "state_of_type"
        if account.performance is not None:
            state = account.performance.state
            yield ("PDA", "PD01", index, "PD01C", "PD01CD01"), state, table, "state_of_type"


def _kinds(report: BureauReport) -> Iterator[Coded]:
    """Give what a guarantee says of its main borrower with the table of that kind of borrower."""
    for index, guarantee in enumerate(report.guarantees):
        terms, steps = guarantee.terms, ("PCR", "PD03", index, "PD03A")
        person = terms.borrower_kind == "1"
        kinds = BUSINESS_KINDS if person else FIRM_BUSINESS_KINDS
        yield (*steps, "PD03AD02"), terms.business_kind, kinds, "kind_of_borrower"
        if person:
            yield (*steps, "PD03AD06"), terms.account_type, ACCOUNT_TYPES, "kind_of_borrower"


def _about_account(account: Account, path: str) -> Iterator[ReportFinding]:
    terms, latest, record = account.terms, account.latest, account.record_60m
    if before(latest.closed, terms.opened):
        yield late("closed_before_opened", f"{path}.PD01B.PD01BR01", terms.opened, latest.closed)
    if before(terms.due, terms.opened):
        yield late("ends_before_it_begins", f"{path}.PD01A.PD01AR02", terms.opened, terms.due)
    if latest.balance_fen and latest.state is not None and latest.state == CLOSED.get(terms.account_type):
        got = text_from_fen(latest.balance_fen)
        yield ReportFinding(
            rule="balance_when_settled", path=f"{path}.PD01B.PD01BJ01", got=got, expected="no balance"
        )
    if record is not None and terms.account_type != "R3":  # its overdraft stands here, and may be normal
        yield from _overdue_when_normal(record, path)
    yield from _disagreements(account, path)


def _overdue_when_normal(record: RepaymentRecord, path: str) -> Iterator[ReportFinding]:
    if record.overdue_fen is None or not any(record.overdue_fen):
        return
    for index, overdue in enumerate(record.overdue_fen):
        if overdue and record.statuses[index] == "N":
            month = MONTHS[index_of(record.first_month) + index]
            place, got = f"{path}.PD01E[{month}].PD01EJ01", text_from_fen(overdue)
            yield ReportFinding(rule="overdue_when_normal", path=place, got=got, expected="0, for status N")


def _disagreements(account: Account, path: str) -> Iterator[ReportFinding]:
    """Find months of which the two records of an account say different things."""
    short, long = account.record_24m, account.record_60m
    if short is None or long is None:
        return
    said = dict(zip(long.months(), long.statuses, strict=True))
    for month, status in zip(short.months(), short.statuses, strict=True):
        if said.get(month, status) != status:
            place, expected = f"{path}.PD01D[{month:%Y-%m}].PD01DD01", f"{said[month]}, as in PD01E"
            yield ReportFinding(rule="records_disagree", path=place, got=status, expected=expected)
