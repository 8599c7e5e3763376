"""How good the warnings were (预警检验): each month's risk against what happened to the customers afterwards.

A check document (`examples/taiwan_cards/warning.yaml`) names the book, the outcome and the day it was known,
the halves of the customers (the weights were fitted on one of them) and the alert rates shown.

1. every month is judged again from facts known by its end, and compared with what was recorded
2. the outcome is read, purpose `monitoring`; before the day it was known there is none
3. recall and precision at every alert rate, for everybody and for those not late, beside two plain rules
4. lead time: how long before the outcome those who were caught had been warned, at the same cut-off
The weights may be chosen on the fit half alone; figures are given for it, for the other half, and for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from creditloop.admit import halves
from creditloop.data import read_table
from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node
from creditloop.kernel.errors import InputError, OutOfOrder
from creditloop.monitor import (
    RISK_MAX,
    WARNING_REFERRED,
    AlertCurve,
    alert_curve,
    alert_point,
    judge_warnings,
    lead_time,
    propose_weights,
    signal_frame,
    signal_names,
)
from creditloop.service.booking.card_book import BookPlan, read_plan
from creditloop.service.day_reads import known_by_day
from creditloop.service.monitoring.warning import (
    PURPOSE,
    READER,
    WarningBasis,
    record_judged,
    warning_basis,
    warning_rows,
)
from creditloop.service.work import Work

OUTCOME_ZH = "2005 年 10 月标签（按发布者原样）"
OUTCOME_EN = "October's label (as published)"
NOTE_ZH = "仅为已获准客户的同期留出样本：权重在其中一半客户上按同一标签拟合"
NOTE_EN = "in-time holdout of accepted customers only: the weights were fitted on one half by the same label"
_REFERRED_RISK = RISK_MAX + 1
"""Where a customer stands who is referred or has no risk: a person looks at him before all others."""
_FIT = "fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningCheck:
    """What the warnings are held against.

    Attributes:
        outcome_table, outcome_column: where the contract keeps what happened, a boolean.
        known_on: the day whose end knew it.
        salt, fit_share_nano: the halves of the customers, as `admit.halves` splits them.
        alert_shares: alert rates, nano.
    """

    document: Document
    plan: BookPlan
    outcome_table: str
    outcome_column: str
    known_on: date
    salt: str
    fit_share_nano: int
    alert_shares: tuple[int, ...]


def read_warning_check(document: Document, *, work: Work) -> WarningCheck:
    """Read a check document and the plan of its book.

    Raises: PolicyError naming file, line and field.
    """
    required = ["plan", "title", "book", "outcome", "split", "alert_shares"]
    entries = document.root.mapping(required=required, optional=[])
    entries["plan"].text(among=["warning_check"])
    outcome = entries["outcome"].mapping(required=["table", "column", "known_on"], optional=[])
    split = entries["split"].mapping(required=["salt", "fit_share"], optional=[])
    shares = tuple(_share(node) for node in entries["alert_shares"].items())
    if not shares or list(shares) != sorted(set(shares)):
        raise entries["alert_shares"].fail("alert rates rise, each once, and there is at least one")
    book = work.places.document(Path(entries["book"].text()))
    return WarningCheck(
        document=document,
        plan=read_plan(book, root=work.places.documents),
        outcome_table=outcome["table"].text(),
        outcome_column=outcome["column"].text(),
        known_on=outcome["known_on"].day(),
        salt=split["salt"].text(),
        fit_share_nano=_share(split["fit_share"]),
        alert_shares=shares,
    )


def warning_curve(work: Work, *, check: WarningCheck) -> dict[str, object]:
    """Return the curve of every month's risk against the outcome, as plain data; see the module.

    Raises: OutOfOrder if the outcome is not known yet, or a month is not posted; ConflictingRepeat if a month
        judged again comes out otherwise than it was recorded.
    """
    outcome = read_warning_outcome(work, check=check)
    months = _risks(work, check=check)
    last = check.plan.months[-1]
    joined = _joined(months, outcome, check)
    samples = {
        "everybody": joined,
        "fit_half": joined.filter(pl.col("half") == _FIT),
        "held_out": joined.filter(pl.col("half") != _FIT),
    }
    return {
        "outcome": {"zh": OUTCOME_ZH, "en": OUTCOME_EN, "known_on": str(check.known_on)},
        "note": {"zh": NOTE_ZH, "en": NOTE_EN},
        "as_of": str(last),
        "rules_as_of": str(check.plan.rules_as_of),
        "samples": {
            name: {
                "all": _population(frame, check, as_of=last, rules=True),
                "not_late": _population(_not_late(frame, last), check, as_of=last, rules=False),
            }
            for name, frame in samples.items()
        },
        "by_month": [_month_record(samples, check, month) for month in check.plan.months],
    }


def read_warning_outcome(work: Work, *, check: WarningCheck) -> pl.DataFrame:
    """Read what happened, purpose `monitoring`: party_id, bad.

    Raises: OutOfOrder if nothing of it was known by the check's day; InputError if that day is not after the
        last month, or the column is not a boolean.
    """
    plan = check.plan
    if check.known_on <= plan.months[-1]:
        raise InputError(
            "an outcome is known after the months it is held against",
            got=str(check.known_on),
            expected=f"after {plan.months[-1]}",
            where={"file": check.document.path},
        )
    contract = work.contract(plan.contract)
    read = read_table(
        work.connection,
        contract=contract,
        table=check.outcome_table,
        columns=["party_id", check.outcome_column],
        purpose=PURPOSE,
        reader=READER,
        reason=f"warnings of {plan.product} held against the outcome",
        known_by=known_by_day(contract, table=check.outcome_table, as_of=check.known_on),
        now=work.now,
        record_denial=work.record_denial,
    )
    if read.is_empty():
        raise OutOfOrder(
            "the outcome is not known yet", got=str(check.known_on), where={"table": check.outcome_table}
        )
    if read[check.outcome_column].dtype != pl.Boolean:
        raise InputError(
            "an outcome is true or false",
            got=str(read[check.outcome_column].dtype),
            where={"column": check.outcome_column},
        )
    return read.select("party_id", pl.col(check.outcome_column).alias("bad"))


def proposed_weights(work: Work, *, check: WarningCheck) -> dict[str, object]:
    """Estimate what each signal of the last month weighs, on the fit half alone, beside the policy's weights.

    Raises: as `warning_curve`.
    """
    outcome = read_warning_outcome(work, check=check)
    basis = warning_basis(work, plan=check.plan, month=check.plan.months[-1])
    signals = signal_frame(rows=warning_rows(work, basis=basis), policy=basis.policy)
    fit = _halved(signals.join(outcome, on="party_id"), check).filter(pl.col("half") == _FIT)
    names = signal_names(basis.policy)
    proposed = propose_weights(signals=fit.select(names), bad=fit["bad"])
    return {
        "as_of": str(check.plan.months[-1]),
        "outcome": OUTCOME_EN,
        "note": NOTE_EN,
        "customers": fit.height,
        "bad": int(fit["bad"].sum()),
        "weights": {
            name: {
                "proposed": proposed[name],
                "in_force": _weight(basis, name),
                "customers": int(fit[name].sum()),
                "bad": int(fit.filter(pl.col(name) == 1)["bad"].sum()),
            }
            for name in names
        },
    }


def _share(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    if not isinstance(value, int) or not 0 < value < 10**9:
        raise node.fail("a share lies between 0 and 1", got=node.value)
    return value


def _risks(work: Work, *, check: WarningCheck) -> Mapping[date, pl.DataFrame]:
    """Judge every month again and hold it against what was recorded: party_id, risk, months late."""
    risks = dict[date, pl.DataFrame]()
    for month in check.plan.months:
        basis = warning_basis(work, plan=check.plan, month=month)
        judged = judge_warnings(rows=warning_rows(work, basis=basis), policy=basis.policy)
        work.recorded(record_judged(work, basis=basis, judged=judged).batch_id)
        risks[month] = judged.select(
            "party_id",
            pl.when((pl.col("level") == WARNING_REFERRED) | pl.col("risk").is_null())
            .then(_REFERRED_RISK)
            .otherwise("risk")
            .alias(f"risk_{month}"),
            pl.col("months_late_0").fill_null(0).alias(f"late_{month}"),
        )
    return risks


def _joined(months: Mapping[date, pl.DataFrame], outcome: pl.DataFrame, check: WarningCheck) -> pl.DataFrame:
    """Put months and outcome side by side: customers of every month whose outcome is known."""
    frame = outcome
    for month in months.values():
        frame = frame.join(month, on="party_id", how="inner", validate="1:1")
    return _halved(frame, check)


def _halved(frame: pl.DataFrame, check: WarningCheck) -> pl.DataFrame:
    half = halves(party_ids=frame["party_id"], salt=check.salt, fit_share_nano=check.fit_share_nano)
    return frame.with_columns(half.alias("half"))


def _not_late(frame: pl.DataFrame, month: date) -> pl.DataFrame:
    return frame.filter(pl.col(f"late_{month}") < 1)


def _curve(frame: pl.DataFrame, check: WarningCheck, month: date) -> AlertCurve:
    return alert_curve(risk=frame[f"risk_{month}"], outcome=frame["bad"], alert_shares=check.alert_shares)


def _population(frame: pl.DataFrame, check: WarningCheck, *, as_of: date, rules: bool) -> dict[str, object]:
    if not frame["bad"].any():
        return {"customers": frame.height, "bad": 0, "points": [], "steps": []}
    curve = _curve(frame, check, as_of)
    record: dict[str, object] = {
        "customers": curve.customers,
        "bad": curve.bad,
        "points": [
            point.as_record() | {"lead": _lead(frame, check, as_of, point.cutoff)} for point in curve.points
        ],
        "steps": [[step.cutoff, step.alerts, step.caught] for step in curve.steps],
    }
    if rules:
        record["rules"] = [_rule(frame, curve, as_of, months_late) for months_late in (1, 2)]
    return record


def _lead(
    frame: pl.DataFrame, check: WarningCheck, as_of: date, cutoff: int | None
) -> dict[str, object] | None:
    """Tell the lead time at a cut-off taken whole: customers tied at it are all warned."""
    if cutoff is None:
        return None
    risks = [frame[f"risk_{month}"] for month in check.plan.months if month <= as_of]
    return lead_time(risks=risks, outcome=frame["bad"], cutoff=cutoff).as_record()


def _rule(frame: pl.DataFrame, curve: AlertCurve, as_of: date, months_late: int) -> dict[str, object]:
    """Set the rule "late now by so many months or more" beside the curve at the rule's own alert rate."""
    point = alert_point(alerted=frame[f"late_{as_of}"] >= months_late, outcome=frame["bad"])
    return {
        "rule": f"late_{months_late}",
        "months_late": months_late,
        **point.as_record(),
        "curve_at_same_share": curve.at(share_nano=point.share_nano).as_record(),
    }


def _month_record(samples: Mapping[str, pl.DataFrame], check: WarningCheck, month: date) -> dict[str, object]:
    """Give the curve of an earlier month's risk against the same outcome: warned then, bad in the end."""
    figures: dict[str, object] = {"as_of": str(month)}
    for name, frame in samples.items():
        figures[name] = {
            "all": _points(frame, check, month),
            "not_late": _points(_not_late(frame, month), check, month),
        }
    return figures


def _points(frame: pl.DataFrame, check: WarningCheck, month: date) -> list[dict[str, object]]:
    """Give the points of a population; none where nobody went bad, since there is nothing to catch."""
    if not frame["bad"].any():
        return []
    return [point.as_record() for point in _curve(frame, check, month).points]


def _weight(basis: WarningBasis, signal: str) -> object:
    wanted = f"weight_{signal}"
    return next(
        (entry.parameter.value for entry in basis.policy.parameters if entry.parameter.name == wanted), None
    )
