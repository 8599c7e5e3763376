"""A frame is judged the same by Polars and DuckDB, whatever its columns are; what cannot be is refused."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk import Policy, read_policy

REASON = "reason: {code: A, zh: 甲, en: a}"
TEXT = f"""\
policy: small
product: card
stage: admit
title: {{zh: 小, en: small}}
inputs: {{n: {{kind: integer}}, d: {{kind: date}}}}
tables:
  - id: t
    hit_policy: first
    outputs: {{o: {{kind: text}}}}
    rows:
      - {{id: many, when: n > 5, then: {{o: many}}, {REASON}}}
      - {{id: late, when: "d > date('2024-01-01')", then: {{o: late}}, {REASON}}}
    otherwise: {{then: {{o: none}}, {REASON}}}
"""


def policy(text: str = TEXT) -> Policy:
    return read_policy(parse_document(text, path="small.yaml"), rules_as_of=date(2024, 7, 1))


COLUMNS = [
    pl.Series("n", [7, None, 2**100, -(2**100)], dtype=pl.Int128),
    pl.Series("n", [7, None, 2**127 + 1, 2**63], dtype=pl.UInt128),
    pl.Series("n", [7, None, 2**64 - 1, 1], dtype=pl.UInt64),
    pl.Series("n", [7, None, 1, -1], dtype=pl.Int8),
    pl.Series("n", [7.0, None, 1.5, -1.0]),
    pl.Series("n", [Decimal(7), None, Decimal(1), Decimal(2)]),
    pl.Series("n", ["7", None, "1", ""]),
    pl.Series("n", [[7], None, [], [1, 2]]),
    pl.Series("n", [None, None, None, None]),
    pl.Series("d", [0, 2**31 - 1, -(2**31), 10**7], dtype=pl.Int32).cast(pl.Date),
    pl.Series("d", ["2025-01-01", None, "", "x"]),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: f"{column.name} {column.dtype}")
def test_both_say_the_same_of_a_column_of_any_type(column: pl.Series) -> None:
    base = pl.DataFrame({"n": [1] * 4, "d": [date(2020, 1, 1)] * 4}).with_columns(column)
    one, other = (policy().judge_frame(base, refers=True, target=target) for target in ("polars", "duckdb"))
    names = ["o", "t_state", "t_matched", "t_row", "refers"]
    assert one.select(names).equals(other.select(names))


def test_names_that_duckdb_cannot_tell_apart_are_refused_not_mixed_up() -> None:
    twins = policy(
        TEXT.replace("d: {kind: date}", "N: {kind: integer}").replace("\"d > date('2024-01-01')\"", "N > 5")
    )
    frame = pl.DataFrame({"n": [1], "N": [9]})
    assert twins.judge_frame(frame)["o"].to_list() == ["late"]
    with pytest.raises(InputError, match="differ only in case"):
        twins.judge_frame(frame, target="duckdb")
