"""Tables the probes are tried on (simulated): customers whose features are bound up with each other."""

import numpy as np
import polars as pl


def customers(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Draw eight honest features of customers and an outcome that depends on some of them."""
    rng = np.random.default_rng(seed)
    wealth, stress, age = rng.normal(size=(3, rows))
    chance = 1 / (1 + np.exp(1.8 + 0.7 * wealth - 0.9 * stress))
    income = np.round(np.exp(8 + 0.5 * wealth + 0.4 * rng.normal(size=rows)), 2)
    frame = pl.DataFrame(
        {
            "income": np.where(rng.random(rows) < 0.1, np.nan, income),
            "limit": np.round(np.exp(9 + 0.6 * wealth + 0.4 * rng.normal(size=rows)), -2),
            "used_share": np.clip(0.4 + 0.25 * stress - 0.1 * wealth + 0.1 * rng.normal(size=rows), 0, 1.5),
            "late_count": rng.poisson(np.exp(-1.5 + 0.8 * stress)),
            "queries": rng.poisson(np.exp(0.3 + 0.4 * stress)),
            "age": (40 + 9 * age + 3 * wealth).astype(int),
            "months_employed": np.maximum(0, 60 + 30 * age + 20 * rng.normal(size=rows)).astype(int),
            "home": np.where(wealth + 0.6 * rng.normal(size=rows) > 0.2, "own", "rent"),
        },
        nan_to_null=True,
    )
    return frame, rng.random(rows) < chance
