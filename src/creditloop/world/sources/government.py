"""What offices and utilities know (政务与公用): tax, social security, housing fund, electricity."""

import numpy as np

from creditloop.world.draws import Floats, Ints
from creditloop.world.numbering import PERSON
from creditloop.world.planted.drivers import INCOME_LOSS
from creditloop.world.planted.links import NOBODY
from creditloop.world.planted.people import INDUSTRIES
from creditloop.world.planted.shard import Shard
from creditloop.world.writing.columns import Codes, Rows, by_party, numbered, sequence, stack, where
from creditloop.world.writing.schema import party_no

TAXES = ("vat", "corporate", "personal", "stamp", "surcharge")
TAX_STATES = ("paid", "late", "owed", "zero")
CLASSES = ("a", "b", "m", "c", "d")
LARGE = 2
"""Sizes from here on file each month; smaller ones each quarter (小规模纳税人)."""


def tax_filings(shard: Shard) -> Rows:
    """Return filings of value added tax and corporate income tax; the revenue declared is the true one.

    An inflator declares what it sells, not what it says elsewhere: tax on the rest would have to be paid.
    """
    random = shard.generator("tax_filings")
    vat = _filings(shard, random, kind=0, rate=shard.setting.plan["tax.vat"])
    income = _filings(shard, random, kind=1, rate=shard.setting.plan["tax.corporate"])
    rows = by_party(stack([vat, income]), "filed_on")
    rows = rows.take(rows.whole("filed_on") <= shard.setting.months.last)
    return rows.with_columns(
        filing_no=numbered("t", sequence(rows.party), 4),
        kind=Codes(rows.whole("kind"), TAXES),
        state=Codes(rows.whole("state"), TAX_STATES),
        taxpayer_class=Codes(_classes(shard)[rows.party], CLASSES),
    )


def _filings(shard: Shard, random: np.random.Generator, *, kind: int, rate: float) -> Rows:
    plan, people, months, fates = shard.setting.plan, shard.people, shard.setting.months, shard.fates
    quarterly = (people.size < LARGE) | (kind == 1)
    files = people.trades if kind == 0 else people.firm
    sales = np.cumsum(shard.activity, axis=1)
    quarter_ends = np.arange(months.count) % 3 == 2
    party, month = np.nonzero(files[:, None] & (~quarterly[:, None] | quarter_ends[None, :]))
    before = month - np.where(quarterly[party], 3, 1)
    revenue = sales[party, month] - np.where(before >= 0, sales[party, np.maximum(before, 0)], 0.0)
    revenue = np.rint(revenue * np.exp(plan["tax.noise"] * random.standard_normal(len(party))))
    zero = random.random(len(party)) < plan["tax.nothing_declared"]
    revenue = np.where(zero, 0, revenue).astype(np.int64)
    due = np.floor(revenue * rate).astype(np.int64)
    weak = (fates.onset[party] <= months.ends[month]) & fates.defaults[party]
    draw = random.random(len(party))
    late_share = np.where(weak, plan["tax.late_weak"], plan["tax.late"])
    owed = weak & (draw > 1.0 - plan["tax.owed_weak"])
    late = ~owed & (draw < late_share)
    delay = np.where(late, 1 + np.floor(random.exponential(12.0, len(party))), 0).astype(np.int64)
    state = np.where(zero, 3, np.where(owed, 2, np.where(late, 1, 0)))
    return Rows(
        party=party,
        columns={
            "filed_on": months.ends[month] + 10 + people.number[party] % 6 + delay,
            "period_end_on": months.ends[month],
            "kind": np.full(len(party), kind),
            "state": state,
            "revenue_fen": revenue,
            "tax_due_fen": due,
            "tax_paid_fen": np.where(owed, 0, due),
            "delay_days": delay,
        },
    )


def _classes(shard: Shard) -> Ints:
    standing = shard.people.willingness + 0.5 * shard.people.ability
    return 4 - np.searchsorted(np.array([-2.0, -1.2, -0.6, 0.5]), standing)


SCHEMES = ("pension", "medical", "unemployment")
SCHEME_RATES = (0.24, 0.098, 0.01)


def social_security(shard: Shard) -> Rows:
    """Return social insurance by month and scheme: persons' own, and firms' for all they employ."""
    random = shard.generator("social_security")
    parts = []
    for scheme, rate in enumerate(SCHEME_RATES):
        parts.append(_insured(shard, random, scheme=scheme, rate=rate))
    rows = stack(parts)
    rows = rows.take(np.lexsort((rows.whole("scheme"), rows.whole("month_on"), rows.party)))
    return rows.with_columns(
        scheme=Codes(rows.whole("scheme"), SCHEMES),
        employer=_employers(shard, rows.party),
        state=Codes(rows.whole("state"), ("paid", "back_paid", "missed")),
    )


def _insured(shard: Shard, random: np.random.Generator, *, scheme: int, rate: float) -> Rows:
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    person = people.employed & shard.setting.chance("social.insured", people.number)
    person &= (scheme < 2) | (people.number % 4 == 0)
    party, month = np.nonzero((person | people.firm)[:, None] & np.ones((1, months.count), np.bool_))
    heads = headcount(shard)[party, month]
    base = np.where(
        people.firm[party],
        heads * 100 * int(plan["social.base_yuan"]),
        np.rint(shard.activity[party, month] * 0.9),
    ).astype(np.int64)
    state = _paid_states(shard, random, party, month)
    return Rows(
        party=party,
        columns={
            "month_on": months.ends[month],
            "scheme": np.full(len(party), scheme),
            "state": state,
            "base_fen": base,
            "paid_fen": np.where(state == 2, 0, np.rint(base * rate)).astype(np.int64),
            "headcount": heads,
        },
    )


def headcount(shard: Shard) -> Ints:
    """Return (parties, months): 1 for people; of a firm how many it employs, by its true sales."""
    people = shard.people
    usual = people.income_fen / (100.0 * shard.setting.plan["firms.sales_per_head_yuan"])
    left = np.sqrt(np.clip(shard.activity / people.income_fen[:, None], 0.05, 1.2))
    return np.where(people.firm[:, None], np.maximum(np.rint(usual[:, None] * left), 1), 1).astype(np.int64)


def _paid_states(shard: Shard, random: np.random.Generator, party: Ints, month: Ints) -> Ints:
    """Return paid, back paid or missed: seldom missed, often once income is being lost."""
    plan, fates, months = shard.setting.plan, shard.fates, shard.setting.months
    weak = (fates.onset[party] + 30 <= months.ends[month]) & fates.defaults[party]
    lost = weak & (fates.driver[party] == INCOME_LOSS)
    draw = random.random(len(party))
    missed = np.where(
        lost, plan["social.missed_lost"], np.where(weak, plan["social.missed_weak"], plan["social.missed"])
    )
    return np.where(draw < missed, 2, np.where(draw < missed + plan["social.back_paid"], 1, 0))


def _employers(shard: Shard, party: Ints) -> object:
    employer = shard.people.employer[party]
    known = (shard.people.kind[party] == PERSON) & (employer != NOBODY)
    return where(known, party_no(np.maximum(employer, 0)))


def housing_fund(shard: Shard) -> Rows:
    """Return deposits into the housing fund by month; some take it out."""
    random = shard.generator("housing_fund")
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    pays = people.employed & shard.setting.chance("social.housing_person", people.number)
    pays |= people.firm & shard.setting.chance("social.housing_firm", people.number)
    party, month = np.nonzero(pays[:, None] & np.ones((1, months.count), np.bool_))
    heads = headcount(shard)[party, month]
    base = np.where(
        people.firm[party], heads * 100 * int(plan["social.base_yuan"]), np.rint(shard.activity[party, month])
    ).astype(np.int64)
    state = _paid_states(shard, random, party, month)
    state = np.where((random.random(len(party)) < plan["social.withdrawn"]) & (state == 0), 3, state)
    return Rows(
        party=party,
        columns={
            "month_on": months.ends[month],
            "state": Codes(state, ("paid", "back_paid", "missed", "withdrawn")),
            "base_fen": base,
            "deposit_fen": np.where(state == 2, 0, base * 24 // 100),
            "headcount": heads,
            "employer": _employers(shard, party),
        },
    )


def electricity(shard: Shard) -> Rows:
    """Return power bills: of traders by true sales and the industry's intensity, of homes by season."""
    random = shard.generator("electricity")
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    home = (people.kind == PERSON) & shard.setting.chance("power.homes", people.number)
    party, month = np.nonzero((people.trades | home)[:, None] & np.ones((1, months.count), np.bool_))
    noise = np.exp(plan["power.noise"] * random.standard_normal(len(party)))
    used = np.rint(_need(shard)[party, month] * noise).astype(np.int64)
    industry = people.size[party] >= LARGE
    tariff = np.where(people.kind[party] == PERSON, 0, np.where(industry, 2, 1))
    fates = shard.fates
    weak = (fates.onset[party] <= months.ends[month]) & fates.defaults[party]
    draw = random.random(len(party))
    late = draw < np.where(weak, plan["power.late_weak"], plan["power.late"])
    cut = weak & (draw > 1 - plan["power.cut_weak"])
    state = np.where(cut, 2, np.where(late, 1, 0))
    price = np.array(plan.numbers("power.price_fen"))[tariff]
    return Rows(
        party=party,
        columns={
            "meter_no": numbered("m", people.number[party], 8),
            "billed_on": months.ends[month],
            "tariff": Codes(tariff, ("home", "business", "industry")),
            "state": Codes(state, ("paid", "late", "cut", "owed")),
            "used_kwh": used,
            "amount_fen": np.rint(used * price).astype(np.int64),
            "delay_days": np.where(late, 1 + np.floor(random.exponential(9.0, len(party))), 0).astype(
                np.int64
            ),
        },
    )


def _need(shard: Shard) -> Floats:
    """Return (parties, months): kilowatt-hours needed; a trader's go with its true sales."""
    plan, people, months = shard.setting.plan, shard.people, shard.setting.months
    per_thousand = np.array([plan["power.per_thousand_yuan"]] * len(INDUSTRIES))
    per_thousand[INDUSTRIES.index("manufacturing")] *= plan["power.manufacturing_more"]
    trade = shard.activity / 100_000.0 * per_thousand[np.maximum(people.industry, 0)][:, None]
    weather = np.array(plan.numbers("season.power"))[months.of_year][None, :]
    own = plan["power.home_kwh"] * np.exp(0.4 * shard.setting.normal("power.home", people.number))
    found: Floats = np.where(people.trades[:, None], trade, own[:, None] * weather)
    return found
