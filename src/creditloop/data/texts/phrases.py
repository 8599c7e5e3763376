"""Phrases (说法): how a document of patterns says what to look for, and how it is found in linear time.

A phrase is words as they stand, with four signs: `(甲|乙)` is either of them, `(甲|)` may be missing, `…`
is up to twelve characters of the same sentence (`…30`: up to thirty), the nearest match taken, and `<老板>`
is any of the words the document lists under that name (`Vocabulary`). There is nothing else, so a reader of a
language's regular expressions is not needed, and no phrase can be slow: what stands behind a gap is found
once, the nearest, and never tried again (atomic groups), so that the work at one place is at most the sum of
the gaps.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.kernel.documents import Node

SENTENCE_ENDS = "。；！？\n"
"""Characters that no gap and no sentence goes over."""
GAP = 12
_GAP_MOST = 60
_GAPS_MOST = 3
_PHRASE_MOST = 200
"""Longest phrase, in characters."""
_DEPTH_MOST = 3
_WORDS_MOST = 150
"""Most words of one name."""
_TOKEN = re.compile(r"…(?P<gap>[0-9]{0,2})|(?P<sign>[(|)])|<(?P<name>[^<>]*)>|(?P<word>[^(|)…<>]+|[<>])")
_SIGNS = frozenset("(|)…<>")

Vocabulary = Mapping[str, str]
"""Names of lists of words (词表), each with any of its words as an expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A named pattern (模式): any of its phrases, and none of what cancels it.

    Attributes:
        pattern_id: stays the same over versions; every event quotes it.
        means: the code it stands for: a cause, a stage, a party's label.
        says: the phrases as written.
        expression: all of them as one expression.
        unless: phrases in whose midst it does not count, None if there are none.
    """

    pattern_id: str
    means: str
    says: tuple[str, ...]
    expression: re.Pattern[str]
    unless: re.Pattern[str] | None

    def find(self, text: str, first: int = 0, after: int | None = None) -> tuple[int, int] | None:
        """Return where it first stands in `text[first:after]`, None if nowhere."""
        end = len(text) if after is None else after
        match = self.expression.search(text, first, end)
        while match is not None:
            if self.unless is None or not _covered(self.unless, text, match.start(), match.end()):
                return match.span()
            match = self.expression.search(text, match.start() + 1, end)
        return None


_AROUND = 40
"""How far around a match its `unless` is looked for."""


def _covered(unless: re.Pattern[str], text: str, start: int, end: int) -> bool:
    nearby = unless.finditer(text, max(0, start - _AROUND), min(len(text), end + _AROUND))
    return any(found.start() < end and found.end() > start for found in nearby)


def vocabulary_from_node(node: Node) -> Vocabulary:
    """Read lists of words, each under the name phrases call it by.

    Raises: PolicyError naming the list that is empty or too long, or the word that has a sign of phrases.
    """
    return {name: _any_of(entry) for name, entry in node.mapping().items()}


def _any_of(node: Node) -> str:
    items = node.items()
    if not 1 <= len(items) <= _WORDS_MOST:
        raise node.fail("a list of words", got=len(items), expected=f"1 to {_WORDS_MOST} words")
    for item in items:
        if not item.text() or _SIGNS & set(item.text()):
            raise item.fail("not a word", got=item.text(), expected="characters without ( | ) … < >")
    longest_first = sorted((item.text() for item in items), key=lambda word: -len(word))
    return "(?:" + "|".join(map(re.escape, longest_first)) + ")"


def pattern_from_node(node: Node, *, means: Sequence[str] | None, vocabulary: Vocabulary) -> Pattern:
    """Read one pattern: {id, means, says, unless?}; `means` lists the codes it may stand for."""
    entries = node.mapping(required=["id", "says"] + (["means"] if means else []), optional=["unless"])
    name = entries["id"].text()
    return Pattern(
        pattern_id=name,
        means=entries["means"].text(among=means) if means else name,
        says=tuple(each.text() for each in entries["says"].items()),
        expression=expression_from_node(entries["says"], vocabulary=vocabulary),
        unless=expression_from_node(entries["unless"], vocabulary=vocabulary)
        if "unless" in entries
        else None,
    )


def expression_from_node(node: Node, *, vocabulary: Vocabulary) -> re.Pattern[str]:
    """Read a list of phrases as one expression, longer ones first.

    Raises: PolicyError naming the phrase that is too long, nested too deeply or not well formed, or calls
        words by a name there is none of.
    """
    items = node.items()
    if not items:
        raise node.fail("at least one phrase is needed", got="none")
    ordered = sorted(items, key=lambda item: -len(item.text()))
    return re.compile("|".join(_compiled(item, vocabulary) for item in ordered))


def _compiled(node: Node, vocabulary: Vocabulary) -> str:
    phrase = node.text()
    if len(phrase) > _PHRASE_MOST:
        raise node.fail("the phrase is too long", got=len(phrase), expected=f"<= {_PHRASE_MOST} characters")
    written: list[str] = []
    depth = gaps = 0
    for token in _TOKEN.finditer(phrase):
        if token["word"] is not None:
            written.append(re.escape(token["word"]))
        elif token["name"] is not None:
            if token["name"] not in vocabulary:
                raise node.fail("no words of this name", got=token["name"], expected=sorted(vocabulary))
            written.append(vocabulary[token["name"]])
        elif token["sign"] is None:
            gaps += 1
            written.append((")" if gaps > 1 else "") + _gap(node, token["gap"], depth, gaps))
        else:
            depth += {"(": 1, ")": -1, "|": 0}[token["sign"]]
            _check_depth(node, depth, token["sign"])
            written.append({"(": "(?:"}.get(token["sign"], token["sign"]))
    made = "".join(written) + (")" if gaps else "")
    _check_ends(node, phrase, depth, made)
    return made


def _gap(node: Node, digits: str, depth: int, gaps: int) -> str:
    most = int(digits or GAP)
    if depth or gaps > _GAPS_MOST or not 1 <= most <= _GAP_MOST:
        raise node.fail(
            "a gap that cannot be read",
            got=node.text(),
            expected=f"at most {_GAPS_MOST} gaps of 1 to {_GAP_MOST} characters, none within ( )",
        )
    return f"(?>[^{SENTENCE_ENDS}]{{0,{most}}}?"


def _check_depth(node: Node, depth: int, sign: str) -> None:
    if not 0 <= depth <= _DEPTH_MOST or (sign == "|" and depth == 0):
        raise node.fail(
            "parentheses that cannot be read",
            got=node.text(),
            expected=f"( ) in pairs, at most {_DEPTH_MOST} deep, | within them",
        )


def _check_ends(node: Node, phrase: str, depth: int, made: str) -> None:
    if depth or phrase.startswith("…") or re.search(r"…[0-9]{0,2}$", phrase):
        raise node.fail("the phrase does not end as it began", got=phrase, expected="words at both ends")
    if re.compile(made).fullmatch(""):
        raise node.fail("the phrase matches nothing at all", got=phrase, expected="words that must stand")
