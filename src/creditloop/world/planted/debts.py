"""Who owes whom (负债): accounts at every lender, ours among them, and how each is paid month by month."""

from dataclasses import dataclass

import numpy as np

from creditloop.world.draws import Flags, Floats, Ints, generator
from creditloop.world.numbering import FIRM, PERSON
from creditloop.world.planted.drivers import FRAUD, OVER_INDEBTEDNESS, Fates
from creditloop.world.planted.groups import NO_GROUP
from creditloop.world.planted.people import People
from creditloop.world.setting import Setting

ACCOUNT_KINDS = ("mortgage", "car", "consumer", "business", "card", "quasi_card", "revolving")
MORTGAGE, CAR, CONSUMER, BUSINESS, CARD, QUASI_CARD, REVOLVING = range(7)
LENDERS = ("bank", "consumer_finance", "micro_lender", "trust", "leasing", "platform", "other")
OURS = 0
"""Number of our own bank among the institutions."""
TERMS = (240, 36, 12, 12, 0, 0, 24)
"""Months of an account of each kind; 0 for a card, which has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debts:
    """Accounts of a shard's parties, in order of party and day opened: (accounts,) each.

    Attributes:
        party: place of the party within the shard.
        order: number of the account among the party's, from 1.
        institution: OURS, or a number from 1 of another lender.
        term: months; 0 for a card.
        granted_fen: loan or limit.
        due_fen: what is due each month of a loan; 0 for a card.
        stops: whether the party stops paying this account on its day of default.
        sloppy: chance that a month is paid late though the party could pay.
    """

    party: Ints
    order: Ints
    kind: Ints
    lender: Ints
    institution: Ints
    opened: Ints
    term: Ints
    granted_fen: Ints
    due_fen: Ints
    stops: Flags
    sloppy: Floats

    @property
    def ours(self) -> Flags:
        """Accounts with our own bank."""
        found: Flags = self.institution == OURS
        return found


def debts_of(setting: Setting, shard: int, people: People, fates: Fates) -> Debts:
    """Return every account of a shard's parties."""
    random = generator(setting.seed, shard, "debts")
    plan, n = setting.plan, len(people)
    burst = _burst(setting, random, people, fates)
    usual = _usual_count(setting, random, people)
    party = np.repeat(np.arange(n), usual + burst)
    before = np.cumsum(usual + burst) - usual - burst
    place = np.arange(len(party)) - before[party]
    bursting = place >= usual[party]
    opened = _opened(setting, random, people, fates, party, bursting)
    order = np.lexsort((opened, party))
    party, place, bursting, opened = party[order], place[order], bursting[order], opened[order]
    with_us = (place == 0) & (
        setting.chance("debts.ours", people.number)[party] | (people.gang[party] != NO_GROUP)
    )
    kind = _kind(setting, random, people, party, bursting, with_us)
    ours = with_us | _first_card_with_us(setting, people, party, kind)
    lender = np.where(ours, 0, _lender(setting, random, people, party, bursting, kind))
    granted = _granted(setting, random, people, party, kind, bursting)
    term = np.array(TERMS)[kind]
    with_interest = granted * (1.0 + plan["debts.interest_year"] * np.maximum(term, 1) / 24.0)
    return Debts(
        party=party,
        order=np.arange(len(party)) - before[party] + 1,
        kind=kind,
        lender=lender,
        institution=np.where(ours, OURS, 1 + lender * 40 + random.integers(0, 40, len(party))),
        opened=opened,
        term=term,
        granted_fen=granted,
        due_fen=np.where(term > 0, np.floor(with_interest / np.maximum(term, 1)).astype(np.int64), 0),
        stops=ours | (random.random(len(party)) < plan["debts.stop_all"]),
        sloppy=_sloppy(setting, people)[party],
    )


def slips(setting: Setting, people: People, debts: Debts, *, account: Ints, month: Ints) -> Ints:
    """Return how many days late the months of accounts are paid without need; 0 if on time.

    Every source that tells of the same month of the same account says the same.
    """
    cell = (people.number[debts.party[account]] * 16 + debts.order[account]) * 64 + month
    slipped = setting.uniform("debts.slip", cell) < debts.sloppy[account]
    mean = setting.plan["debts.late_days"]
    days = 1 + np.floor(-mean * np.log1p(-setting.uniform("debts.slip_days", cell))).astype(np.int64)
    return np.where(slipped, days, 0)


def _first_card_with_us(setting: Setting, people: People, party: Ints, kind: Ints) -> Flags:
    """Say which accounts are a party's first card, if that is one of ours."""
    card = kind == CARD
    before = np.cumsum(card) - card
    starts = np.concatenate([[True], party[1:] != party[:-1]]) if len(card) else card
    first = card & (before == np.maximum.accumulate(np.where(starts, before, 0)))
    found: Flags = first & setting.chance("cards.ours", people.number)[party]
    return found


def _usual_count(setting: Setting, random: np.random.Generator, people: People) -> Ints:
    plan = setting.plan
    usual = 1 + random.poisson(plan["debts.more_accounts"], len(people))
    usual = np.where(random.random(len(people)) < plan["debts.none"], 0, usual)
    many = random.integers(int(plan["debts.many_least"]), int(plan["debts.many_most"]) + 1, len(people))
    usual = np.where(people.multi_lender, many, np.minimum(usual, 3))
    return np.where(people.no_record, 0, np.where(people.gang != NO_GROUP, np.maximum(usual, 1), usual))


def _burst(setting: Setting, random: np.random.Generator, people: People, fates: Fates) -> Ints:
    """Return how many accounts are opened between onset and default by who borrows to pay (以贷养贷)."""
    count = random.integers(2, int(setting.plan["debts.burst_most"]) + 1, len(people))
    return np.where(fates.driver == OVER_INDEBTEDNESS, count, 0) * ~people.no_record


def _opened(
    setting: Setting, random: np.random.Generator, people: People, fates: Fates, party: Ints, bursting: Flags
) -> Ints:
    plan, months = setting.plan, setting.months
    earliest = months.first - int(plan["debts.years_before"] * 365)
    latest = months.first + int(plan["debts.opens_until"] * (months.last - months.first))
    usual = earliest + np.floor(random.random(len(party)) ** plan["debts.recent"] * (latest - earliest))
    usual = np.minimum(usual, fates.day[party] - 60)
    gang = (people.gang != NO_GROUP)[party] | (fates.driver == FRAUD)[party]
    soon = fates.day[party] - 45 - random.integers(0, 30, len(party))
    usual = np.where(gang & (fates.driver[party] == FRAUD), np.minimum(soon, latest), usual)
    span = np.maximum(fates.day[party] - fates.onset[party], 30)
    rushed = fates.day[party] - 15 - np.floor(random.random(len(party)) * (span - 15))
    found: Ints = np.where(bursting, rushed, usual).astype(np.int64)
    return found


def _kind(
    setting: Setting, random: np.random.Generator, people: People, party: Ints, bursting: Flags, ours: Flags
) -> Ints:
    draw = random.random(len(party))
    person = np.searchsorted(np.cumsum(setting.plan.numbers("debts.kinds_person"))[:-1], draw, side="right")
    trade = np.searchsorted(np.cumsum(setting.plan.numbers("debts.kinds_trade"))[:-1], draw, side="right")
    kind = np.where(
        people.kind[party] == FIRM, BUSINESS, np.where(people.kind[party] == PERSON, person, trade)
    )
    kind = np.where(bursting, np.where(draw < 0.6, CONSUMER, REVOLVING), kind)
    loans = np.where(people.trades[party], BUSINESS, CONSUMER)
    ganged = (people.gang[party] != NO_GROUP) & ours
    return np.where((ours & np.isin(kind, (MORTGAGE, CAR, QUASI_CARD))) | ganged, loans, kind).astype(
        np.int64
    )


def _lender(
    setting: Setting, random: np.random.Generator, people: People, party: Ints, bursting: Flags, kind: Ints
) -> Ints:
    draw = random.random(len(party))
    plan = setting.plan
    usual = np.searchsorted(np.cumsum(plan.numbers("debts.lenders"))[:-1], draw, side="right")
    rushed = np.searchsorted(np.cumsum(plan.numbers("debts.lenders_burst"))[:-1], draw, side="right")
    loose = bursting | (people.multi_lender & ~people.disciplined)[party]
    banks_only = np.isin(kind, (MORTGAGE, CARD, QUASI_CARD))
    return np.where(banks_only, 0, np.where(loose, rushed, usual)).astype(np.int64)


def _granted(
    setting: Setting, random: np.random.Generator, people: People, party: Ints, kind: Ints, bursting: Flags
) -> Ints:
    """Return loan or limit as a multiple of a month's income, in whole hundreds of yuan."""
    times = np.array(setting.plan.numbers("debts.months_of_income"))[kind]
    times = np.where(people.kind[party] == FIRM, setting.plan["debts.months_of_sales"], times)
    times = np.where(bursting, setting.plan["debts.burst_months_of_income"], times)
    amount = people.income_fen[party] * times * np.exp(0.4 * random.standard_normal(len(party)))
    found: Ints = np.maximum(np.floor(amount / 10_000).astype(np.int64), 10) * 10_000
    return found


def _sloppy(setting: Setting, people: People) -> Floats:
    """Return the chance of a month paid late without need: of the unwilling, the weak, the undisciplined."""
    plan = setting.plan
    base = plan["debts.late_month"] * np.exp(-0.5 * people.willingness - 0.4 * people.ability)
    base = np.where(people.multi_lender & ~people.disciplined, base * plan["debts.late_undisciplined"], base)
    return np.minimum(np.where(people.disciplined, base * plan["debts.late_disciplined"], base), 0.5)
