"""Which version of a document of window features is computed: what is in production before what is in a file.

A document that somebody names is read as it stands, and it is told whether it is the version in production.
Where nobody names one, all of the bank's are read: as published if they were, from the archive and against
the contract of then; else from the folder, as drafts. Whatever the features were published against, who has
to consent to their events being read, and what a purpose sees in clear, is as of today.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
    """A document of window features with the contract it was read against.

    Attributes:
        version: that in production, if it is this one; None of a draft.
    """

    features: WindowFeatureSet
    contract: Contract
    version: FeatureVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTexts:
    """A document in production and the contract it was published under, from the archive."""

    document: Document
    contract: Contract
    version: FeatureVersion


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


def for_the_door(contract: Contract, *, in_force: Contract) -> Contract:
    """Return the contract that features were read against, as their events may be read now.

    Columns and what they mean are those the features were proven on; who must consent, and which classes a
    purpose sees in clear, are those of the bank's contract as it stands.
    """
    if contract.document.hash == in_force.document.hash:
        return contract
    return replace(contract, consent=in_force.consent, clear_up_to=in_force.clear_up_to)


def features_in_production(work: Work, *, contract: str) -> tuple[WindowFeatureSet, ...]:
    """Return the window features in production over a contract's events, as published, from the archive.

    Raises: as `published_features`.
    """
    live = (one for one in live_feature_versions(work.connection) if one.contract == contract)
    return tuple(published_features(work, version=one).features for one in live)


def published_features(work: Work, *, version: FeatureVersion) -> ChosenFeatures:
    """Read a version as it was published, from the archive.

    Raises: UnknownId or EvidenceError if a text is not in the archive as it was published.
    """
    texts = _texts(work, version)
    features = read_window_features(texts.document, contract=texts.contract)
    return ChosenFeatures(features=features, contract=texts.contract, version=version)


def live_texts(work: Work) -> Callable[[Document], PublishedTexts | None]:
    """Return what gives, for a document of window features, its version in production; None of a draft.

    Whoever reads the same documents again and again works out what the texts say once, and asks only which
    texts they are.

    Raises: as `published_features`, when it is asked.
    """
    live = {version.document: version for version in live_feature_versions(work.connection)}

    def published(document: Document) -> PublishedTexts | None:
        version = live.get(document_named(document))
        return None if version is None else _texts(work, version)

    return published


def _texts(work: Work, version: FeatureVersion) -> PublishedTexts:
    archived = work.adopted(version.contract_hash)
    contract = parse_contract(archived.text, path=archived.path)
    document = work.adopted(version.document_hash)
    return PublishedTexts(document=document, contract=contract, version=version)


def _as_it_stands(work: Work, document: Document, live: Iterable[FeatureVersion]) -> ChosenFeatures:
    contract = work.contract(work.places.contract_file(contract_named(document)))
    features = read_window_features(document, contract=contract)
    version_id = feature_version_id(features)
    version = next((one for one in live if one.batch_id == version_id), None)
    return ChosenFeatures(features=features, contract=contract, version=version)
