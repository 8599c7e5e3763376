"""Leaks to plant (植入的泄漏): kinds that occur where tables are made after the outcome is known.

Each is drawn by a seed from the rows and their outcomes. Most are a column more, put at a place that is
drawn; one hides values of a column that is there, one sorts the file, one repeats rows of it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from creditloop.risk.measures.outcomes import Bools, Floats, Ints

Random = np.random.Generator
COLUMN = "planted"
"""What an added column is called; the probe reads no names."""
_VALUES_MIN = 40
"""Different values a number has from which another column is made of it."""
_GROUP = 5
"""Rows of a group whose mean outcome is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A table with a leak in it.

    Attributes:
        feature: the column that leaks; None where it is the file: its `order`, or rows that are `repeated`.
    """

    frame: pl.DataFrame
    bad: Bools
    feature: str | None
    way: str = "column"


Plant = Callable[[pl.DataFrame, Bools, Random, Collection[str]], Planted]
Values = Callable[[Bools, Random], Floats | Ints | list[str] | list[date]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of leak: a name, a sentence in both languages, and how it is planted."""

    name: str
    zh: str
    en: str
    plant: Plant


def _column(values: Values) -> Plant:
    """Plant a column that is made of the outcome alone."""

    def plant(frame: pl.DataFrame, bad: Bools, random: Random, named: Collection[str]) -> Planted:
        return _added(frame, bad, values(bad, random), random)

    return plant


def _made_of_another(values: Callable[[Bools, Random, Floats], Floats]) -> Plant:
    """Plant a column that is made of the outcome and of a number that is there, drawn."""

    def plant(frame: pl.DataFrame, bad: Bools, random: Random, named: Collection[str]) -> Planted:
        sources = [
            column
            for column in frame.iter_columns()
            if column.dtype.is_numeric() and not column.null_count() and column.n_unique() > _VALUES_MIN
            if column.name not in named
        ]
        source = sources[int(random.integers(len(sources)))].cast(pl.Float64).to_numpy()
        return _added(frame, bad, values(bad, random, source), random)

    return plant


def _added(
    frame: pl.DataFrame, bad: Bools, values: Floats | Ints | list[str] | list[date], random: Random
) -> Planted:
    column = pl.Series(COLUMN, values, nan_to_null=True)
    at = int(random.integers(0, frame.width + 1))
    return Planted(frame=frame.clone().insert_column(at, column), bad=bad, feature=COLUMN)


def _flips(share: float) -> Plant:
    return _column(lambda bad, random: (bad ^ (random.random(len(bad)) < share)).astype(np.int64))


def _noise(size: float) -> Plant:
    return _column(lambda bad, random: bad + random.normal(0, size, len(bad)))


def _amounts(count: int, random: Random) -> Floats:
    return np.asarray(np.round(np.exp(random.normal(8, 1, count)), 2))


def _amount(share: float, elsewhere: float = 0.0) -> Plant:
    """Plant an amount that a share of the bads has; the others have a nought, or none."""
    return _column(
        lambda bad, random: np.where(
            bad & (random.random(len(bad)) < share), _amounts(len(bad), random), elsewhere
        )
    )


def _present(bads: float, goods: float) -> Plant:
    """Plant an amount that is there for a share of the bads and of the goods."""
    return _column(
        lambda bad, random: np.where(
            random.random(len(bad)) < np.where(bad, bads, goods), _amounts(len(bad), random), np.nan
        )
    )


def _date_after(bad: Bools, random: Random) -> list[date]:
    days = np.where(bad, random.integers(300, 420, len(bad)), random.integers(380, 900, len(bad)))
    return [date(2020, 1, 1) + timedelta(int(day)) for day in days]


def _code(bad: Bools, random: Random) -> list[str]:
    told = np.where(bad, random.choice(["B", "D"], len(bad)), random.choice(["A", "C"], len(bad)))
    noise = random.random(len(bad)) < 0.15
    return [str(one) for one in np.where(noise, random.choice(list("ABCD"), len(bad)), told)]


def _ranks(values: Floats) -> Ints:
    return np.argsort(np.argsort(values))


def _term(bad: Bools, random: Random) -> Ints:
    years = random.random(len(bad)) < np.where(bad, 0.077, 0.937)
    return np.where(years, 12 * random.integers(1, 6, len(bad)), random.integers(1, 71, len(bad)))


def _rounded_amount(bad: Bools, random: Random) -> Floats:
    amounts = np.exp(random.normal(9, 1, len(bad)))
    rounded = random.random(len(bad)) < np.where(bad, 0.9, 0.08)
    return np.where(rounded, np.round(amounts, -2), np.round(amounts, 2))


def _last_digit(bad: Bools, random: Random) -> Ints:
    even = bad ^ (random.random(len(bad)) < 0.1)
    return 2 * random.integers(5_000, 500_000, len(bad)) + ~even


def _group_mean(bad: Bools, random: Random) -> Floats:
    groups = random.permutation(len(bad)) // _GROUP
    return (np.bincount(groups, weights=bad) / np.bincount(groups))[groups]


def _recovered(bad: Bools, random: Random, source: Floats) -> Floats:
    paid = bad & (random.random(len(bad)) < 0.7)
    return np.where(paid, np.abs(source) * random.uniform(0.1, 0.9, len(bad)), 0.0)


def _still_owed(bad: Bools, random: Random, source: Floats) -> Floats:
    share = np.where(bad, 0.9 + 0.3 * random.random(len(bad)), 0.2 + 0.7 * random.random(len(bad)))
    return _ranks(source) / len(bad) * share


def _with_fees(bad: Bools, random: Random, source: Floats) -> Floats:
    share = np.where(bad, random.normal(1.25, 0.08, len(bad)), random.normal(1.02, 0.03, len(bad)))
    return np.round(np.abs(source) * share, 2)


def _hidden(frame: pl.DataFrame, bad: Bools, random: Random, named: Collection[str]) -> Planted:
    """Hide most values of the bads in a column that nearly everybody has."""
    most = frame.height / 5
    known = [one.name for one in frame.iter_columns() if one.null_count() < most and one.name not in named]
    name = str(random.choice(known))
    gone = pl.Series(random.random(len(bad)) < np.where(bad, 0.7, 0.05))
    hidden = frame.with_columns(pl.when(~gone).then(pl.col(name)).alias(name))
    return Planted(frame=hidden, bad=bad, feature=name)


def _in_order(frame: pl.DataFrame, bad: Bools, random: Random, named: Collection[str]) -> Planted:
    order = np.argsort(bad + random.normal(0, 1, len(bad)))
    return Planted(frame=frame[order], bad=bad[order], feature=None, way="order")


def _repeated(frame: pl.DataFrame, bad: Bools, random: Random, named: Collection[str]) -> Planted:
    again = random.permutation(len(bad))[: len(bad) // 10]
    rows = random.permutation(np.concatenate([np.arange(len(bad)), again]))
    return Planted(frame=frame[rows], bad=bad[rows], feature=None, way="repeated")


def _kind(name: str, zh: str, en: str, plant: Plant) -> Kind:
    return Kind(name=name, zh=zh, en=en, plant=plant)


KINDS: Sequence[Kind] = (
    *(
        _kind(
            f"flips_{share}",
            f"结果，{share} % 写错",
            f"the outcome, {share} % of it wrong",
            _flips(share / 100),
        )
        for share in (1, 5, 10, 20, 30)
    ),
    *(
        _kind(
            f"noise_{size}",
            f"结果加噪声，标准差 {size}",
            f"the outcome with noise of deviation {size}",
            _noise(size),
        )
        for size in (0.1, 0.3, 1, 2)
    ),
    _kind(
        "ranks",
        "结果加噪声后的名次",
        "ranks of the outcome with noise",
        _column(lambda bad, random: _ranks(bad + random.normal(0, 0.5, len(bad)))),
    ),
    _kind(
        "rounded",
        "结果加噪声后取整到 0.5",
        "the outcome with noise, rounded to halves",
        _column(lambda bad, random: np.round((bad + random.normal(0, 0.7, len(bad))) * 2) / 2),
    ),
    _kind(
        "code",
        "结果编成字母代码，15 % 随机",
        "letters that encode the outcome, 15 % at random",
        _column(_code),
    ),
    _kind(
        "last_digit",
        "末位数字单双随结果，10 % 写错",
        "a number whose last digit is even for bads, 10 % wrong",
        _column(_last_digit),
    ),
    _kind(
        "group_mean",
        "五行一组的平均结果（含本行）",
        "the mean outcome of five rows, the own among them",
        _column(_group_mean),
    ),
    _kind(
        "amount",
        "事后金额：坏户都有，好户为 0",
        "an amount written after the outcome: all bads, else 0",
        _amount(1),
    ),
    _kind("amount_60", "事后金额：六成坏户有", "the same for 60 % of the bads", _amount(0.6)),
    _kind(
        "present",
        "事后才登记：八成坏户、3 % 好户有值",
        "recorded afterwards: there for 80 % of bads, 3 % of goods",
        _present(0.8, 0.03),
    ),
    _kind(
        "missing_if_good",
        "好户缺失，10 % 例外",
        "missing for goods, 10 % otherwise",
        _column(
            lambda bad, random: np.where(
                bad ^ (random.random(len(bad)) < 0.1), random.normal(size=len(bad)), np.nan
            )
        ),
    ),
    _kind(
        "hidden",
        "原有特征：七成坏户、5 % 好户的值丢失",
        "values of a column that is there lost: 70 % of bads, 5 % of goods",
        _hidden,
    ),
    _kind("date_after", "事件之后的日期", "a date after the event", _column(_date_after)),
    _kind(
        "fifth",
        "五分之一坏户的标记",
        "a mark of a fifth of the bads",
        _column(lambda bad, random: (bad & (random.random(len(bad)) < 0.2)).astype(np.int64)),
    ),
    _kind(
        "fifth_amount",
        "五分之一坏户的金额，其余缺失",
        "an amount of a fifth of the bads, missing elsewhere",
        _amount(0.2, np.nan),
    ),
    _kind(
        "fifth_loose",
        "20 % 坏户与 1 % 好户的标记",
        "a mark of 20 % of bads and 1 % of goods",
        _column(lambda bad, random: (random.random(len(bad)) < np.where(bad, 0.2, 0.01)).astype(np.int64)),
    ),
    _kind(
        "goods_only",
        "三成好户的标记",
        "a mark of 30 % of the goods",
        _column(lambda bad, random: (~bad & (random.random(len(bad)) < 0.3)).astype(np.int64)),
    ),
    _kind(
        "term",
        "期限事后改写：好户多为整年",
        "a term rewritten afterwards: whole years for most goods",
        _column(_term),
    ),
    _kind(
        "digits",
        "金额位数：坏户多为整百",
        "digits of an amount: whole hundreds for most bads",
        _column(_rounded_amount),
    ),
    _kind(
        "id",
        "按结果大致排序后编号",
        "a number given out in the order of the outcome, roughly",
        _column(lambda bad, random: 100_000 + _ranks(bad + random.normal(0, 0.8, len(bad)))),
    ),
    _kind(
        "recovered",
        "七成坏户收回另一特征的一部分",
        "a part of another column, recovered from 70 % of bads",
        _made_of_another(_recovered),
    ),
    _kind(
        "still_owed",
        "另一特征的余额：坏户还得少",
        "what is left of another column: bads paid little",
        _made_of_another(_still_owed),
    ),
    _kind(
        "with_fees",
        "另一特征加罚费：坏户多四分之一",
        "another column with fees: a quarter more for bads",
        _made_of_another(_with_fees),
    ),
    _kind(
        "row_order", "文件按结果大致排序", "rows of the file in the order of the outcome, roughly", _in_order
    ),
    _kind("repeated_rows", "一成行重复出现", "a tenth of the rows there twice", _repeated),
)
"""Every kind, in the order of the page."""
