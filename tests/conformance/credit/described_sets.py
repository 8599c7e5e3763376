"""A small described set with everything that goes wrong in columns, written to a folder."""

from pathlib import Path

import numpy as np
import polars as pl

ROWS = 900
DESCRIPTION = """\
name: drawn
data: drawn.parquet
target: outcome
bad: 1
drop: [row]
protected: [sex]
age: age
special_codes: {"times late": [98]}
sources:
  bank: ["times late", use]
  bureau: [asked, age]
folds: {count: 2, shuffle: true, seed: 42}
seed: 3
"""


def drawn(*, seed=5):
    """Return a table whose outcome comes from four columns, beside columns that must not be fitted."""
    draw = np.random.default_rng(seed)
    late, asked = draw.integers(0, 5, ROWS), draw.normal(size=ROWS)
    use, age = draw.random(ROWS), draw.integers(19, 80, ROWS)
    log_odds = -2.5 + 0.6 * late + 0.7 * asked + 1.5 * use - 0.02 * (age - 45)
    bad = (draw.random(ROWS) < 1 / (1 + np.exp(-log_odds))).astype(int)
    odd = np.where(draw.random(ROWS) < 0.05, np.inf, draw.normal(size=ROWS) * 1e15)
    return pl.DataFrame(
        {
            "row": np.arange(ROWS),
            "outcome": bad,
            "times late": pl.Series(late).set(pl.Series(draw.random(ROWS) < 0.05), 98),
            "asked": pl.Series(asked).set(pl.Series(draw.random(ROWS) < 0.1), None),
            "use": use,
            "age": age,
            "sex": draw.choice(["f", "m"], ROWS),
            "constant": np.ones(ROWS, dtype=int),
            "nothing": pl.Series([None] * ROWS, dtype=pl.Float64),
            "use again": use,
            "word": [f"w{number}" for number in range(ROWS)],
            "infinite": odd,
            "told": bad ^ (draw.random(ROWS) < 0.03),
            "the outcome": bad,
        }
    )


def written(folder: Path, *, table=None, text=DESCRIPTION):
    """Write the set and return its description's path."""
    (drawn() if table is None else table).write_parquet(folder / "drawn.parquet")
    file = folder / "drawn.yaml"
    file.write_text(text, encoding="utf-8")
    return file
