"""What a policy gives by name, wherever in it that is made."""

import polars as pl
from tests.risk.strategy.small_strategies import OUTER, small


def test_a_list_within_a_sub_strategy_within_a_switch_stays_there() -> None:
    read = small(OUTER)
    case = {"age": 71, "grade": "A", "income": 20_000}
    assert list(read.outputs) == ["height"]
    assert read.decide(case) == {"height": 2, "refers": False}
    assert read.judge(case).verdict("way__rich__inner__notes").outputs == {"note": ("old",)}
    poor = {**case, "income": 1}
    assert read.decide(poor) == {"height": 0, "refers": False}
    assert read.judge_frame(pl.DataFrame([case, poor]))["height"].to_list() == [2, 0]
