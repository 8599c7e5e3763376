"""Whether features stand in for what may not be looked at (代理变量): how well they foretell it.

Each group of a protected attribute is foretold, one against the rest, from each feature alone and from all
together. A model that never reads an attribute can still act on it through features that give it away; which
of them do is named here, by a limit of the bank.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from creditloop.kernel.errors import InputError
from creditloop.risk.measures.intervals import DEVIATE_95, auc_interval
from creditloop.risk.measures.outcomes import Bools, Floats, Ints
from creditloop.risk.probes.coding import CodedColumn, code_frame, matrix_of
from creditloop.risk.probes.fairness import groups_of
from creditloop.risk.probes.learning import folds_of, predict_unseen
from creditloop.risk.probes.telling import tell

_ROWS_MAX = 20_000
_FOLDS = 3
_GROUP_ROWS_MIN = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """How well one feature alone foretells an attribute.

    Attributes:
        auc: cross-validated, one group against the rest, weighted by the groups' rows.
        low: the lower end of its interval of 95 %; `named` whether that reaches the bank's limit.
    """

    feature: str
    auc: float
    low: float
    named: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeProxies:
    """How well the features foretell one protected attribute.

    Attributes:
        groups: those with 30 rows and more; others are left out, and `rows` are without them.
        auc: of all features together; `accuracy` of the likeliest group, `accuracy_blind` of always naming
            the largest, `lift` the one over the other.
        proxies: every feature, the best first.
    """

    attribute: str
    groups: tuple[str, ...]
    rows: int
    auc: float
    accuracy: float
    accuracy_blind: float
    lift: float
    proxies: tuple[Proxy, ...]


def find_proxies(
    *, features: pl.DataFrame, attributes: pl.DataFrame, auc_min: float, seed: int
) -> tuple[AttributeProxies, ...]:
    """Foretell each attribute from the model's features.

    Args:
        features: of the model, without the attributes; attributes: a column of groups each.
        auc_min: a feature alone this good is named a proxy; the bank's limit, in [0.5, 1].
        seed: >= 0; at most 20,000 rows, drawn by it, are asked.
    Raises: InputError for an attribute that is a feature too, rows that do not fit, fewer than two groups.
    """
    both = set(features.columns) & set(attributes.columns)
    if both or not features.width or features.height != attributes.height:
        raise InputError(
            "features and protected attributes are different columns of the same rows",
            got=sorted(both) or (features.width, features.height, attributes.height),
        )
    if not 0.5 <= auc_min <= 1 or seed < 0:
        raise InputError("a limit of AUC lies in 0.5..1, and a seed at 0 or more", got=(auc_min, seed))
    return tuple(_proxies(features, column, auc_min, seed) for column in attributes.iter_columns())


def _proxies(features: pl.DataFrame, attribute: pl.Series, auc_min: float, seed: int) -> AttributeProxies:
    names = groups_of(attribute)
    counts = names.value_counts(name="rows").filter(pl.col("rows") >= _GROUP_ROWS_MIN)
    groups = sorted(counts[names.name].to_list())
    if len(groups) < 2:
        raise InputError(
            f"the attribute {attribute.name!r} has too few groups", got=groups, expected="two of 30 rows"
        )
    rows = np.flatnonzero(names.is_in(groups).to_numpy())
    if len(rows) > _ROWS_MAX:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:_ROWS_MAX])
    kept = names.gather(rows)
    member = np.column_stack([(kept == group).to_numpy() for group in groups])
    columns = code_frame(frame=features[rows], rarer=int(member.sum(axis=0).min()))
    fold = folds_of(groups=member.argmax(axis=1).astype(np.int64), folds=_FOLDS, seed=seed)
    found = [_proxy(column, member, fold, auc_min) for column in columns]
    auc, accuracy = _jointly(columns, member, fold, seed)
    blind = float(member.mean(axis=0).max())
    return AttributeProxies(
        attribute=attribute.name,
        groups=tuple(groups),
        rows=len(rows),
        auc=auc,
        accuracy=accuracy,
        accuracy_blind=blind,
        lift=accuracy / blind,
        proxies=tuple(sorted(found, key=lambda proxy: (-proxy.auc, proxy.feature))),
    )


def _targets(member: Bools) -> list[tuple[Bools, float]]:
    """Return what is foretold, with its weight: two groups are one question, more are one each."""
    if member.shape[1] == 2:
        return [(member[:, 1], 1.0)]
    return [(member[:, at], float(member[:, at].mean())) for at in range(member.shape[1])]


def _proxy(column: CodedColumn, member: Bools, fold: Ints, auc_min: float) -> Proxy:
    tellings = [(tell(column=column, bad=target, fold=fold), weight) for target, weight in _targets(member)]
    auc = sum(telling.auc * weight for telling, weight in tellings)
    low = sum((telling.auc - DEVIATE_95 * telling.error) * weight for telling, weight in tellings)
    return Proxy(feature=column.name, auc=auc, low=low, named=low >= auc_min)


def _jointly(columns: tuple[CodedColumn, ...], member: Bools, fold: Ints, seed: int) -> tuple[float, float]:
    matrix = matrix_of(columns, np.arange(len(member)))
    foretold: list[tuple[Floats, Bools, float]] = [
        (predict_unseen(matrix=matrix, target=target, fold=fold, seed=seed), target, weight)
        for target, weight in _targets(member)
    ]
    auc = sum(auc_interval(score=-part, bad=target).estimate * weight for part, target, weight in foretold)
    chances = np.column_stack([part for part, _, _ in foretold])
    if chances.shape[1] == 1:
        chances = np.column_stack([1 - chances, chances])
    return float(auc), float((chances.argmax(axis=1) == member.argmax(axis=1)).mean())
