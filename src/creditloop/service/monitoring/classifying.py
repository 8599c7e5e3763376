"""What follows a posted month: every customer's debt is classified by the rules in force."""

from datetime import date

import polars as pl

from creditloop.kernel.dates import Dates, date_from_text
from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import load_queries
from creditloop.monitor import ClassificationRun, Policies, classify, find_run, record_classification
from creditloop.risk import Policy
from creditloop.service.booking.card_book import (
    BookPlan,
    check_posted,
    limits,
    owed_at,
    read_plan,
    statement_rows,
)
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work


def classify_month(work: Work, fact: Fact) -> None:
    """Answer `MonthPosted`: classify the book at that month's end."""
    plan = read_plan(work.adopted(str(fact.payload["plan"])), root=work.places.documents)
    dates = Dates(
        business_date=date_from_text(str(fact.payload["business_date"])),
        rules_as_of=date_from_text(str(fact.payload["rules_as_of"])),
    )
    classify_book(work, plan=plan, dates=dates)


def classify_book(work: Work, *, plan: BookPlan, dates: Dates) -> ClassificationRun:
    """Classify every customer of the book on a business date by the rules in force on another; record it.

    A repeat, with the same texts of the policies, returns the first result without computing it again.

    Raises: InputError if the business date is not a month of the plan; OutOfOrder if it is not posted yet.
    """
    check_posted(work, plan=plan, month=dates.business_date)
    policies = read_policies(work, product=plan.product, rules_as_of=dates.rules_as_of)
    recorded = find_run(work.connection, product=plan.product, dates=dates, policies=policies)
    if recorded is None:  # not a repeat, unless somebody who needs it as well is just about to record it
        load_queries("creditloop.service").lock_classifying(work.connection)
        recorded = find_run(work.connection, product=plan.product, dates=dates, policies=policies)
    if recorded is not None:
        return recorded
    run = record_classification(
        work.connection,
        verdicts=classify(rows=_rows(work, plan=plan, month=dates.business_date), policies=policies),
        policies=policies,
        product=plan.product,
        dates=dates,
        currency=work.contract(plan.contract).currency,
        now=work.now,
    )
    work.recorded(run.batch_id)
    return run


def read_policies(work: Work, *, product: str, rules_as_of: date) -> Policies:
    """Read a product's classification policies as in force on a date, and keep their texts.

    Raises: as `deciding_policy`.
    """

    def policy(name: str) -> Policy:
        return deciding_policy(work, path=f"policies/{product}/monitor/{name}.yaml", rules_as_of=rules_as_of)

    return Policies(days_past_due=policy("days_past_due"), five_tier=policy("five_tier"))


def _rows(work: Work, *, plan: BookPlan, month: date) -> pl.DataFrame:
    """Put together what each customer is classified from: the book's balance, the limit, the months late."""
    late = statement_rows(work, plan=plan, month=month, columns=["months_late"], purpose="monitoring")
    balances = owed_at(work, plan=plan, month=month, purpose="monitoring")
    return (
        balances.join(
            limits(work, plan=plan, month=month, purpose="monitoring"),
            on="party_id",
            how="left",
            validate="1:1",
        )
        .join(late, on="party_id", how="left", validate="1:1")
        .select(
            "party_id",
            "source_ref",
            "limit_fen",
            owed_fen="receivable_fen",
            credit_fen=-pl.col("credit_fen"),
            months_late=pl.col("months_late").cast(pl.Int64),
        )
    )
