"""The rows of a model's plan from a contract (契约取数): features as of a day, outcomes known later.

Everything is read for a purpose and logged: features and outcomes for `model`, protected columns for
`fairness`; what the contract does not give for that purpose is refused, not left out.
"""

import numpy as np
import polars as pl

from creditloop.data import read_table
from creditloop.data.features import FeatureSet, Role, feature_frame
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import CardFeature, Direction
from creditloop.service.compiled import compiled_features
from creditloop.service.day_reads import known_by_day
from creditloop.service.modelling.plans.plan import ContractData, ModelPlan
from creditloop.service.modelling.sample import Sample, is_bad, protected_groups, segment_columns
from creditloop.service.work import Work

READER = "service.modelling"


def contract_sample(work: Work, *, plan: ModelPlan, data: ContractData) -> Sample:
    """Read the features of the contract's customers, their outcomes and their groups.

    Raises: InputError if a purpose may not read a column, customers have no outcome, or a segment is no
        input or feature; PolicyError if the plan names features there are none of.
    """
    contract = work.contract(data.contract)
    document = work.adopt(work.places.document(data.features), kind="features")
    features = compiled_features(document, contract=contract)
    offered = _offered(features, plan, data)
    frame = feature_frame(
        work.connection,
        features=features,
        contract=contract,
        as_of=data.as_of,
        purpose="model",
        reader=READER,
        reason=f"{plan.name} {data.as_of}",
        now=work.now,
        record_denial=work.record_denial,
    )
    protected = _table(work, plan, data, _protected(plan), purpose="fairness")
    target = _table(work, plan, data, [plan.target.column], purpose="model")
    rows = frame.join(target, on="party_id", how="left", validate="1:1")
    if unknown := rows[plan.target.column].null_count():
        raise InputError(
            "customers have no outcome", got=unknown, expected=0, where={"contract": data.contract}
        )
    groups = rows.select("party_id").join(protected, on="party_id", how="left", validate="1:1")
    _check_segments(plan, rows)
    return Sample(
        frame=rows.select(feature.name for feature in offered),
        bad=is_bad(rows[plan.target.column], plan),
        features=offered,
        sources=dict(plan.sources),
        attributes=protected_groups(groups, plan),
        segments=segment_columns(rows, plan),
        months=None,
        late=np.zeros(rows.height, dtype=np.bool_),
        rejected=None,
        facts={
            "data": f"{contract.name}, version {contract.version}",
            "contract_hash": contract.document.hash,
            "features": features.name,
            "features_hash": features.hash,
            "as_of": data.as_of.isoformat(),
        },
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
    return tuple(
        CardFeature(
            name=feature.name,
            kind=feature.kind,
            direction=Direction(feature.direction.value),
            zh=feature.meaning.zh,
            en=feature.meaning.en,
        )
        for feature in found
        if feature.name not in data.leave_out
    )


def _protected(plan: ModelPlan) -> list[str]:
    if plan.fairness is None:
        return []
    aged = [] if plan.fairness.age is None else [plan.fairness.age.column]
    return [*(entry.column for entry in plan.fairness.attributes), *aged]


def _table(
    work: Work, plan: ModelPlan, data: ContractData, columns: list[str], *, purpose: str
) -> pl.DataFrame:
    """Read columns of the outcomes' table, or of that of the protected columns, one row a customer."""
    contract = work.contract(data.contract)
    of_outcomes = purpose == "model"
    table = data.outcomes if of_outcomes else data.attributes
    if table is None or not columns:
        return pl.DataFrame(schema={"party_id": pl.String})
    day = plan.target.known_by if of_outcomes else data.as_of
    return read_table(
        work.connection,
        contract=contract,
        table=table,
        columns=["party_id", *columns],
        purpose=purpose,
        reader=READER,
        reason=f"{plan.name} {data.as_of}: {purpose}",
        known_by=known_by_day(contract, table=table, as_of=day),
        now=work.now,
        record_denial=work.record_denial,
    )


def _check_segments(plan: ModelPlan, rows: pl.DataFrame) -> None:
    asked = [entry.column for entry in plan.validation.segments]
    if absent := [column for column in asked if column not in rows.columns]:
        raise InputError(
            "validation.segments names what is no input or feature",
            got=absent,
            expected=rows.columns,
            where={"file": plan.document.path},
        )
