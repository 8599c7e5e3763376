"""Read a document of patterns: of judgments (裁判文书) or of field notes (尽调笔记)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from creditloop.data.contracts import Words
from creditloop.data.table_reading import name_from_node, words_from_node
from creditloop.data.texts.phrases import Pattern, Vocabulary, pattern_from_node, vocabulary_from_node
from creditloop.kernel.documents import Document, Node, Source, source_from_node

COURT, NOTE = "court", "note"
CAUSES_OF_COURT = (
    "loan", "private_lending", "sale", "guarantee", "labour", "lease", "building", "intellectual", "traffic",
    "criminal", "other",
)  # fmt: skip
CAUSES_OF_NOTES = (
    "stopped", "wages_owed", "stock_up", "owner_absent", "borrowing_elsewhere", "order_loss", "expansion",
)  # fmt: skip
LABELS = (
    "plaintiff", "defendant", "third_party", "executed", "guarantor", "appellant", "appellee",
    "counter_defendant", "counter_plaintiff",
)  # fmt: skip
STAGES = ("filed", "judged", "enforced", "settled")
_HEAD = (
    "text_patterns", "version", "title", "contract", "table", "document_no", "day", "origin", "source",
    "characters_max",
)  # fmt: skip
_COURT_LISTS: Mapping[str, Sequence[str] | None] = {
    "labels": LABELS,
    "addressed": ("defendant", "executed"),
    "causes": CAUSES_OF_COURT,
    "causes_loose": CAUSES_OF_COURT,
    "headings": (
        "orders",
        "orders_loose",
        "earlier_orders",
        "earlier_end",
        "claims",
        "claims_end",
        "closing",
    ),
    "upheld": None,
    "stages_of_orders": STAGES,
    "stages_of_text": STAGES,
    "results": ("withdrawn", "finished", "rejected", "acquitted", "convicted"),
    "duties": ("owes", "guarantee", "pay", "perform"),
    "not_duties": None,
    "guarantees": None,
    "not_amounts": ("before", "after"),
    "totals": None,
    "case_amounts": ("enforced", "filed"),
}
_COURT_WORDS = ("name_before", "payee_before", "all_before", "alone_after", "name_after")
_NOTE_LISTS: Mapping[str, Sequence[str] | None] = {
    "denied_before": None,
    "denied_onward": None,
    "denied_after": None,
    "denied_within": None,
    "untrue": None,
    "supposed": None,
    "supposed_onward": None,
    "supposed_after": None,
    "of_others": None,
    "of_others_onward": None,
    "of_the_party": None,
    "bygone": None,
    "hearsay": None,
    "not_amounts": ("before", "after"),
}
OF_OTHERS = ("of_others", "of_others_onward")
"""Lists of patterns that say that somebody else is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSet:
    """A document of patterns, whichever texts it is for.

    Attributes:
        contract, table: the source whose texts it reads.
        document_no, day: the table's columns with the text's number and its day.
        characters_max: a longer text is not read.
        lists: patterns by the list they stand in, in order of priority.
    """

    name: str
    version: int
    title: Words
    contract: str
    table: str
    document_no: str
    day: str
    origin: str
    source: Source
    characters_max: int
    lists: Mapping[str, tuple[Pattern, ...]]
    words: Mapping[str, tuple[str, ...]]
    topics: tuple["Topic", ...]
    document: Document

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text: the version recorded with what was read by it."""
        return self.document.hash

    def patterns(self, part: str, *, means: str | None = None) -> tuple[Pattern, ...]:
        """Return the patterns of a list, all or those that mean one thing."""
        return tuple(each for each in self.lists[part] if means is None or each.means == means)

    def every_pattern(self) -> Iterator[Pattern]:
        """Give all patterns, for lists and screens."""
        for patterns in self.lists.values():
            yield from patterns
        for topic in self.topics:
            yield from topic.patterns
            yield from topic.resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a field note may tell of the party visited: one cause, its patterns and what ends it.

    Attributes:
        adverse: whether it speaks against the party.
        amount: whether an amount of the same sentence belongs to it.
        resolved: patterns that say it is over (已结清, 已复工).
        despite: ids of patterns of others (of_others, …) that do not keep it from counting: that a buyer
            (下游) withdraws is the party's loss of orders.
    """

    cause: str
    adverse: bool
    amount: bool
    patterns: tuple[Pattern, ...]
    resolved: tuple[Pattern, ...]
    despite: frozenset[str]


def read_patterns(document: Document) -> PatternSet:
    """Read a document of patterns (模式文档).

    Raises: PolicyError naming file, line and field: a phrase that cannot be read, a code that events do not
        have, an id that stands twice, a key nobody knows.
    """
    origin = document.root.mapping(required=_HEAD)["origin"].text(among=[COURT, NOTE])
    parts = _COURT_LISTS if origin == COURT else _NOTE_LISTS
    last = "words" if origin == COURT else "topics"
    entries = document.root.mapping(required=[*_HEAD, *parts, last], optional=["vocabulary"])
    vocabulary = vocabulary_from_node(entries["vocabulary"]) if "vocabulary" in entries else {}
    lists = {name: _patterns(entries[name], means, vocabulary) for name, means in parts.items()}
    topics = entries["topics"].items() if origin == NOTE else ()
    read = PatternSet(
        name=name_from_node(entries["text_patterns"]),
        version=entries["version"].integer(least=1),
        title=words_from_node(entries["title"]),
        contract=name_from_node(entries["contract"]),
        table=name_from_node(entries["table"]),
        document_no=name_from_node(entries["document_no"]),
        day=name_from_node(entries["day"]),
        origin=origin,
        source=source_from_node(entries["source"]),
        characters_max=entries["characters_max"].integer(least=1, most=10_000_000),
        lists=lists,
        words=_words(entries["words"]) if origin == COURT else {},
        topics=tuple(_topic(node, lists, vocabulary) for node in topics),
        document=document,
    )
    _check_ids(read, document.root)
    return read


def _patterns(node: Node, means: Sequence[str] | None, vocabulary: Vocabulary) -> tuple[Pattern, ...]:
    return tuple(pattern_from_node(item, means=means, vocabulary=vocabulary) for item in node.items())


def _words(node: Node) -> dict[str, tuple[str, ...]]:
    entries = node.mapping(required=_COURT_WORDS, optional=[])
    return {name: tuple(item.text() for item in entry.items()) for name, entry in entries.items()}


def _topic(node: Node, lists: Mapping[str, Sequence[Pattern]], vocabulary: Vocabulary) -> Topic:
    entries = node.mapping(
        required=["means", "adverse", "amount", "patterns"], optional=["resolved", "despite"]
    )
    others = [each.pattern_id for part in OF_OTHERS for each in lists[part]]
    despite = entries["despite"].items() if "despite" in entries else ()
    return Topic(
        cause=entries["means"].text(among=CAUSES_OF_NOTES),
        adverse=entries["adverse"].boolean(),
        amount=entries["amount"].boolean(),
        patterns=_patterns(entries["patterns"], None, vocabulary),
        resolved=_patterns(entries["resolved"], None, vocabulary) if "resolved" in entries else (),
        despite=frozenset(each.text(among=others) for each in despite),
    )


def _check_ids(read: PatternSet, root: Node) -> None:
    seen: set[str] = set()
    for pattern in read.every_pattern():
        if pattern.pattern_id in seen:
            raise root.fail("two patterns of one id", got=pattern.pattern_id)
        seen.add(pattern.pattern_id)
