"""Publish documents of window features (特征发布), and read what is in production.

1. the document is read against the contract of its events; its names must not be another's in production
2. both executions are proven equal on drawn events, and the future is shown to change nothing
3. texts, proof and probe are kept and sealed; from then on the document's features are read from the archive
What was published before is found again without proving it again. One person publishes: features say facts
and decide nothing; the strategy or card that asks for one is put live by a second person.
"""

from pathlib import Path

from creditloop.data.catalogue import (
    Catalogue,
    FeatureVersion,
    feature_version_id,
    find_feature_version,
    first_published,
    live_feature_versions,
    record_feature_version,
)
from creditloop.data.windows import (
    contract_named,
    probe_leaks,
    prove_windows,
    read_window_features,
)
from creditloop.service.features.choosing import published_features
from creditloop.service.persons import acting_person
from creditloop.service.strategies.publishing import engines
from creditloop.service.work import Work

PROOF_PARTIES, PROOF_SEED = 300, 1
"""Parties drawn for a proof, and their seed, where nobody says otherwise."""
PROBE_PARTIES = 100
"""Parties whose future is changed; each is computed once for every change."""


def publish_features(
    work: Work,
    *,
    file: Path,
    by: str,
    parties: int = PROOF_PARTIES,
    seed: int = PROOF_SEED,
    simulated: bool = False,
) -> FeatureVersion:
    """Take a document of window features to production; a repeat finds the first, unproven again.

    Args:
        by: the login of a person who may; in a script (`simulated`) any name.
        parties: how many are drawn for the proof.
    Raises: PolicyError if it cannot be read, a name is that of another document in production, the executions
        differ, or a feature leaks; ConflictingRepeat if somebody else published it; UnknownId or NotAllowed
        if it is nobody who may.
    """
    person = acting_person(work, name=by, action="propose_change", simulated=simulated)
    document = work.places.document(file)
    features = read_window_features(document, contract=work.contract(contract_named(document)))
    if first := find_feature_version(work.connection, version_id=feature_version_id(features)):
        return first_published(first, published_by=person, simulated=simulated)
    others = [one for one in live_features(work).sets if one.name != features.name]
    Catalogue((*others, features))  # refuses a name that is another document's
    version = record_feature_version(
        work.connection,
        features=features,
        proof=prove_windows(features, parties=parties, seed=seed),
        probe=probe_leaks(features, parties=min(parties, PROBE_PARTIES), seed=seed),
        engines=engines(),
        published_by=person,
        simulated=simulated,
        now=work.now,
    )
    work.adopt(document, kind="features")
    work.recorded(version.batch_id)
    return version


def live_features(work: Work) -> Catalogue:
    """Return the features in production: of every document the version published last, from the archive.

    Raises: UnknownId or EvidenceError if a text is not in the archive as it was published.
    """
    return Catalogue(
        tuple(
            published_features(work, version=version).features
            for version in live_feature_versions(work.connection)
        )
    )
