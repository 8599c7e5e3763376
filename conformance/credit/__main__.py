"""Fit and cross-validate models on a described credit data set.

    python -m conformance.credit DATASET.yaml [--json] [--workers N]

The description names a Parquet file, its target, what is bad, what no model may read, and how rows are parted
(docs/conformance_credit.md has the format; conformance/credit/sets/ has examples). Four models are fitted on
every fold and judge the rows it leaves out: a scorecard, a joint card of boosted tables, LightGBM as the
black box, and learners fused. Printed are AUC, KS, Brier score and calibration, mean ± deviation over folds,
what reading and splitting by source cost, which features look like leaks, and how protected groups fare.
With --json one object stands on the standard output and nothing else. The exit status is 0, or 2 where the
description or the data cannot be read.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from conformance.credit.dataset import NANO, load_sample, read_description
from conformance.credit.figures import mean_and_sd
from conformance.credit.judging import read_settings
from conformance.credit.report import CreditReport, judge_set

from creditloop.kernel.errors import CreditloopError


def main(arguments: list[str]) -> int:
    """Judge the described set; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m conformance.credit", description="judge a data set")
    parser.add_argument("dataset", type=Path, help="the description, a YAML file")
    parser.add_argument("--json", action="store_true", help="one object on the standard output")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="processes at once")
    asked = parser.parse_args(arguments)
    # a process a fold: threads of the linear algebra would only wait for each other
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        described = read_description(asked.dataset)
        report = judge_set(
            described, load_sample(described), settings=read_settings(), workers=max(1, asked.workers)
        )
    except CreditloopError as error:
        print(error.diagnostics(), file=sys.stderr)
        return 2
    if asked.json:
        print(json.dumps(report.as_record(), ensure_ascii=False))
        return 0
    for line in lines(report):
        print(line)
    return 0


def lines(report: CreditReport) -> Iterator[str]:
    """Give the report as people read it."""
    yield f"{report.name}: {report.rows} rows, {report.bad} bad ({report.bad / report.rows:.2%})"
    for note in (*report.notes, *report.left_out):
        yield f"  note: {note}"
    yield ""
    yield f"{'model':12} {'white box':10} {'AUC':>16} {'KS':>16} {'Brier':>16} {'calibration':>16}"
    for model in report.models:
        cells = " ".join(
            f"{mean:.4f} ± {sd:.4f}".rjust(16)
            for name in ("auc", "ks", "brier", "calibration")
            for mean, sd in [mean_and_sd([getattr(fold, name) for fold in model.folds])]
        )
        yield f"{model.name:12} {'yes' if model.white_box else 'no':10} {cells}"
    yield ""
    yield from _costs(report)
    yield from _leaks(report)
    yield from _fairness(report)


def _costs(report: CreditReport) -> Iterator[str]:
    auc = {model.name: model.auc for model in report.models}
    best = max((model for model in report.models if model.white_box), key=lambda model: model.auc)
    gap = best.auc - auc["boosted"]
    yield f"best white box: {best.name}, AUC {best.auc:.4f}; black box {auc['boosted']:.4f}: {gap:+.4f}"
    yield f"fused instead of joint: {auc['stacked'] - auc['joint_card']:+.4f}"


def _leaks(report: CreditReport) -> Iterator[str]:
    yield ""
    named = len(report.leaks.leaks)
    yield f"leaks: {named} of {report.leaks.features} features look as if they knew the outcome"
    for leak in report.leaks.leaks:
        yield f"  {report.columns[leak.feature]} (AUC alone {leak.auc_alone:.4f})"
        for evidence in leak.evidence:
            yield f"    {evidence.zh}\n    {evidence.en}"
    for noted in report.leaks.noted:
        yield f"  noted, no leak: {report.columns[noted.feature]}: {noted.evidence.en}"
    if report.leaks.order_tells:
        yield "  the order of the rows tells the outcome: the file was sorted, folds must be shuffled"
    if not report.leaks.columns_bound:
        yield "  columns are not bound up with each other: a moderate leak cannot be told from a feature"


def _fairness(report: CreditReport) -> Iterator[str]:
    if not report.fairness:
        return
    yield ""
    yield "protected attributes, the safest 70 % by the joint card approved, out of fold:"
    for attribute in report.fairness:
        for group in attribute.groups:
            told = [
                f"approved {group.approval_rate_nano / NANO:.1%}",
                f"mean pd {group.pd_mean_nano / NANO:.1%}",
                f"bad {group.bad}",
            ]
            if group.impact_ratio_nano is not None:
                told.insert(1, f"impact ratio {group.impact_ratio_nano / NANO:.2f}")
            small = ", too few to judge" if group.too_small else ""
            yield f"  {attribute.attribute} = {group.group}: {group.rows} rows, {', '.join(told)}{small}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
