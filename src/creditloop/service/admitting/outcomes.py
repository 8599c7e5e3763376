"""What came of customers (结果): read for a purpose the contract gives it to, never for a rule."""

import polars as pl

from creditloop.data import read_table
from creditloop.kernel.dates import start_of_day
from creditloop.kernel.errors import InputError
from creditloop.service.admitting.review_plan import ReviewPlan
from creditloop.service.day_reads import known_by_day
from creditloop.service.work import Work

READER = "service.outcomes"


def read_outcome(work: Work, *, plan: ReviewPlan, purpose: str) -> pl.DataFrame:
    """Read the plan's outcome of every customer: party_id, bad (Boolean).

    Raises: InputError if the purpose may not read it, the outcome of a customer is null, or the value that
        the plan calls bad cannot be a value of the column.
    """
    outcome = plan.outcome
    contract = work.contract(plan.contract)
    frame = read_table(
        work.connection,
        contract=contract,
        table=outcome.table,
        columns=["party_id", outcome.column],
        purpose=purpose,
        reader=READER,
        reason=f"{plan.name}: outcome",
        known_by=known_by_day(contract, table=outcome.table, as_of=outcome.known_by),
        now=work.now,
        record_denial=work.record_denial,
    )
    values = frame[outcome.column]
    if values.null_count():
        raise InputError("an outcome is not known", got=values.null_count(), where={"column": outcome.column})
    return frame.select("party_id", bad=_is_bad(values, plan))


def read_second_outcome(work: Work, *, plan: ReviewPlan, purpose: str) -> pl.DataFrame | None:
    """Read the plan's wider outcome of every customer: party_id, bad (Boolean); None if the plan has none.

    Bad in the first sense, or at least once as bad as the plan says in the months it names.
    """
    second = plan.second_outcome
    if second is None:
        return None
    contract = work.contract(plan.contract)
    frame = read_table(
        work.connection,
        contract=contract,
        table=second.table,
        columns=["party_id", second.column],
        purpose=purpose,
        reader=READER,
        reason=f"{plan.name}: second outcome",
        known_by=known_by_day(contract, table=second.table, as_of=second.known_by),
        now=work.now,
        record_denial=work.record_denial,
        occurred_from=start_of_day(second.since, utc_offset_hours=contract.utc_offset_hours),
    )
    reached = frame.group_by("party_id").agg(
        (pl.col(second.column) >= second.at_least).any().alias("reached")
    )
    first = read_outcome(work, plan=plan, purpose=purpose)
    joined = first.join(reached, on="party_id", how="left", validate="1:1").sort("party_id")
    return joined.select("party_id", pl.col("bad") | pl.col("reached").fill_null(value=False))


def _is_bad(values: pl.Series, plan: ReviewPlan) -> pl.Series:
    bad = plan.outcome.bad
    fits = {pl.Boolean: bool, pl.Int64: int, pl.String: str}.get(type(values.dtype))
    wanted = str(bad) if values.dtype == pl.String and isinstance(bad, int) else bad  # codes are kept as text
    if fits is None or type(wanted) is not fits:
        raise InputError(
            "the value that is bad is not one this column can have",
            got=repr(bad),
            expected=str(values.dtype),
            where={"file": plan.document.path, "column": plan.outcome.column},
        )
    return values == wanted
