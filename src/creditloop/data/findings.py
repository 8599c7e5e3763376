"""Findings (数据问题): what was noticed about rows of a file, as values; each is stored, none is dropped.

A finding with effect `reject` keeps its row out (a fault of a cell or a rule: the whole source row; a clash
of keys: the one table row); with effect `keep` the row is loaded and the trait is on record. `source_row` is
the number of the data row in the file, from 1, the header not counted. `field` is the column of the file, or
of the table where the file has none or a key clashes. `got` is masked for protected attributes and for
classes above `purposes.CLEAR_IN_FINDINGS_MAX`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from creditloop.data.contracts import ColumnType, Effect, Words
from creditloop.kernel.money import text_from_fen

SCHEMA: Mapping[str, pl.DataType] = {
    "source_row": pl.Int64(),
    "table_name": pl.String(),
    "field": pl.String(),
    "code": pl.String(),
    "got": pl.String(),
    "expected": pl.String(),
    "effect": pl.String(),
    "message": pl.String(),
}
"""Columns of a frame of findings, before they have their place in a batch."""

MASKED_GOT = "***"
_GOT_MAX = 120
"""Longest `got`, in characters; the file holds the rest."""

WRONG_TYPE = "wrong_type"
ERROR_CELL = "error_cell"
MISSING_VALUE = "missing_value"
MISSING_KEY = "missing_key"
UNLISTED_VALUE = "unlisted_value"
UNLISTED_IN_FEATURES = "unlisted_in_features"
UNDOCUMENTED_CODE = "undocumented_code"
KNOWN_BEFORE_OCCURRED = "known_before_occurred"
MOMENT_OUT_OF_RANGE = "moment_out_of_range"
RULE_NOT_EVALUATED = "rule_not_evaluated"
IDENTIFIER_BLANK = "identifier_blank"
IDENTIFIER_CHECK_FAILED = "identifier_check_failed"
DUPLICATE_KEY = "duplicate_key"
CONFLICTING_REPEAT = "conflicting_repeat"

CODES: Mapping[str, Words] = {
    WRONG_TYPE: Words(zh="不是契约规定的类型", en="not of the contract's type"),
    ERROR_CELL: Words(zh="单元格是错误值", en="the cell holds an error of its program"),
    MISSING_VALUE: Words(zh="必填值缺失", en="a value that must be there is missing"),
    MISSING_KEY: Words(zh="主体编号缺失", en="the party's number is missing"),
    UNLISTED_VALUE: Words(zh="取值不在契约列出的范围内", en="a value the contract does not list"),
    UNLISTED_IN_FEATURES: Words(
        zh="已上线的特征未登记此取值，不计入按该列的任何分组",
        en="a code that features in production do not list: its events are in no cut by the column",
    ),
    UNDOCUMENTED_CODE: Words(
        zh="发布者文档未说明的代码", en="a code that the publisher's documentation does not explain"
    ),
    KNOWN_BEFORE_OCCURRED: Words(zh="知悉时间早于发生时间", en="known before it occurred"),
    MOMENT_OUT_OF_RANGE: Words(zh="时间超出可记录范围", en="the moment is outside years 1 to 9999"),
    RULE_NOT_EVALUATED: Words(zh="质量规则无法计算", en="the quality rule could not be evaluated"),
    IDENTIFIER_BLANK: Words(zh="标识为空白，不指向任何人", en="the identifier is blank and names nobody"),
    IDENTIFIER_CHECK_FAILED: Words(
        zh="标识的格式或校验码不对，仍按原值加密入库",
        en="the identifier's form or check character is wrong; it is loaded, encrypted as it came",
    ),
    DUPLICATE_KEY: Words(
        zh="文件内主键重复，保留第一行", en="the key stands twice in the file, the first row stays"
    ),
    CONFLICTING_REPEAT: Words(
        zh="主键与知悉时间已存在但内容不同，以先到为准",
        en="this key was loaded before with other content and the same known_at; the first stands",
    ),
}
"""Codes the import itself gives, besides those of a contract's rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing noticed about one row; see the module for what the fields mean."""

    file_name: str
    source_row: int
    table_name: str | None
    field: str
    code: str
    got: str | None
    expected: str
    effect: Effect
    message: str


def shown(values: pl.Series, *, column_type: ColumnType) -> pl.Series:
    """Return a table's values as a finding shows them: fen as units of the currency, all else as text."""
    if column_type is not ColumnType.MONEY:
        return values.cast(pl.String)
    texts = [None if value is None else text_from_fen(value) for value in values]
    return pl.Series(values.name, texts, dtype=pl.String)


def finding_frame(
    *,
    source_rows: pl.Series,
    got: pl.Series,
    table: str | None,
    field: str,
    code: str,
    expected: str,
    effect: Effect,
    meaning: Words,
    masked: bool,
) -> pl.DataFrame:
    """Build one finding for each of `source_rows`; `got` stands beside them."""
    text = got.cast(pl.String).str.replace_all("\0", "␀", literal=True).str.slice(0, _GOT_MAX)
    if masked:
        text = text.zip_with(text.is_null(), pl.Series([MASKED_GOT]))
    return pl.DataFrame({"source_row": source_rows.cast(pl.Int64), "got": text}).select(
        "source_row",
        pl.lit(table, dtype=pl.String).alias("table_name"),
        pl.lit(field).alias("field"),
        pl.lit(code).alias("code"),
        "got",
        pl.lit(expected).alias("expected"),
        pl.lit(effect.value).alias("effect"),
        pl.lit(meaning.both()).alias("message"),
    )


def joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Put frames of findings together, by source row, else in the order given."""
    if not frames:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(frames).sort("source_row", maintain_order=True)
