"""Publish strategies (策略发布): checked, its cases held, proven in every target, then kept and sealed.

1. the document is read as in force on a day and checked: an error, or a case that comes out otherwise, stops
2. its program is proven: boundary rows and random ones through Python, Polars and DuckDB, no difference
3. texts, proof and version are kept; somebody else puts the version live, and somebody retires it
What was published before is found again without proving it again.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from creditloop.formula import Proof, prove
from creditloop.kernel.errors import ConflictingRepeat, PolicyError
from creditloop.oversight import (
    StrategyProof,
    StrategyVersion,
    change_state,
    find_versions,
    record_proof,
    record_version,
    state_batch_id,
    strategy_version_id,
)
from creditloop.risk import Policy, Severity, publishable, read_policy
from creditloop.service.persons import acting_person
from creditloop.service.places import Places
from creditloop.service.strategies.checking import CheckedStrategy, check_file
from creditloop.service.strategy_texts import find_inside, with_parts
from creditloop.service.work import Work

PROOF_ROWS, PROOF_SEED = 50_000, 1
"""Random rows of a proof besides the boundary rows, and their seed, where nobody says otherwise."""
_ENGINES = ("creditloop", "polars", "duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenStrategy:
    """What came of checking and proving a document; `proof` is None where an error was found before."""

    checked: CheckedStrategy
    proof: Proof | None

    @property
    def holds(self) -> bool:
        """Whether it may be published."""
        return self.proof is not None and self.proof.holds

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        proof = self.proof.as_record() if self.proof is not None else None
        return {"holds": self.holds, "checked": self.checked.as_record(), "proof": proof}


def engines() -> dict[str, str]:
    """Return the versions of what executes a program here."""
    return {"python": platform.python_version(), **{name: version(name) for name in _ENGINES}}


def prove_file(
    file: Path, *, places: Places, rules_as_of: date | None, today: date, rows: int, seed: int
) -> ProvenStrategy:
    """Check a strategy document, run its worked cases, and prove its program.

    Args:
        rules_as_of: as for `check_file`.
        rows: random rows besides the boundary rows; the same `seed` gives the same.
    """
    checked = check_file(file, places=places, rules_as_of=rules_as_of, today=today)
    if checked.policy is None or not publishable(checked.findings):
        return ProvenStrategy(checked=checked, proof=None)
    proof = prove(checked.policy.program, rows=rows, seed=seed)
    return ProvenStrategy(checked=checked, proof=proof)


def keep_proof(work: Work, *, proven: ProvenStrategy) -> StrategyProof:
    """Keep a strategy's texts and its proof, one that does not hold as well; it is sealed with the work.

    Raises: PolicyError if there is nothing proven; ConflictingRepeat if the same rows gave something else.
    """
    policy, proof = _proven(proven)
    work.adopt(with_parts(policy.document, policy.documents), kind="policy")
    kept = record_proof(work.connection, policy=policy.name, proof=proof, engines=engines(), now=work.now)
    work.recorded(kept.batch_id)
    return kept


def publish_strategy(
    work: Work,
    *,
    file: Path,
    effective_from: date,
    by: str,
    reason: str,
    rows: int = PROOF_ROWS,
    seed: int = PROOF_SEED,
    simulated: bool = False,
) -> StrategyVersion:
    """Publish a strategy from a day on, by the rules of that day; a repeat finds the first, unproven again.

    Args:
        by: the login of a person who may; in a script (`simulated`) any name.
    Raises: PolicyError if it cannot be read, a check finds an error, a worked case comes out otherwise, or
        the targets disagree; ConflictingRepeat if somebody else published it; UnknownId or NotAllowed if it
        is nobody who may.
    """
    person = acting_person(work, name=by, action="propose_change", simulated=simulated)
    document = work.places.document(file)
    find = partial(find_inside, work.places)
    policy = read_policy(document, rules_as_of=effective_from, find=find)
    version_id = strategy_version_id(policy, effective_from=effective_from)
    if first := find_versions(work.connection, version_id=version_id):
        return _repeated(first[0], person=person, simulated=simulated)
    proven = prove_file(
        file,
        places=work.places,
        rules_as_of=effective_from,
        today=work.now.date(),
        rows=rows,
        seed=seed,
    )
    proof = keep_proof(work, proven=_holding(proven))
    published = record_version(
        work.connection,
        policy=policy,
        effective_from=effective_from,
        warnings=len(proven.checked.of(Severity.WARNING)),
        notes=len(proven.checked.of(Severity.NOTE)),
        cases=proven.checked.cases,
        proof=proof,
        published_by=person,
        reason=reason.strip(),
        simulated=simulated,
        now=work.now,
    )
    work.recorded(published.batch_id)
    return published


def put_strategy(
    work: Work, *, version_id: UUID, state: str, by: str, reason: str, simulated: bool = False
) -> StrategyVersion:
    """Put a version live, or retire it; a repeat finds the first.

    Raises: UnknownId or NotAllowed if it is nobody who may; what `oversight.change_state` raises.
    """
    person = acting_person(work, name=by, action="approve_change", simulated=simulated)
    changed = change_state(
        work.connection,
        version_id=version_id,
        state=state,
        person=person,
        reason=reason.strip(),
        simulated=simulated,
        now=work.now,
    )
    work.recorded(state_batch_id(version_id, state=state))
    work.released = None  # what decides from here on is asked for again
    return changed


def first_differences(proof: Proof) -> Sequence[tuple[str, str, str]]:
    """Return of the differences kept with a proof the step, the row, and what each target gave, as text."""
    return [
        (
            difference.step,
            ", ".join(f"{name} = {value!r}" for name, value in difference.row.items()),
            ", ".join(f"{target}: {tuple(got)}" for target, got in difference.results.items()),
        )
        for difference in proof.first
    ]


def _proven(proven: ProvenStrategy) -> tuple[Policy, Proof]:
    if proven.checked.policy is None or proven.proof is None:
        raise PolicyError(
            "a strategy with errors is not proven", where={"file": proven.checked.path}, hint=_hint(proven)
        )
    return proven.checked.policy, proven.proof


def _holding(proven: ProvenStrategy) -> ProvenStrategy:
    """Return what may be published; refuse anything else, telling the first thing that is wrong."""
    errors = proven.checked.of(Severity.ERROR)
    if errors:
        raise PolicyError(
            f"a strategy with errors is not published: {errors[0].zh} {errors[0].en}",
            got=f"{len(errors)} errors, {proven.checked.cases_held} of {proven.checked.cases} cases hold",
            where={"file": proven.checked.path, **errors[0].where},
            hint=_hint(proven),
        )
    _, proof = _proven(proven)
    if not proof.holds:
        raise PolicyError(
            "the targets disagree about this strategy: it is not published",
            got=f"{proof.differences} differences, first in step {proof.first[0].step}",
            expected="0 differences",
            where={"file": proven.checked.path},
            hint=f"creditloop strategy prove {proven.checked.path}",
        )
    return proven


def _hint(proven: ProvenStrategy) -> str:
    return f"creditloop strategy check {proven.checked.path}"


def _repeated(first: StrategyVersion, *, person: str, simulated: bool) -> StrategyVersion:
    if (first.published_by, first.simulated) != (person, simulated):
        raise ConflictingRepeat(
            "this strategy was published by somebody else",
            got=person,
            expected=first.published_by,
            where={"version": str(first.batch_id), "policy": first.policy},
        )
    return first
