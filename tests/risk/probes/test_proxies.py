"""A feature that gives a protected attribute away is named; one that does not is not."""

import numpy as np
import polars as pl
import pytest
from samples import customers

from creditloop.kernel.errors import InputError
from creditloop.risk.probes import find_proxies


def test_a_planted_proxy_is_named() -> None:
    frame, _ = customers(1500, seed=2)
    rng = np.random.default_rng(2)
    sex = rng.choice(["f", "m"], 1500)
    features = frame.with_columns(height=pl.Series(np.where(sex == "m", 175, 163) + rng.normal(0, 6, 1500)))
    (found,) = find_proxies(features=features, attributes=pl.DataFrame({"sex": sex}), auc_min=0.65, seed=1)
    assert [proxy.feature for proxy in found.proxies if proxy.named] == ["height"]
    assert found.proxies[0].auc == pytest.approx(0.92, abs=0.03)
    assert found.auc > 0.85
    assert found.lift == pytest.approx(found.accuracy / found.accuracy_blind)
    assert found.lift > 1.5


def test_several_groups_are_foretold_one_against_the_rest() -> None:
    frame, _ = customers(1200, seed=3)
    rng = np.random.default_rng(3)
    region = rng.choice(["east", "north", "west"], 1200, p=[0.5, 0.3, 0.2])
    (found,) = find_proxies(
        features=frame.select("income", "queries").with_columns(code=pl.Series(region + "_1")),
        attributes=pl.DataFrame({"region": region}),
        auc_min=0.65,
        seed=1,
    )
    assert found.groups == ("east", "north", "west")
    assert found.accuracy == 1
    assert [proxy.feature for proxy in found.proxies if proxy.named] == ["code"]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (pl.DataFrame({"a": ["f", "m"] * 50}), "different columns"),
        (pl.DataFrame({"sex": ["f"] * 100}), "too few groups"),
        (pl.DataFrame({"sex": ["f"]}), "same rows"),
    ],
)
def test_what_cannot_be_asked_is_refused(attributes: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find_proxies(features=pl.DataFrame({"a": range(100)}), attributes=attributes, auc_min=0.6, seed=1)
