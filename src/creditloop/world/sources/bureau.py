"""The credit bureau (征信): accounts, months, queries, guarantees, public records.

People without record have none of the first four. What an account is worth changes: it is told again at every
half year's end, each time with the same key and a later `known_on`.
"""

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.numbering import FIRM, kind_of
from creditloop.world.planted.debts import ACCOUNT_KINDS, CARD, LENDERS, MORTGAGE, QUASI_CARD, slips
from creditloop.world.planted.drivers import NEVER, OVER_INDEBTEDNESS, fates_of
from creditloop.world.planted.links import NOBODY, guaranteed_by
from creditloop.world.planted.people import people_of
from creditloop.world.planted.shard import Shard
from creditloop.world.planted.shocks import shocks_of
from creditloop.world.sources.events import Events, chosen, drawn
from creditloop.world.writing.columns import (
    ABSENT,
    Codes,
    Maybe,
    Rows,
    by_party,
    joined,
    numbered,
    sequence,
    stack,
    worded,
)

GUARANTEES = ("credit", "mortgage", "pledge", "guarantor", "joint")
MONTH_STATES = ("normal", "late_1", "late_2", "late_3", "bad", "settled", "unused")
BAD_AFTER = 4
"""Months late from which a month is told as bad."""


def _institution(shard: Shard, accounts: Ints) -> object:
    debts = shard.debts
    names = worded(debts.lender[accounts], [f"sim-{lender}-" for lender in LENDERS])
    return joined(names, numbered("", debts.institution[accounts], 3))


def _account_no(shard: Shard, accounts: Ints) -> object:
    return numbered("a", shard.debts.order[accounts], 3)


def _left(shard: Shard, accounts: Ints, day: Ints) -> Floats:
    """Return the share of each loan that is still owed on a day, and of each card's limit that is used."""
    debts, fates = shard.debts, shard.fates
    party = debts.party[accounts]
    until = np.where(debts.stops[accounts], np.minimum(day, fates.day[party]), day)
    months_run = np.maximum(until - debts.opened[accounts], 0) / 30.44
    loan = np.clip(1.0 - months_run / np.maximum(debts.term[accounts], 1), 0.0, 1.0)
    drawn_up = np.clip((day - fates.onset[party]) / np.maximum(fates.day - fates.onset, 1)[party], 0, 1)
    card = 0.3 + 0.6 * np.where(fates.defaults[party], drawn_up, 0.0)
    return np.where(debts.term[accounts] == 0, card, loan)


def bureau_accounts(shard: Shard) -> Rows:
    """Return every account as first told and as told again at each half year's end while it lasts."""
    random = shard.generator("bureau_accounts")
    debts, months, fates = shard.debts, shard.setting.months, shard.fates
    delay = random.integers(0, 10, len(debts.party))  # one for an account, so that versions keep their order
    halves = np.concatenate([[months.first - 1], months.ends[5::6]])
    account = np.repeat(np.arange(len(debts.party)), len(halves) + 1)
    told = np.concatenate([halves, [0]])
    as_of = np.tile(told, len(debts.party))
    as_of = np.where(as_of == 0, np.maximum(debts.opened[account], months.first), as_of)
    over = (debts.term[account] > 0) & (debts.opened[account] + 31 * debts.term[account] < as_of - 200)
    opening = np.tile(told == 0, len(debts.party))
    kept = ~opening | (debts.opened[account] >= months.first)
    kept &= (as_of >= debts.opened[account]) & (as_of <= months.last) & ~over
    account, as_of = account[kept], as_of[kept]
    party = debts.party[account]
    overdue_months = np.where(debts.stops[account], np.clip((as_of - fates.day[party]) // 30 + 1, 0, 12), 0)
    due = np.where(debts.term[account] > 0, debts.due_fen[account], debts.granted_fen[account] // 20)
    left = np.rint(debts.granted_fen[account] * _left(shard, account, as_of)).astype(np.int64)
    rows = Rows(
        party=party,
        columns={
            "account": account,
            "opened_on": debts.opened[account],
            "granted_fen": debts.granted_fen[account],
            "balance_fen": left,
            "monthly_due_fen": np.where(left > 0, due, 0),
            "overdue_fen": np.minimum(overdue_months * due, left),
            "known_on": as_of + 1 + delay[account],
        },
    )
    order = np.lexsort((rows.whole("known_on"), rows.whole("account")))
    rows = _first_of_equal(rows.take(order))
    account = rows.whole("account")
    columns = {name: column for name, column in rows.columns.items() if name != "account"}
    return Rows(
        party=rows.party,
        columns={
            **columns,
            "account_no": _account_no(shard, account),
            "institution": _institution(shard, account),
            "kind": Codes(debts.kind[account], ACCOUNT_KINDS),
            "lender": Codes(debts.lender[account], LENDERS),
            "guarantee": Codes(_guarantee(shard, account), GUARANTEES),
            "term_months": Maybe(debts.term[account], debts.term[account] > 0),
        },
    )


def _guarantee(shard: Shard, account: Ints) -> Ints:
    kind = shard.debts.kind[account]
    drawn_kind = (account * 7 + shard.debts.party[account]) % 5 * (account % 4 == 0)
    return np.where(kind == MORTGAGE, 1, np.where(np.isin(kind, (CARD, QUASI_CARD)), ABSENT, drawn_kind))


def _first_of_equal(rows: Rows) -> Rows:
    """Return the rows without a second one of the same account and day."""
    account, known = rows.whole("account"), rows.whole("known_on")
    again = (account[1:] == account[:-1]) & (known[1:] == known[:-1])
    return rows.take(np.concatenate([[True], ~again]) if len(rows) else np.zeros(0, np.bool_))


def bureau_months(shard: Shard) -> Rows:
    """Return one row for each account and month of the town: its state, what was due, paid and overdue."""
    random = shard.generator("bureau_months")
    debts, months, fates = shard.debts, shard.setting.months, shard.fates
    account = np.repeat(np.arange(len(debts.party)), months.count)
    day = np.tile(months.ends, len(debts.party))
    ends = np.where(debts.term > 0, debts.opened + 31 * debts.term + 31, NEVER)
    defaulted = debts.stops & fates.defaults[debts.party]
    ends = np.where(defaulted, NEVER, ends)
    kept = (day > debts.opened[account]) & (day <= ends[account])
    account, day = account[kept], day[kept]
    party = debts.party[account]
    after = day - fates.day[party]
    stopped = np.where(debts.stops[account] & (after >= 0), after // 30 + 1, 0)
    month = months.of(day)
    slipped = slips(shard.setting, shard.people, debts, account=account, month=month) > 0
    late = np.maximum(stopped, slipped)
    balance = np.rint(debts.granted_fen[account] * _left(shard, account, day)).astype(np.int64)
    card = debts.term[account] == 0
    unused = card & (late == 0) & (random.random(len(account)) < shard.setting.plan["bureau.unused"])
    settled = ~card & (balance == 0) & (late == 0)
    due = np.where(card, balance // 10, debts.due_fen[account]) * ~(unused | settled)
    state = np.where(unused, 6, np.where(settled, 5, np.where(late >= BAD_AFTER, 4, late)))
    return Rows(
        party=party,
        columns={
            "account_no": _account_no(shard, account),
            "month_on": day,
            "kind": Codes(debts.kind[account], ACCOUNT_KINDS),
            "lender": Codes(debts.lender[account], LENDERS),
            "state": Codes(state, MONTH_STATES),
            "overdue_fen": late * due,
            "months_late": late,
            "balance_fen": np.where(unused, 0, balance),
            "due_fen": due,
            "paid_fen": np.where(late > 0, 0, due),
        },
    )


REASONS = ("loan_approval", "card_approval", "guarantee_check", "post_loan", "own", "other")


def bureau_queries(shard: Shard) -> Rows:
    """Return who asked the bureau and why: often before a default by over-indebtedness, seldom otherwise."""
    random = shard.generator("bureau_queries")
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    rates = np.full(len(people), plan["bureau.queries_month"])
    rates = np.where(people.multi_lender, rates * plan["bureau.queries_many"], rates)
    rates = np.where(people.no_record, 0.0, rates)[:, None] * np.ones(months.count)[None, :]
    under_way = (fates.onset[:, None] <= months.ends) & (fates.day[:, None] > months.starts[:-1])
    over = under_way & (fates.driver == OVER_INDEBTEDNESS)[:, None]
    asked = drawn(random, months, np.where(over, rates + plan["bureau.queries_burst"], rates))
    rushed = over[asked.party, asked.month]
    reason = np.where(rushed, 0, chosen(random, plan.numbers("bureau.reasons"), len(asked)))
    lender = np.where(
        rushed,
        chosen(random, plan.numbers("debts.lenders_burst"), len(asked)),
        chosen(random, plan.numbers("debts.lenders"), len(asked)),
    )
    opened = _opened_queries(shard)
    rows = by_party(
        stack([_queries(asked, reason, lender, random.integers(1, 41, len(asked))), opened]), "queried_on"
    )
    lender = rows.whole("lender")
    names = worded(lender, [f"sim-{name}-" for name in LENDERS])
    return rows.with_columns(
        query_no=numbered("q", sequence(rows.party), 4),
        reason=Codes(rows.whole("reason"), REASONS),
        lender=Codes(lender, LENDERS),
        institution=joined(names, numbered("", rows.whole("institution"), 3)),
    )


def _queries(events: Events, reason: Ints, lender: Ints, institution: Ints) -> Rows:
    return Rows(
        party=events.party,
        columns={
            "queried_on": events.day,
            "reason": reason,
            "lender": lender,
            "institution": lender * 40 + institution,
        },
    )


def _opened_queries(shard: Shard) -> Rows:
    """Return the query that stands before each account opened in the town's days."""
    debts, months = shard.debts, shard.setting.months
    day = debts.opened - 3
    account = np.flatnonzero((day >= months.first) & (day <= months.last))
    card = np.isin(debts.kind[account], (CARD, QUASI_CARD)).astype(np.int64)
    return Rows(
        party=debts.party[account],
        columns={
            "queried_on": day[account],
            "reason": card,
            "lender": debts.lender[account],
            "institution": debts.institution[account],
        },
    )


STATES = ("normal", "special_mention", "substandard", "doubtful", "loss")


def bureau_guarantees(shard: Shard) -> Rows:
    """Return what parties stand in for; told again as the borrower falls behind."""
    random = shard.generator("bureau_guarantees")
    setting, people = shard.setting, shard.people
    stands = np.flatnonzero((guaranteed_by(setting, people.number) != NOBODY) & ~people.no_record)
    borrower = people_of(setting, guaranteed_by(setting, people.number[stands]))
    stops = fates_of(setting, shocks_of(setting), borrower).day
    since = (
        setting.months.first
        - 30
        + np.floor(setting.uniform("bureau.guarantee_since", borrower.number) * 200).astype(np.int64)
    )
    since = np.minimum(since, stops - 60)
    liable = (
        np.floor(borrower.income_fen * setting.plan["debts.months_of_sales"] / 10_000).astype(np.int64)
        * 10_000
    )
    parts = []
    for version, (state, after) in enumerate(((0, None), (1, 20), (2, 95), (3, 190))):
        day = since if after is None else stops + after
        told = np.flatnonzero(day <= setting.months.last)
        parts.append(
            Rows(
                party=stands[told],
                columns={
                    "since_on": since[told],
                    "state": np.full(len(told), state),
                    "liable_fen": liable[told],
                    "balance_fen": liable[told] * 8 // 10,
                    "overdue_months": np.full(len(told), (0, 1, 3, 6)[version]),
                    "borrower_kind": (kind_of(borrower.number[told]) == FIRM).astype(np.int64),
                    "known_on": day[told] + 1 + random.integers(0, 8, len(told)),
                },
            )
        )
    rows = by_party(stack(parts), "known_on")
    return rows.with_columns(
        guarantee_no=numbered("g", np.ones(len(rows), np.int64), 3),
        liability=Codes(np.ones(len(rows), np.int64), ("joint_borrower", "guarantor", "bill", "receivable")),
        borrower_kind=Codes(rows.whole("borrower_kind"), ("person", "firm")),
        state=Codes(rows.whole("state"), STATES),
    )


def bureau_records(shard: Shard) -> Rows:
    """Return public records: judgments, enforcement and unpaid tax after a default; penalties of traders."""
    random = shard.generator("bureau_records")
    people, fates, months = shard.people, shard.fates, shard.setting.months
    plan = shard.setting.plan
    late = np.flatnonzero(shard.stops & (random.random(len(people)) < plan["bureau.judged"]))
    judged = fates.day[late] + random.integers(100, 220, len(late))
    owes = np.flatnonzero(
        people.trades & fates.defaults & (random.random(len(people)) < plan["bureau.owes_tax"])
    )
    fined = np.flatnonzero(people.trades & (random.random(len(people)) < plan["bureau.fined"]))
    parts = [
        _records(shard, late, judged, 1),
        _records(shard, late, judged + 60, 2),
        _records(shard, owes, fates.day[owes] + random.integers(20, 120, len(owes)), 0),
        _records(shard, fined, months.first + random.integers(0, months.last - months.first, len(fined)), 3),
    ]
    rows = by_party(stack(parts), "recorded_on")
    rows = rows.take(rows.whole("recorded_on") <= months.last)
    return rows.with_columns(
        record_no=numbered("r", sequence(rows.party), 3),
        kind=Codes(rows.whole("kind"), ("unpaid_tax", "judgment", "enforcement", "penalty")),
        state=Codes((rows.whole("kind") == 3).astype(np.int64), ("open", "closed")),
    )


def _records(shard: Shard, party: Ints, day: Ints, kind: int) -> Rows:
    amount = np.floor(shard.people.income_fen[party] * (0.4, 2.0, 2.0, 0.05)[kind]).astype(np.int64)
    return Rows(
        party=party, columns={"recorded_on": day, "kind": np.full(len(party), kind), "amount_fen": amount}
    )
