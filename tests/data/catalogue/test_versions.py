"""A document is published once, with a proof that holds, numbered, never changed."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import psycopg
import pytest
from tests.data.windows.flows import features, text

from creditloop.data.catalogue import (
    FeatureVersion,
    feature_versions,
    live_feature_versions,
    record_feature_version,
)
from creditloop.data.windows import LeakProbe, WindowFeatureSet, WindowProof, probe_leaks, prove_windows
from creditloop.kernel.errors import ConflictingRepeat, InputError, PolicyError
from creditloop.kernel.storage import Connection

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
READ = features()


@cache
def proven() -> tuple[WindowProof, LeakProbe]:
    return prove_windows(READ, parties=3, seed=1), probe_leaks(READ, parties=3, seed=1)


def published(connection: Connection, of: WindowFeatureSet = READ, **changed: object) -> FeatureVersion:
    proof, probe = (replace(one, document=of.hash, features=len(of.features)) for one in proven())
    asked = {
        "features": of,
        "proof": proof,
        "probe": probe,
        "engines": {"duckdb": "2.0"},
        "published_by": "modeller",
        "simulated": False,
        "now": NOW,
    } | changed
    return record_feature_version(connection, **asked)  # type: ignore[arg-type]


def test_versions_are_numbered_the_last_is_live_and_a_repeat_finds_the_first(database: Connection) -> None:
    first = published(database)
    assert (first.version_no, first.document, first.features) == (1, "flow", len(READ.features))
    assert published(database, now=NOW.replace(year=2027)) == first
    second = published(database, of=features(text() + "# another text\n"))
    assert second.version_no == 2
    assert published(database) == first
    assert feature_versions(database, document="flow") == (first, second)
    assert feature_versions(database, document="other") == ()
    assert live_feature_versions(database) == (second,)
    assert first.as_record()["proof"] == proven()[0].as_record()
    with pytest.raises(ConflictingRepeat):
        published(database, published_by="somebody_else")


def test_what_is_not_proven_is_not_published(database: Connection) -> None:
    proof, probe = proven()
    for changed in (
        {"proof": replace(proof, differences=1)},
        {"proof": replace(proof, document="0" * 64)},
        {"proof": replace(proof, features=1)},
        {"probe": replace(probe, leaks=3)},
        {"probe": replace(probe, changed=0)},
        {"probe": replace(probe, document="0" * 64)},
    ):
        with pytest.raises(PolicyError):
            published(database, **changed)
    with pytest.raises(InputError, match="somebody publishes"):
        published(database, published_by=" ")
    assert feature_versions(database) == ()


def test_a_version_is_never_changed(database: Connection) -> None:
    published(database)
    for change in ("UPDATE data.feature_version SET features = 1", "DELETE FROM data.feature_version"):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation), database.transaction():
            database.execute(change)
