"""Check the bank's strategies where they stand: the text, what it means, its worked cases (策略检查).

A document that cannot be read is a finding like any other, so that one call tells what is wrong with all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import (
    CaseFailure,
    Fault,
    Policy,
    Severity,
    StrategyFinding,
    check_strategy,
    faults_of,
    finding,
    read_cases,
    read_policy,
    run_cases,
)
from creditloop.service.places import Places
from creditloop.service.strategy_texts import find_inside

CASES = "cases"
"""The folder of worked cases beside the documents they explain."""
_EXPERIMENT = "experiment.yaml"
"""The document that says which strategies share the cases; it stands beside them and is none itself."""
_NO_STRATEGIES = ("loan_product", "colending", "calendar")
"""The first key of documents that stand among strategies and are none; whoever reads them checks them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStrategy:
    """What came of checking one document.

    Attributes:
        path: as people know it.
        policy: None where the document could not be read.
        rules_as_of: the day whose rules were used.
        cases, cases_held: worked cases there are, and those that come out as written.
    """

    path: str
    policy: Policy | None
    rules_as_of: date
    cases: int
    cases_held: int
    findings: tuple[StrategyFinding, ...]

    def of(self, severity: Severity) -> tuple[StrategyFinding, ...]:
        """Return the findings of a severity."""
        return tuple(found for found in self.findings if found.severity is severity)

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "path": self.path,
            "policy": self.policy.name if self.policy is not None else None,
            "hash": self.policy.hash if self.policy is not None else None,
            "version": self.policy.version if self.policy is not None else None,
            "rules_as_of": self.rules_as_of.isoformat(),
            "cases": self.cases,
            "cases_held": self.cases_held,
            **{f"{severity.value}s": len(self.of(severity)) for severity in Severity},
            "findings": [found.as_record() for found in self.findings],
        }


def strategy_files(paths: Sequence[Path], *, places: Places) -> tuple[Path, ...]:
    """Return the strategy documents that paths name: a file itself, of a folder all it holds.

    Worked cases are not documents of their own.
    Raises: InputError for a path that is not there, or a folder that holds none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        inside = places.documents / path
        place = inside if inside.exists() else path
        if not place.exists():
            raise InputError("no such document", got=str(path))
        if not place.is_dir():
            found[place] = None
            continue
        listed = (file for file in sorted(place.rglob("*.yaml")) if file.name != _EXPERIMENT)
        files = [file for file in listed if file.parent.name != CASES and not _is_other(file)]
        if not files:
            raise InputError("there is no document in the folder", got=str(path), expected="*.yaml")
        found.update(dict.fromkeys(files))
    return tuple(found)


def _is_other(file: Path) -> bool:
    """Whether a document says with its first key that it is none of the strategies."""
    lines = file.read_text("utf-8", errors="replace").splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return first.partition(":")[0] in _NO_STRATEGIES


def check_file(file: Path, *, places: Places, rules_as_of: date | None, today: date) -> CheckedStrategy:
    """Check a strategy document and run the worked cases beside it.

    Args:
        rules_as_of: the day whose rules are used; None: the day its cases name, without cases today.
    """
    beside = file.parent / CASES / file.name
    day, policy = rules_as_of or today, None
    path = document_path(file, places=places)
    document: Document | None = None
    cases: Document | None = None
    try:
        document = places.document(file)
        if beside.exists():
            cases = places.document(beside)
            day = rules_as_of or read_cases(cases)[0]
        policy = read_policy(document, rules_as_of=day, find=partial(find_inside, places))
        failures, count = _run(policy, cases)
        found = [*check_strategy(policy), *_of_cases(failures)]
    except PolicyError as error:
        failures, count = [], 0
        found = list(_not_read(error, path, document=document, rules_as_of=day, places=places))
    if cases is None:
        found.append(finding("no_cases", where={"file": path}, name=f"{CASES}/{file.name}"))
    return CheckedStrategy(
        path=path,
        policy=policy,
        rules_as_of=day,
        cases=count,
        cases_held=count - len(failures),
        findings=tuple(found),
    )


def _run(policy: Policy, cases: Document | None) -> tuple[list[CaseFailure], int]:
    if cases is None:
        return [], 0
    _, listed = read_cases(cases)
    return run_cases(policy, listed), len(listed)


def _of_cases(failures: Sequence[CaseFailure]) -> Iterator[StrategyFinding]:
    for failure in failures:
        what = ", ".join(
            f"{name} {got!r}, expected {wanted!r}" for name, (got, wanted) in failure.differing.items()
        )
        yield finding("case_fails", where=failure.case.where, name=failure.case.name, what=what)


def document_path(file: Path, *, places: Places) -> str:
    """Return a document's path as people know it: from the bank's folder, where it lies in it."""
    place = file.resolve()
    inside = place.is_relative_to(places.documents)
    return place.relative_to(places.documents).as_posix() if inside else file.name


def _not_read(
    error: PolicyError, path: str, *, document: Document | None, rules_as_of: date, places: Places
) -> Iterator[StrategyFinding]:
    """Give everything that keeps a document from being read, the error that was raised among it."""
    faults = (
        faults_of(document, rules_as_of=rules_as_of, find=partial(find_inside, places))
        if document is not None
        else ()
    )
    if all(fault.error.diagnostics() != error.diagnostics() for fault in faults):
        yield _not_well_formed(Fault(error=error, table=None, rule=None), path)
    yield from (_not_well_formed(fault, path) for fault in faults)


def _not_well_formed(fault: Fault, path: str) -> StrategyFinding:
    error = fault.error
    said = [error.message]
    said += [f"got {error.got}"] if error.got is not None else []
    said += [f"expected {error.expected}"] if error.expected is not None else []
    said += [error.hint] if error.hint else []
    where = {"file": path, **error.where}
    return finding(
        "not_well_formed", where=where, table=fault.table, rule=fault.rule, message="; ".join(said)
    )
