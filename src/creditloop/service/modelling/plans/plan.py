"""The plan of a model (模型计划): what is foretold of whom, from what, by which candidates, judged how.

Every number that decides stands in the plan's document, with its source; `plan_reading` reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditloop.kernel.documents import Document, Source
from creditloop.risk import CardFeature, FitSettings, GradeAim
from creditloop.risk.boosting import BoostSettings
from creditloop.risk.probes import PsiLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Something said in both languages."""

    zh: str
    en: str

    def as_record(self) -> dict[str, str]:
        """Return the words by language."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableData:
    """Rows of a Parquet file; `file` is relative to the plan, `origin` where it comes from."""

    file: str
    origin: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A day on which customers are looked at (观察日), and the day their outcome is known by."""

    as_of: date
    known_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractData:
    """Features of a contract's customers, as of one day or several; its tables are named by what they hold.

    Attributes:
        observations: ascending; each customer is a row on each day something is known of it.
        leave_out: model features that are not offered.
        outcomes: the table of the target; `attributes` of the protected columns, `segments` of columns to
            validate by, `decisions` of the decision that was made. None of the last two: those columns are
            inputs or features.
    """

    contract: str
    features: str
    observations: tuple[Observation, ...]
    leave_out: tuple[str, ...]
    outcomes: str
    attributes: str | None
    segments: str | None
    decisions: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is foretold: `bad` are the values that are bad, or `above` a number beyond which it is."""

    column: str
    bad: tuple[object, ...]
    above: int | None
    meaning: Words
    observed_until: date
    known_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """A column of the table that a model may read, as the feature it becomes."""

    column: str
    feature: CardFeature
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedColumn:
    """A column that no model reads: a protected attribute, or one to validate by."""

    column: str
    meaning: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AgePlan:
    """The column of years, and where its bands begin (年龄段)."""

    column: str
    starts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessPlan:
    """Who is protected (受保护属性), and by which limits treatment is looked at.

    Attributes:
        approve_share_nano: the safest share of the sample that counts as approved; nobody is decided by it.
        impact_ratio_min_nano: a group below it is a finding.
        proxy_auc_min_nano: a feature that foretells an attribute this well is a finding.
        counted_min: rows of a group that may be the yardstick.
    """

    attributes: tuple[NamedColumn, ...]
    age: AgePlan | None
    approve_share_nano: int
    impact_ratio_min_nano: int
    proxy_auc_min_nano: int
    counted_min: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePlan:
    """Rows later than `until` are fitted on by nothing (时间外样本); `limits` are those of psi."""

    column: str
    until: object
    limits: PsiLimits
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitPlan:
    """Folds that all candidates share, and the rows that come later; `source` says why so."""

    folds: int
    seed: int
    time: TimePlan | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPlan:
    """Rows that were turned down and have no outcome (拒绝推断).

    Attributes:
        factors_nano: of prudence, ascending; `bands` of pd for parcelling.
    """

    column: str
    value: object
    factors_nano: tuple[int, ...]
    bands: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPlan:
    """How the chosen card is judged by groups: what a group must have, and how the pd is cut.

    Attributes:
        bands: of the pd and of the score, for calibration and lift.
        draws: of the bootstrap of KS.
    """

    segments: tuple[NamedColumn, ...]
    bands: int
    rows_min: int
    outcomes_min: int
    draws: int
    source: Source


class CandidateKind(StrEnum):
    """Ways of making a model, in the order they are tried and shown."""

    SCORECARD = "scorecard"
    BOOSTED_CARD = "boosted_card"
    FUSED = "fused"
    CHALLENGER = "challenger"


CARDS = (CandidateKind.SCORECARD, CandidateKind.BOOSTED_CARD)
"""Those that are one card, and may be chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedPlan:
    """One boosted card a source, weighed by sources that are there; `ridge_nano` holds the weights back."""

    boost: BoostSettings
    ridge_nano: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesPlan:
    """What is fitted; the scorecard always is, None are not."""

    scorecard: FitSettings
    boosted_card: BoostSettings | None
    fused: FusedPlan | None
    challenger: BoostSettings | None

    @property
    def kinds(self) -> tuple[CandidateKind, ...]:
        """The candidates there are, in order."""
        return tuple(kind for kind in CandidateKind if getattr(self, kind.value) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicePlan:
    """The rule of choice: the first of `prefer` whose mean AUC is within `within_nano` of the best card."""

    prefer: tuple[CandidateKind, ...]
    within_nano: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class GradesPlan:
    """How scores are cut into grades (评级)."""

    count: int
    share_min_nano: int
    aim: GradeAim
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedLeak:
    """A feature that may be named by the leak probe and is kept, and why."""

    feature: str
    because: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """A model's plan as read.

    Attributes:
        fitted_on: the day the report bears; nothing reads the clock.
        use: what the model is for; `sample` who is in it and who is not; `limits` what it is not fit for.
        columns: features of a table; empty for a contract, whose features say so themselves.
        sources: features by the source they come from, for the fused candidate.
        export_table, export_key: names that the SQL is written for.
    """

    document: Document
    name: str
    product: str
    title: Words
    owner: str
    developer: str
    fitted_on: date
    use: Words
    sample: Words
    limits: tuple[Words, ...]
    data: TableData | ContractData
    target: Target
    columns: tuple[ColumnPlan, ...]
    sources: Mapping[str, tuple[str, ...]]
    fairness: FairnessPlan | None
    split: SplitPlan
    rejected: RejectedPlan | None
    validation: ValidationPlan
    candidates: CandidatesPlan
    choice: ChoicePlan
    grades: GradesPlan
    accepted_leaks: tuple[AcceptedLeak, ...]
    export_table: str
    export_key: str
