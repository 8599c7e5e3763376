"""What a report's table is (报表结构): columns that know what they hold, rows of values as computed.

Each door (page, workbook, command line) writes the values in its own way. `stands_on` names the versions that
every number of the table was computed by.
"""

from dataclasses import dataclass
from enum import StrEnum

NANO = 10**9


class Holds(StrEnum):
    """What a column holds: text, a count, a ratio in nano, fen."""

    TEXT = "text"
    COUNT = "count"
    RATIO = "ratio"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading in both languages, and what it holds."""

    zh: str
    en: str
    holds: Holds


CASES = Column("案件", "cases", Holds.COUNT)
APPROVED = Column("通过", "approved", Holds.COUNT)
APPROVAL_RATE = Column("通过率", "approval rate", Holds.RATIO)
KNOWN = Column("结果已知", "outcome known", Holds.COUNT)
BAD = Column("坏", "bad", Holds.COUNT)
BAD_RATE = Column("坏率", "bad rate", Holds.RATIO)
LOSS = Column("预期损失", "expected loss", Holds.MONEY)
PROFIT = Column("收益", "profit", Holds.MONEY)
UNCOUNTED = Column("未能计算", "not computed", Holds.COUNT)
STRATEGY = Column("策略", "strategy", Holds.TEXT)
"""The columns that more than one table has."""
LOW, HIGH = Column("下限", "low, 95 %", Holds.RATIO), Column("上限", "high, 95 %", Holds.RATIO)
"""The ends of an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A table: `id` names its sheet and its place on the page."""

    id: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    stands_on: str


def ratio_nano(value: float | None) -> int | None:
    """Return a ratio as nano, for tables whose columns hold nano; None stays."""
    return None if value is None else round(value * NANO)
