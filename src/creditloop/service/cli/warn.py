"""`creditloop warn …`: judge a month, read its warnings, roll rates and alert curve, or one customer."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from creditloop.kernel.errors import UnknownId
from creditloop.kernel.money import divide_half_away
from creditloop.kernel.storage import connect
from creditloop.monitor import (
    WarningCounts,
    WarningRow,
    WarningRun,
    find_warning_runs,
    find_warnings,
    warning_counts,
)
from creditloop.risk import Judgement
from creditloop.service.bank import Bank
from creditloop.service.cli.opening import bank_of, book_plan
from creditloop.service.cli.options import LOOK_UP, AsJson, BusinessDate, Database, Reason, day, reader
from creditloop.service.cli.output import Section, percent, show
from creditloop.service.deciding_texts import version_label
from creditloop.service.monitoring.warning import (
    month_rolled_parties,
    party_warnings,
    roll_rates_record,
    warn_month,
)
from creditloop.service.monitoring.warning_check import proposed_weights, read_warning_check, warning_curve
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read

Record = dict[str, Any]
Plan = Annotated[Path, typer.Argument(help="The plan document of the book.")]
Check = Annotated[Path, typer.Argument(help="The check document: outcome, halves, alert rates.")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(
        help="Early warning (贷后预警): signals, levels, measures, roll rates, the alert curve."
    )
    group.command("run")(run)
    group.command("show")(show_month)
    group.command("party")(show_party)
    group.command("rolls")(rolls)
    group.command("curve")(curve)
    group.command("weights")(weights)
    app.add_typer(group, name="warn")


def run(
    plan: Plan, business_date: BusinessDate, database: Database = DATABASE, as_json: AsJson = False
) -> None:
    """Judge every customer as of a month's end by the warning policy; a repeat finds the first.

    Example: creditloop warn run examples/taiwan_cards/book.yaml --business-date 2005-09-30
    """
    bank = bank_of(database)
    with bank.work() as work:
        described = book_plan(bank, plan)
        done = warn_month(work, plan=described, month=day(business_date))
        counts = warning_counts(work.connection, batch_id=done.batch_id)
    show(_run_record(done, counts), sections=_run_sections(done, counts), as_json=as_json)


def show_month(
    business_date: BusinessDate,
    level: Annotated[str | None, typer.Option(help="Only this level: alert, watch, notice, refer.")] = None,
    signal: Annotated[str | None, typer.Option(help="Only warnings with this signal.")] = None,
    most: Annotated[int, typer.Option(min=0, help="At most so many customers.")] = 20,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print a month's warnings that were recorded: counts, and the gravest customers.

    Example: creditloop warn show --business-date 2005-09-30 --level alert --most 10
    """
    bank = bank_of(database)
    found = _run_of(bank, day(business_date))
    with bank.work() as work:
        counts = warning_counts(work.connection, batch_id=found.batch_id)
        rows = find_warnings(work.connection, batch_id=found.batch_id, level=level, signal=signal, most=most)
        record_own_read(
            work,
            package="creditloop.monitor",
            table="monitor.warning",
            columns=("party_id", "level", "level_rule", "risk", "signals", "measures"),
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=len(rows),
        )
    record = {**_run_record(found, counts), "warnings": [_row_record(row) for row in rows]}
    listed = [
        (row.party_id, row.level, row.level_rule, row.risk, ", ".join(row.signals), ", ".join(row.measures))
        for row in rows
    ]
    columns = ["customer", "level", "rule", "risk", "signals", "measures"]
    sections = [*_run_sections(found, counts), Section(title="warnings", columns=columns, rows=listed)]
    show(record, sections=sections, as_json=as_json)


def show_party(
    party: Annotated[str, typer.Argument(help="The customer, e.g. taiwan_cards/7.")],
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print every warning on a customer with its working: signals, reasons, values, the policy's version.

    Example: creditloop warn party taiwan_cards/7
    """
    bank = bank_of(database)
    with bank.work() as work:
        found = party_warnings(work, party_id=party, reader=reader(), reason=reason)
        versions = [version_label(work, policy_hash=run.versions.policy_hash) for run, _, _ in found]
    told = list(zip(found, versions, strict=True))
    record = {
        "party": party,
        "warnings": [_working_record(*entry) | {"version": version} for entry, version in told],
    }
    sections = [_working_section(*entry, version=version) for entry, version in told]
    if not found:
        sections = [Section(title=f"{party}: no warning is recorded", columns=[], rows=[])]
    show(record, sections=sections, as_json=as_json)


def rolls(
    plan: Plan,
    parties: Annotated[
        str | None,
        typer.Option(
            metavar="FROM,TO", help="List the customers of one cell of the last month: not_late,late_1_2."
        ),
    ] = None,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print the roll rates of every month: customers moving between states of lateness (迁徙率).

    Example: creditloop warn rolls examples/taiwan_cards/book.yaml
    """
    bank = bank_of(database)
    with bank.work() as work:
        described = book_plan(bank, plan)
        record: Record = roll_rates_record(work, plan=described)
        if parties is not None:
            begun, _, ended = parties.partition(",")
            record["parties"] = month_rolled_parties(
                work,
                plan=described,
                before=described.months[-2],
                after=described.months[-1],
                from_state=begun.strip(),
                to_state=ended.strip(),
            )
    show(record, sections=_roll_sections(record), as_json=as_json)


def curve(check: Check, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Print recall, precision and lead time of the warnings at every alert rate, against the outcome.

    Example: creditloop warn curve examples/taiwan_cards/warning.yaml
    """
    bank = bank_of(database)
    with bank.work() as work:
        record: Record = warning_curve(work, check=read_warning_check(bank.places.document(check), work=work))
    show(record, sections=_curve_sections(record), as_json=as_json)


def weights(check: Check, database: Database = DATABASE, as_json: AsJson = False) -> None:
    """Estimate the weight of each signal on the fit half of the customers, beside the policy's weights.

    Example: creditloop warn weights examples/taiwan_cards/warning.yaml
    """
    bank = bank_of(database)
    with bank.work() as work:
        record: Record = proposed_weights(
            work, check=read_warning_check(bank.places.document(check), work=work)
        )
    rows = [
        (name, found["proposed"], found["in_force"], found["customers"], found["bad"])
        for name, found in record["weights"].items()
    ]
    columns = ["signal", "proposed", "in force", "customers", f"bad: {record['outcome']}"]
    title = f"weights as of {record['as_of']}, fit half of {record['customers']:,} ({record['note']})"
    show(record, sections=[Section(title=title, columns=columns, rows=rows)], as_json=as_json)


def _run_of(bank: Bank, business_date: date) -> WarningRun:
    with connect(bank.url) as connection:
        runs = [run for run in find_warning_runs(connection) if run.dates.business_date == business_date]
    if not runs:
        raise UnknownId(
            "no warnings are recorded for this day", got=str(business_date), hint="creditloop warn run"
        )
    return runs[-1]


def _run_record(run: WarningRun, counts: WarningCounts) -> dict[str, object]:
    return {
        **run.as_record(),
        "content_hash": run.content_hash,
        "signals": dict(counts.signals),
        "measures": dict(counts.measures),
    }


def _run_sections(run: WarningRun, counts: WarningCounts) -> list[Section]:
    dates = run.dates
    levels = [
        ("evaluated", run.evaluated),
        ("alert 预警", run.alerts),
        ("watch 关注", run.watches),
        ("notice 提示", run.notices),
        ("refer 转人工", run.referred),
    ]
    title = f"warnings, business date {dates.business_date}, rules as of {dates.rules_as_of}"
    return [
        Section(title=title, columns=["", "customers"], rows=levels),
        Section(title="signals", columns=["", "warnings"], rows=list(counts.signals.items())),
        Section(title="measures suggested", columns=["", "warnings"], rows=list(counts.measures.items())),
    ]


def _row_record(row: WarningRow) -> dict[str, object]:
    return {
        "party": row.party_id,
        "level": row.level,
        "level_rule": row.level_rule,
        "risk": row.risk,
        "signals": list(row.signals),
        "measures": list(row.measures),
    }


def _working_record(run: WarningRun, row: WarningRow, working: Judgement) -> dict[str, object]:
    return {
        **run.dates.as_record(),
        "batch": str(run.batch_id),
        "policy": run.versions.policy_hash,
        "features": run.versions.features_hash,
        **_row_record(row),
        "values": dict(row.values),
        "reasons": [{"code": reason.code, "zh": reason.zh, "en": reason.en} for reason in working.reasons],
    }


def _working_section(run: WarningRun, row: WarningRow, working: Judgement, *, version: str) -> Section:
    facts = [("level", row.level), ("rule", row.level_rule), ("risk", row.risk)]
    facts += [(reason.code, f"{reason.zh}  {reason.en}") for reason in working.reasons]
    facts += [(name, "–" if value is None else str(value)) for name, value in row.values.items()]
    facts += [("policy", run.versions.policy_hash), ("version", version)]
    facts += [("features", run.versions.features_hash)]
    title = f"{row.party_id}, business date {run.dates.business_date}"
    return Section(title=title, columns=["", ""], rows=facts)


def _roll_sections(record: Record) -> list[Section]:
    sections = []
    for month in record["months"]:
        rows = [
            (begun, ended, cell["customers"], percent(cell["share_nano"]))
            for begun, cells in month["rolled"].items()
            for ended, cell in cells.items()
        ]
        title = f"{month['from']} → {month['to']}"
        sections.append(Section(title=title, columns=["from", "to", "customers", "share"], rows=rows))
    if "parties" in record:
        listed = [(party,) for party in record["parties"]]
        sections.append(Section(title="customers of the cell", columns=["customer"], rows=listed))
    return sections


def _curve_sections(record: Record) -> list[Section]:
    sections = []
    for sample, populations in record["samples"].items():
        for population, found in populations.items():
            rows = [_curve_row(percent(point["share_nano"]), point) for point in found["points"]]
            rows += [_curve_row(str(rule["rule"]), rule) for rule in found.get("rules", [])]
            title = (
                f"{sample}, {population}: {found['customers']:,} customers, {found['bad']:,} with "
                f"{record['outcome']['en']}, as of {record['as_of']}"
            )
            columns = ["alerts", "cut-off", "recall", "precision", "months warned, mean"]
            sections.append(Section(title=title, columns=columns, rows=rows))
    sections.append(Section(title=str(record["note"]["en"]), columns=[], rows=[]))
    return sections


def _curve_row(name: str, point: Record) -> Sequence[object]:
    lead = point.get("lead")
    mean = None if lead is None else lead["mean_standing_nano"]
    share = f" ({percent(point['share_nano'])})" if "rule" in point else ""
    return (
        f"{name}{share}",
        point["cutoff"],
        percent(point["recall_nano"]),
        percent(point["precision_nano"]),
        None if mean is None else _months(mean),
    )


def _months(nano: int) -> str:
    hundredths = divide_half_away(nano, 10**7)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
