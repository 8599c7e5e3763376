"""Read every document of window features of a bank, and find features among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from creditloop.data.contract_reading import read_contract
from creditloop.data.contracts import Contract
from creditloop.data.windows import WindowFeature, WindowFeatureSet, contract_named, read_window_features
from creditloop.formula import Kind
from creditloop.kernel.documents import Document, read_document
from creditloop.kernel.errors import PolicyError

_FEATURES, _CONTRACTS = "features", "contracts"
"""Folders of a bank's documents."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A feature, and the set it is of."""

    feature: WindowFeature
    features: WindowFeatureSet

    @property
    def source(self) -> str:
        """The contract its events come under."""
        return self.features.contract

    def holds(self, words: Iterable[str]) -> bool:
        """Whether its name or meaning, in either language, has all of these words, in small letters."""
        told = f"{self.feature.name} {self.feature.meaning.zh} {self.feature.meaning.en}".lower()
        return all(word in told for word in words)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Sets of window features, in which a name stands for one feature."""

    sets: tuple[WindowFeatureSet, ...]

    def __post_init__(self) -> None:
        """Refuse a name that stands for two features.

        Raises: PolicyError naming it and both documents.
        """
        paths: dict[str, str] = {}
        for features in self.sets:
            path = features.document.path
            for feature in features.features:
                if paths.setdefault(feature.name, path) != path:
                    raise PolicyError(
                        "a feature's name is in two documents",
                        got=feature.name,
                        where={"file": path, "other": paths[feature.name]},
                    )

    @property
    def entries(self) -> tuple[CatalogueEntry, ...]:
        """Every feature, document by document."""
        return tuple(CatalogueEntry(one, features) for features in self.sets for one in features.features)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many features each source has."""
        found: dict[str, int] = {}
        for features in self.sets:
            found[features.contract] = found.get(features.contract, 0) + len(features.features)
        return found

    def search(
        self, text: str = "", *, source: str | None = None, kind: Kind | None = None, unit: str | None = None
    ) -> tuple[CatalogueEntry, ...]:
        """Return the features whose name or meaning has all words of a text, 中文 or English, in any order.

        Args:
            source, kind, unit: only those of this contract, kind, unit.
        """
        words = text.lower().split()
        return tuple(
            entry
            for entry in self.entries
            if source in (None, entry.source)
            and kind in (None, entry.feature.kind)
            and unit in (None, entry.feature.unit)
            and entry.holds(words)
        )


def window_documents(root: Path) -> tuple[Document, ...]:
    """Return every document of window features below the folder `features` of a bank, by path.

    Args:
        root: the bank's folder.
    Raises: PolicyError for a document that is not strict YAML, of whatever kind.
    """
    files = sorted((root / _FEATURES).rglob("*.yaml"))
    documents = (read_document(file, root=root) for file in files)
    return tuple(document for document in documents if _is_of_windows(document))


def read_catalogue(root: Path) -> Catalogue:
    """Read the window features of a bank, each document with its contract.

    Args:
        root: the bank's folder, with `features` and `contracts`.
    Raises: PolicyError as `read_window_features` does, or for a name that is in two documents.
    """

    @cache
    def contract(name: str) -> Contract:
        return read_contract(root / _CONTRACTS / f"{name}.yaml", root=root)

    return Catalogue(
        tuple(
            read_window_features(document, contract=contract(contract_named(document)))
            for document in window_documents(root)
        )
    )


def _is_of_windows(document: Document) -> bool:
    return isinstance(document.root.value, dict) and "window_features" in document.root.value
