"""Make every past decision of every stage again (策略重放), and compare it bit by bit with what is kept.

What is read are the values kept with a decision and the texts in the bank's archive: no file of now, no data
of now. Not every stage keeps all it decided from; `NOT_REPLAYED` says which do not, and what stands instead.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl

from creditloop import acquire, admit, monitor, oversight, recover
from creditloop.kernel.errors import InputError
from creditloop.service.admitting.replaying import ReplayDifference, rules_of
from creditloop.service.compiled import compiled_card, compiled_policy
from creditloop.service.own_reads import record_own_read
from creditloop.service.work import Work

READER = "service.strategy_replaying"

NOT_REPLAYED: Mapping[str, str] = MappingProxyType(
    {
        "acquire.rescreen": "who is screened again: of those left alone nothing is kept; the cause is sealed",
        "monitor.warning, level none": "customers nobody is warned of have no row; the month's content hash"
        " covers them",
        "recover.routing, route none": "customers without a case have no row; the run's content hash covers"
        " them",
        "recover.contact": "permission to contact: contacts of the day are counted when asked; the rule that"
        " allowed it is sealed",
        "lend.limit_act": "how limits stood when a decision was carried out is kept as events, not with the"
        " act; act and rule are sealed",
        "lend.letters": "the wording of a letter: the text is kept and sealed as written",
    }
)
"""What decides and is not made again, and why."""
_CLASSIFIED_FROM = {
    **dict.fromkeys(("party_id", "source_ref"), pl.String),
    **dict.fromkeys(("limit_fen", "owed_fen", "credit_fen", "months_late"), pl.Int64),
}
"""What a customer is classified from, as `monitor.classify` wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReplay:
    """What came of replaying one table: rows compared, and those that come out otherwise."""

    stage: str
    table: str
    runs: int
    rows: int
    differing: tuple[ReplayDifference, ...]

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "stage": self.stage,
            "table": self.table,
            "runs": self.runs,
            "rows": self.rows,
            "differing": [
                {
                    "decision": each.decision_id,
                    "party": each.party_id,
                    "columns": {
                        name: {"kept": kept, "made": made} for name, (kept, made) in each.columns.items()
                    },
                }
                for each in self.differing
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run as it is kept and as it comes out now: the same columns, by party."""

    batch: str
    kept: pl.DataFrame
    made: pl.DataFrame


def replay_stages(work: Work, *, stage: str | None = None) -> tuple[StageReplay, ...]:
    """Replay every stage that keeps what it decides from, or one; each read is logged.

    Raises: InputError if there is no such stage; EvidenceError if an adopted text was changed, or the values
        kept are not those the rules read.
    """
    stages = list(dict.fromkeys(name for name, _ in _TABLES.values()))
    if stage is not None and stage not in stages:
        raise InputError("no stage of this name is replayed", got=stage, expected=stages)
    return tuple(
        _replayed(work, stage=name, table=table, runs=runs)
        for table, (name, runs) in _TABLES.items()
        if stage in {None, name}
    )


def _replayed(work: Work, *, stage: str, table: str, runs: Callable[[Work], Iterator[_Run]]) -> StageReplay:
    counted, rows, differing, columns = 0, 0, list[ReplayDifference](), list[str]()
    for run in runs(work):
        counted, rows, columns = counted + 1, rows + run.kept.height, run.kept.columns
        differing += differences(run.kept, run.made, batch=run.batch)
    if rows:
        record_own_read(
            work,
            package=f"creditloop.{table.partition('.')[0]}",
            table=table,
            columns=columns,
            purpose="audit",
            reader=READER,
            reason="replay of every decision",
            parties_count=rows,
        )
    return StageReplay(stage=stage, table=table, runs=counted, rows=rows, differing=tuple(differing))


def differences(kept: pl.DataFrame, made: pl.DataFrame, *, batch: str) -> Iterator[ReplayDifference]:
    """Compare two frames of one order, row by row, types included; give the rows that are not the same.

    Args:
        batch: names a row together with its party, where the rows have no `decision_id` of their own.
    """
    said = [name for name in made.columns if name != "party_id"]
    compared = kept.select("party_id", *said)
    if compared.schema == made.schema and compared.equals(made):
        return
    for place, (one, other) in enumerate(
        zip(compared.iter_rows(named=True), made.iter_rows(named=True), strict=True)
    ):
        columns = {name: (one[name], other[name]) for name in one if _differ(one[name], other[name])}
        if columns:
            own = str(kept["decision_id"][place]) if "decision_id" in kept.columns else batch
            yield ReplayDifference(
                decision_id=own,
                party_id=str(one["party_id"]),
                columns=columns,
            )


def _differ(kept: object, made: object) -> bool:
    return (type(kept), kept) != (type(made), made)  # 1 is not true


def _decisions(work: Work) -> Iterator[_Run]:
    """Runs about a book each by itself; requests about one party together, as many as were decided alike."""
    requests: dict[tuple[object, ...], list[admit.DecisionBatch]] = {}
    for batch in admit.find_batches(work.connection):
        if batch.mode == admit.BOOK:
            yield _decided(work, batch, [admit.decision_frame(work.connection, batch_id=batch.batch_id)])
        else:
            alike = (batch.policy_hash, batch.card_hash, batch.dates.rules_as_of)
            requests.setdefault(alike, []).append(batch)
    for batches in requests.values():
        for frames in _rounds(work, batches):
            yield _decided(work, batches[0], frames)


def _rounds(work: Work, batches: Sequence[admit.DecisionBatch]) -> list[list[pl.DataFrame]]:
    """Return the decisions of requests in rounds, in each of which a party stands once."""
    rounds, asked = list[list[pl.DataFrame]](), Counter[str]()
    for batch in batches:
        frame = admit.decision_frame(work.connection, batch_id=batch.batch_id)
        number = max((asked[party] for party in frame["party_id"]), default=0)
        asked.update({party: number + 1 - asked[party] for party in frame["party_id"]})
        rounds += [[]] if len(rounds) <= number else []
        rounds[number].append(frame)
    return rounds


def _decided(work: Work, batch: admit.DecisionBatch, frames: Sequence[pl.DataFrame]) -> _Run:
    kept = pl.concat(frames).sort("party_id")
    made = admit.decide_again(decisions=kept, rules=rules_of(work, batch=batch))
    return _Run(batch=str(batch.batch_id), kept=kept, made=made)


def _screenings(work: Work) -> Iterator[_Run]:
    for run in acquire.find_screenings(work.connection):
        key = run.key
        texts = (key.portrait_policy_hash, key.whitelist_policy_hash, key.rescreen_policy_hash)
        portrait, whitelist, rescreen = (
            compiled_policy(work.adopted(text), rules_as_of=key.dates.rules_as_of) for text in texts
        )
        policies = acquire.Policies(portrait=portrait, whitelist=whitelist, rescreen=rescreen)
        kept = acquire.screening_frame(work.connection, batch_id=run.batch_id)
        card = compiled_card(work.adopted(key.card_hash))
        made = acquire.screen_again(screened=kept, policies=policies, card=card)
        yield _Run(batch=str(run.batch_id), kept=kept, made=made)


def _warnings(work: Work) -> Iterator[_Run]:
    for run in monitor.find_warning_runs(work.connection):
        policy = compiled_policy(work.adopted(run.versions.policy_hash), rules_as_of=run.dates.rules_as_of)
        kept = monitor.warned_frame(work.connection, run=run)
        yield _Run(batch=str(run.batch_id), kept=kept, made=monitor.warn_again(warned=kept, policy=policy))


def _classifications(work: Work) -> Iterator[_Run]:
    for run in monitor.find_runs(work.connection):
        hashes = (run.delinquency_policy_hash, run.five_tier_policy_hash)
        late, tier = (
            compiled_policy(work.adopted(text), rules_as_of=run.dates.rules_as_of) for text in hashes
        )
        rows = monitor.list_verdicts(work.connection, batch_id=run.batch_id)
        given = _columns(rows, _CLASSIFIED_FROM)
        made = monitor.classify(rows=given, policies=monitor.Policies(days_past_due=late, five_tier=tier))
        kept = _columns(rows, dict(made.schema)).sort("party_id")
        yield _Run(batch=str(run.batch_id), kept=kept, made=made)


def _routings(work: Work) -> Iterator[_Run]:
    for run in recover.find_routing_runs(work.connection):
        policy = compiled_policy(work.adopted(run.policy_hash), rules_as_of=run.dates.rules_as_of)
        kept = recover.case_frame(work.connection, batch_id=run.batch_id)
        yield _Run(batch=str(run.batch_id), kept=kept, made=recover.route_again(cases=kept, policy=policy))


def _mandates(work: Work) -> Iterator[_Run]:
    """Whose mandate each referred case is, and by when it is due; those opened under one text together."""
    opened: dict[tuple[str, date], list[admit.ReviewCase]] = {}
    for state in admit.find_cases(work.connection):
        decision = admit.find_decision(work.connection, decision_id=state.case.decision_id)
        alike = (state.case.mandates_hash, decision.dates.rules_as_of)
        opened.setdefault(alike, []).append(state.case)
    for (text, rules_as_of), cases in opened.items():
        mandates = admit.Mandates(policy=compiled_policy(work.adopted(text), rules_as_of=rules_as_of))
        told = admit.mandates_again(cases=cases, mandates=mandates)
        kept = [(case.party_id, case.mandate, case.due_on) for case in cases]
        made = [(case.party_id, *again) for case, again in zip(cases, told, strict=True)]
        ids = [str(case.decision_id) for case in cases]
        yield _Run(batch=text, kept=_mandate_frame(kept, decision_id=ids), made=_mandate_frame(made))


def _alarms(work: Work) -> Iterator[_Run]:
    """The level of each figure; what a figure is about stands where a party stands elsewhere."""
    for run in oversight.find_model_runs(work.connection):
        if run.alarm_policy_hash is None:
            continue  # no thresholds were named: its figures have no level
        policy = compiled_policy(work.adopted(run.alarm_policy_hash), rules_as_of=run.dates.rules_as_of)
        metrics = oversight.find_metrics(work.connection, batch_id=run.batch_id)
        made = oversight.judge_metrics(metrics, policy=policy)
        yield _Run(batch=str(run.batch_id), kept=_levels(metrics), made=_levels(made))


def _mandate_frame(rows: Sequence[tuple[object, ...]], **more: Sequence[str]) -> pl.DataFrame:
    schema = {"party_id": pl.String, "mandate": pl.String, "due_on": pl.Date}
    return pl.DataFrame(rows, schema, orient="row").with_columns(
        pl.Series(name, values, pl.String) for name, values in more.items()
    )


def _levels(metrics: Sequence[oversight.Metric]) -> pl.DataFrame:
    schema = dict.fromkeys(("party_id", "level", "rule"), pl.String)
    rows = [(f"{metric.name} of {metric.segment}", metric.level, metric.rule) for metric in metrics]
    return pl.DataFrame(rows, schema, orient="row")


def _columns(rows: Sequence[object], schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame({name: [getattr(row, name) for row in rows] for name in schema}, schema)


_TABLES: Mapping[str, tuple[str, Callable[[Work], Iterator[_Run]]]] = MappingProxyType(
    {
        "acquire.screening": ("acquire", _screenings),
        "admit.decision": ("admit", _decisions),
        "admit.review_case": ("admit", _mandates),
        "monitor.classification": ("monitor", _classifications),
        "monitor.warning": ("monitor", _warnings),
        "recover.case": ("recover", _routings),
        "oversight.metric": ("oversight", _alarms),
    }
)
"""Which table is replayed, of which stage, and how its runs are read."""
