"""What follows a posted month: every customer is judged by the warning policy (贷后预警).

1. the verdicts of the month, and of up to `history_months` months ending with it (made if they are not there)
2. the features as of the month's end: features/<product>_behaviour.yaml, purpose `monitoring`; where the
   contract says how old the source may be, also how old it is (see `source_states`)
3. signals, risk, level and measures by policies/<product>/monitor/warning.yaml; recorded, and said
Nothing that became known after the month's end is read: a later month changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise

import polars as pl

from creditloop.data import Contract
from creditloop.data.features import FeatureSet, feature_frame
from creditloop.kernel.dates import Dates, date_from_text
from creditloop.kernel.errors import InputError
from creditloop.kernel.facts import Fact
from creditloop.monitor import (
    ClassificationRun,
    RollRates,
    WarningRow,
    WarningRun,
    WarningVersions,
    find_party_warnings,
    find_warning_run,
    judge_warnings,
    late_statements,
    record_warnings,
    roll_rates,
    rolled_parties,
    verdict_frame,
    warning_batch_id,
)
from creditloop.risk import Judgement, Policy
from creditloop.service.booking.card_book import BookPlan, read_plan
from creditloop.service.compiled import compiled_features, compiled_policy
from creditloop.service.deciding_texts import deciding_policy
from creditloop.service.monitoring.classifying import classify_book
from creditloop.service.own_reads import record_own_read
from creditloop.service.source_states import SourceReading, check_reads_state, frame_with_state
from creditloop.service.work import Work

READER = "service.warning"
PURPOSE = "monitoring"
_HISTORY = "history_months"
"""The policy's parameter: how many months of verdicts count as recent."""
_LEVEL = "level"
"""The policy's output that says whether there is anything to warn of, or that nobody could tell."""
_STATEMENT_DAY = "statement_date_0"
"""The feature input that tells the day of the newest statement: it must be the month's, not an older one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningBasis:
    """What decides a month's warnings; `verdicts` are the runs of the recent months, the month's own last."""

    product: str
    dates: Dates
    policy: Policy
    features: FeatureSet
    contract: Contract
    verdicts: tuple[ClassificationRun, ...]

    @property
    def versions(self) -> WarningVersions:
        """The hashes of the texts, and the run of the month's verdicts."""
        return WarningVersions(
            policy_hash=self.policy.hash,
            features_hash=self.features.hash,
            contract_hash=self.contract.document.hash,
            classification_batch=self.verdicts[-1].batch_id,
        )


def raise_warnings(work: Work, fact: Fact) -> None:
    """Answer `MonthPosted`: judge the book's customers as of that month's end."""
    plan = read_plan(work.adopted(str(fact.payload["plan"])), root=work.places.documents)
    warn_month(work, plan=plan, month=date_from_text(str(fact.payload["business_date"])))


def warn_month(work: Work, *, plan: BookPlan, month: date) -> WarningRun:
    """Judge every customer of the book as of a month's end, record the warnings, and say `WarningsRaised`.

    A repeat, with the same texts, returns the first result without computing it again.

    Raises: InputError if the month is not in the plan; OutOfOrder if it is not posted yet.
    """
    basis = warning_basis(work, plan=plan, month=month)
    batch_id = warning_batch_id(product=plan.product, dates=basis.dates, versions=basis.versions)
    recorded = find_warning_run(work.connection, batch_id=batch_id)
    if recorded is not None:
        return recorded
    run = record_judged(work, basis=basis, judged=judge_month(work, basis=basis))
    work.recorded(run.batch_id)
    work.say(_warnings_raised(work, plan=plan, run=run))
    return run


def warning_basis(work: Work, *, plan: BookPlan, month: date) -> WarningBasis:
    """Read what decides a month's warnings, and keep the texts; the verdicts are made if they are not there.

    Raises: as `warn_month`; PolicyError if the policy could say that there is nothing to warn of where the
        source is too old to tell.
    """
    contract = work.contract(plan.contract)
    policy = read_warning_policy(work, product=plan.product, rules_as_of=plan.rules_as_of)
    check_reads_state(policy, contract=contract, output=_LEVEL)
    # first: a month the plan does not have is refused by it
    verdict = classify_book(work, plan=plan, dates=plan.dates(month))
    earlier = [day for day in plan.months if day < month]
    before = earlier[max(len(earlier) - _history_months(policy) + 1, 0) :]
    recent = [classify_book(work, plan=plan, dates=plan.dates(day)) for day in before]
    features = work.adopt(work.places.document(f"features/{plan.product}_behaviour.yaml"), kind="features")
    return WarningBasis(
        product=plan.product,
        dates=plan.dates(month),
        policy=policy,
        features=compiled_features(features, contract=contract),
        contract=contract,
        verdicts=(*recent, verdict),
    )


def read_warning_policy(work: Work, *, product: str, rules_as_of: date) -> Policy:
    """Read a product's warning policy as in force on a date, and keep its text.

    Raises: as `deciding_policy`.
    """
    return deciding_policy(work, path=f"policies/{product}/monitor/warning.yaml", rules_as_of=rules_as_of)


def judge_month(work: Work, *, basis: WarningBasis) -> pl.DataFrame:
    """Judge every customer of the month's verdicts; see `monitor.judge_warnings` for what comes out."""
    return judge_warnings(rows=warning_rows(work, basis=basis), policy=basis.policy)


def warning_rows(work: Work, *, basis: WarningBasis) -> pl.DataFrame:
    """Put together what each customer is judged from: the verdicts, and the features as of the month's end.

    A customer without a statement of that very month has no features: what must be there is missing, and
    the policy refers the case. How old the source is about him is told all the same.
    """
    month = basis.dates.business_date
    verdicts = verdict_frame(work.connection, run=basis.verdicts[-1])
    late = late_statements(work.connection, runs=list(basis.verdicts))
    _log_verdicts(
        work, columns=["bank_class", "owed_fen", "months_late"], parties=verdicts.height, month=month
    )
    own = verdicts.select("party_id", "bank_class", "owed_fen").join(late, on="party_id", how="left")
    features = _features(work, basis=basis, parties=verdicts.select("party_id"))
    return own.join(features, on="party_id", how="left", validate="1:1")


def _features(work: Work, *, basis: WarningBasis, parties: pl.DataFrame) -> pl.DataFrame:
    """Read the features of the month's statements and how fresh their source is; a row for every party."""
    reading = SourceReading(
        contract=basis.contract,
        features=basis.features,
        as_of=basis.dates.business_date,
        purpose=PURPOSE,
        reader=READER,
        reason=_reason(basis.product, basis.dates.business_date),
    )
    frame = feature_frame(
        work.connection,
        features=basis.features,
        contract=basis.contract,
        as_of=reading.as_of,
        purpose=PURPOSE,
        reader=READER,
        reason=reading.reason,
        now=work.now,
        record_denial=work.record_denial,
    ).filter(pl.col(_STATEMENT_DAY) == reading.as_of)
    return frame_with_state(
        work, reading=reading, frame=parties.join(frame, on="party_id", how="left", validate="1:1")
    )


def record_judged(work: Work, *, basis: WarningBasis, judged: pl.DataFrame) -> WarningRun:
    """Record a month's judgements; the same ones again return the first.

    Raises: ConflictingRepeat if the month was recorded with others.
    """
    return record_warnings(
        work.connection,
        judged=judged,
        versions=basis.versions,
        product=basis.product,
        dates=basis.dates,
        now=work.now,
    )


def party_warnings(
    work: Work, *, party_id: str, reader: str, reason: str
) -> tuple[tuple[WarningRun, WarningRow, Judgement], ...]:
    """Return every warning on a customer with its working, made again from the archived policy; log the read.

    The working is `Policy.judge` on the values the warning was made from.
    """
    found = find_party_warnings(work.connection, party_id=party_id)
    record_own_read(
        work,
        package="creditloop.monitor",
        table="monitor.warning",
        columns=("level", "level_rule", "risk", "signals", "measures", "values_read"),
        purpose="display",
        reader=reader,
        reason=reason,
        parties_count=1,
        party_id=party_id,
    )
    policies = {
        run.batch_id: compiled_policy(
            work.adopted(run.versions.policy_hash), rules_as_of=run.dates.rules_as_of
        )
        for run, _ in found
    }
    return tuple((run, row, policies[run.batch_id].judge(row.values)) for run, row in found)


def month_roll_rates(work: Work, *, plan: BookPlan, before: date, after: date) -> RollRates:
    """Return the roll rates between two months of the book, from their recorded verdicts.

    Raises: as `classify_book`.
    """
    begun, ended = (_late_rows(work, plan=plan, month=month) for month in (before, after))
    return roll_rates(from_rows=begun, to_rows=ended)


def month_rolled_parties(
    work: Work, *, plan: BookPlan, before: date, after: date, from_state: str, to_state: str
) -> tuple[str, ...]:
    """Return the customers behind one cell of `month_roll_rates`.

    Raises: as `classify_book`; InputError for a state there is not.
    """
    begun, ended = (_late_rows(work, plan=plan, month=month) for month in (before, after))
    return rolled_parties(from_rows=begun, to_rows=ended, from_state=from_state, to_state=to_state)


def roll_rates_record(work: Work, *, plan: BookPlan) -> dict[str, object]:
    """Return the roll rates of every month of the plan to the next, as plain data with both dates."""
    months = [
        {
            "from": str(before),
            "to": str(after),
            **month_roll_rates(work, plan=plan, before=before, after=after).as_record(),
        }
        for before, after in pairwise(plan.months)
    ]
    return {"product": plan.product, "rules_as_of": str(plan.rules_as_of), "months": months}


def _late_rows(work: Work, *, plan: BookPlan, month: date) -> pl.DataFrame:
    run = classify_book(work, plan=plan, dates=plan.dates(month))
    rows = verdict_frame(work.connection, run=run).select("party_id", "months_late")
    _log_verdicts(work, columns=["months_late"], parties=rows.height, month=month)
    return rows


def _log_verdicts(work: Work, *, columns: Sequence[str], parties: int, month: date) -> None:
    record_own_read(
        work,
        package="creditloop.monitor",
        table="monitor.classification",
        columns=("party_id", *columns),
        purpose=PURPOSE,
        reader=READER,
        reason=f"{month:%Y-%m}",
        parties_count=parties,
    )


def _history_months(policy: Policy) -> int:
    values = [entry.parameter.value for entry in policy.parameters if entry.parameter.name == _HISTORY]
    if not values or not isinstance(values[0], int) or values[0] < 1:
        raise InputError(
            "a warning policy says how many months of verdicts are recent",
            got=values[0] if values else "nothing",
            expected=f"parameter {_HISTORY}, an integer of 1 or more",
            where={"policy": policy.name},
        )
    return values[0]


def _reason(product: str, month: date) -> str:
    return f"{product} {month:%Y-%m}"


def _warnings_raised(work: Work, *, plan: BookPlan, run: WarningRun) -> Fact:
    month = run.dates.business_date
    return Fact(
        kind="WarningsRaised",
        key=f"{run.product}/{month}/{run.batch_id}",
        occurred_at=datetime.combine(month, time(), tzinfo=UTC),
        known_at=work.now,
        payload={
            "batch": str(run.batch_id),
            "plan": plan.document.hash,
            "product": run.product,
            **run.dates.as_record(),
            "evaluated": run.evaluated,
            "alerts": run.alerts,
            "watches": run.watches,
            "notices": run.notices,
            "referred": run.referred,
        },
    )
