"""What the market shows of firms (经营): invoices, orders, statements, registry, patents, court cases."""

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.planted.drivers import CONTAGION, OWNER_EVENT
from creditloop.world.planted.links import NOBODY, core_of
from creditloop.world.planted.people import INDUSTRIES
from creditloop.world.planted.shard import Shard
from creditloop.world.sources.events import Events, chosen, counted, drawn, shared
from creditloop.world.sources.government import LARGE
from creditloop.world.writing.columns import Codes, Maybe, Rows, by_party, numbered, sequence, stack

SELLS_ONLINE = tuple(INDUSTRIES.index(name) for name in ("wholesale", "retail", "catering", "farming"))
INVENTS = tuple(INDUSTRIES.index(name) for name in ("manufacturing", "software", "science"))


def told_sales(shard: Shard) -> Floats:
    """Return (parties, months): sales as a firm invoices them: an inflator's are more than it sells."""
    more = np.where(shard.people.inflates, 1.0 + shard.setting.plan["firms.inflated_by"], 1.0)
    return shard.activity * more[:, None]


def invoices(shard: Shard) -> Rows:
    """Return invoices: sales that add up to what is invoiced, purchases to the cost share of true sales."""
    random = shard.generator("invoices")
    plan, people = shard.setting.plan, shard.people
    invoiced = people.firm | (people.trades & shard.setting.chance("market.trader_invoices", people.number))
    counts = np.where(
        invoiced[:, None], 1 + random.poisson(plan["market.invoices_sale"], shard.activity.shape), 0
    )
    sales = counted(random, shard.setting.months, counts)
    rates = np.where(invoiced[:, None], plan["market.invoices_purchase"], 0.0) * np.ones_like(shard.activity)
    buys = drawn(random, shard.setting.months, rates)
    noisy = told_sales(shard) * np.exp(plan["market.noise"] * random.standard_normal(shard.activity.shape))
    rows = by_party(
        stack(
            [
                _invoices(shard, random, sales, shared(random, sales, noisy, spread=0.7), direction=0),
                _invoices(
                    shard,
                    random,
                    buys,
                    shared(random, buys, shard.activity * plan["firms.cost_share"], spread=0.7),
                    direction=1,
                ),
            ]
        ),
        "issued_on",
    )
    amount = rows.whole("amount_fen")
    return rows.with_columns(
        invoice_no=numbered("i", sequence(rows.party), 6),
        tax_fen=amount * 13 // 100,
        direction=Codes(rows.whole("direction"), ("sale", "purchase")),
        state=Codes(rows.whole("state"), ("normal", "void", "red")),
        counterparty=numbered("c", rows.whole("counterparty"), 8),
    )


def _invoices(
    shard: Shard, random: np.random.Generator, events: Events, amount: Ints, *, direction: int
) -> Rows:
    number = shard.people.number[events.party]
    core = core_of(shard.setting, shard.people.number)[events.party]
    few = np.where(shard.people.inflates[events.party], 2, int(shard.setting.plan["market.buyers"]))
    buyer = (
        50_000_000 + (number * 7 + np.floor(random.random(len(events)) * few).astype(np.int64)) % 40_000_000
    )
    to_core = (
        (core != NOBODY)
        & (random.random(len(events)) < shard.setting.plan["market.to_core"])
        & (direction == 0)
    )
    return Rows(
        party=events.party,
        columns={
            "issued_on": events.day,
            "direction": np.full(len(events), direction),
            "amount_fen": amount,
            "state": chosen(random, shard.setting.plan.numbers("market.invoice_states"), len(events)),
            "counterparty": np.where(to_core, core, buyer),
        },
    )


def orders(shard: Shard) -> Rows:
    """Return orders of those who sell online: their share of true sales, with refunds and disputes."""
    random = shard.generator("orders")
    plan, people, fates = shard.setting.plan, shard.people, shard.fates
    online = people.trades & (np.isin(people.industry, SELLS_ONLINE) | (people.number % 3 == 0))
    counts = np.where(online[:, None], 1 + random.poisson(plan["market.orders"], shard.activity.shape), 0)
    events = counted(random, shard.setting.months, counts)
    amount = shared(random, events, shard.activity * plan["market.share_online"], spread=0.7)
    weak = (fates.onset[events.party] <= events.day) & fates.defaults[events.party]
    draw = random.random(len(events)) * np.where(weak, plan["market.disputes_weak"], 1.0)
    bad = np.cumsum(plan.numbers("market.orders_gone_wrong"))
    state = (1 + np.searchsorted(bad, draw, side="right")) % 4
    core = core_of(shard.setting, people.number)[events.party]
    channel = np.where(
        core != NOBODY, 1, np.where(random.random(len(events)) < plan["market.by_platform"], 0, 2)
    )
    buyer = 50_000_000 + random.integers(0, 40_000_000, len(events))
    rows = by_party(
        Rows(
            party=events.party,
            columns={
                "ordered_on": events.day,
                "channel": channel,
                "state": state,
                "amount_fen": amount,
                "refund_fen": np.where(state == 1, amount, 0),
                "buyer": np.where(channel == 1, core, buyer),
            },
        ),
        "ordered_on",
    )
    return rows.with_columns(
        order_no=numbered("o", sequence(rows.party), 6),
        channel=Codes(rows.whole("channel"), ("platform", "core_firm", "shop")),
        state=Codes(rows.whole("state"), ("done", "refunded", "cancelled", "disputed")),
        buyer=numbered("c", rows.whole("buyer"), 8),
    )


def financial_statements(shard: Shard) -> Rows:
    """Return firms' half-yearly statements; their parts add up, an inflator's sales are the told ones."""
    random = shard.generator("financial_statements")
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    firms = np.flatnonzero(people.firm & shard.setting.chance("market.statements", people.number))
    halves = np.arange(5, months.count, 6)
    party, half = np.repeat(firms, len(halves)), np.tile(halves, len(firms))
    sales = np.cumsum(told_sales(shard), axis=1)
    since = half - half % 12
    revenue = np.rint(sales[party, half] - np.where(since > 0, sales[party, np.maximum(since - 1, 0)], 0.0))
    day = months.ends[half]
    weak = np.where(fates.defaults[party], np.clip((day - fates.onset[party]) / 240.0, 0.0, 1.0), 0.0)
    return Rows(
        party=party,
        columns={
            "period_on": day,
            "audit": Codes(_audited(random, people.size[party], half), ("audited", "filed", "own")),
            **_balance_sheet(
                random, plan["firms.cost_share"], revenue, people.income_fen[party] * 12.0, weak
            ),
        },
    )


def _audited(random: np.random.Generator, size: Ints, half: Ints) -> Ints:
    yearly = half % 12 == 11
    return np.where(yearly & (size >= LARGE), 0, np.where(random.random(len(size)) < 0.7, 1, 2))


def _balance_sheet(
    random: np.random.Generator, cost_share: float, revenue: Floats, year: Floats, weak: Floats
) -> dict[str, Ints]:
    """Return the lines of statements: current and fixed assets make the total, debts and equity as well."""

    def of_year(share: float, drift: float = 0.0) -> Ints:
        noise = np.exp(0.25 * random.standard_normal(len(year)))
        return np.rint(year * share * (1.0 + drift * weak) * noise).astype(np.int64)

    revenue = revenue.astype(np.int64)
    cash, receivables, inventory = of_year(0.10, -0.7), of_year(0.18, 0.8), of_year(0.14, 0.6)
    current, fixed = cash + receivables + inventory + of_year(0.02), of_year(0.30)
    short, payables, other, long = of_year(0.12, 0.7), of_year(0.15, 0.5), of_year(0.03), of_year(0.08)
    total, debts = current + fixed, short + payables + other + long
    cost = np.rint(revenue * (cost_share + 0.12 * weak)).astype(np.int64)
    interest = (short + long) * 5 // 100
    operating = revenue - cost - revenue * 18 // 100
    before_tax = operating - interest
    net = before_tax - np.where(before_tax > 0, before_tax // 4, 0)
    return {
        "cash_fen": cash,
        "receivables_fen": receivables,
        "inventory_fen": inventory,
        "current_assets_fen": current,
        "fixed_assets_fen": fixed,
        "total_assets_fen": total,
        "short_loans_fen": short,
        "payables_fen": payables,
        "current_liabilities_fen": short + payables + other,
        "long_loans_fen": long,
        "total_liabilities_fen": debts,
        "equity_fen": total - debts,
        "revenue_fen": revenue,
        "cost_fen": cost,
        "operating_profit_fen": operating,
        "interest_expense_fen": interest,
        "profit_before_tax_fen": before_tax,
        "net_profit_fen": net,
        "operating_cash_flow_fen": net - np.rint(0.3 * weak * revenue).astype(np.int64),
    }


CHANGES = (
    "established",
    "capital_up",
    "capital_down",
    "legal_person",
    "shareholder",
    "executive",
    "address",
    "scope",
    "abnormal",
    "normal_again",
    "penalty",
    "equity_pledge",
    "equity_freeze",
    "chattel_mortgage",
    "revoked",
    "cancelled",
)
(
    ESTABLISHED,
    CAPITAL_UP,
    CAPITAL_DOWN,
    LEGAL_PERSON,
    SHAREHOLDER,
    EXECUTIVE,
    ADDRESS,
    SCOPE,
    ABNORMAL,
    NORMAL_AGAIN,
    PENALTY,
    EQUITY_PLEDGE,
    EQUITY_FREEZE,
    CHATTEL_MORTGAGE,
    REVOKED,
    CANCELLED,
) = range(16)
WITH_AMOUNT = (ESTABLISHED, CAPITAL_UP, CAPITAL_DOWN, PENALTY, EQUITY_PLEDGE, CHATTEL_MORTGAGE)


def business_registry(shard: Shard) -> Rows:
    """Return the registry's changes: how a firm began, usual ones, and those that follow a cause."""
    random = shard.generator("business_registry")
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    trades = np.flatnonzero(people.trades)
    began = Events(party=trades, month=np.zeros_like(trades), day=people.established[trades])
    rates = np.where(people.trades, plan["market.changes_month"], 0.0)[:, None] * np.ones((1, months.count))
    usual = drawn(random, months, rates)
    owner = np.flatnonzero(
        (fates.driver == OWNER_EVENT) & (random.random(len(people)) < plan["market.owner_replaced"])
    )
    fallen = np.flatnonzero(
        people.trades & fates.defaults & (random.random(len(people)) < plan["market.fallen_noted"])
    )
    parts = [
        _changes(shard, began.party, began.day, np.full(len(began), ESTABLISHED)),
        _changes(
            shard,
            usual.party,
            usual.day,
            chosen(
                random,
                plan.numbers("market.changes"),
                len(usual),
            ),
        ),
        _changes(
            shard,
            owner,
            fates.onset[owner] + random.integers(5, 60, len(owner)),
            np.full(len(owner), LEGAL_PERSON),
        ),
        _changes(
            shard,
            fallen,
            fates.day[fallen] + random.integers(-20, 100, len(fallen)),
            np.where(fates.driver[fallen] == CONTAGION, EQUITY_FREEZE, ABNORMAL),
        ),
    ]
    rows = by_party(stack(parts), "changed_on")
    rows = rows.take(rows.whole("changed_on") <= months.last)
    kind = rows.whole("kind")
    return rows.with_columns(
        change_no=numbered("h", sequence(rows.party), 4),
        kind=Codes(kind, CHANGES),
        amount_fen=Maybe(rows.whole("amount_fen"), np.isin(kind, WITH_AMOUNT)),
    )


def _changes(shard: Shard, party: Ints, day: Ints, kind: Ints) -> Rows:
    capital = np.floor(shard.people.income_fen[party] * 3 / 100_000_000).astype(np.int64) + 10
    amount = np.where(kind == PENALTY, 500_000, capital * 1_000_000)
    return Rows(party=party, columns={"changed_on": day, "kind": kind, "amount_fen": amount})


STAGES = ("applied", "granted", "transferred_in", "transferred_out", "pledged", "released", "lapsed")


def patents(shard: Shard) -> Rows:
    """Return the events of patents of firms that invent."""
    random = shard.generator("patents")
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    inventive = people.firm & np.isin(people.industry, INVENTS)
    inventive &= shard.setting.chance("market.inventive", people.number)
    rates = np.where(inventive, plan["market.patents_month"], 0.0)[:, None] * np.ones((1, months.count))
    applied = drawn(random, months, rates)
    patent = sequence(applied.party)
    kind = chosen(random, plan.numbers("market.patent_kinds"), len(applied))
    granted = applied.day + np.where(kind == 0, 420, 210) + random.integers(0, 120, len(applied))
    pledged = np.where(random.random(len(applied)) < plan["market.pledged"], granted + 40, months.last + 1)
    lapsed = np.where(random.random(len(applied)) < plan["market.lapsed"], granted + 100, months.last + 1)
    claims, cited = random.integers(3, 18, len(applied)), random.poisson(1.2, len(applied))
    parts = []
    for stage, day in ((0, applied.day), (1, granted), (4, pledged), (6, lapsed)):
        told = day <= months.last
        parts.append(
            Rows(
                party=applied.party[told],
                columns={
                    "patent": patent[told],
                    "happened_on": day[told],
                    "kind": kind[told],
                    "stage": np.full(int(told.sum()), stage),
                    "claims": claims[told],
                    "cited": np.where(stage == 0, 0, cited[told]),
                },
            )
        )
    rows = by_party(stack(parts), "happened_on")
    columns = {name: column for name, column in rows.columns.items() if name != "patent"}
    return Rows(
        party=rows.party,
        columns={
            **columns,
            "patent_no": numbered("z", rows.whole("patent"), 4),
            "kind": Codes(rows.whole("kind"), ("invention", "utility", "design")),
            "stage": Codes(rows.whole("stage"), STAGES),
        },
    )
