"""Devices (设备): registrations, logins, applications; from own devices, a gang's, or an innocent hub's."""

import numpy as np

from creditloop.world.draws import Bits, Floats, Ints, bits
from creditloop.world.planted.drivers import FRAUD, OVER_INDEBTEDNESS
from creditloop.world.planted.groups import (
    CARRIER_ADDRESS,
    DORMITORY,
    HUBS,
    NO_GROUP,
    SHOP_TERMINAL,
    hub_kind,
)
from creditloop.world.planted.people import REGIONS
from creditloop.world.planted.shard import Shard
from creditloop.world.sources.events import Events, chosen, drawn
from creditloop.world.writing.columns import Codes, Rows, by_party, hexed, numbered, sequence, stack, where

KINDS = ("register", "login", "apply", "bind_card", "change_phone", "reset_password", "payout")
REGISTER, LOGIN, APPLY, BIND_CARD, CHANGE_PHONE, RESET_PASSWORD, PAYOUT = range(7)
RESULTS = ("passed", "challenged", "failed")


def device_events(shard: Shard) -> Rows:
    """Return what parties did on devices, on which device and from which network."""
    random = shard.generator("device_events")
    plan, months, people = shard.setting.plan, shard.setting.months, shard.people
    parts = [_logins(shard, random), _applications(shard), _registrations(shard)]
    rows = by_party(stack(parts), "happened_on")
    day = rows.whole("happened_on")
    rows = rows.take((day >= people.since[rows.party]) & (day >= months.first) & (day <= months.last))
    kind, fraud = rows.whole("kind"), (shard.fates.driver == FRAUD)[rows.party]
    n = len(rows)
    away = random.random(n) < np.where(fraud, plan["devices.away_fraud"], plan["devices.away"])
    place = np.where(away, random.integers(0, len(REGIONS), n), people.region[rows.party])
    result = np.where(
        fraud,
        chosen(random, plan.numbers("devices.results_fraud"), n),
        chosen(random, plan.numbers("devices.results"), n),
    )
    device, network = _device(shard, random, rows), _network(shard, random, rows)
    return rows.with_columns(
        event_no=numbered("v", sequence(rows.party), 5),
        kind=Codes(kind, KINDS),
        result=Codes(result, RESULTS),
        place=Codes(place, REGIONS),
        hour=_hours(random, n, fraud),
        device=hexed(device),
        network=where(random.random(n) > plan["devices.network_hidden"], hexed(network)),
    )


def _logins(shard: Shard, random: np.random.Generator) -> Rows:
    plan, people = shard.setting.plan, shard.people
    rates = np.where(people.firm, plan["devices.logins_firm"], plan["devices.logins"])
    events = drawn(random, shard.setting.months, rates[:, None] * _stress(shard))
    kind = chosen(random, plan.numbers("devices.kinds"), len(events))
    return _events(events, kind)


def _stress(shard: Shard) -> Floats:
    """Return (parties, months): more logins while somebody looks for money everywhere."""
    fates, ends = shard.fates, shard.setting.months.ends
    under_way = (fates.onset[:, None] <= ends[None, :]) & (fates.driver == OVER_INDEBTEDNESS)[:, None]
    return np.where(under_way, shard.setting.plan["devices.logins_stressed"], 1.0)


def _applications(shard: Shard) -> Rows:
    """Return an application before each of our loans, and its payout."""
    debts = shard.debts
    account = np.flatnonzero(debts.ours & (debts.term > 0))
    month = np.zeros(len(account), np.int64)
    applied = Events(party=debts.party[account], month=month, day=debts.opened[account] - 1)
    paid = Events(party=debts.party[account], month=month, day=debts.opened[account])
    return stack(
        [_events(applied, np.full(len(account), APPLY)), _events(paid, np.full(len(account), PAYOUT))]
    )


def _registrations(shard: Shard) -> Rows:
    n = len(shard)
    events = Events(party=np.arange(n), month=np.zeros(n, np.int64), day=shard.people.since)
    return _events(events, np.full(n, REGISTER))


def _events(events: Events, kind: Ints) -> Rows:
    return Rows(party=events.party, columns={"happened_on": events.day, "kind": kind})


def _hours(
    random: np.random.Generator, count: int, fraud: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Ints:
    """Return hours of the day; fraud is often at night."""
    usual = np.clip(np.rint(14 + 4.5 * random.standard_normal(count)), 0, 23)
    night = (23 + random.integers(0, 6, count)) % 24
    return np.where(fraud & (random.random(count) < 0.4), night, usual).astype(np.int64)


def _own(shard: Shard, name: str, party: Ints, which: Ints) -> Bits:
    return bits(shard.setting.seed, name, shard.people.number[party] * 8 + which)


def _device(shard: Shard, random: np.random.Generator, rows: Rows) -> Bits:
    """Return devices: mostly the party's own; of a gang one of its few; at a shop terminal the shop's."""
    setting, people, party = shard.setting, shard.people, rows.party
    own = _own(shard, "devices.own", party, (random.random(len(rows)) < 0.08).astype(np.int64))
    gang = people.gang[party]
    few = setting.whole(
        "gangs.devices", np.maximum(gang, 0), least="gangs.devices_least", most="gangs.devices_most"
    )
    shared = bits(
        setting.seed, "devices.gang", np.maximum(gang, 0) * 16 + random.integers(0, 16, len(rows)) % few
    )
    device = np.where(
        (gang != NO_GROUP) & (random.random(len(rows)) < setting.plan["gangs.on_shared"]), shared, own
    )
    hub, kind = _hub(shard, party)
    at_shop = (
        (hub != NO_GROUP)
        & (kind == SHOP_TERMINAL)
        & (random.random(len(rows)) < setting.plan["hubs.on_shared"])
    )
    return np.where(at_shop, bits(setting.seed, "devices.hub", np.maximum(hub, 0)), device)


def _network(shard: Shard, random: np.random.Generator, rows: Rows) -> Bits:
    """Return networks: at home; of a gang its own; of a dormitory or a carrier address the hub's."""
    setting, people, party = shard.setting, shard.people, rows.party
    home = _own(shard, "networks.own", party, random.integers(0, 3, len(rows)))
    gang = people.gang[party]
    from_gang = (gang != NO_GROUP) & (random.random(len(rows)) < setting.plan["gangs.on_shared"])
    network = np.where(from_gang, bits(setting.seed, "networks.gang", np.maximum(gang, 0)), home)
    hub, kind = _hub(shard, party)
    shares = (hub != NO_GROUP) & ((kind == DORMITORY) | (kind == CARRIER_ADDRESS))
    there = shares & (random.random(len(rows)) < setting.plan["hubs.on_shared"])
    return np.where(there, bits(setting.seed, "networks.hub", np.maximum(hub, 0)), network)


def _hub(shard: Shard, party: Ints) -> tuple[Ints, Ints]:
    hub = HUBS.of(shard.setting, shard.people.number)
    return hub[party], hub_kind(shard.setting, np.maximum(hub, 0))[party]
