"""Contradictions within a firm's report: rules that are certain, each with a name and what it does."""

from collections.abc import Iterator, Mapping
from datetime import date

from creditloop.data.bureau.firm.accounts import Account, Performance
from creditloop.data.bureau.firm.obligations import GuaranteeAccount
from creditloop.data.bureau.firm.report import FirmReport
from creditloop.data.bureau.reading.days import Steps, refuse_after
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
from creditloop.kernel.dates import beijing_date
from creditloop.kernel.money import text_from_fen

FIRM_RULES: Mapping[str, Rule] = {
    "count_equals_items": rejects("个数与条目数不符", "a stated count is not the number of items"),
    "month_not_after_report": rejects("月份晚于报告时间", "a month lies after the report"),
    "day_not_after_report": rejects("日期晚于报告时间", "something happened after the report"),
    "number_once": rejects("编号重复", "a number that names one item stands twice"),
    "reported_once": rejects("同一日期两次还款表现", "an account is reported twice for one day"),
    "closed_before_opened": keeps("关闭日期早于开立日期", "closed before it was opened"),
    "ends_before_it_begins": keeps("到期早于开立或生效", "due or ended before it began"),
    "balance_when_settled": keeps("已结清而有余额", "settled, with a balance"),
    "closed_when_unsettled": keeps("未结清而有关闭日期", "unsettled, with a day closed"),
    "principal_above_overdue": keeps("逾期本金大于逾期总额", "more principal overdue than overdue in all"),
    "shares_above_whole": keeps("出资比例合计超过100%", "owners' shares add up to more than the whole"),
}
"""Every rule of a firm's report by its name. The first is applied while reading, where the items stand."""

_AHEAD = frozenset(
    {"EC010R02", "ED01AR02", "ED01BR05", "ED04AR02", "ED060R01", "ED060R02", "ED070R02", "EF05AR03"}
)
"""Days and months that may lie ahead of the report: what is due, valid until, agreed, or paid in advance."""
_SETTLED = "2"
_WHOLE_NANO = 10**9
_ROUNDING_NANO = 10**7
"""Shares are rounded: together they may pass the whole by this much, a hundredth of it."""


def refuse_firm_contradictions(report: FirmReport) -> None:
    """Apply the rules that reject.

    Raises: Fault naming the rule and the place.
    """
    made = beijing_date(report.known_at)
    refuse_after(report, made, but=_AHEAD, rules=FIRM_RULES)
    for steps, stated, items in _counts(report):
        if stated is not None and stated != items:
            fault = fault_of(FIRM_RULES, "count_equals_items", got=str(stated), expected=str(items))
            raise fault.at(*steps)
    for place, numbers in _numbers(report):
        refuse_repeated(FIRM_RULES, place, numbers)
    for index, account in enumerate(report.credit.accounts):
        _refuse_two_reports(index, account)


def find_firm_contradictions(report: FirmReport) -> tuple[ReportFinding, ...]:
    """Apply the rules that keep, in the order of the report."""
    found = [*_about_shares(report)]
    for index, account in enumerate(report.credit.accounts):
        found += _about_account(account, f"EDA.ED01[{index}]")
    for index, guarantee in enumerate(report.guarantees.accounts):
        found += _about_guarantee(guarantee, f"EDB.ED04[{index}]")
    for index, facility in enumerate(report.facilities):
        if facility.since is not None and before(facility.until, facility.since):
            place = f"EDC.ED06[{index}].ED060R02"
            found.append(late("ends_before_it_begins", place, facility.since, facility.until))
    for index, loan in enumerate(report.liabilities.loans):
        if before(loan.due, loan.opened):
            place = f"EDD.ED07[{index}].ED070R02"
            found.append(late("ends_before_it_begins", place, loan.opened, loan.due))
    return tuple(found)


def _counts(report: FirmReport) -> Iterator[tuple[Steps, int | None, int]]:
    firm = report.head.firm
    yield ("EAA", "EA01", "EA01C", "EA01CS01"), firm.count, len(firm.marks)
    if report.identity is None:
        return
    capital, officers = report.identity.capital, report.identity.officers
    if capital is not None:
        yield ("ECA", "EC02", "EC020S01"), capital.owner_count, len(capital.owners)
    if officers is not None:
        yield ("ECA", "EC03", "EC030S01"), officers.count, len(officers.officers)
    if (who := report.identity.controllers) is not None:
        yield ("ECA", "EC05", "EC050S01"), who.count, len(who.controllers)


def _numbers(report: FirmReport) -> Iterator[tuple[str, list[str]]]:
    """Give the numbers that name an item once, by the path of their key without the index."""
    credit, guarantees, owed = report.credit, report.guarantees, report.liabilities
    yield "EDA.ED01.ED01A.ED01AI01", [one.terms.number for one in credit.accounts]
    yield "EDA.ED02.ED020I01", [one.number for one in credit.discounts]
    yield "EDA.ED03.ED030I01", [one.number for one in credit.unpaid_interest]
    yield "EDB.ED04.ED04A.ED04AI01", [one.terms.number for one in guarantees.accounts]
    yield "EDB.ED05.ED050I01", [one.number for one in guarantees.totals]
    yield "EDC.ED06.ED060I01", [one.number for one in report.facilities]
    yield "EDD.ED07.ED070I01", [one.number for one in owed.loans]
    yield "EDD.ED08.ED080I01", [one.number for one in owed.discounts]
    yield "EDD.ED09.ED090I01", [one.number for one in owed.guarantees]
    yield "EFA.EF01.EF010I01", [one.number for one in report.unpaid_tax]
    yield "EFB.EF02.EF020I01", [one.number for one in report.courts.judgments]
    yield "EFB.EF03.EF030I01", [one.number for one in report.courts.enforcements]
    yield "EFC.EF04.EF040I01", [one.number for one in report.penalties]


def _refuse_two_reports(index: int, account: Account) -> None:
    first: dict[date, int] = {}
    for number, one in enumerate(account.performance):
        if first.setdefault(one.reported, number) != number:
            expected = f"a day of its own, not that of ED01BH[{first[one.reported]}]"
            fault = fault_of(FIRM_RULES, "reported_once", got=str(one.reported), expected=expected)
            raise fault.at("EDA", "ED01", index, "ED01B", "ED01BH", number, "ED01BR01")


def _about_shares(report: FirmReport) -> Iterator[ReportFinding]:
    capital = report.identity.capital if report.identity is not None else None
    total = sum(owner.share_nano or 0 for owner in capital.owners) if capital is not None else 0
    if total > _WHOLE_NANO + _ROUNDING_NANO:
        got = f"{total // 10**7}.{total // 10**5 % 100:02d} %"
        yield ReportFinding(
            rule="shares_above_whole", path="ECA.EC02.EC020H", got=got, expected="at most 100 %"
        )


def _about_account(account: Account, path: str) -> Iterator[ReportFinding]:
    terms, latest = account.terms, account.latest
    if before(terms.closed, terms.opened):
        yield late("closed_before_opened", f"{path}.ED01A.ED01AR03", terms.opened, terms.closed)
    if before(terms.due, terms.opened):
        yield late("ends_before_it_begins", f"{path}.ED01A.ED01AR02", terms.opened, terms.due)
    if terms.activity != _SETTLED and terms.closed is not None:
        place, got = f"{path}.ED01A.ED01AR03", str(terms.closed)
        yield ReportFinding(
            rule="closed_when_unsettled", path=place, got=got, expected="nothing, for unsettled"
        )
    if terms.activity == _SETTLED and latest is not None and latest.balance_fen:
        index = account.performance.index(latest)
        place, got = f"{path}.ED01B.ED01BH[{index}].ED01BJ01", text_from_fen(latest.balance_fen)
        yield ReportFinding(rule="balance_when_settled", path=place, got=got, expected="no balance")
    for index, performance in enumerate(account.performance):
        yield from _about_overdue(performance, f"{path}.ED01B.ED01BH[{index}]")


def _about_overdue(performance: Performance, path: str) -> Iterator[ReportFinding]:
    total, principal = performance.overdue_fen, performance.overdue_principal_fen
    if total is not None and principal is not None and principal > total:
        expected = f"at most {text_from_fen(total)}"
        got = text_from_fen(principal)
        yield ReportFinding(
            rule="principal_above_overdue", path=f"{path}.ED01BJ05", got=got, expected=expected
        )


def _about_guarantee(guarantee: GuaranteeAccount, path: str) -> Iterator[ReportFinding]:
    terms, state = guarantee.terms, guarantee.state
    if before(terms.due, terms.opened):
        yield late("ends_before_it_begins", f"{path}.ED04A.ED04AR02", terms.opened, terms.due)
    if state is None:
        return
    if before(state.closed, terms.opened):
        yield late("closed_before_opened", f"{path}.ED04B.ED04BR02", terms.opened, state.closed)
    if state.activity == _SETTLED and state.balance_fen:
        place, got = f"{path}.ED04B.ED04BJ01", text_from_fen(state.balance_fen)
        yield ReportFinding(rule="balance_when_settled", path=place, got=got, expected="no balance")
