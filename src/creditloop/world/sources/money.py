"""Flows (流水): of the bank's own accounts, and of accounts at other banks as handed in."""

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.numbering import PERSON
from creditloop.world.planted.activity import season
from creditloop.world.planted.drivers import INCOME_LOSS, OVER_INDEBTEDNESS, OWNER_EVENT
from creditloop.world.planted.links import NOBODY, core_of
from creditloop.world.planted.shard import Shard
from creditloop.world.sources.events import Events, chosen, counted, drawn, shared
from creditloop.world.sources.loans import our_instalments, slipped_days
from creditloop.world.writing.columns import Codes, Rows, by_party, numbered, sequence, stack

DIRECTIONS = ("in", "out")
IN, OUT = 0, 1
CHANNELS = ("counter", "atm", "web", "app", "pos", "quick")
KINDS = (
    "salary",
    "trade",
    "consumption",
    "transfer",
    "loan_receipt",
    "loan_repayment",
    "tax",
    "utilities",
    "insurance",
    "wealth",
    "cash",
    "gambling",
    "other",
)
(
    SALARY,
    TRADE,
    CONSUMPTION,
    TRANSFER,
    LOAN_RECEIPT,
    LOAN_REPAYMENT,
    TAX,
    UTILITIES,
    INSURANCE,
    WEALTH,
    CASH,
    GAMBLING,
    OTHER,
) = range(13)
COUNTERPARTIES = ("person", "firm", "bank", "lender", "merchant", "government", "own")
OF_KIND = {
    SALARY: 1,
    TRADE: 1,
    CONSUMPTION: 4,
    TRANSFER: 0,
    LOAN_RECEIPT: 2,
    LOAN_REPAYMENT: 2,
    TAX: 5,
    UTILITIES: 1,
    INSURANCE: 1,
    WEALTH: 2,
    CASH: 6,
    GAMBLING: 0,
    OTHER: 0,
}
"""Kind of counterparty of each kind of flow."""
OTHER_KINDS = (
    "salary",
    "trade",
    "consumption",
    "transfer",
    "loan_receipt",
    "loan_repayment",
    "cash",
    "other",
)
BANKS = 12
"""Other banks whose statements are handed in."""


def account_flows(shard: Shard) -> Rows:
    """Return flows with the balance after each; a party's opening balance is such that none is below zero."""
    random = shard.generator("account_flows")
    parts = [
        _salaries(shard, random),
        _sales(shard, random),
        _purchases(shard, random),
        _round_trips(shard, random),
        *_spending(shard, random),
        _repaid(shard),
        _received(shard),
    ]
    rows = by_party(stack(parts), "booked_on")
    rows = rows.take(rows.whole("booked_on") >= shard.people.since[rows.party])
    kind = rows.whole("kind")
    return rows.with_columns(
        flow_no=numbered("f", sequence(rows.party), 6),
        balance_fen=_balances(shard, rows, share=0.3),
        direction=Codes(rows.whole("direction"), DIRECTIONS),
        channel=Codes(_channels(shard, random, rows), CHANNELS),
        counterparty_kind=Codes(np.array([OF_KIND[each] for each in range(13)])[kind], COUNTERPARTIES),
        kind=Codes(kind, KINDS),
        counterparty=numbered("c", rows.whole("counterparty"), 8),
    )


def _flows(events: Events, *, kind: int, direction: int, amount: Ints, counterparty: Ints) -> Rows:
    n = len(events)
    return Rows(
        party=events.party,
        columns={
            "booked_on": events.day,
            "kind": np.full(n, kind),
            "direction": np.full(n, direction),
            "amount_fen": amount,
            "counterparty": counterparty,
        },
    )


def _salaries(shard: Shard, random: np.random.Generator) -> Rows:
    """Salaries on the pay day: none once most of it is lost, and a thirteenth month at Spring Festival."""
    months, people = shard.setting.months, shard.people
    alive = shard.activity > shard.setting.plan["flows.salary_least"] * people.income_fen[:, None]
    paid = (people.salaried[:, None] & alive).astype(np.int64)
    events = counted(random, months, paid)
    pay_day = 5 + (people.number[events.party] % 20)
    events = Events(party=events.party, month=events.month, day=months.starts[events.month] + pay_day)
    bonus = 1.0 + shard.setting.plan["season.thirteenth_salary"] * months.festival[events.month]
    amount = np.rint(shard.activity[events.party, events.month] * bonus).astype(np.int64)
    payer = np.where(people.employer == NOBODY, 90_000_000 + people.number % 5_000_000, people.employer)
    return _flows(events, kind=SALARY, direction=IN, amount=amount, counterparty=payer[events.party])


def _sales(shard: Shard, random: np.random.Generator) -> Rows:
    """What buyers pay: the month's sales as far as they come into this bank."""
    plan, people = shard.setting.plan, shard.people
    counts = np.where(
        people.trades[:, None], 1 + random.poisson(plan["flows.sales"], shard.activity.shape), 0
    )
    events = counted(random, shard.setting.months, counts)
    amount = shared(random, events, shard.activity * plan["flows.share_here"], spread=0.6)
    core = core_of(shard.setting, people.number)[events.party]
    buyer = _buyers(random, people.number[events.party], int(plan["market.buyers"]))
    buyer = np.where((core != NOBODY) & (random.random(len(events)) < plan["market.to_core"]), core, buyer)
    return _flows(events, kind=TRADE, direction=IN, amount=amount, counterparty=buyer)


def _buyers(random: np.random.Generator, number: Ints, count: int) -> Ints:
    """Return one of each party's usual buyers; their numbers are of no party of the town."""
    return 50_000_000 + (number * 7 + random.integers(0, count, len(number))) % 40_000_000


def _purchases(shard: Shard, random: np.random.Generator) -> Rows:
    plan, people = shard.setting.plan, shard.people
    rates = np.where(people.trades[:, None], plan["flows.purchases"], 0.0) * np.ones_like(shard.activity)
    events = drawn(random, shard.setting.months, rates)
    cost = shard.activity * plan["flows.share_here"] * plan["firms.cost_share"]
    amount = shared(random, events, cost, spread=0.6)
    seller = _buyers(random, people.number[events.party] + 17, 4)
    return _flows(events, kind=TRADE, direction=OUT, amount=amount, counterparty=seller)


def _round_trips(shard: Shard, random: np.random.Generator) -> Rows:
    """Money that inflators send in a circle (虚增流水): in from one partner, out to it the day after."""
    plan, people = shard.setting.plan, shard.people
    rates = np.where(people.inflates[:, None], plan["firms.round_trips"], 0.0) * np.ones_like(shard.activity)
    events = drawn(random, shard.setting.months, rates)
    amount = shared(random, events, shard.activity * plan["firms.inflated_by"], spread=0.2)
    partner = 49_000_000 + people.number[events.party] % 900_000
    came = _flows(events, kind=TRADE, direction=IN, amount=amount, counterparty=partner)
    back = Events(
        party=events.party, month=events.month, day=np.minimum(events.day + 1, shard.setting.months.last)
    )
    went = _flows(back, kind=TRANSFER, direction=OUT, amount=amount - amount // 500, counterparty=partner)
    return stack([came, went])


def _spending(shard: Shard, random: np.random.Generator) -> list[Rows]:
    """What is spent and moved: kinds with a monthly rate and a share of a month's income each."""
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    person = (people.kind == PERSON)[:, None]
    festive = 1.0 + months.festival * (plan["season.festival_spending"] - 1.0)
    kinds = (
        (CONSUMPTION, "consumption", OUT),
        (TRANSFER, "transfer_in", IN),
        (TRANSFER, "transfer_out", OUT),
        (UTILITIES, "utilities", OUT),
        (INSURANCE, "insurance", OUT),
        (WEALTH, "wealth", OUT),
        (CASH, "cash", OUT),
        (TAX, "tax", OUT),
        (GAMBLING, "gambling", OUT),
    )
    parts = []
    for kind, name, direction in kinds:
        for_person, for_trade, share = plan.numbers(f"flows.{name}")
        rates = np.where(person, for_person, for_trade) * festive[None, :] * _leaning(shard, kind, direction)
        events = drawn(random, months, rates)
        base = np.minimum(people.income_fen, 100.0 * plan["flows.spender_yuan_most"])[events.party] * share
        amount = np.maximum(np.rint(base * np.exp(0.7 * random.standard_normal(len(events)))), 1)
        other = (
            30_000_000 + (people.number[events.party] * 11 + random.integers(0, 9, len(events))) % 19_000_000
        )
        parts.append(
            _flows(events, kind=kind, direction=direction, amount=amount.astype(np.int64), counterparty=other)
        )
    return parts


def _leaning(shard: Shard, kind: int, direction: int) -> Floats:
    """Return (parties, months): how a cause moves what is spent, between onset and default and after."""
    plan, fates = shard.setting.plan, shard.fates
    under_way = (fates.onset[:, None] <= shard.setting.months.ends[None, :]) & fates.defaults[:, None]
    driver = fates.driver[:, None]
    factor = np.ones_like(shard.activity)
    if kind == GAMBLING:
        gambles = (driver == OWNER_EVENT) & (shard.people.number % 2 == 0)[:, None]
        return np.where(under_way & gambles, plan["flows.gambling_owner"], factor)
    if kind in (WEALTH, INSURANCE):
        return np.where(under_way & (driver == INCOME_LOSS), 0.2, factor)
    if kind == TRANSFER and direction == IN:
        return np.where(under_way & (driver == OVER_INDEBTEDNESS), 2.5, factor)
    return factor


def _repaid(shard: Shard) -> Rows:
    account, _, due = our_instalments(shard)
    party = shard.debts.party[account]
    paid = due < shard.fates.day[party]
    account, party, due = account[paid], party[paid], due[paid]
    due = np.minimum(due + slipped_days(shard, account, due), shard.setting.months.last)
    events = Events(party=party, month=shard.setting.months.of(due), day=due)
    return _flows(
        events,
        kind=LOAN_REPAYMENT,
        direction=OUT,
        amount=shard.debts.due_fen[account],
        counterparty=np.full(len(due), 99_999_999),
    )


def _received(shard: Shard) -> Rows:
    debts, months = shard.debts, shard.setting.months
    account = np.flatnonzero(
        debts.ours & (debts.term > 0) & (debts.opened >= months.first) & (debts.opened <= months.last)
    )
    events = Events(
        party=debts.party[account], month=months.of(debts.opened[account]), day=debts.opened[account]
    )
    return _flows(
        events,
        kind=LOAN_RECEIPT,
        direction=IN,
        amount=debts.granted_fen[account],
        counterparty=np.full(len(account), 99_999_999),
    )


def _balances(shard: Shard, rows: Rows, *, share: float) -> Ints:
    """Return the balance after each flow: the party's opening balance and its flows so far."""
    signed = np.where(rows.whole("direction") == IN, rows.whole("amount_fen"), -rows.whole("amount_fen"))
    total = np.cumsum(signed)
    starts = np.flatnonzero(sequence(rows.party) == 1)
    before = np.repeat(total[starts] - signed[starts], np.diff(np.append(starts, len(rows))))
    within = total - before
    lowest = np.minimum(np.minimum.reduceat(within, starts), 0) if len(starts) else within
    spare = np.rint(shard.people.income_fen[rows.party[starts]] * share).astype(np.int64)
    found: Ints = within + np.repeat(spare - lowest, np.diff(np.append(starts, len(rows))))
    return found


def _channels(shard: Shard, random: np.random.Generator, rows: Rows) -> Ints:
    usual = chosen(random, shard.setting.plan.numbers("flows.channels"), len(rows))
    kind = rows.whole("kind")
    return np.where(kind == CASH, random.integers(0, 2, len(rows)), np.where(kind == SALARY, 2, usual))


def bank_flow_files(shard: Shard) -> Rows:
    """Return flows of accounts at other banks: what of a trading party's sales does not come to us."""
    random = shard.generator("bank_flow_files")
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    handed_in = people.trades & shard.setting.chance("flows.handed_in", people.number)
    rates = np.where(handed_in[:, None], plan["flows.other_banks"], 0.0) * season(shard.setting, people)
    events = drawn(random, months, rates)
    out = random.random(len(events)) < plan["flows.paid_elsewhere"]
    inflated = np.where(people.inflates, 1.0 + plan["firms.inflated_by"], 1.0)[:, None]
    rest = shard.activity * (1.0 - plan["flows.share_here"]) * inflated
    amount = shared(random, events, rest, spread=0.6)
    kind = np.where(
        out,
        chosen(random, plan.numbers("flows.kinds_paid_elsewhere"), len(events)),
        chosen(random, plan.numbers("flows.kinds_received_elsewhere"), len(events)),
    )
    buyer = _buyers(random, people.number[events.party], int(plan["market.buyers"]))
    rows = by_party(
        Rows(
            party=events.party,
            columns={
                "booked_on": events.day,
                "direction": out.astype(np.int64),
                "kind": kind,
                "amount_fen": amount,
                "counterparty": buyer,
            },
        ),
        "booked_on",
    )
    return rows.with_columns(
        bank=numbered("b", 1 + people.number[rows.party] % BANKS, 2),
        flow_no=numbered("x", sequence(rows.party), 6),
        direction=Codes(rows.whole("direction"), DIRECTIONS),
        kind=Codes(rows.whole("kind"), OTHER_KINDS),
        balance_fen=_balances(shard, rows, share=0.1),
        counterparty=numbered("c", rows.whole("counterparty"), 8),
    )
