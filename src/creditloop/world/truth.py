"""The planted truth (植入真相): what only the town knows, in files that no contract covers."""

import numpy as np
import pyarrow as pa

from creditloop.world.draws import Ints
from creditloop.world.planted.drivers import DRIVERS, NEVER, PATHS
from creditloop.world.planted.groups import GANGS, HUB_KINDS, HUBS, NO_GROUP, gang_day, hub_kind
from creditloop.world.planted.people import INDUSTRIES, KINDS, REGIONS
from creditloop.world.planted.shard import Shard
from creditloop.world.planted.shocks import NO_SHOCK, Shocks
from creditloop.world.setting import Setting
from creditloop.world.sources.asking import CHECKED, FOUND, NEVER_ASKED, asked_of
from creditloop.world.writing.columns import worded
from creditloop.world.writing.corrections import Told
from creditloop.world.writing.schema import SIMULATED, dates, party_no, yuan

FOLDER = "truth"


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()), metadata={**SIMULATED, "truth": "true"})


_TEXT, _DAY, _FLAG, _INT = pa.string(), pa.date32(), pa.bool_(), pa.int64()
PARTIES = _schema(
    party_no=_TEXT,
    kind=_TEXT,
    region=_TEXT,
    industry=_TEXT,
    driver=_TEXT,
    default_on=_DAY,
    onset_on=_DAY,
    owes=_FLAG,
    no_record=_FLAG,
    multi_lender=_FLAG,
    disciplined=_FLAG,
    inflates=_FLAG,
    gang=_INT,
    hub=_INT,
    hub_kind=_TEXT,
    shock=_INT,
    ability=pa.float64(),
    willingness=pa.float64(),
    income=pa.decimal128(18, 2),
)
CONTAGION = _schema(from_party=_TEXT, to_party=_TEXT, path=_TEXT, defaulted_on=_DAY)
GANG_FILE = _schema(gang=_INT, size=_INT, stops_around=_DAY)
HUB_FILE = _schema(hub=_INT, kind=_TEXT, size=_INT)
SHOCKS = _schema(shock=_INT, region=_TEXT, industry=_TEXT, month_on=_DAY, lost_nano=_INT)
MISSING = _schema(party_no=_TEXT, source=_TEXT, why=_TEXT)
LATE = _schema(party_no=_TEXT, happened_on=_DAY, known_on=_DAY)
CORRECTED = _schema(
    party_no=_TEXT, row=_INT, happened_on=_DAY, known_on=_DAY, column=_TEXT, told=_INT, right=_INT
)


def parties(shard: Shard) -> pa.Table:
    """Return the truth about each party; one that owes nobody defaults on what it would owe."""
    people, fates, setting = shard.people, shard.fates, shard.setting
    hub = HUBS.of(setting, people.number)
    index = np.where(people.industry < 0, len(INDUSTRIES), people.industry)
    return pa.table(
        [
            party_no(people.number),
            worded(people.kind, KINDS),
            worded(people.region, REGIONS),
            pa.array([*INDUSTRIES, None], _TEXT).take(pa.array(index)),
            worded(fates.driver, DRIVERS),
            _days(fates.day),
            _days(fates.onset),
            shard.owes,
            people.no_record,
            people.multi_lender,
            people.disciplined,
            people.inflates,
            _some(people.gang, NO_GROUP),
            _some(hub, NO_GROUP),
            pa.array([*HUB_KINDS, None], _TEXT).take(
                pa.array(np.where(hub == NO_GROUP, len(HUB_KINDS), hub_kind(setting, np.maximum(hub, 0))))
            ),
            _some(shard.shock, NO_SHOCK),
            people.ability,
            people.willingness,
            yuan(np.rint(people.income_fen).astype(np.int64)),
        ],
        schema=PARTIES,
    )


def contagion(shard: Shard) -> pa.Table:
    """Return who caught it from whom, on which path, and on which day it stopped paying."""
    fates = shard.fates
    caught = np.flatnonzero(fates.path >= 0)
    return pa.table(
        [
            party_no(fates.source[caught]),
            party_no(shard.people.number[caught]),
            worded(fates.path[caught], PATHS),
            _days(fates.day[caught]),
        ],
        schema=CONTAGION,
    )


def missing(shard: Shard) -> pa.Table:
    """Return which sources are missing for which party, and why."""
    party, source, state = asked_of(shard.setting, shard.people)
    gone = np.flatnonzero(state != FOUND)
    never = (state[gone] == NEVER_ASKED).astype(np.int64)
    return pa.table(
        [
            party_no(shard.people.number[party[gone]]),
            worded(source[gone], CHECKED),
            worded(never, ("unavailable", "never_asked")),
        ],
        schema=MISSING,
    )


def late(shard: Shard, day: str, told: Told) -> pa.Table:
    """Return the facts of a source that became known far later than usual; `day` is its day's column."""
    rows = told.rows.take(told.late)
    arrays = [
        party_no(shard.people.number[rows.party]),
        _days(rows.whole(day)),
        _days(rows.whole("known_on")),
    ]
    return pa.table(arrays, schema=LATE)


def corrected(shard: Shard, day: str, amount: str, told: Told, *, first_row: int) -> pa.Table:
    """Return the first versions of a source that were corrected later.

    Args:
        first_row: rows of the file before this shard's; `row` counts the file's rows from 0.
    """
    place = np.flatnonzero(told.wrong)
    rows = told.rows.take(place)
    arrays = [
        party_no(shard.people.number[rows.party]),
        first_row + place,
        _days(rows.whole(day)),
        _days(rows.whole("known_on")),
        pa.array([amount] * len(rows), _TEXT),
        rows.whole(amount),
        told.right[place],
    ]
    return pa.table(arrays, schema=CORRECTED)


def gangs(setting: Setting) -> pa.Table:
    """Return the town's gangs, the day around which each stops paying, and its members as planted."""
    cells = GANGS.all(setting)
    return pa.table([cells, GANGS.size(setting, cells), _days(gang_day(setting, cells))], schema=GANG_FILE)


def hubs(setting: Setting) -> pa.Table:
    """Return the town's innocent hubs."""
    cells = HUBS.all(setting)
    kinds = worded(hub_kind(setting, cells), HUB_KINDS)
    return pa.table([cells, kinds, HUBS.size(setting, cells)], schema=HUB_FILE)


def shocks(setting: Setting, planted: Shocks) -> pa.Table:
    """Return the town's shocks."""
    index = np.arange(len(planted.region))
    lost = np.rint(planted.size * 1_000_000_000).astype(np.int64)
    return pa.table(
        [
            index,
            worded(planted.region, REGIONS),
            worded(planted.industry, INDUSTRIES),
            _days(setting.months.starts[planted.month]),
            lost,
        ],
        schema=SHOCKS,
    )


def _days(days: Ints) -> pa.Array:
    return dates(days, absent=NEVER)


def _some(values: Ints, none: int) -> pa.Array:
    return pa.array(values, mask=values == none)
