"""What must hold after any run: the book against itself, and against what it should hold."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import psycopg
from tests.faults.expected import Expected, ExpectedLoan

from creditloop.book.day_end import POSITION_COLUMNS, SHARDS
from creditloop.book.loan_store import StoredLoan, find_loan, find_loan_ids
from creditloop.book.loan_store.rates import overdue_terms
from creditloop.book.loan_store.standing_rows import Kept, PlanRow, plan_left, position_row
from creditloop.book.loans import LoanAccount, standing_of
from creditloop.kernel.errors import CreditloopError
from creditloop.service.bank import Bank

Observer = psycopg.Connection[Any]
_KEPT = ("version", "next_no", "paid_up_on", "instalments_met", "restructured", "restructured_due", "tier")
"""Columns of a position that a replay does not say: which plan is stored, what closes of days alone know."""
_INCOMES = (("interest", LoanAccount.INTEREST_INCOME), ("penalty", LoanAccount.PENALTY_INCOME))

MUST_BE_EMPTY = {
    "an event's postings add up to zero": """
        SELECT loan_no, sequence FROM book.loan_posting GROUP BY 1, 2 HAVING sum(amount_fen) <> 0""",
    "a loan's postings add up to zero": """
        SELECT loan_no FROM book.loan_posting GROUP BY 1 HAVING sum(amount_fen) <> 0""",
    "a day's postings add up to zero, of events and of its close": """
        SELECT day FROM (
            SELECT booked_on AS day, amount_fen FROM book.loan_posting
            UNION ALL SELECT business_date, amount_fen FROM book.day_posting) AS leg
        GROUP BY 1 HAVING sum(amount_fen) <> 0""",
    "a batch's postings add up to zero": """
        SELECT batch_id FROM book.day_posting GROUP BY 1 HAVING sum(amount_fen) <> 0""",
    "a closed shard has the rows and the postings it declares": """
        SELECT d.business_date, d.shard FROM book.day_shard AS d
        WHERE (d.loans, d.principal_fen, d.interest_accrued_fen, d.penalty_accrued_fen) IS DISTINCT FROM (
            SELECT (count(*)::integer, coalesce(sum(principal_fen), 0)::bigint,
                coalesce(sum(interest_accrued_fen), 0)::bigint, coalesce(sum(penalty_accrued_fen), 0)::bigint)
            FROM book.loan_day AS l WHERE (l.business_date, l.shard) = (d.business_date, d.shard))
        OR d.interest_accrued_fen + d.penalty_accrued_fen <> (
            SELECT coalesce(sum(amount_fen), 0) FROM book.day_posting AS p
            WHERE (p.business_date, p.shard) = (d.business_date, d.shard) AND account LIKE '%receivable')""",
    "each row of a day belongs to a shard that is closed": """
        SELECT business_date, shard FROM (
            SELECT business_date, shard, batch_id FROM book.loan_day
            UNION ALL SELECT business_date, shard, batch_id FROM book.day_posting) AS part
        LEFT JOIN book.day_shard USING (business_date, shard, batch_id) WHERE shards IS NULL""",
    "days are closed one after the other": """
        SELECT business_date, shard FROM (
            SELECT business_date, shard, lag(business_date) OVER (PARTITION BY shard ORDER BY business_date)
                AS before
            FROM book.day_shard) AS day
        WHERE before <> business_date - 1""",
    "each event has the position it left, and each position its event": """
        SELECT loan_no, sequence FROM book.loan_event AS e FULL JOIN book.loan_position AS p
            USING (loan_no, sequence, batch_id, shard) WHERE e.hash IS NULL OR p.version IS NULL""",
    "each loan has terms and a pay-out, and a plan if anything was to come": """
        SELECT loan_no FROM book.loan AS l LEFT JOIN book.loan_terms AS t USING (loan_no, batch_id)
        LEFT JOIN book.loan_event AS e USING (loan_no, batch_id)
        LEFT JOIN book.loan_position AS p USING (loan_no, batch_id)
        LEFT JOIN book.instalment AS i USING (loan_no, batch_id)
        WHERE t.body IS NULL OR e.sequence IS DISTINCT FROM 1 OR (i.version IS NULL AND p.next_no > 0)""",
    "each plan and each rate was made by an event": """
        SELECT loan_no, batch_id FROM (
            SELECT loan_no, batch_id FROM book.instalment
            UNION ALL SELECT loan_no, batch_id FROM book.loan_overdue_rate) AS row
        LEFT JOIN book.loan_event AS e USING (loan_no, batch_id) WHERE e.hash IS NULL""",
    "no event is booked on a day after it was closed": """
        SELECT e.loan_no, e.sequence FROM book.loan_event AS e JOIN book.day_shard AS d
            ON (d.business_date, d.shard) = (e.booked_on, e.shard)
        LEFT JOIN book.loan_day AS l ON (l.loan_no, l.business_date) = (e.loan_no, e.booked_on)
        WHERE l.loan_no IS NULL""",
}
"""Queries that find nothing in a whole book, by what they show."""


def problems(observer: Observer, expected: Expected) -> Iterator[str]:
    """Name everything in the database that does not hold together, or is not what it should be."""
    for law, query in MUST_BE_EMPTY.items():
        if found := observer.execute(query.encode()).fetchmany(3):
            yield f"not so: {law}: {found}"
    stored = find_loan_ids(observer)
    if sorted(stored) != sorted(expected.loans):
        yield f"loans {stored}, expected {sorted(expected.loans)}"
    for loan_id in sorted(set(stored) & set(expected.loans)):
        try:
            loan = find_loan(observer, loan_id=loan_id)
            found = list(_of_loan(observer, loan, expected.loans[loan_id]))
        except CreditloopError as error:  # a book that cannot be read is not whole either
            found = [error.diagnostics()]
        yield from (f"{loan_id}: {problem}" for problem in found)
    yield from _of_days(observer, expected)


def _of_days(observer: Observer, expected: Expected) -> Iterator[str]:
    closed = dict(
        observer.execute("SELECT shard, max(business_date) FROM book.day_shard GROUP BY 1").fetchall()
    )
    if closed != expected.closed:
        yield f"closed through {closed}, expected {expected.closed}"


def _of_loan(observer: Observer, loan: StoredLoan, expected: ExpectedLoan) -> Iterator[str]:
    """Name what is wrong with a loan whose hashes are right."""
    yield from _of_money(observer, loan, expected)
    if list(loan.history) != expected.events:
        yield f"events {_names(loan.history)}, expected {_names(expected.events)}"
        return
    if [event.legs for event in loan.events] != expected.legs:
        yield "an event does not post what it should"
    yield from _of_positions(observer, loan)
    yield from _of_parts(observer, loan)


def _names(events: Any) -> str:
    return ", ".join(f"{event.id}@{event.booked_on:%d}" for event in events)


def _of_positions(observer: Observer, loan: StoredLoan) -> Iterator[str]:
    """The replay of the events says what each event left, and what the last close of a day says."""
    columns = ", ".join(f"{name}::text" for name in POSITION_COLUMNS)
    left = observer.execute(
        f"SELECT business_date, {columns} FROM book.loan_position WHERE loan_no = %s"
        " ORDER BY sequence".encode(),
        (loan.loan_no,),
    ).fetchall()
    for number, (day, *values) in enumerate(left, 1):
        yield from _differences(
            loan, number, day, dict(zip(POSITION_COLUMNS, values, strict=True)), f"event {number}"
        )
    row = observer.execute(
        f"SELECT business_date, {columns} FROM book.loan_day WHERE loan_no = %s"
        " ORDER BY business_date DESC LIMIT 1".encode(),
        (loan.loan_no,),
    ).fetchone()
    if row is None:
        return
    day, *values = row
    counted = sum(event.booked_on <= day for event in loan.history)
    at_close = dict(zip(POSITION_COLUMNS, values, strict=True))
    yield from _differences(loan, counted, day + timedelta(days=1), at_close, f"the close of {day}")


def _differences(
    loan: StoredLoan, counted: int, day: date, stored: Mapping[str, object], where: str
) -> Iterator[str]:
    """Compare a stored row with a replay of the first events as a day begins."""
    standing = standing_of(terms=loan.terms, rules=loan.rules, events=loan.history[:counted], day=day)[1]
    none: list[PlanRow] = []
    row = position_row(
        loan_no=loan.loan_no,
        standing=standing,
        plan=plan_left(standing=standing, stored=none),
        kept=Kept(paid_up_on=None),
        basis=overdue_terms(terms=loan.terms, rules=loan.rules).basis,
    )
    said = dict(zip(POSITION_COLUMNS, row, strict=True))
    for name in POSITION_COLUMNS:
        if name not in _KEPT and stored[name] != str(said[name]):
            yield f"{where}: {name} is {stored[name]}, a replay says {said[name]}"


def _legs_of(observer: Observer, loan_no: int) -> dict[tuple[str, str], int]:
    rows = observer.execute(
        "SELECT account, lender, sum(amount_fen)::bigint FROM book.loan_posting"
        " WHERE loan_no = %s GROUP BY 1, 2",
        (loan_no,),
    )
    return {(account, lender): fen for account, lender, fen in rows}


def _of_money(observer: Observer, loan: StoredLoan, expected: ExpectedLoan) -> Iterator[str]:
    """No payment is lost or booked twice: the clearing account moved by what came in and what went out."""
    own = loan.shares.parties[0]
    moved = _legs_of(observer, loan.loan_no).get((LoanAccount.CLEARING.value, own), 0)
    funded = loan.shares.parts(expected.paid_out())[0]
    if moved != expected.money_in() - funded:
        yield f"clearing moved by {moved}, but {expected.money_in()} came in and {funded} of ours went out"


def _of_parts(observer: Observer, loan: StoredLoan) -> Iterator[str]:
    """Each lender's part of all that was earned and collected is within a fen of his share."""
    legs = _legs_of(observer, loan.loan_no)
    own, *partners = loan.shares.parties
    days = observer.execute(
        "SELECT coalesce(sum(own_interest_fen), 0)::bigint, coalesce(sum(own_penalty_fen), 0)::bigint,"
        " coalesce(sum(interest_accrued_fen), 0)::bigint, coalesce(sum(penalty_accrued_fen), 0)::bigint,"
        " max(business_date) FROM book.loan_day WHERE loan_no = %s",
        (loan.loan_no,),
    ).fetchone()
    assert days is not None
    if days[4] is None or any(event.booked_on > days[4] for event in loan.history):
        return  # not closed up to its last event: income of days that are open is in neither
    balances = loan.standing(day=days[4] + timedelta(days=1)).balances
    for number, (name, account) in enumerate(_INCOMES):
        total = -balances.get(account, 0)
        ours = days[number] - legs.get((account.value, own), 0)
        if abs(ours - total * loan.shares.share(own)) > 1:
            yield f"our part of {total} {name} is {ours}"
    receivable = ("loan_principal", "interest_receivable", "fee_receivable", "penalty_receivable")
    collected = -sum(balances.get(account, 0) for account in balances if account.value in receivable)
    results = ("income", "expense", "written_off")
    earned = -sum(fen for account, fen in balances.items() if account.value.endswith(results))
    disbursed = loan.standing(day=days[4] + timedelta(days=1)).disbursed
    collected += disbursed + earned
    for partner in partners:
        settled = -legs.get((LoanAccount.PARTNER_SETTLEMENT.value, partner), 0)
        if abs(settled - collected * loan.shares.share(partner)) > 1:
            yield f"of {collected} collected {settled} is {partner}'s"


def sealed_problems(observer: Observer, bank: Bank) -> Iterator[str]:
    """Name what the evidence does not prove, and days that were closed and never said."""
    verification = bank.verify()
    for problem in verification.problems:
        yield f"evidence: {problem}"
    if verification.open_entries:
        yield f"{verification.open_entries} sealed entries are under no checkpoint"


def unsaid_days(observer: Observer) -> list[date]:
    """Return the days that are closed for every shard with loans, and of which no fact tells."""
    rows = observer.execute(
        "SELECT DISTINCT business_date FROM book.day_shard WHERE shards = %s AND NOT EXISTS ("
        " SELECT FROM kernel.fact WHERE kind = 'DayClosed' AND key = to_char(business_date, 'YYYY-MM-DD'))"
        " ORDER BY 1",
        (SHARDS,),
    )
    return [day for (day,) in rows]
