"""Which version of a document of window features is computed: what is in production before what is in a file.

A document that somebody names is read as it stands, and it is told whether it is the version in production.
Where nobody names one, all of the bank's are read: as published if they were, from the archive and under the
contract of then; else from the folder, as drafts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from creditloop.data import Contract, parse_contract
from creditloop.data.catalogue import (
    FeatureVersion,
    feature_version_id,
    live_feature_versions,
    window_documents,
)
from creditloop.data.windows import WindowFeatureSet, contract_named, document_named, read_window_features
from creditloop.kernel.documents import Document
from creditloop.kernel.errors import InputError
from creditloop.service.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenFeatures:
    """A document of window features with the contract of its events.

    Attributes:
        version: that in production, if it is this one; None of a draft.
    """

    features: WindowFeatureSet
    contract: Contract
    version: FeatureVersion | None


def chosen_features(work: Work, *, paths: Sequence[Path] = ()) -> Iterator[ChosenFeatures]:
    """Read documents of window features, one after the other: those named, or all of the bank.

    Args:
        paths: documents to be read as they stand; none: every document in production and every other file.
    Raises: InputError if the bank has none; PolicyError as `read_window_features` does; EvidenceError if a
        text in the archive is not what was published.
    """
    live = {version.document: version for version in live_feature_versions(work.connection)}
    if paths:
        yield from (_as_it_stands(work, work.places.document(path), live.values()) for path in paths)
        return
    drafts = [one for one in window_documents(work.places.documents) if document_named(one) not in live]
    if not live and not drafts:
        raise InputError(
            "the bank has no documents of window features", got=work.places.documents / "features"
        )
    yield from (published_features(work, version=version) for version in live.values())
    yield from (_as_it_stands(work, document, ()) for document in drafts)


def published_features(work: Work, *, version: FeatureVersion) -> ChosenFeatures:
    """Read a version as it was published, from the archive.

    Raises: UnknownId or EvidenceError if a text is not in the archive as it was published.
    """
    archived = work.adopted(version.contract_hash)
    contract = parse_contract(archived.text, path=archived.path)
    features = read_window_features(work.adopted(version.document_hash), contract=contract)
    return ChosenFeatures(features=features, contract=contract, version=version)


def _as_it_stands(work: Work, document: Document, live: Iterable[FeatureVersion]) -> ChosenFeatures:
    contract = work.contract(work.places.contract_file(contract_named(document)))
    features = read_window_features(document, contract=contract)
    version_id = feature_version_id(features)
    version = next((one for one in live if one.batch_id == version_id), None)
    return ChosenFeatures(features=features, contract=contract, version=version)
