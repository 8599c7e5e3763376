"""The rows of a model's plan from a contract (契约取数): features as of days, outcomes known later.

Everything is read for a purpose and logged: features, outcomes, segments and decisions for `model`, protected
columns for `fairness`; what the contract does not give for that purpose is refused, not left out. A customer
who is known on several days of observation has a row on each; the column `as_of` says which.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from creditloop.data import Contract, read_table
from creditloop.data.features import FeatureSet, Role, feature_frame
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import CardFeature, Direction
from creditloop.service.compiled import compiled_features
from creditloop.service.day_reads import known_by_day
from creditloop.service.modelling.plans.plan import ContractData, ModelPlan, Observation
from creditloop.service.modelling.plans.plan_reading import aside_columns
from creditloop.service.modelling.sample import Sample, assembled, plan_place
from creditloop.service.work import Work

READER = "service.modelling"
AS_OF = "as_of"
"""The column that says on which day of observation a row is."""
_PARTY = "party_id"


def contract_sample(work: Work, *, plan: ModelPlan, data: ContractData) -> Sample:
    """Read the features of the contract's customers, their outcomes, decisions, segments and groups.

    Raises: InputError if a purpose may not read a column, customers have no outcome and were not turned down,
        a table has several rows a customer, or a column is nowhere; PolicyError if the plan names features
        there are none of, or offers what no model may read.
    """
    contract = work.contract(data.contract)
    document = work.adopt(work.places.document(data.features), kind="features")
    features = compiled_features(document, contract=contract)
    reading = _Reading(work, plan, data, contract)
    offered = _offered(features, plan, data)
    observed = [reading.observed(one, features) for one in data.observations]
    rows = pl.concat([frame for frame, _ in observed])
    if rows.is_empty():
        raise InputError("nothing is known of any customer on these days", where={"contract": contract.name})
    return assembled(
        plan,
        rows=rows,
        protected=pl.concat([protected for _, protected in observed]),
        features=rows.select(feature.name for feature in offered),
        offered=offered,
        parties=rows[_PARTY] if len(data.observations) > 1 else None,
        facts={
            "data": f"{contract.name}, version {contract.version}",
            "contract_hash": contract.document.hash,
            "features": features.name,
            "features_hash": features.hash,
            "as_of": ", ".join(one.as_of.isoformat() for one in data.observations),
        },
    )


class _Reading:
    """Reads what a plan asks of a contract, day by day."""

    def __init__(self, work: Work, plan: ModelPlan, data: ContractData, contract: Contract) -> None:
        self.work, self.plan, self.data, self.contract = work, plan, data, contract

    def observed(self, on: Observation, features: FeatureSet) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return a day's rows with all that stands beside their features, and their protected columns."""
        data, plan = self.data, self.plan
        frame = feature_frame(
            self.work.connection,
            features=features,
            contract=self.contract,
            as_of=on.as_of,
            purpose="model",
            reader=READER,
            reason=f"{plan.name} {on.as_of}",
            now=self.work.now,
            record_denial=self.work.record_denial,
        ).with_columns(pl.lit(on.as_of).alias(AS_OF))
        rows = self._with(frame, data.outcomes, [plan.target.column], by=on.known_by, field="target")
        asked = [entry.column for entry in plan.validation.segments]
        rows = self._with(rows, data.segments, asked, by=on.as_of, field="validation.segments")
        if plan.rejected is not None:
            rows = self._with(rows, data.decisions, [plan.rejected.column], by=on.known_by, field="rejected")
        if plan.split.time is not None:
            self._check_there(rows, [plan.split.time.column], "split.time")
        return rows, self._protected(rows.select(_PARTY), on)

    def _with(
        self, rows: pl.DataFrame, table: str | None, columns: Sequence[str], *, by: date, field: str
    ) -> pl.DataFrame:
        """Add the columns that rows do not have from a table, as known by a day."""
        lacking = [name for name in dict.fromkeys(columns) if name not in rows.columns]
        if lacking and table is not None:
            told = self._table(table, lacking, purpose="model", by=by)
            rows = rows.join(told, on=_PARTY, how="left", validate="1:1", maintain_order="left")
        self._check_there(rows, columns, field)
        return rows

    def _protected(self, rows: pl.DataFrame, on: Observation) -> pl.DataFrame:
        """Return the protected columns of rows, read for `fairness`."""
        fairness, table = self.plan.fairness, self.data.attributes
        if fairness is None or table is None:
            return rows
        aged = [] if fairness.age is None else [fairness.age.column]
        columns = [*(entry.column for entry in fairness.attributes), *aged]
        told = self._table(table, columns, purpose="fairness", by=on.as_of)
        return rows.join(told, on=_PARTY, how="left", validate="1:1", maintain_order="left")

    def _table(self, table: str, columns: Sequence[str], *, purpose: str, by: date) -> pl.DataFrame:
        """Read columns of a table, one row a customer."""
        told = read_table(
            self.work.connection,
            contract=self.contract,
            table=table,
            columns=[_PARTY, *columns],
            purpose=purpose,
            reader=READER,
            reason=f"{self.plan.name} {by}: {purpose}",
            known_by=known_by_day(self.contract, table=table, as_of=by),
            now=self.work.now,
            record_denial=self.work.record_denial,
        )
        if told[_PARTY].is_duplicated().any():
            raise InputError(
                "the table has several rows a customer",
                got=table,
                expected="one row a customer, or an input that says which",
                where={"contract": self.contract.name, "columns": list(columns)},
            )
        return told

    def _check_there(self, rows: pl.DataFrame, columns: Sequence[str], field: str) -> None:
        if absent := [name for name in columns if name not in rows.columns]:
            raise InputError(
                f"{field} names what is no input, no feature and in no table that data names for it",
                got=absent,
                expected=rows.columns,
                where=plan_place(self.plan, field),
            )


def _offered(features: FeatureSet, plan: ModelPlan, data: ContractData) -> tuple[CardFeature, ...]:
    """Return the model features that the plan does not leave out."""
    found = features.of_role(Role.MODEL)
    names = {feature.name for feature in found}
    asked = {*data.leave_out, *(name for columns in plan.sources.values() for name in columns)}
    if unknown := sorted(asked - names):
        raise PolicyError(
            "the plan names features there are none of",
            got=unknown,
            expected=sorted(names),
            where={"file": plan.document.path},
        )
    offered = [feature for feature in found if feature.name not in data.leave_out]
    told = {name for names in plan.sources.values() for name in names}
    if plan.candidates.fused is not None and (lost := [one.name for one in offered if one.name not in told]):
        raise PolicyError(
            "to fuse, every feature stands under a source", got=lost, where=plan_place(plan, "sources")
        )
    aside = aside_columns(plan)
    if taken := sorted(feature.name for feature in offered if feature.name in aside):
        raise PolicyError(
            "a feature is what no model may read",
            got={name: aside[name] for name in taken},
            where=plan_place(plan, "data"),
            hint="data.leave_out leaves it out",
        )
    return tuple(
        CardFeature(
            name=feature.name,
            kind=feature.kind,
            direction=Direction(feature.direction.value),
            zh=feature.meaning.zh,
            en=feature.meaning.en,
        )
        for feature in offered
    )
