"""Cut a text of the language into tokens, and teach the spellings of other languages away."""

import re
from dataclasses import dataclass
from enum import Enum

from creditloop.formula.kinds import RESERVED
from creditloop.formula.writing import Writing

WORDS = RESERVED - {"yuan", "fen", "date"}
"""Reserved words that are not called like functions."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>'[^'\n]*'|"[^"\n]*")
      | (?P<mark>\?\?|\.\.|!=|<=|>=|[-+*/=<>()\[\],.])""",
    re.VERBOSE,
)
_FOREIGN = {
    "==": "equality is written `=`",
    "<>": "inequality is written `!=`",
    "&&": "write `and`",
    "||": "write `or`",
    "=>": "at least is written `>=`",
    "=<": "at most is written `<=`",
    "**": "there are no powers",
    "!": "write `not`",
    "?": "write `if … then … else …`, or `??` for a value in place of null",
    "%": "write a share as a decimal: 5 percent is 0.05",
    "≥": "write `>=`",
    "≤": "write `<=`",
    "≠": "write `!=`",
    "（": "use the half-width `(`",
    "）": "use the half-width `)`",
    "，": "use the half-width `,`",
    "“": "use straight quotes: 'text'",
    "”": "use straight quotes: 'text'",
    "‘": "use straight quotes: 'text'",
    "’": "use straight quotes: 'text'",
    "'": "the text is not closed on its line",
    '"': "the text is not closed on its line",
}


class TokenKind(Enum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    WORD = "word"
    TEXT = "text"
    MARK = "mark"
    END = "end of the text"


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind, its characters as written, and where it begins (from 0)."""

    kind: TokenKind
    text: str
    at: int

    def is_(self, *texts: str) -> bool:
        """Whether this is one of these words or marks."""
        return self.kind in {TokenKind.WORD, TokenKind.MARK} and self.text in texts

    @property
    def shown(self) -> str:
        """The token as an error shows it."""
        return self.text if self.kind is not TokenKind.END else self.kind.value


def tokens_of(writing: Writing) -> tuple[Token, ...]:
    """Cut a text into tokens; the last one is the end.

    Raises: PolicyError naming the place of a character the language does not have.
    """
    found: list[Token] = []
    text, at = writing.text, 0
    while at < len(text):
        if text[at : at + 2] in _FOREIGN:
            raise writing.fault(
                "not a sign of the language", at=at, got=text[at : at + 2], hint=_FOREIGN[text[at : at + 2]]
            )
        match = _TOKEN.match(text, at)
        if match is None:
            hint = "use the half-width digits 0-9" if text[at].isdecimal() else _FOREIGN.get(text[at])
            raise writing.fault("not a sign of the language", at=at, got=text[at], hint=hint)
        if match.lastgroup != "space":
            found.append(_token(writing, str(match.lastgroup), match.group(), at))
        at = match.end()
    return (*found, Token(TokenKind.END, "", len(text)))


def _token(writing: Writing, group: str, text: str, at: int) -> Token:
    after = writing.text[at + len(text) : at + len(text) + 1]
    if group == "number" and (after.isalnum() or after == "_"):
        raise writing.fault(
            "a number runs into a letter or digit",
            at=at,
            got=text + after,
            expected="digits, at most one decimal point",
        )
    if group != "name":
        return Token(TokenKind(group), text, at)
    if text.lower() in WORDS and text not in WORDS:
        raise writing.fault("words of the language are lower case", at=at, got=text, expected=text.lower())
    return Token(TokenKind.WORD if text in WORDS else TokenKind.NAME, text, at)
