"""Five-tier class and stage of every loan at a day's close, by `policies/lending/monitor`.

1. each loan by its own facts: days past due, what it met since, whether it was restructured
2. a debtor that is not retail: the part of his loans here that came out non-performing, then his loans again
3. the stage, from the class and the days
A loan whose rules could not be evaluated is undecided (待定): a person classifies it, it is never passed as
normal. What other banks say of a debtor is not in the book: a firm's loan that only that would decide is
undecided.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from creditloop.book.day_end import NO_DAY, Classify, ClosedDay, Integers, date_of
from creditloop.risk import Policy
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.work import Work

FIVE_TIER = "policies/lending/monitor/five_tier.yaml"
ECL_STAGE = "policies/lending/monitor/ecl_stage.yaml"
UNDECIDED = 6
"""The tier of a loan whose rules could not be evaluated."""
_NANO = 1_000_000_000
_FIRST_NPL, _LAST_NPL = 3, 5


def read_classifier(work: Work, *, business_date: date, rules_as_of: date) -> Classify:
    """Return how loans are classified on a day, by the rules in force on another; the texts are kept.

    Raises: as `deciding_policy`.
    """
    five_tier = deciding_policy(work, path=FIVE_TIER, rules_as_of=rules_as_of)
    ecl_stage = deciding_policy(work, path=ECL_STAGE, rules_as_of=rules_as_of)

    def classify(closed: ClosedDay, terms: Mapping[str, Integers]) -> tuple[Integers, Integers]:
        facts = _facts(closed, terms, business_date)
        tiers = _tiers(five_tier, facts)
        part = _npl_part(facts, tiers, terms["debtor_no"])
        again = np.flatnonzero((terms["retail"] == 0) & (part > 0))
        if again.size:
            with_debtor = facts[again].with_columns(npl_here_nano=pl.Series(part[again]))
            tiers[again] = _tiers(five_tier, with_debtor)
        return tiers, _stages(ecl_stage, facts, tiers)

    return classify


def _facts(closed: ClosedDay, terms: Mapping[str, Integers], business_date: date) -> pl.DataFrame:
    """Return what the documents ask about each loan."""
    at = closed.positions
    return pl.DataFrame(
        {
            "owed_fen": at.principal_fen + at.interest_fen + at.fee_fen + at.penalty_fen,
            "dpd": closed.dpd,
            "retail": terms["retail"] == 1,
            "npl_here_nano": np.zeros_like(closed.dpd),
            "tier_before": at.tier,
            "instalments_paid_since": at.instalments_met,
            "restructured": at.restructured > 0,
            "restructured_again": at.restructured == 2,
            "instalments_met_after_restructure": at.instalments_met,
        }
    ).with_columns(
        late_everywhere_nano=pl.lit(None, dtype=pl.Int64),
        paid_up_on=_days(at.paid_up_on),
        first_due_after_restructure=_days(at.restructured_due),
        classified_on=pl.lit(business_date),
    )


def _days(numbers: Integers) -> pl.Series:
    """Return dates of day numbers, null for "never"."""
    days = pl.Series(numbers)
    since_1970 = days + (date_of(0) or date.min).toordinal() - date(1970, 1, 1).toordinal()
    return since_1970.set(days == NO_DAY, None).cast(pl.Int32).cast(pl.Date)


def _tiers(five_tier: Policy, facts: pl.DataFrame) -> Integers:
    """Return the worse of the regulation's tier and the bank's own, undecided where one could not be told."""
    judged = five_tier.judge_frame(facts, rules=False)
    worse = pl.max_horizontal("regulatory_tier", "bank_tier")
    unknown = pl.col("regulatory_tier").is_null() | pl.col("bank_tier").is_null()
    tiers = judged.select(pl.when(unknown).then(UNDECIDED).otherwise(worse).cast(pl.Int64)).to_series()
    return tiers.to_numpy().copy()


def _npl_part(facts: pl.DataFrame, tiers: Integers, debtor_no: Integers) -> Integers:
    """Return, for each loan, the non-performing part of its debtor's loans here, in nano."""
    owed = pl.col("owed_fen").sum().over("debtor_no")
    npl = pl.when(pl.col("tier").is_between(_FIRST_NPL, _LAST_NPL)).then("owed_fen").otherwise(0)
    frame = facts.select("owed_fen").with_columns(tier=pl.Series(tiers), debtor_no=pl.Series(debtor_no))
    part = pl.when(owed > 0).then(npl.sum().over("debtor_no").cast(pl.Int128) * _NANO // owed).otherwise(0)
    return frame.select(part.cast(pl.Int64)).to_series().to_numpy().copy()


def _stages(ecl_stage: Policy, facts: pl.DataFrame, tiers: Integers) -> Integers:
    """Return the stages of expected loss; where one could not be told, the one of clearly more risk."""
    judged = ecl_stage.judge_frame(
        facts.select("owed_fen", "dpd").with_columns(
            tier=pl.Series(tiers),
            risk_risen=pl.Series(tiers == UNDECIDED),
            rebuttal_reason=pl.lit(None, dtype=pl.String),
        ),
        rules=False,
    )
    return judged["ecl_stage"].fill_null(2).cast(pl.Int64).to_numpy().copy()
