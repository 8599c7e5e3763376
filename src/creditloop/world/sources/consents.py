"""Consents (授权记录): the bank's own record of who lets which sources be read, and who took it back.

No contract's source: a file of records as `creditloop consent load` takes them. Sources of one office are
consented to, left out and withdrawn together. What is planted is a pure function of the party's number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from creditloop.data import read_contract
from creditloop.world.draws import Flags, Ints
from creditloop.world.months import day_number
from creditloop.world.planted.drivers import NEVER
from creditloop.world.planted.people import People
from creditloop.world.planted.shard import Shard
from creditloop.world.setting import Setting
from creditloop.world.sources.asking import OFFICES
from creditloop.world.writing.columns import joined, numbered, where, worded
from creditloop.world.writing.schema import PARTY_DIGITS, SIMULATED, dates, party_no

_TEXT, _DAY = pa.string(), pa.date32()
RECORDS = pa.schema(
    [
        *((name, _TEXT) for name in ("consent_id", "party_no", "kind", "sources", "purposes")),
        *((name, _DAY) for name in ("valid_from", "valid_until")),
        *((name, _TEXT) for name in ("wording_version", "wording_hash", "channel", "evidence")),
    ],
    metadata={**SIMULATED, "source": "consents"},
)
PLANTED = pa.schema(
    [
        *((name, _TEXT) for name in ("party_no", "gives", "sources")),
        *((name, _DAY) for name in ("ends_on", "withdrawn_on")),
        ("withdrawn_sources", _TEXT),
    ],
    metadata={**SIMULATED, "truth": "true"},
)
CHANNELS = ("branch", "mobile", "telephone")
WORDINGS = (
    ("2013-03", "（模拟）本人同意贵行查询并使用本人信息，用于授信审批和贷后管理。"),
    ("2021-11", "（模拟）本人单独同意贵行向所列来源查询本人信息，用于所列目的；本人可随时撤回。"),
)
"""Versions of the text that is agreed to, and the text."""
_NEW_WORDING = day_number(date(2021, 11, 1))
"""From this day on the second: the Personal Information Protection Law came into force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeds:
    """What consent is needed for: the sources of each office, and the purposes common to all of them."""

    offices: tuple[tuple[str, ...], ...]
    purposes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """Who consents to what: (parties,) or (parties, offices) each.

    Attributes:
        given: which offices' sources a party consents to; none if it never consented.
        ends: last day of the consent; NEVER if it holds until it is withdrawn.
        withdrawn_on: the day it takes consent back; NEVER if it does not.
        withdrawn: for which offices.
    """

    given: Flags
    ends: Ints
    withdrawn_on: Ints
    withdrawn: Flags


def consent_needs(folder: Path, names: Sequence[str]) -> ConsentNeeds:
    """Read from the contracts of sources which of them need consent, and for what."""
    contracts = [read_contract(folder / f"{name}.yaml", root=folder) for name in names]
    asking = {each.name: each.consent.purposes for each in contracts if each.consent is not None}
    offices: dict[str, list[str]] = {}
    for name in sorted(asking):
        offices.setdefault(OFFICES[name], []).append(name)
    common = frozenset.intersection(*asking.values())
    return ConsentNeeds(offices=tuple(map(tuple, offices.values())), purposes=";".join(sorted(common)))


def consents_of(setting: Setting, people: People, *, offices: int) -> Consents:
    """Plant who consents to the sources of so many offices, until when, and who takes it back."""
    numbers = people.number
    given = np.ones((len(people), offices), np.bool_)
    some = setting.chance("consents.some_only", numbers)
    given[some] = _some_of(setting, numbers[some], offices)
    given[setting.chance("consents.never", numbers)] = False
    consents = given.any(axis=1)
    ends = np.where(setting.chance("consents.ends", numbers), _later_day(setting, people, "ends"), NEVER)
    back = consents & setting.chance("consents.withdraws", numbers)
    withdrawn = given & back[:, None]
    partly = back & ~setting.chance("consents.withdraws_all", numbers)
    withdrawn[partly] = _one_of(setting, numbers[partly], given[partly])
    return Consents(
        given=given,
        ends=np.where(consents, ends, NEVER),
        withdrawn_on=np.where(back, _later_day(setting, people, "withdraws"), NEVER),
        withdrawn=withdrawn,
    )


def consent_records(shard: Shard, *, needs: ConsentNeeds) -> pa.Table:
    """Return the records of a shard: of each party what it gave, then what it took back."""
    planted = consents_of(shard.setting, shard.people, offices=len(needs.offices))
    gave = np.flatnonzero(planted.given.any(axis=1))
    took = np.flatnonzero(planted.withdrawn_on != NEVER)
    party, back = np.concatenate([gave, took]), np.repeat([False, True], [len(gave), len(took)])
    order = np.lexsort((back, party))
    party, back = party[order], back[order]
    number = shard.people.number[party]
    kind = worded(back.astype(np.int64), ("given", "withdrawn"))
    wording = (shard.people.since[party] >= _NEW_WORDING).astype(np.int64)
    covers = np.where(back[:, None], planted.withdrawn[party], planted.given[party])
    return pa.table(
        [
            joined("sim-", kind, numbered("-", number, PARTY_DIGITS)),
            party_no(number),
            kind,
            _sources(covers, needs),
            pa.array([needs.purposes] * len(party), _TEXT),
            dates(np.where(back, planted.withdrawn_on[party], shard.people.since[party]), absent=NEVER),
            dates(np.where(back, NEVER, planted.ends[party]), absent=NEVER),
            where(~back, worded(wording, [version for version, _ in WORDINGS])),
            where(
                ~back, worded(wording, [hashlib.sha256(text.encode()).hexdigest() for _, text in WORDINGS])
            ),
            worded(shard.setting.pick("consents.channels", number), CHANNELS),
            joined("sim/consents/", party_no(number), "/", kind),
        ],
        schema=RECORDS,
    )


def planted_consents(shard: Shard, *, needs: ConsentNeeds) -> pa.Table:
    """Return the truth about each party's consent, with the day on which it is taken back."""
    planted = consents_of(shard.setting, shard.people, offices=len(needs.offices))
    gives = np.where(planted.given.all(axis=1), 0, np.where(planted.given.any(axis=1), 1, 2))
    return pa.table(
        [
            party_no(shard.people.number),
            worded(gives, ("all", "some", "none")),
            _sources(planted.given, needs),
            dates(planted.ends, absent=NEVER),
            dates(planted.withdrawn_on, absent=NEVER),
            _sources(planted.withdrawn, needs),
        ],
        schema=PLANTED,
    )


def _some_of(setting: Setting, numbers: Ints, offices: int) -> Flags:
    """Return for each party some offices: at least one, and not all."""
    draws = np.column_stack(
        [setting.uniform(f"consents.office.{index}", numbers) for index in range(offices)]
    )
    given: Flags = draws < setting.plan["consents.some_given"]
    given[np.arange(len(numbers)), draws.argmin(axis=1)] = True
    given[np.arange(len(numbers)), draws.argmax(axis=1)] = False
    return given


def _one_of(setting: Setting, numbers: Ints, given: Flags) -> Flags:
    """Return for each party one of the offices it gave consent for."""
    ranks = given.cumsum(axis=1)
    chosen = 1 + np.floor(setting.uniform("consents.withdrawn_office", numbers) * ranks[:, -1])
    found: Flags = given & (ranks == chosen[:, None])
    return found


def _later_day(setting: Setting, people: People, name: str) -> Ints:
    """Return a day of the second half of the town's months, by which every party is a customer."""
    months = setting.months
    first = np.maximum(months.starts[months.count // 2], people.since + 1)
    span = setting.uniform(f"consents.day.{name}", people.number)
    found: Ints = first + np.floor(span * (months.last - first + 1)).astype(np.int64)
    return found


def _sources(covers: Flags, needs: ConsentNeeds) -> pa.Array:
    """Return the names of the sources that each row covers; null where it covers none."""
    masks, index = np.unique(covers @ (1 << np.arange(len(needs.offices))), return_inverse=True)
    names = [
        sorted(name for place, office in enumerate(needs.offices) if mask >> place & 1 for name in office)
        for mask in masks.tolist()
    ]
    texts = pa.array([";".join(each) or None for each in names], _TEXT)
    return pc.take(texts, pa.array(index))
