"""A fusion as a document (融合文本): its learners, and their weights for every set of sources."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula import Kind, constant_from_node
from creditloop.kernel.documents import Document, Node, parse_document
from creditloop.kernel.errors import InputError
from creditloop.risk.binning.bins import nano_text
from creditloop.risk.fusion.weights import Fusion, SourceWeights

_HEAD = """\
# 融合：坏的对数几率 = intercept + 各来源学习器的对数几率 × 权重。
# 取来源全部在场的第一行；一个来源都不在场则没有答案，转人工。
# Fusion: log-odds of bad = intercept + the learners' log-odds of bad times their weights.
# The first line all of whose sources are there counts; where none is there the case refers.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionDocument:
    """A fusion as read from its document.

    Attributes:
        learners: by source, the SHA-256 of the learner's own document: a card, or what stands for a model.
    """

    document: Document
    name: str
    title_zh: str
    title_en: str
    learners: Mapping[str, str]
    fusion: Fusion

    @property
    def hash(self) -> str:
        """SHA-256 of the document's text, in hex: the fusion's version."""
        return self.document.hash


def fusion_text(fusion: Fusion, *, name: str, title: Mapping[str, str], learners: Mapping[str, str]) -> str:
    """Write a fusion as YAML.

    Args:
        title: by language, `zh` and `en`.
        learners: the hash of each source's learner.
    Raises: InputError if the learners are not those of the fusion's sources, or it could not be read back.
    """
    if set(title) != {"zh", "en"}:
        raise InputError("a fusion has a title in both languages", got=sorted(title), expected=["zh", "en"])
    if set(learners) != set(fusion.sources):
        raise InputError(
            "a fusion has one learner a source", got=sorted(learners), expected=sorted(fusion.sources)
        )
    lines = [
        f"fusion: {_quoted(name)}",
        f"title: {{zh: {_quoted(title['zh'])}, en: {_quoted(title['en'])}}}",
        "learners:",
        *(f"  - {{source: {source}, hash: {_quoted(learners[source])}}}" for source in fusion.sources),
        "weights:",
        *(_line(entry) for entry in fusion.sets),
    ]
    text = _HEAD + "\n".join(lines) + "\n"
    read_fusion(parse_document(text, path=name))  # what cannot be read back is never written
    return text


def read_fusion(document: Document) -> FusionDocument:
    """Read a fusion from its document.

    Raises: PolicyError naming file, line and field.
    """
    parts = document.root.mapping(required=["fusion", "title", "learners", "weights"], optional=[])
    title = parts["title"].mapping(required=["zh", "en"], optional=[])
    learners = _learners(parts["learners"])
    sets = tuple(_set(node, tuple(learners)) for node in parts["weights"].items())
    _check_order(sets, parts["weights"])
    return FusionDocument(
        document=document,
        name=parts["fusion"].text(),
        title_zh=title["zh"].text(),
        title_en=title["en"].text(),
        learners=learners,
        fusion=Fusion(sources=tuple(learners), sets=sets),
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _line(entry: SourceWeights) -> str:
    weights = ", ".join(nano_text(weight) for weight in entry.weights_nano)
    given = ", ".join(entry.sources)
    return (
        f"  - {{given: [{given}], intercept: {nano_text(entry.intercept_nano)}, "
        f"weights: [{weights}], rows: {entry.rows}}}"
    )


def _learners(node: Node) -> dict[str, str]:
    found = dict[str, str]()
    for entry in node.items():
        parts = entry.mapping(required=["source", "hash"], optional=[])
        source = parts["source"].text()
        if source in found:
            raise parts["source"].fail("a source has one learner", got=source)
        found[source] = parts["hash"].text()
    if not found:
        raise node.fail("a fusion has learners", got=0, expected="at least one")
    return found


def _set(node: Node, sources: Sequence[str]) -> SourceWeights:
    parts = node.mapping(required=["given", "intercept", "weights", "rows"], optional=[])
    given = tuple(entry.text(among=sources) for entry in parts["given"].items())
    if not given or list(given) != [source for source in sources if source in given]:
        raise parts["given"].fail("sources stand once each, in the order of the learners", got=list(given))
    weights = tuple(_nano(entry) for entry in parts["weights"].items())
    if len(weights) != len(given) or min(weights) < 0:
        raise parts["weights"].fail(
            "there is a weight for each source, none negative", got=len(weights), expected=len(given)
        )
    return SourceWeights(
        sources=given,
        intercept_nano=_nano(parts["intercept"]),
        weights_nano=weights,
        rows=parts["rows"].integer(least=1),
    )


def _check_order(sets: Sequence[SourceWeights], node: Node) -> None:
    sizes = [len(entry.sources) for entry in sets]
    named = [entry.sources for entry in sets]
    if not sets or sizes != sorted(sizes, reverse=True) or len(set(named)) != len(named):
        raise node.fail(
            "weights stand for sets of sources, each once, larger ones first",
            got=[list(sources) for sources in named],
        )


def _nano(node: Node) -> int:
    value = constant_from_node(node, kind=Kind.NANO)
    assert isinstance(value, int)
    return value
