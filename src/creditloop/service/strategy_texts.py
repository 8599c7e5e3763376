"""A strategy made of several texts (策略全文): its document and those of its sub-strategies, kept as one.

The hash of the document alone does not say which sub-strategies decided. So such a strategy has a list of its
texts, a document of the archive like any other: path and hash of each, the strategy's own first. The hash of
the list stands wherever a strategy's hash stands; the texts are found in the archive by their own hashes.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from creditloop.kernel.documents import Document, read_document_text
from creditloop.kernel.errors import PolicyError
from creditloop.service.places import Places, parsed_document

_LIST = "strategy_texts"
"""The one key of a list of texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyTexts(Document):
    """A strategy's document, its sub-strategies with it; `text`, `path` and `root` are the document's own.

    Attributes:
        parts: the documents of the sub-strategies, by the paths they are asked for.
    """

    parts: tuple[Document, ...]

    @property
    def own(self) -> Document:
        """The strategy's document alone, as it is kept under its own hash."""
        return Document(path=self.path, text=self.text, root=self.root)

    @property
    def hash(self) -> str:
        """SHA-256 of the list of the texts, in hex: another text of a sub-strategy gives another."""
        return hashlib.sha256(self._list_text().encode()).hexdigest()

    @property
    def listing(self) -> Document:
        """The list of the texts."""
        return parsed_document(self._list_text(), self.path)

    def find(self, path: str) -> Document:
        """Return the document of a sub-strategy.

        Raises: PolicyError if it is not one of the texts.
        """
        for part in self.parts:
            if part.path == path:
                return part
        raise PolicyError(
            "not one of the texts of this strategy",
            got=path,
            expected=[part.path for part in self.parts],
            where={"file": self.path},
        )

    def _list_text(self) -> str:
        """Write the list: every word in quotes, so that no hash is read as a number."""
        lines = [
            f"  - {{path: {json.dumps(each.path, ensure_ascii=False)}, hash: {json.dumps(each.hash)}}}\n"
            for each in (self.own, *self.parts)
        ]
        return "".join([f"{_LIST}:\n", *lines])


def with_parts(document: Document, parts: Sequence[Document]) -> Document:
    """Return a document with those of its sub-strategies, each once; the document itself if it has none."""
    if not parts:
        return document
    own = document.own if isinstance(document, StrategyTexts) else document
    each = tuple({part.path: part for part in parts}.values())
    return StrategyTexts(path=own.path, text=own.text, root=own.root, parts=each)


def is_list(document: Document) -> bool:
    """Whether a document is the list of a strategy's texts."""
    return isinstance(document.root.value, dict) and _LIST in document.root.value


def texts_of_list(document: Document, *, find: Callable[[str], Document]) -> Document:
    """Return the strategy whose texts a list names.

    Args:
        find: gives an archived document by its hash.
    Raises: PolicyError if it is no such list; what `find` raises.
    """
    texts = []
    for item in document.root.mapping(required=[_LIST], optional=[])[_LIST].items():
        entry = item.mapping(required=["path", "hash"], optional=[])
        texts.append(parsed_document(find(entry["hash"].text()).text, entry["path"].text()))
    own, *parts = texts
    return with_parts(own, parts)


def find_inside(places: Places, path: str) -> Document:
    """Return the document of a sub-strategy, which lies in the bank's folder.

    Raises: PolicyError if the path leads out of it, by a link too, or there is no such document.
    """
    root = places.documents.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise PolicyError(
            "a sub-strategy lies in the bank's folder", got=path, expected="a path that stays in it"
        )
    text, _ = read_document_text(file, root=root)
    return parsed_document(text, path)
