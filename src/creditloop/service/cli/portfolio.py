"""`creditloop portfolio …`: classify a book, read the portfolio's figures, open one customer's verdict."""

from pathlib import Path
from typing import Annotated

import typer

from creditloop.kernel.dates import Dates
from creditloop.kernel.errors import UnknownId
from creditloop.kernel.storage import connect
from creditloop.monitor import ClassificationRun, Portfolio, find_runs, find_verdict, portfolio
from creditloop.service.bank import Bank
from creditloop.service.cli.opening import bank_of, book_plan
from creditloop.service.cli.options import (
    LOOK_UP,
    AsJson,
    BusinessDate,
    Database,
    Reason,
    RulesAsOf,
    day,
    reader,
)
from creditloop.service.cli.output import Section, money, percent, show
from creditloop.service.deciding_texts import version_label
from creditloop.service.monitoring.classifying import classify_book
from creditloop.service.opening import DATABASE
from creditloop.service.own_reads import record_own_read


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Portfolio figures and five-tier classification (五级分类).")
    group.command("classify")(classify)
    group.command("show")(show_portfolio)
    group.command("verdict")(show_verdict)
    app.add_typer(group, name="portfolio")


def classify(
    plan: Annotated[Path, typer.Argument(help="The plan document of the book.")],
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Classify every customer at a month's end by the rules of another day; a repeat finds the first.

    Example: creditloop portfolio classify examples/taiwan_cards/book.yaml --business-date 2005-09-30
    --rules-as-of 2024-06-30
    """
    bank = bank_of(database)
    dates = Dates(business_date=day(business_date), rules_as_of=day(rules_as_of))
    with bank.work() as work:
        described = book_plan(bank, plan)
        run = classify_book(work, plan=described, dates=dates)
        figures = portfolio(work.connection, run=run)
    show(figures.as_record(), sections=_sections(figures), as_json=as_json)


def show_portfolio(
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print the portfolio's figures of a classification that was recorded.

    Example: creditloop portfolio show --business-date 2005-09-30 --rules-as-of 2024-06-30
    """
    bank = bank_of(database)
    with connect(bank.url) as connection:
        run = _run(bank, Dates(business_date=day(business_date), rules_as_of=day(rules_as_of)))
        figures = portfolio(connection, run=run)
    show(figures.as_record(), sections=_sections(figures), as_json=as_json)


def show_verdict(
    party: Annotated[str, typer.Argument(help="The customer, e.g. taiwan_cards/7.")],
    business_date: BusinessDate,
    rules_as_of: RulesAsOf,
    reason: Reason = LOOK_UP,
    database: Database = DATABASE,
    as_json: AsJson = False,
) -> None:
    """Print one customer's verdict: what it was made from, the rules that decided, the policies' versions.

    Example: creditloop portfolio verdict taiwan_cards/7 --business-date 2005-09-30 --rules-as-of 2024-06-30
    """
    bank = bank_of(database)
    run = _run(bank, Dates(business_date=day(business_date), rules_as_of=day(rules_as_of)))
    with bank.work() as work:
        verdict = find_verdict(work.connection, batch_id=run.batch_id, party_id=party)
        record_own_read(
            work,
            package="creditloop.monitor",
            table="monitor.classification",
            columns=tuple(verdict),
            purpose="display",
            reader=reader(),
            reason=reason,
            parties_count=1,
            party_id=party,
        )
        hashes = (run.delinquency_policy_hash, run.five_tier_policy_hash)
        late, tier = (version_label(work, policy_hash=each) for each in hashes)
    record: dict[str, object] = {
        **run.dates.as_record(),
        **verdict,
        "days_past_due_policy": run.delinquency_policy_hash,
        "days_past_due_version": late,
        "five_tier_policy": run.five_tier_policy_hash,
        "five_tier_version": tier,
        "batch": str(run.batch_id),
    }
    show(
        record, sections=[Section(title=party, columns=["", ""], rows=list(record.items()))], as_json=as_json
    )


def _run(bank: Bank, dates: Dates) -> ClassificationRun:
    with connect(bank.url) as connection:
        runs = [run for run in find_runs(connection) if run.dates == dates]
    if not runs:
        raise UnknownId(
            "no classification is recorded for these dates",
            got=f"business date {dates.business_date}, rules as of {dates.rules_as_of}",
            hint="creditloop portfolio classify",
        )
    return runs[-1]


def _sections(figures: Portfolio) -> list[Section]:
    dates = figures.run.dates
    title = f"portfolio, business date {dates.business_date}, rules as of {dates.rules_as_of}"
    totals = [
        ("customers", figures.customers),
        ("owing", figures.owing),
        ("in credit (溢缴款)", figures.in_credit),
        ("above their limit", figures.above_limit),
        ("limit", money(figures.limit_fen)),
        ("owed", money(figures.owed_fen)),
        ("credit balances", money(figures.credit_fen)),
        ("utilisation", percent(figures.utilisation_nano)),
        ("non-performing, regulation", percent(figures.regulatory_npl_nano)),
        ("non-performing, bank's floor", percent(figures.bank_npl_nano)),
        ("referred", figures.referred),
    ]
    sections = [Section(title=f"{title}, {figures.run.currency}", columns=["", ""], rows=totals)]
    for name, lines in (
        ("bucket (days past due estimated)", figures.buckets),
        ("class by the regulation", figures.regulatory_classes),
        ("class in force", figures.bank_classes),
    ):
        rows = [(line.name, line.customers, money(line.owed_fen)) for line in lines]
        sections.append(Section(title=name, columns=["", "customers", "owed"], rows=rows))
    return sections
