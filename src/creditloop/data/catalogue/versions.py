"""Keep documents of window features as published (特征发布): append-only, each with proof and probe."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from creditloop.data.windows import LeakProbe, WindowFeatureSet, WindowProof
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import ConflictingRepeat, InputError, PolicyError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries

_PACKAGE = "creditloop.data.catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureVersion:
    """A document as published.

    Attributes:
        batch_id: made of the document's name and of the hashes of its text and its contract.
        document: what the document calls itself (`window_features`).
        version_no: from 1; the greatest of a document is live.
        proof, probe: `WindowProof` and `LeakProbe` as records.
        engines: versions of what computed them.
        simulated: whoever published it is made up.
    """

    batch_id: UUID
    document: str
    version_no: int
    path: str
    document_hash: str
    contract: str
    contract_hash: str
    features: int
    proof: Mapping[str, object]
    probe: Mapping[str, object]
    engines: Mapping[str, str]
    published_by: str
    simulated: bool
    recorded_at: datetime

    def as_record(self) -> dict[str, object]:
        """Return it as plain data."""
        return {
            "version": str(self.batch_id),
            **{field.name: getattr(self, field.name) for field in fields(self) if field.name != "batch_id"},
            "recorded_at": self.recorded_at.isoformat(),
        }


def feature_version_id(features: WindowFeatureSet) -> UUID:
    """Return the id of publishing these features: the same for one text and contract, on every machine."""
    return content_id("feature_version", features.name, features.hash, features.contract_hash)


def record_feature_version(
    connection: Connection,
    *,
    features: WindowFeatureSet,
    proof: WindowProof,
    probe: LeakProbe,
    engines: Mapping[str, str],
    published_by: str,
    simulated: bool,
    now: datetime,
) -> FeatureVersion:
    """Publish a document of window features; the same one again returns the first.

    Raises: PolicyError if the proof or the probe does not hold or is of something else; InputError if nobody
        publishes it; ConflictingRepeat if somebody else did.
    """
    _check_proven(features, proof, probe)
    if not published_by.strip():
        raise InputError("somebody publishes features", got=published_by)
    load_queries(_PACKAGE).lock_document(connection, document=features.name)
    version_id = feature_version_id(features)
    if first := find_feature_version(connection, version_id=version_id):
        return first_published(first, published_by=published_by, simulated=simulated)
    earlier = feature_versions(connection, document=features.name)
    version = FeatureVersion(
        batch_id=version_id,
        document=features.name,
        version_no=len(earlier) + 1,
        path=features.document.path,
        document_hash=features.hash,
        contract=features.contract,
        contract_hash=features.contract_hash,
        features=len(features.features),
        proof=proof.as_record(),
        probe=probe.as_record(),
        engines=engines,
        published_by=published_by,
        simulated=simulated,
        recorded_at=check_aware(now, name="now"),
    )
    values = {field.name: getattr(version, field.name) for field in fields(version)}
    texts = {name: canonical_bytes(values[name]).decode() for name in ("proof", "probe", "engines")}
    load_queries(_PACKAGE).insert_version(connection, **{**values, **texts})
    return version


def first_published(first: FeatureVersion, *, published_by: str, simulated: bool) -> FeatureVersion:
    """Return a version that is published again by whoever did first.

    Raises: ConflictingRepeat if it is somebody else.
    """
    if (first.published_by, first.simulated) != (published_by, simulated):
        raise ConflictingRepeat(
            "these features were published by somebody else",
            got=published_by,
            expected=first.published_by,
            where={"version": str(first.batch_id), "document": first.document},
        )
    return first


def feature_versions(connection: Connection, *, document: str | None = None) -> tuple[FeatureVersion, ...]:
    """Return what was published, of a document or all: by document, the oldest first."""
    rows = load_queries(_PACKAGE).list_versions(connection, document=document, batch_id=None)
    return tuple(map(_version, rows))


def find_feature_version(connection: Connection, *, version_id: UUID) -> FeatureVersion | None:
    """Return a version as published, or None."""
    rows = load_queries(_PACKAGE).list_versions(connection, document=None, batch_id=version_id)
    return next(iter(map(_version, rows)), None)


def live_feature_versions(connection: Connection) -> tuple[FeatureVersion, ...]:
    """Return of every document the version in production: the one published last."""
    return tuple({version.document: version for version in feature_versions(connection)}.values())


def _check_proven(features: WindowFeatureSet, proof: WindowProof, probe: LeakProbe) -> None:
    for name, told, count in (("proof", proof, proof.differences), ("leak probe", probe, probe.leaks)):
        if told.document != features.hash or told.features != len(features.features):
            raise PolicyError(
                f"the {name} is of other features",
                got=told.document,
                expected=features.hash,
                where={"file": features.document.path},
            )
        if not told.holds:
            raise PolicyError(
                f"the {name} does not hold: these features are not published",
                got=f"{count}, first {told.first[0].feature}" if told.first else count,
                expected=0,
                where={"file": features.document.path},
            )


def _version(row: tuple[object, ...]) -> FeatureVersion:
    values = dict(zip([field.name for field in fields(FeatureVersion)], row, strict=True))
    for name in ("proof", "probe", "engines"):
        values[name] = json.loads(str(values[name]))
    return FeatureVersion(**values)  # type: ignore[arg-type]  # a row of the table it was made for
