"""Read a text of the language into its tree, by precedence (Pratt 1973, "Top down operator precedence").

From loosest to tightest: `if`/`case`; `or`; `and`; `not`; one comparison, `in` or `is null`; `+ -`; `* /`;
unary `-`; `??`. Comparisons do not chain. Precedences and the grammar are written out in docs/formula.md.
"""

from collections.abc import Callable, Mapping

from creditloop.formula.kinds import RESERVED
from creditloop.formula.tokens import Token, TokenKind, tokens_of
from creditloop.formula.tree import (
    Binary,
    Call,
    Choice,
    Interval,
    IsNull,
    Junction,
    Listed,
    Member,
    Minus,
    Name,
    Not,
    Null,
    Number,
    ParameterName,
    Text,
    Tree,
    Truth,
    parts_of,
)
from creditloop.formula.writing import Writing, nearest
from creditloop.kernel.errors import PolicyError

DEEPEST = 100
"""How deep a text may nest: more is refused, here and in `checks`, so that nothing runs out of stack."""
LONGEST = 20_000
"""How many characters a text may have."""

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _NEGATE, _INSTEAD = range(1, 9)
_BINDS = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(["=", "!=", "<", "<=", ">", ">=", "in", "not", "is"], _COMPARE),
    **dict.fromkeys("+-", _ADD),
    **dict.fromkeys("*/", _MULTIPLY),
    "??": _INSTEAD,
}


def read_expression(writing: Writing) -> Tree:
    """Read one whole expression.

    Raises: PolicyError with file, line, column, got and expected for a text that is not of the language.
    """
    if len(writing.text) > LONGEST:
        raise writing.fault(
            "the expression is too long", at=0, got=len(writing.text), expected=f"<= {LONGEST}"
        )
    reader = _Reader(writing)
    tree = reader.expression(0)
    if reader.token.kind is not TokenKind.END:
        raise reader.unexpected("an operator, or the end")
    if reader.tokens > DEEPEST and (deep := _too_deep(tree)) is not None:
        raise reader.too_deep(deep.at)
    return tree


def _too_deep(tree: Tree) -> Tree | None:
    """Return a part that lies too deep: a chain of operators nests to the left, though no bracket does."""
    level: list[Tree] = [tree]
    for _ in range(DEEPEST):
        level = [part for parent in level for part in parts_of(parent)]
    return level[0] if level else None


class _Reader:
    """Walks over the tokens once; `token` is the next one."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._tokens = tokens_of(writing)
        self._index = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    @property
    def tokens(self) -> int:
        """How many tokens the text has."""
        return len(self._tokens)

    def expression(self, binding: int) -> Tree:
        """Read an operand and every operator that binds tighter than `binding`."""
        outer = self._depth
        left = self._operand()
        while True:
            token = self.token
            tight = _BINDS.get(token.text, 0) if token.kind in {TokenKind.WORD, TokenKind.MARK} else 0
            if tight <= binding:
                self._depth = outer
                return left
            left = self._operator(self._take(), left, tight)
            if (
                tight == _COMPARE
                and _BINDS.get(self.token.text) == _COMPARE
                and self.token.kind is not TokenKind.TEXT
            ):
                raise self._fault(
                    "comparisons do not chain", hint="write `x in [1..5]`, or join two by `and`"
                )

    def unexpected(self, expected: str) -> PolicyError:
        """Return an error about the next token."""
        return self._fault("the expression cannot go on like this", got=self.token.shown, expected=expected)

    def too_deep(self, at: int) -> PolicyError:
        """Return an error about a part that lies too deep."""
        return self._writing.fault(
            "the expression nests too deep",
            at=at,
            expected=f"at most {DEEPEST} levels",
            hint="give a part of it a name, as a step of its own",
        )

    # operands

    def _operand(self) -> Tree:
        token = self.token
        self._deeper(token)
        if token.kind is TokenKind.NUMBER:
            return Number(self._take().text, at=token.at)
        if token.kind is TokenKind.TEXT:
            return Text(self._take().text[1:-1], at=token.at)
        if token.kind is TokenKind.NAME:
            return self._name()
        read = self._PREFIXES.get(token.text) if token.kind is not TokenKind.END else None
        if read is None:
            raise self.unexpected("a value, a name or `(`")
        return read(self, self._take())

    def _name(self) -> Tree:
        token = self._take()
        if self.token.is_("("):
            return Call(token.text, self._arguments(), at=token.at)
        if self.token.kind is TokenKind.TEXT and token.text in RESERVED:
            raise self._fault("a date is written date('2005-06-30')", got=token.text + self.token.text)
        if token.text in RESERVED:
            raise self.unexpected(f"`(` after {token.text}")
        if self.token.is_("."):
            raise self._fault(
                "only parameters and lists have a dot",
                got=f"{token.text}.",
                expected="parameter.<name>, or `in` list.<name>",
            )
        return Name(token.text, at=token.at)

    def _arguments(self) -> tuple[Tree, ...]:
        self._expect("(")
        found: list[Tree] = []
        while not self.token.is_(")"):
            found.append(self.expression(0))
            if not self.token.is_(")"):
                self._expect(",", or_else="`,` or `)`")
        self._expect(")")
        return tuple(found)

    def _minus(self, token: Token) -> Tree:
        if self.token.kind is TokenKind.NUMBER and not self._tokens[self._index + 1].is_("??"):
            return Number("-" + self._take().text, at=token.at)
        return Minus(self.expression(_NEGATE), at=token.at)

    def _group(self, _: Token) -> Tree:
        inner = self.expression(0)
        self._expect(")")
        return inner

    def _parameter(self, token: Token) -> Tree:
        self._expect(".")
        return ParameterName(self._dotted("parameter"), at=token.at)

    def _dotted(self, what: str) -> str:
        if self.token.kind is not TokenKind.NAME:
            raise self.unexpected(f"the {what}'s name")
        return self._take().text

    def _if(self, token: Token) -> Tree:
        condition = self.expression(0)
        self._expect("then")
        value = self.expression(0)
        self._expect("else", or_else="`else`: a choice says what happens otherwise")
        return Choice(((condition, value),), self.expression(0), at=token.at)

    def _case(self, token: Token) -> Tree:
        branches: list[tuple[Tree, Tree]] = []
        while self.token.is_("when") or not branches:
            self._expect("when")
            condition = self.expression(0)
            self._expect("then")
            branches.append((condition, self.expression(0)))
        self._expect("else", or_else="`when`, or `else`: a choice says what happens otherwise")
        otherwise = self.expression(0)
        self._expect("end")
        return Choice(tuple(branches), otherwise, at=token.at)

    _PREFIXES: Mapping[str, Callable[["_Reader", Token], Tree]] = {
        "-": _minus,
        "(": _group,
        "not": lambda self, token: Not(self.expression(_NOT), at=token.at),
        "true": lambda self, token: Truth(True, at=token.at),
        "false": lambda self, token: Truth(False, at=token.at),
        "null": lambda self, token: Null(at=token.at),
        "parameter": _parameter,
        "if": _if,
        "case": _case,
    }

    # operators

    def _operator(self, token: Token, left: Tree, tight: int) -> Tree:
        if token.text in {"in", "not", "is"}:
            return self._word_comparison(token, left)
        if token.text == "??":  # groups to the right: a ?? b ?? c takes the first there is
            return Binary("??", left, self.expression(tight - 1), at=token.at)
        right = self.expression(tight)
        if token.text not in {"and", "or"}:
            return Binary(token.text, left, right, at=token.at)
        if isinstance(left, Junction) and left.word == token.text:
            return Junction(token.text, (*left.operands, right), at=left.at)
        return Junction(token.text, (left, right), at=token.at)

    def _word_comparison(self, token: Token, left: Tree) -> Tree:
        if token.text == "in":
            return self._range(token, left)
        if token.text == "not":
            self._expect("in")
            return Not(self._range(token, left), at=token.at)
        negated = self.token.is_("not")
        if negated:
            self._take()
        self._expect("null", or_else="`null` or `not null`; equality is written `=`")
        test = IsNull(left, at=token.at)
        return Not(test, at=token.at) if negated else test

    def _range(self, token: Token, left: Tree) -> Tree:
        if self.token.text == "list":  # a text has its quotes
            self._take()
            self._expect(".", or_else="`.` and the list's name")
            return Listed(left, self._dotted("list"), at=token.at)
        opening = self._expect("[", "(", or_else="`[` and a list or an interval, or list.<name>")
        items = [self.expression(0)]
        if self.token.is_(".."):
            self._take()
            items.append(self.expression(0))
            closing = self._expect("]", ")")
            return Interval(left, items[0], items[1], opening.text == "(", closing.text == ")", at=token.at)
        if opening.text == "(":
            raise self._fault(
                "a list stands in square brackets", got=self.token.shown, expected="[a, b] or (a..b)"
            )
        while not self.token.is_("]"):
            self._expect(",", or_else="`,`, `..` or `]`")
            items.append(self.expression(0))
        self._take()
        return Member(left, tuple(items), at=token.at)

    # moving on

    def _take(self) -> Token:
        token = self.token
        self._index += 1
        return token

    def _expect(self, *texts: str, or_else: str | None = None) -> Token:
        if not self.token.is_(*texts):
            raise self.unexpected(or_else or " or ".join(f"`{text}`" for text in texts))
        return self._take()

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.too_deep(token.at)

    def _fault(
        self, message: str, *, got: str | None = None, expected: str | None = None, hint: str | None = None
    ) -> PolicyError:
        token = self.token
        if hint is None and token.kind is TokenKind.NAME:
            hint = nearest(token.text, RESERVED)
        return self._writing.fault(message, at=token.at, got=got or token.shown, expected=expected, hint=hint)
