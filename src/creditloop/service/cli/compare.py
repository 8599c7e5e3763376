"""`creditloop compare`: a plan's strategy beside rule strategies written down beforehand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from creditloop.service.admitting.review_plan import read_review_plan
from creditloop.service.cli.opening import bank_of
from creditloop.service.cli.options import AsJson, Database
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.opening import DATABASE
from creditloop.service.overseeing.comparing import compare_plan, comparison_record, outcomes_of_plan

_COLUMNS = ("no", "approvals", "approved", "bad, %", "points, 95 %", "in, bad %", "out, bad %")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    app.command("compare")(compare)


def compare(
    plan: Annotated[Path, typer.Argument(help="The plan document of the review.")],
    draws: Annotated[int, typer.Option(help="Resamples of the bootstrap, at least 100.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap: the same gives the same intervals.")] = 1,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Compare the strategy with every baseline the plan names, at its own and at equal approvals.

    Every line is printed with its 95 % interval; what is below 0 speaks for the strategy. All figures stand
    on an in-time holdout of accepted customers only.

    Example: creditloop compare examples/taiwan_cards/review.yaml
    """
    bank = bank_of(database)
    described = read_review_plan(bank.places.document(plan))
    with bank.work() as work:
        run = compare_plan(work, plan=described, draws=draws, seed=seed)
        record = comparison_record(work, run=run, outcomes=outcomes_of_plan(described))
    show(record, sections=comparison_sections(record), as_json=as_json)


def comparison_sections(record: Mapping[str, Any]) -> list[Section]:
    """Return a comparison as tables: the baselines by number, then one table an outcome."""
    title = f"{record['population']}, {record['rows']:,} customers; {record['note']}"
    names = list(dict.fromkeys(line["baseline"] for line in record["outcomes"][0]["lines"]))
    numbers = {name: number for number, name in enumerate(names, 1)}
    baselines = [(number, name) for name, number in numbers.items()]
    return [
        Section(title=f"strategy beside baselines: {title}", columns=["no", "baseline"], rows=baselines),
        *(
            Section(
                title=f"{outcome['zh']} {outcome['en']}: from the baseline to the strategy",
                columns=_COLUMNS,
                rows=[_row(line, numbers[line["baseline"]]) for line in outcome["lines"]],
            )
            for outcome in record["outcomes"]
        ),
    ]


def _row(line: dict[str, Any], number: int) -> tuple[object, ...]:
    change, low, high = (_points(line[f"bad_rate_change{part}_nano"]) for part in ("", "_low", "_high"))
    return (
        number,
        "own" if line["approvals_at"] == "own" else f"equal, ≥ {line['score_cutoff']}",
        f"{line['baseline_approved']:,} → {line['strategy_approved']:,}",
        f"{_points(line['baseline_bad_rate_nano'])} → {_points(line['strategy_bad_rate_nano'])}",
        f"{change} [{low}, {high}]",
        f"{line['swap_in']:,} at {_points(line['swap_in_bad_rate_nano'])}",
        f"{line['swap_out']:,} at {_points(line['swap_out_bad_rate_nano'])}",
    )


def _points(nano: int | None) -> str:
    """Write a ratio or a difference of ratios in points of a hundred, with its sign and without the unit."""
    return percent(nano).removesuffix(" %")
