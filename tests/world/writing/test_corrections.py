"""When facts become known: usual, late and corrected ones, none after the last day."""

import numpy as np
import pytest

from creditloop.world.draws import generator
from creditloop.world.setting import Setting
from creditloop.world.writing.columns import Rows
from creditloop.world.writing.corrections import as_known, tell

COUNT = 50_000


@pytest.fixture(scope="module")
def rows(setting: Setting) -> Rows:
    day = setting.months.first + np.arange(COUNT) % 300
    return Rows(
        party=np.arange(COUNT),
        columns={"day": day, "amount_fen": np.full(COUNT, 10_000), "no": np.arange(COUNT)},
    )


def test_a_planned_share_is_late_and_corrected(setting: Setting, rows: Rows) -> None:
    told = tell(setting, generator(1, 0, "t"), rows, day="day", amount="amount_fen", usual_days=3)
    first = np.unique(told.rows.whole("no"), return_index=True)[1]
    waited = (told.rows.whole("known_on") - told.rows.whole("day"))[first]
    late = told.late[first]
    assert abs(late.mean() - setting.plan["facts.late"]) < 0.004
    assert waited[~late].max() <= 3 and waited[late].min() >= setting.plan["facts.late_least"]
    assert abs(told.wrong.sum() / COUNT - setting.plan["facts.corrected"]) < 0.003


def test_the_right_version_has_the_same_key_and_is_known_later(setting: Setting, rows: Rows) -> None:
    told = tell(setting, generator(2, 0, "t"), rows, day="day", amount="amount_fen", usual_days=3)
    wrong = np.flatnonzero(told.wrong)
    number, known = told.rows.whole("no"), told.rows.whole("known_on")
    amount = told.rows.whole("amount_fen")
    assert np.array_equal(number[wrong], number[wrong + 1])
    assert (known[wrong + 1] > known[wrong]).all()
    assert (amount[wrong + 1] == told.right[wrong]).all() and (amount[wrong] != told.right[wrong]).all()
    assert len(np.unique(number)) == COUNT


def test_what_is_known_after_the_last_day_is_not_told(setting: Setting, rows: Rows) -> None:
    last = setting.months.last
    at_end = rows.with_columns(day=np.full(COUNT, last - 2))
    told = tell(setting, generator(3, 0, "t"), at_end, day="day", amount=None, usual_days=4)
    assert told.rows.whole("known_on").max() <= last
    assert abs(len(told.rows) / COUNT - 0.6) < 0.03
    assert not told.wrong.any()
    versions = at_end.with_columns(known_on=last - 1 + np.arange(COUNT) % 4)
    assert len(as_known(setting, versions).rows) == COUNT // 2
