"""Five-tier class and stage of every loan at a day's close, by `policies/lending/monitor`.

1. signs of more risk besides days: open warnings on who owes the loans    risk_signs.yaml
2. of debtors that are not retail: what they owe all banks, how much is late    debts_elsewhere.yaml
3. each loan by its own facts    five_tier.yaml: the worse of the regulation's tier and the bank's own
4. a debtor that is not retail: the part of his loans here that came out non-performing, then the others again
5. loans that are restructured: whether the observation is over    five_tier.yaml, table `observation`
6. the stage, from the class, the days and the signs    ecl_stage.yaml
A loan whose rules could not be evaluated is undecided (待定): a person classifies it, it is never passed as
normal. Nothing is asked of the bureau where every debtor is retail, nor of warnings where there are none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

import numpy as np
import polars as pl

from creditloop.book.day_end import (
    NO_DAY,
    SHARDS,
    Classified,
    Classify,
    ClosedDay,
    Integers,
    date_of,
)
from creditloop.risk import Policy
from creditloop.service.day_end.class_rules import ClassRules, listed_numbers, read_class_rules, whole_number
from creditloop.service.day_end.debts_elsewhere import (
    NANO,
    UNKNOWN,
    DebtsElsewhere,
    debts_elsewhere,
    judged_debts,
    late_parts,
)
from creditloop.service.day_end.planned import judged
from creditloop.service.day_end.risk_signs import READER, ClassDay, newest_warnings, risk_signs, with_risk
from creditloop.service.work import Work

UNDECIDED = 6
"""The tier of a loan whose rules could not be evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLoans:
    """Loans with what they were judged from.

    Attributes:
        facts: loan_no, debtor_no and the inputs of the documents, as they were judged last.
        signs: the warnings on their debtors, judged.
        debts: of debtors that are not retail every debt, judged; `elsewhere` is where they are from.
        tiers, stages: in the order of the facts.
        released: whether the observation of a restructured loan is over.
    """

    facts: pl.DataFrame
    signs: pl.DataFrame
    debts: pl.DataFrame | None
    elsewhere: DebtsElsewhere | None
    tiers: Integers
    stages: Integers
    released: Integers


def read_classifier(work: Work, *, business_date: date, rules_as_of: date) -> Classify:
    """Return how loans are classified on a day, by the rules in force on another; the texts are kept.

    Raises: as `deciding_policy`; what `data.read_table` raises, once a debtor is not retail.
    """
    classifier = Classifier(
        work=work,
        rules=read_class_rules(work, rules_as_of=rules_as_of),
        business_date=business_date,
        known_by=work.now,
    )

    def classify(closed: ClosedDay, terms: Mapping[str, Integers]) -> Classified:
        if not len(closed.positions):
            return Classified(tier=closed.dpd, stage=closed.dpd, restructured=closed.dpd)
        shard = int(terms["debtor_no"][0]) % SHARDS
        loans = classifier.judge(_facts(closed, terms, business_date), shard=shard)
        restructured = np.where(loans.released == 1, 0, closed.positions.restructured)
        return Classified(tier=loans.tiers, stage=loans.stages, restructured=restructured)

    return classify


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """Judges the loans of debtors: all of a debtor's loans at once.

    Attributes:
        known_by: warnings recorded later are not seen.
        reader: who reads what is outside the book, for the log.
    """

    work: Work
    rules: ClassRules
    business_date: date
    known_by: datetime
    reader: str = READER

    @cached_property
    def warnings(self) -> dict[UUID, date]:
        """The runs of warnings that speak on the day; asked for once."""
        return newest_warnings(self.work, business_date=self.business_date, known_by=self.known_by)

    @cached_property
    def npl_tiers(self) -> list[int]:
        """The tiers that are non-performing, as the document lists them."""
        return listed_numbers(self.rules.five_tier, "tiers_npl")

    def judge(self, facts: pl.DataFrame, *, shard: int, debtor_no: int | None = None) -> JudgedLoans:
        """Judge loans; see the module for the steps.

        Args:
            facts: the columns of `FACTS`; all loans of each debtor.
            shard: the part of the book they are of.
            debtor_no: the debtor, if they are of one alone.
        """
        day = ClassDay(
            business_date=self.business_date,
            known_by=self.known_by,
            shard=shard,
            debtor_no=debtor_no,
            reader=self.reader,
        )
        rules = self.rules
        signs = risk_signs(self.work, policy=rules.risk_signs, day=day, runs=self.warnings)
        facts = with_risk(facts, signs=signs, policy=rules.risk_signs)
        firms = _of_firms(facts)
        elsewhere = debts_elsewhere(self.work, policy=rules.debts, day=day) if firms.size else None
        debts = None
        if elsewhere is not None and elsewhere.known:
            own = facts[firms].select("debtor_no", "owed_fen", "dpd")
            debts = judged_debts(rules.debts, own=own, elsewhere=elsewhere)
            facts = _with_late_parts(facts, firms, debts, elsewhere.known)
        tiers, released = _tiers(rules.five_tier, facts)
        facts, tiers = self._with_npl_parts(facts, firms, tiers)
        return JudgedLoans(
            facts=facts,
            signs=signs,
            debts=debts,
            elsewhere=elsewhere,
            tiers=tiers,
            stages=_stages(rules.ecl_stage, facts, tiers),
            released=released,
        )

    def _with_npl_parts(
        self, facts: pl.DataFrame, firms: Integers, tiers: Integers
    ) -> tuple[pl.DataFrame, Integers]:
        """Judge the other loans again of debtors that are not retail and have some non-performing."""
        bad = np.isin(tiers[firms], self.npl_tiers)
        if not bad.any():
            return facts, tiers
        parts = np.zeros(tiers.size, dtype=np.int64)
        parts[firms] = np.where(bad, 0, _npl_parts(facts[firms], bad))
        parts[facts["retail"].to_numpy()] = 0
        told = facts.with_columns(npl_here_nano=pl.Series(parts))
        again = np.flatnonzero(parts)
        tiers[again], _ = _tiers(self.rules.five_tier, told[again])
        return told, tiers


FACTS = (
    "loan_no",
    "debtor_no",
    "owed_fen",
    "dpd",
    "retail",
    "npl_here_nano",
    "late_everywhere_nano",
    "tier_before",
    "paid_up_on",
    "instalments_paid_since",
    "restructured",
    "restructured_again",
    "first_due_after_restructure",
    "instalments_met_after_restructure",
    "classified_on",
)
"""What is known of a loan before anything outside the book is asked."""


def book_facts(loans: pl.DataFrame, *, business_date: date) -> pl.DataFrame:
    """Return what the documents ask about each loan, as far as the book tells.

    Args:
        loans: loan_no, debtor_no, owed_fen, dpd, retail (0, 1), tier_before, paid_up_on, instalments_met,
            restructured (0, 1, 2), restructured_due; a date is null for "never".
    """
    return loans.with_columns(
        pl.col("retail") == 1,
        npl_here_nano=pl.lit(0, dtype=pl.Int64),
        late_everywhere_nano=pl.lit(None, dtype=pl.Int64),
        instalments_paid_since="instalments_met",
        restructured=pl.col("restructured") > 0,
        restructured_again=pl.col("restructured") == 2,
        first_due_after_restructure="restructured_due",
        instalments_met_after_restructure="instalments_met",
        classified_on=pl.lit(business_date),
    ).select(FACTS)


def _facts(closed: ClosedDay, terms: Mapping[str, Integers], business_date: date) -> pl.DataFrame:
    at = closed.positions
    loans = pl.DataFrame(
        {
            "loan_no": at.loan_no,
            "debtor_no": terms["debtor_no"],
            "owed_fen": at.principal_fen + at.interest_fen + at.fee_fen + at.penalty_fen,
            "dpd": closed.dpd,
            "retail": terms["retail"],
            "tier_before": at.tier,
            "instalments_met": at.instalments_met,
            "restructured": at.restructured,
        }
    ).with_columns(paid_up_on=_days(at.paid_up_on), restructured_due=_days(at.restructured_due))
    return book_facts(loans, business_date=business_date)


def _days(numbers: Integers) -> pl.Series:
    """Return dates of day numbers, null for "never"."""
    days = pl.Series(numbers)
    since_1970 = days + (date_of(0) or date.min).toordinal() - date(1970, 1, 1).toordinal()
    return since_1970.set(days == NO_DAY, None).cast(pl.Int32).cast(pl.Date)


def _of_firms(facts: pl.DataFrame) -> Integers:
    """Return the places of all loans of debtors that have one that is not retail."""
    debtor_no, retail = facts["debtor_no"].to_numpy(), facts["retail"].to_numpy()
    if retail.all():
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.isin(debtor_no, np.unique(debtor_no[~retail])))


def _with_late_parts(
    facts: pl.DataFrame, firms: Integers, debts: pl.DataFrame, known: frozenset[int]
) -> pl.DataFrame:
    """Put the late part of what its debtor owes everywhere beside each loan of `firms`."""
    parts = np.full(facts.height, UNKNOWN, dtype=np.int64)
    parts[firms] = late_parts(debts, known=known, debtor_no=facts["debtor_no"].to_numpy()[firms])
    late = pl.Series(parts)
    return facts.with_columns(late_everywhere_nano=late.set(late == UNKNOWN, None))


def _tiers(five_tier: Policy, facts: pl.DataFrame) -> tuple[Integers, Integers]:
    """Return the worse of the regulation's tier and the bank's own, and 1 where restructuring is over.

    A tier is undecided where one of the two could not be told; a loan of which the observation could not be
    judged is not released.
    """
    said = judged(five_tier, facts, outputs=["regulatory_tier", "bank_tier", "released"])
    worse = pl.max_horizontal("regulatory_tier", "bank_tier")
    unknown = pl.col("regulatory_tier").is_null() | pl.col("bank_tier").is_null()
    made = said.select(
        tier=pl.when(unknown).then(UNDECIDED).otherwise(worse).cast(pl.Int64),
        released=pl.col("released").fill_null(value=False).cast(pl.Int64),
    )
    return made["tier"].to_numpy().copy(), made["released"].to_numpy()


def _npl_parts(facts: pl.DataFrame, npl: np.typing.NDArray[np.bool_]) -> Integers:
    """Return, for each loan, the non-performing part of its debtor's loans here, in nano, rounded up."""
    owed = pl.col("owed_fen").cast(pl.Int128)
    whole = owed.sum().over("debtor_no")
    bad = pl.when(pl.col("npl")).then(owed).otherwise(0).sum().over("debtor_no")
    part = pl.when(whole > 0).then((bad * NANO + whole - 1) // whole).otherwise(0)
    frame = facts.select("owed_fen", "debtor_no").with_columns(npl=pl.Series(npl))
    return frame.select(part.cast(pl.Int64)).to_series().to_numpy()


def stage_facts(facts: pl.DataFrame, tiers: Integers) -> pl.DataFrame:
    """Return what the stage is judged from."""
    return facts.select("owed_fen", "dpd", "risk_risen").with_columns(
        tier=pl.Series(tiers), rebuttal_reason=pl.lit(None, dtype=pl.String)
    )


def _stages(ecl_stage: Policy, facts: pl.DataFrame, tiers: Integers) -> Integers:
    """Return the stages of expected loss; where one could not be told, the one the document says."""
    said = judged(ecl_stage, stage_facts(facts, tiers), outputs=["ecl_stage"])["ecl_stage"]
    return said.fill_null(whole_number(ecl_stage, "stage_when_unknown")).cast(pl.Int64).to_numpy().copy()
