"""A strategy is published with its proof, put live by a second person, and retired: each of them once."""

import uuid
from datetime import UTC, date, datetime, timedelta
from functools import cache

import psycopg
import pytest
from tests.risk.strategy_texts import strategy

from creditloop.formula import Proof, prove
from creditloop.kernel.errors import ConflictingRepeat, InputError, OutOfOrder, UnknownId
from creditloop.kernel.storage import Connection, adopt_document
from creditloop.oversight import (
    StrategyProof,
    StrategyVersion,
    change_state,
    find_proof,
    find_released,
    find_version,
    find_versions,
    record_proof,
    record_version,
)

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FROM = date(2024, 6, 30)
ENGINES = {"polars": "2.1", "duckdb": "2.0"}


@cache
def made_proof() -> Proof:
    return prove(strategy().program, rows=20, seed=1)


def proven(connection: Connection, **changed: object) -> StrategyProof:
    asked = {"policy": "card_application", "proof": made_proof(), "engines": ENGINES, "now": NOW} | changed
    return record_proof(connection, **asked)  # type: ignore[arg-type]


def published(connection: Connection, **changed: object) -> StrategyVersion:
    asked = {
        "policy": strategy(),
        "effective_from": FROM,
        "warnings": 0,
        "notes": 3,
        "cases": 1,
        "proof": changed.get("proof") or proven(connection),
        "published_by": "strategist_a",
        "reason": "the first of its kind",
        "simulated": False,
        "now": NOW,
    } | changed
    return record_version(connection, **asked)  # type: ignore[arg-type]


def put(connection: Connection, version: StrategyVersion, state: str, **changed: object) -> StrategyVersion:
    asked = {
        "version_id": version.batch_id,
        "state": state,
        "person": "approver_b",
        "reason": "the proof was read",
        "simulated": False,
        "now": NOW,
    } | changed
    return change_state(connection, **asked)  # type: ignore[arg-type]


def test_a_proof_is_kept_as_it_was_and_found_again(database: Connection) -> None:
    proof = proven(database)
    assert proof.holds
    assert find_proof(database, batch_id=proof.batch_id) == proof == proven(database)
    assert proven(database, engines=ENGINES | {"duckdb": "2.1"}).batch_id != proof.batch_id
    with pytest.raises(UnknownId, match="no such proof"):
        find_proof(database, batch_id=uuid.UUID(int=1))


def test_the_same_rows_that_give_something_else_are_refused(database: Connection) -> None:
    first = made_proof()
    proven(database, proof=first)
    other = Proof(**{name: getattr(first, name) for name in first.__dataclass_fields__} | {"differences": 1})
    with pytest.raises(ConflictingRepeat, match="came out otherwise"):
        proven(database, proof=other)


def test_a_strategy_is_published_live_and_retired(database: Connection) -> None:
    version = published(database)
    assert (version.state, version.program_hash) == ("published", strategy().program.hash)
    assert find_versions(database) == [version] == find_versions(database, product="card", stage="admit")
    assert find_versions(database, product="loan") == []
    assert put(database, version, "live").state == "live"
    retired = put(database, version, "retired", reason="a better one")
    assert [change.state for change in retired.changes] == ["published", "live", "retired"]
    assert find_version(database, version_id=version.batch_id) == retired
    assert retired.as_record()["state"] == "retired"


def test_a_repeat_finds_the_first(database: Connection) -> None:
    version = published(database)
    later = NOW + timedelta(days=1)
    assert published(database, now=later) == version
    live = put(database, version, "live")
    assert put(database, version, "live", now=later) == live
    assert put(database, version, "live").changes == live.changes


@pytest.mark.parametrize("changed", [{"published_by": "somebody"}, {"cases": 2}, {"simulated": True}])
def test_another_publication_of_the_same_is_refused(database: Connection, changed: dict[str, object]) -> None:
    published(database)
    with pytest.raises(ConflictingRepeat, match="published otherwise"):
        published(database, **changed)


@pytest.mark.parametrize("changed", [{"person": "approver_c"}, {"reason": "another"}])
def test_somebody_else_or_another_reason_is_no_repeat(
    database: Connection, changed: dict[str, object]
) -> None:
    version = published(database)
    put(database, version, "live")
    with pytest.raises(ConflictingRepeat, match="somebody else"):
        put(database, version, "live", **changed)


@pytest.mark.parametrize("person", ["strategist_a", " Strategist_A ", "ｓtrategist_a"])
def test_whoever_published_cannot_put_it_live(database: Connection, person: str) -> None:
    version = published(database)
    with pytest.raises(InputError, match="a second person must"):
        put(database, version, "live", person=person)
    assert put(database, version, "retired", person=person).state == "retired", "but take it back"


def test_the_database_itself_wants_a_second_person_and_a_proof(database: Connection) -> None:
    version = published(database)
    with pytest.raises(psycopg.errors.CheckViolation):
        database.execute(
            "INSERT INTO oversight.strategy_state VALUES"
            " (gen_random_uuid(), 0, %s, 'strategist_a', 'live', ' STRATEGIST_A', 'x', false, now())",
            [version.batch_id],
        )
    database.rollback()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        database.execute(
            "INSERT INTO oversight.strategy_version SELECT gen_random_uuid(), 0, 'p', 's', 'n', 'h', '[]',"
            " 'another program', current_date, current_date, 0, 0, 0, gen_random_uuid(), 'a', false, 'c',"
            " now()"
        )


@pytest.mark.parametrize(
    ("state", "changed", "error", "message"),
    [
        ("draft", {}, InputError, "into this state"),
        ("published", {}, InputError, "into this state"),
        ("live", {"reason": " "}, InputError, "for a reason"),
        ("live", {"person": ""}, InputError, "for a reason"),
        ("live", {"version_id": uuid.UUID(int=1)}, UnknownId, "no such strategy"),
    ],
)
def test_what_is_no_change_of_state_is_refused(
    database: Connection, state: str, changed: dict[str, object], error: type[Exception], message: str
) -> None:
    version = published(database)
    with pytest.raises(error, match=message):
        put(database, version, state, **changed)
    assert find_version(database, version_id=version.batch_id).state == "published"


def test_a_retired_version_stays_retired(database: Connection) -> None:
    version = published(database)
    put(database, version, "retired")
    with pytest.raises(OutOfOrder, match="not to be live"):
        put(database, version, "live")


def test_a_proof_that_does_not_hold_or_is_of_another_program_publishes_nothing(database: Connection) -> None:
    whole = made_proof()
    told = {name: getattr(whole, name) for name in whole.__dataclass_fields__}
    broken = proven(database, proof=Proof(**told | {"differences": 2}))
    with pytest.raises(InputError, match="the targets disagree"):
        published(database, proof=broken)
    other = proven(database, proof=Proof(**told | {"program_hash": "0" * 64}))
    with pytest.raises(InputError, match="another program"):
        published(database, proof=other)
    assert find_versions(database) == []


def test_what_was_put_live_is_told_with_its_text_and_whether_it_was_retired(database: Connection) -> None:
    version = published(database)
    assert find_released(database) == (), "nothing is live by being published"
    put(database, version, "live")
    (live,) = find_released(database)
    assert (live.batch_id, live.strategy) == (
        version.batch_id,
        (version.product, version.stage, version.policy),
    )
    assert (live.document_hash, live.effective_from, live.retired) == (version.document_hash, FROM, False)
    assert live.path is None, "its text was not kept"
    document = strategy().document
    adopt_document(database, document=document, kind="policy", now=NOW)
    later = published(database, effective_from=FROM + timedelta(days=1))
    put(database, later, "live", now=NOW - timedelta(days=1))
    put(database, version, "retired")
    told = [(each.batch_id, each.path, each.retired) for each in find_released(database)]
    assert told == [(version.batch_id, document.path, True), (later.batch_id, document.path, False)]
