"""Read an expression of zen into its tree (表达式).

What binds tighter, from loosest: `? :`, `or`, `and`, comparisons with `in`, `+ -`, `not`, `* / %`, `^` (to
the right), `??`, the minus sign. What the tree cannot hold is refused by name: closures, indices,
assignments.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import ClassVar

from creditloop.risk.jdm.refusals import Refusal, outside
from creditloop.risk.jdm.tokens import Token, TokenKind, tokens_of
from creditloop.risk.jdm.tree import (
    Binary,
    Call,
    Expression,
    Interval,
    Listing,
    Literal,
    Mapping,
    Method,
    Path,
    Reference,
    Template,
    Ternary,
    Unary,
)

DEEPEST = 60
"""How deep an expression may nest."""
_OR, _AND, _COMPARE, _ADD, _NOT, _MULTIPLY, _POWER, _INSTEAD, _SIGN = range(1, 10)
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})
_BINDS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(COMPARISONS, _COMPARE),
    **dict.fromkeys("+-", _ADD),
    **dict.fromkeys("*/%", _MULTIPLY),
    "^": _POWER,
    "??": _INSTEAD,
}
_CLOSURES = frozenset({"all", "some", "none", "one", "filter", "map", "flatMap", "count"})


def read_expression(text: str) -> Expression:
    """Read one whole expression.

    Raises: PolicyError that names the reason: not well formed, closure, assignment, index or dynamic key.
    """
    reader = Reader(text)
    tree = reader.expression()
    reader.finish()
    return tree


Readers = dict[TokenKind, Callable[["Reader", Token], Expression]]
"""How an operand of each kind is read on."""


class Reader:
    """Walks over the tokens once.

    Args:
        joined: whether `and` and `or` join expressions everywhere; in a cell they join tests only.
    """

    def __init__(self, text: str, *, joined: bool = True) -> None:
        self._tokens = tokens_of(text)
        self._index = 0
        self._depth = 0
        self._loosest = 0 if joined else _AND

    @property
    def token(self) -> Token:
        """The next token."""
        return self._tokens[self._index]

    def take(self) -> Token:
        """Return the next token and move on."""
        token = self.token
        self._index += 1
        return token

    def finish(self) -> None:
        """Refuse whatever is left."""
        if self.token.is_("=", ";"):
            raise outside(Refusal.ASSIGNMENT, self.token.text)
        if self.token.kind is not TokenKind.END:
            raise self._unexpected("an operator or the end")

    def expression(self) -> Expression:
        """Read an expression, a choice included."""
        condition = self.binary(self._loosest)
        if not self.token.is_("?"):
            return condition
        self.take()
        value = self.expression()
        self._expect(":")
        return Ternary(condition, value, self.expression())

    def binary(self, binding: int) -> Expression:
        """Read an operand and every operator that binds tighter than `binding`."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise outside(Refusal.SYNTAX, f"nests deeper than {DEEPEST} levels")
        left = self._operand()
        while True:
            sign = self.token.text if self.token.is_(*_BINDS) else ""
            tight = _BINDS.get(sign, 0)
            if tight <= binding:
                self._depth -= 1
                return left
            self.take()
            left = Binary(sign, left, self.binary(tight - (sign in {"^", "??"})))

    # operands

    def _operand(self) -> Expression:  # noqa: PLR0911  # one return for each kind of operand
        token = self.take()
        read = self._KINDS.get(token.kind)
        if read is not None:
            return self._members(read(self, token))
        match token.text if token.kind is not TokenKind.END else "":
            case "not":
                return Unary("not", self.binary(_NOT))
            case "-":
                return Unary("-", self.binary(_SIGN))
            case "+":
                return self.binary(_SIGN)
            case "(" | "[":
                return self._members(self._bracketed(token))
            case "{":
                return self._mapping()
            case "true" | "false" | "null":
                return Literal({"true": True, "false": False, "null": None}[token.text])
        self._index -= 1
        raise self._unexpected("a value, a name or `(`")

    def _number(self, token: Token) -> Expression:
        return Literal(Decimal(token.text.replace("_", "")))

    def _text(self, token: Token) -> Expression:
        return Literal(token.text[1:-1])

    def _template(self, token: Token) -> Expression:
        parts: list[Expression] = []
        rest = token.text[1:-1]
        while "${" in rest:
            fixed, _, rest = rest.partition("${")
            inner, closed, rest = rest.partition("}")
            if not closed or "{" in inner:
                raise outside(Refusal.SYNTAX, f"template {token.text}")
            parts += [Literal(fixed)] if fixed else []
            parts.append(read_expression(inner))
        return Template((*parts, Literal(rest)) if rest or not parts else tuple(parts))

    def _name(self, token: Token) -> Expression:
        if token.text == "#":
            raise outside(Refusal.CLOSURE, "#")
        if token.text in {"$nodes", "$root"}:
            raise outside(Refusal.NODE_ACCESS, token.text)
        if self.token.is_("("):
            if token.text in _CLOSURES:
                raise outside(Refusal.CLOSURE, f"{token.text}(…)")
            return Call(token.text, self._arguments())
        return Reference(()) if token.text == "$" else Path((token.text,))

    _KINDS: ClassVar[Readers] = {
        TokenKind.NUMBER: _number,
        TokenKind.TEXT: _text,
        TokenKind.TEMPLATE: _template,
        TokenKind.NAME: _name,
    }

    def _members(self, subject: Expression) -> Expression:
        """Read what is asked of an operand: members, methods; an index is refused."""
        while self.token.is_(".", "["):
            if self.take().text == "[":
                raise outside(Refusal.DYNAMIC_KEY, "[…]")
            member = self.take()
            if member.kind not in {TokenKind.NAME, TokenKind.WORD}:
                raise outside(Refusal.SYNTAX, f".{member.text}")
            if self.token.is_("("):
                subject = Method(subject, member.text, self._arguments())
            elif isinstance(subject, Path):
                subject = Path((*subject.parts, member.text))
            elif isinstance(subject, Reference):
                subject = Reference((*subject.parts, member.text))
            else:
                raise outside(Refusal.OBJECT, f".{member.text} of what is no name")
        return subject

    def _arguments(self) -> tuple[Expression, ...]:
        self._expect("(")
        return self._listed(")")

    def _listed(self, closing: str, *first: Expression) -> tuple[Expression, ...]:
        """Read expressions up to the closing bracket; the first may have been read already."""
        found = list(first)
        while not self.token.is_(closing):
            if found:
                self._expect(",")
            found.append(self.expression())
            if self.token.kind is TokenKind.NAME and self.token.text == "as":
                raise outside(Refusal.CLOSURE, "as")
        self.take()
        return tuple(found)

    def _bracketed(self, opening: Token) -> Expression:
        """Read `(a)`, `[a, b]` or an interval of any brackets."""
        if opening.text == "[" and self.token.is_("]"):
            self.take()
            return Listing(())
        first = self.expression()
        if self.token.is_(".."):
            self.take()
            last = self.expression()
            closing = self._expect(")", "]")
            return Interval(first, last, opening.text == "(", closing.text == ")")
        if opening.text == "[":
            return Listing(self._listed("]", first))
        self._expect(")")
        return first

    def _mapping(self) -> Expression:
        entries: list[tuple[str, Expression]] = []
        while not self.token.is_("}"):
            if entries:
                self._expect(",")
            key = self.take()
            if key.kind not in {TokenKind.NAME, TokenKind.TEXT}:
                raise outside(Refusal.DYNAMIC_KEY, f"{{{key.text}")
            self._expect(":")
            name = key.text[1:-1] if key.kind is TokenKind.TEXT else key.text
            if name in {known for known, _ in entries}:
                raise outside(Refusal.SYNTAX, f"the key {name!r} stands twice")
            entries.append((name, self.expression()))
        self.take()
        return Mapping(tuple(entries))

    def _expect(self, *texts: str) -> Token:
        if not self.token.is_(*texts):
            raise self._unexpected(" or ".join(f"`{text}`" for text in texts))
        return self.take()

    def _unexpected(self, expected: str) -> Exception:
        if self.token.is_("=", ";"):
            return outside(Refusal.ASSIGNMENT, self.token.text)
        return outside(Refusal.SYNTAX, f"{self.token.text or 'the end'} where {expected} was expected")
