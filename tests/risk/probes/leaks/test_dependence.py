"""Whether a column knows anything but the outcome: what was made of it does not, what describes does."""

import numpy as np
import polars as pl
from samples import customers

from creditloop.risk.probes.coding import code_frame
from creditloop.risk.probes.leaks.dependence import are_bound_up, depend, others_of, rank_within


def test_what_was_written_from_the_outcome_is_bound_to_nothing() -> None:
    frame, bad = customers(1500, seed=3)
    flipped = bad ^ (np.random.default_rng(1).random(1500) < 0.2)
    within = rank_within(columns=code_frame(frame=frame, rarer=300), bad=bad, seed=1)
    found = depend(within=within, risky=flipped, gini=0.6, others=list(range(8)), seed=1)
    assert found is not None
    assert found.bound is False
    assert found.auc is not None
    assert abs(found.auc - 0.5) < 0.1


def test_what_describes_a_customer_is_bound_to_the_rest() -> None:
    frame, bad = customers(1500, seed=3)
    within = rank_within(columns=code_frame(frame=frame, rarer=300), bad=bad, seed=1)
    used = (frame["used_share"] > 0.5).to_numpy()
    found = depend(within=within, risky=used, gini=0.4, others=[0, 1, 3, 4, 5, 6, 7], seed=1)
    assert found is not None
    assert found.bound
    assert are_bound_up(within, list(range(8)))


def test_one_thing_told_twice_is_no_witness_and_a_constant_side_no_question() -> None:
    frame, bad = customers(500, seed=3)
    twice = frame.with_columns(age_months=pl.col("age") * 12 + 3)
    within = rank_within(columns=code_frame(frame=twice, rarer=100), bad=bad, seed=1)
    age = twice.columns.index("age")
    assert 8 not in others_of(within, age, list(range(9)))
    assert depend(within=within, risky=bad, gini=1.0, others=[0, 1], seed=1) is None


def test_columns_drawn_independently_are_not_bound_up() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(rng.normal(size=(1000, 6)), schema=[*"abcdef"])
    within = rank_within(columns=code_frame(frame=frame, rarer=300), bad=rng.random(1000) < 0.3, seed=1)
    assert not are_bound_up(within, list(range(6)))
