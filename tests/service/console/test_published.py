"""Versions beside each other: which is live, and since which version a rule is there."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from tests.service.console.loop_bank import record_made_up

from creditloop.kernel.documents import parse_document
from creditloop.oversight import StateChange, StrategyVersion
from creditloop.risk import Policy, read_policy
from creditloop.service.bank import Bank
from creditloop.service.console.published import (
    Strategy,
    first_versions,
    is_as_published,
    policy_of,
    version_of,
)
from creditloop.service.console.strategy_uses import made_by_version
from creditloop.service.strategy_texts import with_parts

TEXT = """\
policy: small
product: card
stage: admit
title: {{zh: 小, en: small}}
inputs:
  age: {{kind: integer}}
steps:
  - table:
      id: outcome
      hit_policy: first
      outputs: {{outcome: {{kind: text, values: [approve, decline]}}}}
      rows:
{rows}
      otherwise: {{then: {{outcome: approve}}, reason: {{code: GOOD, zh: 通过, en: passed}}}}
"""
ROW = """\
        - id: {id}
          when: age < {age}
          then: {{outcome: decline}}
          reason: {{code: {id}, zh: 否, en: no}}"""


WHOLE = """\
policy: whole
product: card
stage: admit
title: {zh: 全, en: whole}
inputs:
  age: {kind: integer}
steps:
  - strategy: {id: part, document: ./part.yaml, gives: {outcome: outcome}}
"""


def policy(*rules: str) -> Policy:
    rows = "\n".join(ROW.format(id=name, age=18 + at) for at, name in enumerate(rules))
    return read_policy(
        parse_document(TEXT.format(rows=rows), path="small.yaml"), rules_as_of=date(2024, 1, 1)
    )


def version(number: int, read: Policy, *states: str) -> StrategyVersion:
    changes = tuple(
        StateChange(state=state, person=state, reason="", simulated=False, recorded_at=datetime.now(UTC))
        for state in states
    )
    return StrategyVersion(
        batch_id=UUID(int=number),
        product="card",
        stage="admit",
        policy="small",
        document_hash=read.hash,
        documents="[]",
        program_hash=read.version,
        rules_as_of=read.rules_as_of,
        effective_from=date(2024, number, 1),
        warnings=0,
        notes=0,
        cases=0,
        proof_batch=UUID(int=99),
        published_by="somebody",
        simulated=False,
        content_hash="",
        changes=changes,
    )


def test_a_rule_is_there_since_the_first_version_without_a_break() -> None:
    reads = [policy("OLD", "GONE"), policy("OLD"), policy("OLD", "GONE", "NEW")]
    versions = [version(number, read, "published") for number, read in enumerate(reads, start=1)]
    policies = {one.batch_id: read for one, read in zip(versions, reads, strict=True)}
    since = first_versions(policies, versions, of=versions[2])
    assert {rule: one.effective_from.month for rule, one in since.items()} == {
        "outcome.OLD": 1,
        "outcome.GONE": 3,
        "outcome.NEW": 3,
    }
    assert set(first_versions(policies, versions, of=versions[0]).values()) == {versions[0]}


def test_of_several_live_versions_the_last_is_shown_and_without_one_the_last_published() -> None:
    read = policy("OLD")
    live = [version(1, read, "published", "live"), version(2, read, "published", "live")]
    over, draft = version(3, read, "published", "live", "retired"), version(4, read, "published")
    strategy = Strategy(product="card", stage="admit", policy="small", versions=(*live, over, draft))
    assert (strategy.live, strategy.shown) == (live[1], live[1])
    none_live = replace(strategy, versions=(over, draft))
    assert (none_live.live, none_live.shown) == (None, draft)


def test_a_version_that_cannot_be_read_any_more_is_a_break() -> None:
    read = policy("OLD")
    versions = [version(number, read, "published") for number in (1, 2, 3)]
    known = {one.batch_id: read for one in (versions[0], versions[2])}
    assert first_versions(known, versions, of=versions[2]) == {"outcome.OLD": versions[2]}


def test_sub_strategies_are_read_with_it_and_their_list_is_what_decisions_keep(small_bank: Bank) -> None:
    part = parse_document(TEXT.format(rows=ROW.format(id="PART", age=18)), path="part.yaml")
    whole = parse_document(WHOLE, path="whole.yaml")
    day = date(2024, 1, 1)
    with small_bank.work() as work:
        made = read_policy(whole, rules_as_of=day, find={"part.yaml": part}.__getitem__)
        recorded = record_made_up(work, made, day)
    with small_bank.work() as work:
        read = policy_of(work, recorded)
        work.adopt(read.document, kind="policy")
        kept = read.hash
        assert (read.documents, is_as_published(read, recorded)) == ((part,), True)
        assert kept == with_parts(whole, [part]).hash != recorded.document_hash
        found = version_of(work, policy_hash=kept, rules_as_of=day)
        assert found == recorded
        assert version_of(work, policy_hash=kept, rules_as_of=date(2023, 12, 31)) is None
        assert version_of(work, policy_hash=part.hash, rules_as_of=day) is None
        later = record_made_up(work, made, date(2024, 3, 1))
        chosen = [made_by_version(work, one, table="admit.decision") for one in (recorded, later)]
        assert [(one.document_hash, one.since, one.until) for one in chosen] == [
            (kept, day, date(2024, 3, 1)),
            (kept, date(2024, 3, 1), None),
        ]
        undated = made_by_version(work, later, table="recover.contact_event")
        assert (undated.document_hash, undated.since, undated.until) == (kept, None, None)


def test_a_text_read_otherwise_than_when_it_was_published_is_told() -> None:
    read = policy("OLD")
    assert is_as_published(read, version(1, read))
    assert not is_as_published(policy("NEW"), version(1, read))
