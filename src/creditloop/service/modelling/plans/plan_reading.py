"""Read a model's plan strictly: every fault is named with file, line and field."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node, source_from_node
from creditloop.kernel.errors import InputError
from creditloop.risk import CardFeature, Direction, GradeAim, settings_from_node
from creditloop.risk.boosting import boost_settings_from_node
from creditloop.service.modelling.plans.plan import (
    CARDS,
    AcceptedLeak,
    CandidateKind,
    CandidatesPlan,
    ChoicePlan,
    ColumnPlan,
    ContractData,
    FusedPlan,
    GradesPlan,
    ModelPlan,
    Observation,
    RejectedPlan,
    TableData,
    Target,
    ValidationPlan,
)
from creditloop.service.modelling.plans.split_reading import (
    fairness_from_node,
    named_columns,
    plan_nano,
    split_from_node,
    words_from_node,
)

NANO = 1_000_000_000
_REQUIRED = (
    *("model", "product", "title", "owner", "developer", "fitted_on", "use", "sample", "data", "target"),
    *("split", "validation", "candidates", "choice", "grades", "exports"),
)
_OPTIONAL = ("limits", "columns", "sources", "fairness", "rejected", "accepted_leaks")


def read_model_plan(document: Document) -> ModelPlan:
    """Read a model's plan.

    Raises: PolicyError naming file, line and field.
    """
    parts = document.root.mapping(required=_REQUIRED, optional=_OPTIONAL)
    data = _data(parts["data"])
    exports = parts["exports"].mapping(required=["table", "key"], optional=[])
    candidates = _candidates(parts["candidates"])
    columns, by_source = _columns(parts.get("columns"))
    sources = _sources(parts.get("sources")) if isinstance(data, ContractData) else by_source
    plan = ModelPlan(
        document=document,
        name=parts["model"].text(),
        product=parts["product"].text(),
        title=words_from_node(parts["title"]),
        owner=parts["owner"].text(),
        developer=parts["developer"].text(),
        fitted_on=parts["fitted_on"].day(),
        use=words_from_node(parts["use"]),
        sample=words_from_node(parts["sample"]),
        limits=tuple(words_from_node(node) for node in parts["limits"].items()) if "limits" in parts else (),
        data=data,
        target=_target(parts["target"]),
        columns=columns,
        sources=sources,
        fairness=fairness_from_node(parts["fairness"]) if "fairness" in parts else None,
        split=split_from_node(parts["split"]),
        rejected=_rejected(parts["rejected"]) if "rejected" in parts else None,
        validation=_validation(parts["validation"]),
        candidates=candidates,
        choice=_choice(parts["choice"], candidates),
        grades=_grades(parts["grades"]),
        accepted_leaks=_leaks(parts.get("accepted_leaks")),
        export_table=exports["table"].text(),
        export_key=exports["key"].text(),
    )
    _check_together(plan, parts)
    return plan


def _check_together(plan: ModelPlan, parts: Mapping[str, Node]) -> None:
    """Refuse what each part allows and the whole does not."""
    of_contract = "columns" if isinstance(plan.data, ContractData) else "sources"
    if of_contract in parts:
        raise parts[of_contract].fail(
            f"{of_contract} is not said of {'a contract' if of_contract == 'columns' else 'a table'}"
        )
    if isinstance(plan.data, ContractData):
        _check_contract(plan, plan.data, parts)
    elif not plan.columns:
        raise parts["data"].fail("a table needs its columns declared", expected="columns")
    if plan.candidates.fused is not None and len(plan.sources) < 2:
        raise parts["candidates"].fail(
            "to fuse, features come from two sources or more", got=sorted(plan.sources)
        )
    if plan.candidates.fused is not None and isinstance(plan.data, TableData):
        _check_sources(plan, parts)
    if plan.target.known_by <= plan.target.observed_until:
        raise parts["target"].fail("an outcome is known after the features are observed")
    aside = aside_columns(plan)
    for column in plan.columns:
        if column.column in aside:
            raise parts["columns"].fail(
                f"{column.column} is {aside[column.column]} and never an input of a model",
                hint="take it out of columns",
            )


def _check_sources(plan: ModelPlan, parts: Mapping[str, Node]) -> None:
    """Refuse columns that no learner of the fused candidate would read: splitting would seem to cost them."""
    told = {name for names in plan.sources.values() for name in names}
    if lost := [one.feature.name for one in plan.columns if one.feature.name not in told]:
        raise parts["columns"].fail("to fuse, every column says its source", got=lost)


def _check_contract(plan: ModelPlan, data: ContractData, parts: Mapping[str, Node]) -> None:
    """Refuse tables that are not named, and days that are not those of the target."""
    if plan.fairness and data.attributes is None:
        raise parts["data"].fail("which table holds the protected columns?", expected="attributes: TABLE")
    last = data.observations[-1]
    said = (plan.target.observed_until, plan.target.known_by)
    if (last.as_of, last.known_by) != said:
        raise parts["target"].fail(
            "the target's days are those of the last observation",
            got=[str(day) for day in said],
            expected=[str(last.as_of), str(last.known_by)],
        )


def aside_columns(plan: ModelPlan) -> dict[str, str]:
    """Return columns that no model reads, and what they are."""
    found = {plan.target.column: "the target"}
    if plan.fairness is not None:
        found |= {entry.column: "protected" for entry in plan.fairness.attributes}
        found |= {plan.fairness.age.column: "the age"} if plan.fairness.age else {}
    if plan.split.time is not None:
        found[plan.split.time.column] = "the time of the split"
    if plan.rejected is not None:
        found[plan.rejected.column] = "the decision that was made"
    return found


def _data(node: Node) -> TableData | ContractData:
    keys = node.mapping()
    if "table" in keys:
        parts = node.mapping(required=["table", "origin"], optional=[])
        file = parts["table"].text()
        if PurePosixPath(file).is_absolute():
            raise parts["table"].fail("the table is named relative to the plan", got=file)
        return TableData(file=file, origin=source_from_node(parts["origin"]))
    tables = ["attributes", "segments", "decisions"]
    parts = node.mapping(
        required=["contract", "features", "observations", "outcomes"], optional=["leave_out", *tables]
    )
    attributes, segments, decisions = (parts[name].text() if name in parts else None for name in tables)
    return ContractData(
        contract=parts["contract"].text(),
        features=parts["features"].text(),
        observations=_observations(parts["observations"]),
        leave_out=tuple(entry.text() for entry in parts["leave_out"].items()) if "leave_out" in parts else (),
        outcomes=parts["outcomes"].text(),
        attributes=attributes,
        segments=segments,
        decisions=decisions,
    )


def _observations(node: Node) -> tuple[Observation, ...]:
    found = list[Observation]()
    for entry in node.items():
        parts = entry.mapping(required=["as_of", "known_by"], optional=[])
        found.append(Observation(as_of=parts["as_of"].day(), known_by=parts["known_by"].day()))
        if found[-1].known_by <= found[-1].as_of:
            raise entry.fail("an outcome is known after the features are observed")
    days = [one.as_of for one in found]
    if not found or days != sorted(set(days)):
        raise node.fail("days of observation ascend, each once", got=node.plain())
    return tuple(found)


def _target(node: Node) -> Target:
    required = ["column", "meaning", "observed_until", "known_by"]
    parts = node.mapping(required=required, optional=["bad", "above"])
    if ("bad" in parts) == ("above" in parts):
        raise node.fail("what is bad: values under `bad`, or a number under `above`", expected="one of them")
    bad: tuple[object, ...] = ()
    if "bad" in parts:
        value = parts["bad"].value
        nodes = parts["bad"].items() if isinstance(value, list) else [parts["bad"]]
        bad = tuple(_plain(entry) for entry in nodes)
    return Target(
        column=parts["column"].text(),
        bad=bad,
        above=parts["above"].integer() if "above" in parts else None,
        meaning=words_from_node(parts["meaning"]),
        observed_until=parts["observed_until"].day(),
        known_by=parts["known_by"].day(),
    )


def _plain(node: Node) -> object:
    if not isinstance(node.value, bool | int | str):
        raise node.fail(
            "which value is bad?", got=node.value, expected="true, false, a whole number or a text"
        )
    return node.value


def _columns(node: Node | None) -> tuple[tuple[ColumnPlan, ...], dict[str, tuple[str, ...]]]:
    """Return the columns, and features by the source each names."""
    columns, sources = dict[str, ColumnPlan](), dict[str, tuple[str, ...]]()
    names = set[str]()
    for entry in [] if node is None else node.items():
        parts = entry.mapping(
            required=["column", "name", "kind", "direction", "meaning"], optional=["special", "source"]
        )
        column, name = parts["column"].text(), parts["name"].text()
        if column in columns or name in names:
            raise entry.fail("a column stands twice, or two features have one name", got=f"{column}: {name}")
        columns[column] = ColumnPlan(column=column, feature=_feature(entry, parts), line=entry.line)
        names.add(name)
        if "source" in parts:
            source = parts["source"].text()
            sources[source] = (*sources.get(source, ()), name)
    return tuple(columns.values()), sources


def _feature(entry: Node, parts: Mapping[str, Node]) -> CardFeature:
    kind = Kind(parts["kind"].text(among=[each.value for each in Kind]))
    direction = Direction(parts["direction"].text(among=[each.value for each in Direction]))
    words = words_from_node(parts["meaning"])
    codes = parts["special"].items() if "special" in parts else []
    special = [constant_from_node(code, kind=kind) for code in codes]
    try:
        return CardFeature(
            name=parts["name"].text(),
            kind=kind,
            direction=direction,
            zh=words.zh,
            en=words.en,
            special=tuple(code for code in special if isinstance(code, int)),
        )
    except InputError as error:
        raise entry.fail(error.message, got=error.got, expected=error.expected) from error


def _sources(node: Node | None) -> dict[str, tuple[str, ...]]:
    if node is None:
        return {}
    return {name: tuple(each.text() for each in entry.items()) for name, entry in node.mapping().items()}


def _rejected(node: Node) -> RejectedPlan:
    parts = node.mapping(required=["column", "value", "factors", "bands", "source"], optional=[])
    factors = tuple(plan_nano(entry, least=NANO, most=100 * NANO) for entry in parts["factors"].items())
    if not factors or list(factors) != sorted(set(factors)):
        raise parts["factors"].fail("factors of prudence ascend, from 1 on", got=parts["factors"].plain())
    return RejectedPlan(
        column=parts["column"].text(),
        value=_plain(parts["value"]),
        factors_nano=factors,
        bands=parts["bands"].integer(least=1, most=100),
        source=source_from_node(parts["source"]),
    )


def _validation(node: Node) -> ValidationPlan:
    required = ["bands", "rows_min", "outcomes_min", "draws", "source"]
    parts = node.mapping(required=required, optional=["segments"])
    return ValidationPlan(
        segments=named_columns(parts["segments"]) if "segments" in parts else (),
        bands=parts["bands"].integer(least=2, most=50),
        rows_min=parts["rows_min"].integer(least=1),
        outcomes_min=parts["outcomes_min"].integer(least=1),
        draws=parts["draws"].integer(least=100, most=100_000),
        source=source_from_node(parts["source"]),
    )


def _candidates(node: Node) -> CandidatesPlan:
    parts = node.mapping(required=["scorecard"], optional=["boosted_card", "fused", "challenger"])
    fused = None
    if "fused" in parts:
        entries = parts["fused"].mapping(required=["boost", "ridge"], optional=[])
        fused = FusedPlan(
            boost=boost_settings_from_node(entries["boost"]),
            ridge_nano=plan_nano(entries["ridge"], least=1, most=NANO),
        )
    return CandidatesPlan(
        scorecard=settings_from_node(parts["scorecard"]),
        boosted_card=boost_settings_from_node(parts["boosted_card"]) if "boosted_card" in parts else None,
        fused=fused,
        challenger=boost_settings_from_node(parts["challenger"]) if "challenger" in parts else None,
    )


def _choice(node: Node, candidates: CandidatesPlan) -> ChoicePlan:
    parts = node.mapping(required=["prefer", "within", "source"], optional=[])
    cards = [kind for kind in CARDS if kind in candidates.kinds]
    prefer = tuple(
        CandidateKind(entry.text(among=[kind.value for kind in cards])) for entry in parts["prefer"].items()
    )
    if sorted(prefer) != sorted(cards):
        raise parts["prefer"].fail(
            "every candidate that is one card stands in the rule of choice, once",
            got=[kind.value for kind in prefer],
            expected=[kind.value for kind in cards],
        )
    return ChoicePlan(
        prefer=prefer,
        within_nano=plan_nano(parts["within"], least=0, most=NANO // 2),
        source=source_from_node(parts["source"]),
    )


def _grades(node: Node) -> GradesPlan:
    parts = node.mapping(required=["count", "share_min", "aim", "source"], optional=[])
    return GradesPlan(
        count=parts["count"].integer(least=2, most=64),
        share_min_nano=plan_nano(parts["share_min"], least=1, most=NANO // 2),
        aim=GradeAim(parts["aim"].text(among=[each.value for each in GradeAim])),
        source=source_from_node(parts["source"]),
    )


def _leaks(node: Node | None) -> tuple[AcceptedLeak, ...]:
    found = []
    for entry in [] if node is None else node.items():
        parts = entry.mapping(required=["feature", "because"], optional=[])
        found.append(AcceptedLeak(feature=parts["feature"].text(), because=words_from_node(parts["because"])))
    return tuple(found)
