"""Strategies as published (策略版本), read again from the bank's archive: what each version says.

A version is what its archived texts mean by the rules of the day it holds from; no file of now is read.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from creditloop.kernel.errors import PolicyError
from creditloop.kernel.storage import Connection
from creditloop.oversight import StrategyVersion, find_version, find_versions
from creditloop.risk import Policy, StrategyFinding, check_strategy
from creditloop.service.compiled import compiled_policy
from creditloop.service.console.visit import Visit, identifier
from creditloop.service.deciding_texts import texts_of
from creditloop.service.strategy_texts import StrategyTexts
from creditloop.service.work import Work

LIVE = "live"
_NONE = "[]"
"""The list of sub-strategies of a strategy without any."""
_KEPT = 64
"""Texts whose findings are kept."""
_FINDINGS: dict[tuple[str, str, date], tuple[StrategyFinding, ...]] = {}
"""By the hash of the texts, path and rules date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A strategy with all its versions, the oldest first."""

    product: str
    stage: str
    policy: str
    versions: tuple[StrategyVersion, ...]

    @property
    def live(self) -> StrategyVersion | None:
        """The version that is live, of several the one that holds from the latest day; None if none is."""
        return next((one for one in reversed(self.versions) if one.state == LIVE), None)

    @property
    def shown(self) -> StrategyVersion:
        """The live version, of a strategy without one the last that was published."""
        return self.live or self.versions[-1]


def find_strategies(connection: Connection) -> list[Strategy]:
    """Return every strategy that was published, by product and stage."""
    found: dict[tuple[str, str, str], list[StrategyVersion]] = {}
    for version in find_versions(connection):
        found.setdefault((version.product, version.stage, version.policy), []).append(version)
    return [
        Strategy(product=product, stage=stage, policy=policy, versions=tuple(versions))
        for (product, stage, policy), versions in found.items()
    ]


def versions_beside(connection: Connection, version: StrategyVersion) -> tuple[StrategyVersion, ...]:
    """Return all versions of a version's strategy, itself among them, the oldest first."""
    found = find_versions(connection, product=version.product, stage=version.stage)
    return tuple(one for one in found if one.policy == version.policy)


def version_of(work: Work, *, policy_hash: str, rules_as_of: date) -> StrategyVersion | None:
    """Return the version that a text was which decided on a day: the last in force by then; None if none was.

    Raises: UnknownId if no such text was kept.
    """
    told = work.adopted(policy_hash)
    own, parts = (told.own, told.parts) if isinstance(told, StrategyTexts) else (told, ())
    found = [
        one
        for one in find_versions(work.connection)
        if one.document_hash == own.hash
        and set(json.loads(one.documents)) == {part.hash for part in parts}
        and one.effective_from <= rules_as_of
    ]
    return max(found, key=lambda one: one.effective_from, default=None)


def version_asked(visit: Visit, connection: Connection, *, of: str | None = None) -> StrategyVersion:
    """Return the version the address names, or the one of this id.

    Raises: InputError for what is no id; UnknownId if no such strategy was published.
    """
    text = visit.path["version_id"] if of is None else of
    return find_version(connection, version_id=identifier(text, what="version of a strategy"))


def policy_of(work: Work, version: StrategyVersion) -> Policy:
    """Return what a version's archived texts mean now; see `is_as_published` for what they meant then.

    Its `hash` is what is kept with a decision: of the text, with sub-strategies of the list of all its texts.
    Raises: EvidenceError if a text was changed; PolicyError if it cannot be read any more.
    """
    return compiled_policy(texts_of(work, version), rules_as_of=version.rules_as_of)


def is_as_published(policy: Policy, version: StrategyVersion) -> bool:
    """Whether the texts are read now as they were when published: the same program to the letter."""
    return policy.version == version.program_hash


def findings_of(policy: Policy) -> tuple[StrategyFinding, ...]:
    """Check a strategy; the same texts are checked once for a day of rules."""
    key = (policy.hash, policy.document.path, policy.rules_as_of)
    if (known := _FINDINGS.get(key)) is None:
        known = _FINDINGS[key] = check_strategy(policy)
        while len(_FINDINGS) > _KEPT:
            _FINDINGS.pop(next(iter(_FINDINGS)), None)
    return known


def readable(work: Work, versions: Sequence[StrategyVersion]) -> Mapping[UUID, Policy]:
    """Return what versions say, without those whose texts cannot be read any more."""
    found = {}
    for version in versions:
        with suppress(PolicyError):
            found[version.batch_id] = policy_of(work, version)
    return found


def first_versions(
    policies: Mapping[UUID, Policy], versions: Sequence[StrategyVersion], *, of: StrategyVersion
) -> Mapping[str, StrategyVersion]:
    """Return since which version each rule of one is there without a break, by `<table>.<row>`.

    Args:
        policies: what the versions say; one that is not there is a break.
    """
    since = {rule.id: of for rule in policies[of.batch_id].rules}
    pending = set(since)
    for version in reversed(versions[: versions.index(of)]):
        policy = policies.get(version.batch_id)
        pending &= {rule.id for rule in policy.rules} if policy is not None else set()
        since |= dict.fromkeys(pending, version)
    return since
