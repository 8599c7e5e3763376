"""Cut a text of zen's expression language into tokens (词法)."""

import re
from dataclasses import dataclass
from enum import Enum

from creditloop.risk.jdm.refusals import Refusal, outside

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*|\#)
      | (?P<text>'[^']*'|"[^"]*")
      | (?P<template>`[^`]*`)
      | (?P<mark>\?\?|\.\.|==|!=|<=|>=|[-+*/%^=<>!?:()\[\]{},.;])""",
    re.VERBOSE,
)
_WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null"})


class TokenKind(Enum):
    """What a token is."""

    NUMBER = "number"
    NAME = "name"
    WORD = "word"
    TEXT = "text"
    TEMPLATE = "template"
    MARK = "mark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the characters it was written with."""

    kind: TokenKind
    text: str

    def is_(self, *texts: str) -> bool:
        """Whether this is one of these words or marks."""
        return self.kind in {TokenKind.WORD, TokenKind.MARK} and self.text in texts


def tokens_of(text: str) -> tuple[Token, ...]:
    """Cut a text into tokens; the last one is the end. `not in` is one token.

    Raises: PolicyError for a character the language does not have, or a text that is not closed.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise outside(Refusal.SYNTAX, f"{text[at]!r} at character {at + 1}")
        at = match.end()
        if match.lastgroup == "space":
            continue
        token = _token(str(match.lastgroup), match.group())
        if token.is_("in") and found and found[-1].is_("not"):
            found[-1] = Token(TokenKind.WORD, "not in")
        else:
            found.append(token)
    return (*found, Token(TokenKind.END, ""))


def _token(group: str, text: str) -> Token:
    if text == "!":
        return Token(TokenKind.WORD, "not")
    if group == "name" and text in _WORDS:
        return Token(TokenKind.WORD, text)
    return Token(TokenKind(group), text)
