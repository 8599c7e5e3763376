"""The bank's documents: YAML with line numbers, effective dates, sources and a hash.

Everything that decides is a document (contracts, policies). A `Document` keeps its text, its path relative to
the bank's folder, the line of every value, and the SHA-256 of its text, which is its version. YAML is read
strictly: no duplicate keys, no tags, no anchors, no floating-point numbers (a decimal is kept as text until a
named door turns it into nano or money), no yes/no booleans, no octal surprises.

Values that change over time are lists of `{from: date, value: …, source: …}`; `in_force` picks the one for a
date and refuses a date before the first.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import yaml

from creditloop.kernel.dates import date_from_text
from creditloop.kernel.errors import InputError, PolicyError

_DEPTH_MAX = 32
"""Deepest nesting read; a document people can follow stays far below."""
_DIGITS_MAX = 38
"""Longest whole number read; the widest integers of the engines have no more."""
_FOREIGN = re.compile("[^\n\r -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Tabs and other control characters, halves of surrogate pairs, breaks that editors do not show as lines."""
_QUOTED = ("'", '"', "|", ">")
"""Styles of a text that is taken as it stands; a plain one's is None or empty, by the parser's build."""
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same strict loader, in C where the wheel has it: ten times faster."""

_KINDS = {dict: "a mapping", list: "a list", str: "text", int: "a whole number", bool: "true or false"}


class _Mark(Protocol):
    """A place in a stream, as either of the parser's two builds tells it; lines from 0."""

    @property
    def line(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document with the place it was read from.

    Attributes:
        value: mapping of str to Node, list of Node, str, int, bool, date or None.
        file: path of the document, as people know it.
        line: line of the value, from 1.
        path: keys from the root, e.g. ("rules", "0", "when").
        key_line: line of the key it stands under, from 1; None for a list's items and the root.
    """

    value: object
    file: str
    line: int
    path: tuple[str, ...]
    key_line: int | None = None

    @property
    def where(self) -> dict[str, object]:
        """The place, for errors."""
        return {"file": self.file, "line": self.line, "field": ".".join(self.path) or "(document)"}

    def fail(
        self, message: str, *, got: object = None, expected: object = None, hint: str | None = None
    ) -> PolicyError:
        """Return an error about this value, for the caller to raise."""
        return PolicyError(message, got=got, expected=expected, where=self.where, hint=hint)

    def mapping(
        self, *, required: Sequence[str] = (), optional: Sequence[str] | None = None
    ) -> dict[str, "Node"]:
        """Return the value as a mapping and check its keys.

        Args:
            required: keys that must be there.
            optional: further keys that may be; None allows any.
        Raises: PolicyError naming the missing or unknown key.
        """
        if not isinstance(self.value, dict):
            raise self.fail("expected a mapping here", got=_kind(self.value))
        entries: dict[str, Node] = self.value
        for key in required:
            if key not in entries:
                raise self.fail(f"the key {key!r} is missing", got=sorted(entries), expected=list(required))
        if optional is not None:
            for key, node in entries.items():
                if key not in required and key not in optional:
                    raise PolicyError(
                        f"unknown key {key!r}",
                        expected=sorted({*required, *optional}),
                        where={**node.where, "line": node.key_line},
                    )
        return dict(entries)

    def items(self) -> list["Node"]:
        """Return the value as a list of nodes."""
        if not isinstance(self.value, list):
            raise self.fail("expected a list here", got=_kind(self.value))
        return list(self.value)

    def text(self, *, among: Sequence[str] | None = None) -> str:
        """Return the value as non-empty text, one of `among` if given."""
        if not isinstance(self.value, str) or not self.value:
            raise self.fail("expected text here", got=_kind(self.value))
        if among is not None and self.value not in among:
            raise self.fail("not one of the words allowed here", got=self.value, expected=list(among))
        return self.value

    def integer(self, *, least: int | None = None, most: int | None = None) -> int:
        """Return the value as a whole number within the bounds."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.fail("expected a whole number here", got=_kind(self.value))
        if (least is not None and self.value < least) or (most is not None and self.value > most):
            bounds = ((">=", least), ("<=", most))
            expected = " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound is not None)
            raise self.fail("number out of range", got=self.value, expected=expected)
        return self.value

    def boolean(self) -> bool:
        """Return the value as true or false."""
        if not isinstance(self.value, bool):
            raise self.fail("expected true or false here", got=_kind(self.value))
        return self.value

    def day(self) -> date:
        """Return the value as a date."""
        if not isinstance(self.value, date):
            raise self.fail("expected a date (YYYY-MM-DD) here", got=_kind(self.value))
        return self.value

    def plain(self) -> object:
        """Return the value without places: dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as read: `path` relative to the bank's folder, `text` as it stands, `hash` its version."""

    path: str
    text: str
    root: Node

    @property
    def hash(self) -> str:
        """SHA-256 of the text, in hex."""
        return _text_hash(self.text)


@lru_cache(maxsize=1024)
def _text_hash(text: str) -> str:
    """Return a text's SHA-256, once for a text: rules name their document with every result."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a number comes from; `reference` is an address or section, `checked` the day it was looked up."""

    title: str
    reference: str | None
    checked: date | None


def source_from_node(node: Node) -> Source:
    """Read a `source:` entry ({title, reference?, checked?})."""
    entries = node.mapping(required=["title"], optional=["reference", "checked"])
    return Source(
        title=entries["title"].text(),
        reference=entries["reference"].text() if "reference" in entries else None,
        checked=entries["checked"].day() if "checked" in entries else None,
    )


def read_document(file: Path, *, root: Path) -> Document:
    """Read a document file; `root` is the bank's folder, from which its path is told.

    Raises: PolicyError naming file and line for anything that is not strict YAML.
    """
    text, path = read_document_text(file, root=root)
    return parse_document(text, path=path)


def read_document_text(file: Path, *, root: Path) -> tuple[str, str]:
    """Return a document file's text as it stands, and its path as told from the bank's folder.

    Raises: PolicyError naming the file if it cannot be read or is not UTF-8.
    """
    path = file.resolve()
    shown = path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root.resolve()) else file.name
    try:
        raw = file.read_bytes()
    except FileNotFoundError as error:
        raise PolicyError("no such document", where={"file": shown}) from error
    except OSError as error:
        raise PolicyError("the document cannot be read", got=error.strerror, where={"file": shown}) from error
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PolicyError(
            "the document is not UTF-8 text",
            got=f"byte 0x{raw[error.start]:02x}",
            where={"file": shown, "line": line},
        ) from error
    return text, shown


def parse_document(text: str, *, path: str) -> Document:
    """Read a document from its text; see `read_document`."""
    _refuse_foreign_characters(text, path)
    try:
        _refuse_what_is_not_strict(text, path)
        tree = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = min(
            _line(error.problem_mark), text.count("\n") + 1
        )  # a fault at the end may be told behind it
        raise PolicyError(
            "not well-formed YAML",
            got=error.problem or error.context,
            where={"file": path, "line": line},
        ) from error
    if tree is None:
        raise PolicyError("the document is empty", where={"file": path, "line": 1})
    return Document(path=path, text=text, root=_node(tree, path, ()))


def in_force(node: Node, *, on: date) -> Node:
    """Pick from a list of `{from, …}` entries the one in force on a date.

    Raises: PolicyError if the list is not in order of time, or says nothing for the date.
    """
    chosen: Node | None = None
    previous: date | None = None
    for entry in node.items():
        start = entry.mapping(required=["from"])["from"].day()
        if previous is not None and start <= previous:
            raise entry.fail(
                "entries must be in order of time, one a date", got=start, expected=f"> {previous}"
            )
        previous = start
        if start <= on:
            chosen = entry
    if chosen is None:
        raise node.fail(
            "nothing is in force on this date", got=on, expected="a later date, or an earlier entry"
        )
    return chosen


def _refuse_foreign_characters(text: str, path: str) -> None:
    after_mark = len(text) - len(text.removeprefix("\ufeff"))  # some editors begin every file with one
    if (
        found := _FOREIGN.search(text, after_mark)
    ) is not None:  # breaks would shift the lines told in errors
        raise PolicyError(
            "a character that does not belong in a document",
            got=f"U+{ord(found.group()):04X}",
            where={"file": path, "line": text.count("\n", 0, found.start()) + 1},
        )


def _refuse_what_is_not_strict(text: str, path: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        where = {"file": path, "line": _line(event.start_mark)}
        if (anchor := getattr(event, "anchor", None)) is not None:
            raise PolicyError(
                "anchors and aliases are not allowed: write the value where it is used",
                got=anchor,
                where=where,
            )
        if (tag := getattr(event, "tag", None)) is not None:
            raise PolicyError("tags are not allowed", got=tag, where=where)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH_MAX:
            raise PolicyError(
                "nested too deeply", got=f"{depth} levels", expected=f"<= {_DEPTH_MAX}", where=where
            )


def _line(mark: _Mark | None) -> int:
    return mark.line + 1 if mark else 1


def _node(tree: yaml.Node, file: str, path: tuple[str, ...], key_line: int | None = None) -> Node:
    value: object
    if isinstance(tree, yaml.MappingNode):
        value = dict(_entries(tree, file, path))
    elif isinstance(tree, yaml.SequenceNode):
        value = [_node(item, file, (*path, str(i))) for i, item in enumerate(tree.value)]
    else:
        value = _scalar(tree, file)
    line = _line(tree.start_mark)
    if key_line and isinstance(tree, yaml.ScalarNode) and not tree.value and not tree.style:
        line = key_line  # an empty value would be told to stand where the next thing does
    return Node(value, file, line, path, key_line)


def _entries(tree: yaml.MappingNode, file: str, path: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    seen: dict[str, int] = {}
    for key_node, value_node in tree.value:
        line = _line(key_node.start_mark)
        where = {"file": file, "line": line}
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if not key or key_node.tag == "tag:yaml.org,2002:merge":
            raise PolicyError("a key must be plain text", got=key or f"a {key_node.id}", where=where)
        if key in seen:
            raise PolicyError(f"the key {key!r} stands twice", got=f"first on line {seen[key]}", where=where)
        seen[key] = line
        yield key, _node(value_node, file, (*path, key), line)


_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}


def _scalar(tree: yaml.Node, file: str) -> object:
    text: str = tree.value
    where = {"file": file, "line": _line(tree.start_mark)}
    if isinstance(tree, yaml.ScalarNode) and tree.style in _QUOTED:  # quoted or block: text as it stands
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > _DIGITS_MAX:
            raise PolicyError(
                "a whole number is too long",
                got=f"{len(text)} characters",
                expected=f"<= {_DIGITS_MAX}",
                where=where,
            )
        return int(text)
    if _DAY.fullmatch(text):
        try:
            return date_from_text(text)
        except InputError as error:
            raise PolicyError("no such day", got=text, where=where) from error
    return text


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return f"{_KINDS.get(type(value), type(value).__name__)}" + (
        f" ({value!r})" if isinstance(value, str | int) else ""
    )
