"""Our cards and loans (信用卡与借据): monthly statements, and instalments as they became known."""

import numpy as np

from creditloop.world.draws import Flags, Floats, Ints
from creditloop.world.numbering import PERSON
from creditloop.world.planted.debts import CARD, slips
from creditloop.world.planted.shard import Shard
from creditloop.world.writing.columns import Codes, Rows, numbered, stack


def our_instalments(shard: Shard) -> tuple[Ints, Ints, Ints]:
    """Return (account, number of the instalment, day due) for our loans within the town's days."""
    debts, months = shard.debts, shard.setting.months
    accounts = np.flatnonzero(debts.ours & (debts.term > 0) & (debts.opened <= months.last))
    begins = months.of(np.maximum(debts.opened[accounts], months.first))
    before = np.maximum((months.first - debts.opened[accounts]) // 30, 0)
    count = np.clip(np.minimum(debts.term[accounts] - before, months.count - begins - 1), 0, None)
    index = np.repeat(np.arange(len(accounts)), count)
    step = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    month = begins[index] + 1 + step
    due = months.starts[month] + 14 + shard.people.number[debts.party[accounts[index]]] % 10
    return accounts[index], before[index] + step + 1, due


def slipped_days(shard: Shard, account: Ints, due: Ints) -> Ints:
    """Return how many days late instalments are paid by parties that have not stopped paying."""
    month = shard.setting.months.of(due)
    return slips(shard.setting, shard.people, shard.debts, account=account, month=month)


def card_statements(shard: Shard) -> Rows:
    """Return monthly statements of our cards: bill, minimum, what was paid, cash taken, months late."""
    random = shard.generator("card_statements")
    debts, months, people = shard.debts, shard.setting.months, shard.people
    cards = np.flatnonzero(debts.ours & (debts.kind == CARD))
    account = np.repeat(cards, months.count)
    month = np.tile(np.arange(months.count), len(cards))
    party = debts.party[account]
    day = months.starts[month] + 4 + people.number[party] % 20
    open_yet = (debts.opened[account] < day) & (people.since[party] <= day)
    account, month, party, day = account[open_yet], month[open_yet], party[open_yet], day[open_yet]
    limit = debts.granted_fen[account]
    late = _months_late(shard, account, month, day)
    use = _utilisation(shard, random, party, day)
    bill = np.where(
        random.random(len(party)) < shard.setting.plan["cards.unused"],
        0,
        np.rint(limit * np.minimum(use, 1.1)),
    ).astype(np.int64)
    bill = np.where(late > 0, np.maximum(bill, limit // 2), bill)
    state, paid = _paid_of_bill(shard, random, party, bill, late)
    cash = np.where(random.random(len(party)) < 0.02 + 0.25 * (use > 0.85), np.rint(bill * 0.3), 0)
    return Rows(
        party=party,
        columns={
            "card_no": numbered("k", people.number[party] * 10 + debts.order[account] % 10, 9),
            "statement_on": day,
            "limit_fen": limit,
            "bill_fen": bill,
            "minimum_fen": bill // 10,
            "paid_fen": paid,
            "cash_fen": cash.astype(np.int64),
            "months_late": late,
            "state": Codes(state, ("full", "minimum", "partial", "none", "unused")),
        },
    )


def _utilisation(shard: Shard, random: np.random.Generator, party: Ints, day: Ints) -> Floats:
    """Return the bill as a share of the limit: higher as a cause is under way, low for the disciplined."""
    plan, fates, people = shard.setting.plan, shard.fates, shard.people
    level = plan["cards.utilisation"] * np.exp(0.5 * shard.setting.normal("cards.use", people.number))
    level = np.where(people.disciplined, level * plan["cards.use_disciplined"], level)
    level = np.where(
        people.multi_lender & ~people.disciplined, level * plan["cards.use_undisciplined"], level
    )
    drawn_up = np.clip((day - fates.onset[party]) / np.maximum(fates.day - fates.onset, 1)[party], 0, 1)
    up = np.where(fates.defaults[party], drawn_up, 0.0)
    base = np.minimum(level[party], 0.95) * np.exp(0.25 * random.standard_normal(len(party)))
    found: Floats = base + (1.0 - np.minimum(base, 1.0)) * up * plan["cards.drawn_up"]
    return found


def _months_late(shard: Shard, account: Ints, month: Ints, day: Ints) -> Ints:
    after = day - shard.fates.day[shard.debts.party[account]]
    stopped = np.where(shard.debts.stops[account] & (after >= 0), after // 30 + 1, 0)
    slipped = slips(shard.setting, shard.people, shard.debts, account=account, month=month) > 0
    return np.maximum(stopped, slipped)


def _paid_of_bill(
    shard: Shard, random: np.random.Generator, party: Ints, bill: Ints, late: Ints
) -> tuple[Ints, Ints]:
    plan, people = shard.setting.plan, shard.people
    revolves = np.where(
        people.disciplined,
        plan["cards.revolves_disciplined"],
        np.where(people.multi_lender, plan["cards.revolves_undisciplined"], plan["cards.revolves"]),
    )[party]
    draw = random.random(len(party))
    state = np.where(draw < revolves, np.where(draw < revolves / 2, 1, 2), 0)
    state = np.where(bill == 0, 4, np.where(late > 0, 3, state))
    part = bill // 10 + np.rint(random.random(len(party)) * 0.8 * bill).astype(np.int64)
    return state, np.choose(state, [bill, bill // 10, np.minimum(part, bill), np.zeros_like(bill), bill])


PRODUCTS = ("retail_line", "consumer", "sme_working", "patent", "tax")
REPAID = ("on_time", "early", "late", "unpaid")


def repayments(shard: Shard) -> Rows:
    """Return our loans' instalments as they became known: on time or early at once; else unpaid, then later.

    An unpaid instalment is told again 30, 60 and 90 days after; one paid late is told again when it is paid.
    """
    random = shard.generator("repayments")
    account, number, due = our_instalments(shard)
    party, amount = shard.debts.party[account], shard.debts.due_fen[account]
    stopped = due >= shard.fates.day[party]
    late_days = slipped_days(shard, account, due)
    early = random.random(len(due)) < shard.setting.plan["repayments.early"]
    loan = shard.people.number[party] * 10 + shard.debts.order[account] % 10
    product = _product(shard, party)

    def told(rows: Flags, state: Ints, paid: Ints, dpd: Ints, after: Ints) -> Rows:
        return Rows(
            party=party[rows],
            columns={
                "loan_no": loan[rows],
                "instalment_no": number[rows],
                "due_on": due[rows],
                "product": product[rows],
                "state": state[rows],
                "due_fen": amount[rows],
                "paid_fen": paid[rows],
                "dpd": dpd[rows],
                "known_on": (due + after)[rows],
            },
        )

    zero = np.zeros(len(due), np.int64)
    unpaid, paid_late = np.full(len(due), 3), np.full(len(due), 2)
    good = ~stopped & (late_days == 0)
    parts = [
        told(good, np.where(early, 1, 0), amount, zero, zero),
        told(~good, unpaid, zero, zero + 1, zero + 1),
        told(~stopped & (late_days > 0), paid_late, amount, late_days, late_days + 1),
    ]
    parts += [told(stopped, unpaid, zero, zero + 1 + days, zero + 1 + days) for days in (30, 60, 90)]
    rows = stack(parts)
    order = np.lexsort((rows.whole("known_on"), rows.whole("due_on"), rows.whole("loan_no"), rows.party))
    rows = rows.take(order)
    rows = rows.take(rows.whole("due_on") >= shard.people.since[rows.party])
    return rows.with_columns(
        loan_no=numbered("l", rows.whole("loan_no"), 9),
        product=Codes(rows.whole("product"), PRODUCTS),
        state=Codes(rows.whole("state"), REPAID),
    )


def _product(shard: Shard, party: Ints) -> Ints:
    people = shard.people
    trade = np.where(people.number % 10 == 7, 3, np.where(people.number % 10 == 9, 4, 2))
    return np.where(people.kind == PERSON, people.number % 2, trade)[party]
