"""Which text decides (依据文本): the version of a strategy that is live, or its document where none ever was.

Every stage asks here; what a plan names is the strategy's place in the bank's folder.

1. nothing of this strategy was ever put live in this bank: the document in the folder decides (unpublished)
2. a version was: of those live and effective by the rules date the one effective last decides, by its text
   from the bank's archive. What lies in the folder does not: an edited text has to be published first
3. none is live on that day, because it was retired or begins later: refused by name, nothing decides
A document elsewhere that bears the name of such a strategy is refused, unless it is the live text itself.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from creditloop.kernel.documents import Document
from creditloop.kernel.errors import PolicyError, StateError
from creditloop.oversight import ReleasedVersion, StrategyVersion, find_released
from creditloop.risk import Policy, read_policy
from creditloop.service.compiled import compiled_policy
from creditloop.service.places import Places, parsed_document
from creditloop.service.strategy_texts import StrategyTexts, find_inside, with_parts
from creditloop.service.work import Work

UNPUBLISHED = "unpublished"
"""What stands for the version of a strategy that decides from its document."""
_KEPT = 64
"""Texts of versions kept; more than a bank has live at once."""
_TEXTS: dict[tuple[str, str], Document] = {}
"""By the hashes of a version's text and of its sub-strategies, so that the bank does not matter."""


def deciding_policy(work: Work, *, path: str, rules_as_of: date) -> Policy:
    """Return the strategy that decides in the place of a document, as in force on a date; its texts are kept.

    Raises: StateError if versions of it were put live and none is on that day, or the document bears the name
        of a strategy that is live with another text; PolicyError as `risk.read_policy` does.
    """
    version = find_deciding_version(work, path=path, on=rules_as_of)
    if version is not None:
        policy = compiled_policy(texts_of(work, version), rules_as_of=rules_as_of)
        if policy.documents:  # the list of its texts is not what was published
            work.adopt(policy.document, kind="policy")
        return policy
    find = partial(find_inside, work.places)
    policy = compiled_policy(work.places.document(path), rules_as_of=rules_as_of, find=find)
    work.adopt(policy.document, kind="policy")
    return policy


def find_deciding_version(work: Work, *, path: str, on: date) -> ReleasedVersion | None:
    """Return the version that decides in the place of a document on a rules date; None: the document itself.

    Raises: StateError as `deciding_policy`.
    """
    released = released_versions(work)
    if not released:
        return None
    told = _told_path(work.places, path)
    if strategies := {version.strategy for version in released if version.path == told}:
        return _in_force([each for each in released if each.strategy in strategies], told, on)
    document = work.places.document(path)
    named = [version for version in released if version.strategy == _strategy_of(document)]
    if not named:
        return None
    version = _in_force(named, told, on)
    if version.document_hash != document.hash:
        raise StateError(
            "the document bears the name of a strategy that is live with another text",
            got=document.hash,
            expected=version.document_hash,
            where={"file": told, "policy": version.policy, "published": version.path},
            hint="publish it, or give it a name of its own",
        )
    return version


def released_versions(work: Work) -> Sequence[ReleasedVersion]:
    """Return every version put live in this bank, asked for once in a piece of work."""
    if work.released is None:
        work.released = find_released(work.connection)
    return work.released


def version_label(work: Work, *, policy_hash: str) -> str:
    """Return the version that a text which decided is of: the last put live, or `UNPUBLISHED`.

    Raises: UnknownId if no such text was kept.
    """
    texts = _hashes(work.adopted(policy_hash))
    same = [version for version in released_versions(work) if _version_hashes(version) == texts]
    return str(same[-1].batch_id) if same else UNPUBLISHED


def folder_state(places: Places, version: ReleasedVersion) -> str:
    """Say whether a version's document in the bank's folder, sub-strategies with it, is as it was published.

    Returns: "as published", "edited" or "not there"; whichever it is, the version decides.
    """
    path = version.path or ""
    if not (places.documents / path).is_file():
        return "not there"
    find = partial(find_inside, places)
    try:
        policy = compiled_policy(find(path), rules_as_of=version.rules_as_of, find=find)
    except PolicyError:
        return "edited"
    return "as published" if _hashes(policy.document) == _version_hashes(version) else "edited"


def _hashes(document: Document) -> set[str]:
    """Return the hashes of a strategy's texts."""
    parts = document.parts if isinstance(document, StrategyTexts) else ()
    own = document.own if isinstance(document, StrategyTexts) else document
    return {each.hash for each in (own, *parts)}


def _version_hashes(version: ReleasedVersion) -> set[str]:
    return {version.document_hash, *json.loads(version.documents)}


def _in_force(versions: Sequence[ReleasedVersion], told: str, on: date) -> ReleasedVersion:
    live = [version for version in versions if not version.retired and version.effective_from <= on]
    if live:
        return live[-1]
    state = ["retired" if version.retired else f"live from {version.effective_from}" for version in versions]
    raise StateError(
        "no version of this strategy is live on this day: nothing decides in its place",
        got=", ".join(state),
        expected=f"a version that is live and effective by {on}",
        where={"policy": versions[-1].policy, "product": versions[-1].product, "file": told},
        hint=f"creditloop strategy versions --product {versions[-1].product}",
    )


def texts_of(work: Work, version: ReleasedVersion | StrategyVersion) -> Document:
    """Return a version's text with those of its sub-strategies, from the archive; once for a text.

    Raises: EvidenceError if a text was changed; PolicyError if it cannot be read any more.
    """
    key = (version.document_hash, version.documents)
    if (known := _TEXTS.get(key)) is None:
        known = _TEXTS[key] = _archived(work, version)
        while len(_TEXTS) > _KEPT:
            _TEXTS.pop(next(iter(_TEXTS)), None)
    return known


def _archived(work: Work, version: ReleasedVersion | StrategyVersion) -> Document:
    """Read a version's texts: those of sub-strategies stand in the order in which they are asked for."""
    own = work.adopted(version.document_hash)
    hashes: Iterator[str] = iter(json.loads(version.documents))

    def find(path: str) -> Document:
        return parsed_document(work.adopted(next(hashes, "")).text, path)

    return with_parts(own, read_policy(own, rules_as_of=version.rules_as_of, find=find).documents)


def _strategy_of(document: Document) -> tuple[object, ...]:
    """Return product, stage and name that a document bears; whether it is well formed is not asked here."""
    entries = document.root.mapping()
    return tuple(entries[key].value if key in entries else None for key in ("product", "stage", "policy"))


def _told_path(places: Places, path: str) -> str:
    """Return a document's path as the archive tells it: from the bank's folder, or its name alone."""
    root = places.documents.resolve()
    file = (places.documents / Path(path)).resolve()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
