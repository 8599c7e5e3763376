"""What can be changed in a module: every operator, number, test, state, operation, piece of emitted code.

Words for people (errors and their `or_else`, docstrings), assertions (`strict=` of a `zip` among them) and
annotations are left as they are.
"""

import ast
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_CODE = (
    (" <= ", " < "),
    (" < ", " <= "),
    (" >= ", " > "),
    (" > ", " >= "),
    (" == ", " != "),
    (" != ", " == "),
    (" + ", " - "),
    (" - ", " + "),
    (" // ", " * "),
    (" * ", " + "),
    ("min(", "max("),
    ("max(", "min("),
    (" and ", " or "),
    (" or ", " and "),
    (" AND ", " OR "),
    (" OR ", " AND "),
    (" IS NULL", " IS NOT NULL"),
    ("IS NOT NULL", "IS NULL"),
    (" is None", " is not None"),
    (" = 0", " = 1"),
)
"""What is changed in emitted code: the first of these a text holds."""
_ENUMS = ("Op", "State", "Match", "NullPolicy", "HitPolicy")
_WORDS_FOR_PEOPLE = ("fault", "fail", "_fault", "unexpected", "placed", "Finding", "Error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place that can be changed.

    `index` counts the places of a file; `statement` is the line of the statement of a function that must be
    reached for the change to be noticed, 0 where the module or a class is executed at import.
    """

    index: int
    line: int
    statement: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed place of one file of the package, named from the package."""

    file: Path
    site: Site


def sites_of(source: str) -> tuple[Site, ...]:
    """Return every place of a module that can be changed."""
    sites = _Sites()
    sites.visit(ast.parse(source))
    return tuple(sites.found)


def changed(source: str, index: int) -> str:
    """Return a module with one place changed."""
    return ast.unparse(_Sites(index).visit(ast.parse(source))) + "\n"


class _Sites(ast.NodeTransformer):
    """Walks a module and numbers what can be changed; with a `chosen` number, changes that one."""

    def __init__(self, chosen: int | None = None) -> None:
        self.found: list[Site] = []
        self._chosen = chosen
        self._statement = 0
        self._in_function = False

    def visit(self, node: ast.AST) -> ast.AST:
        """Visit a node, remembering the statement of a function it belongs to."""
        if not (self._in_function and isinstance(node, ast.stmt)):
            return self._visited(node)
        outer, self._statement = self._statement, node.lineno
        visited = self._visited(node)
        self._statement = outer
        return visited

    def _visited(self, node: ast.AST) -> ast.AST:
        visited: ast.AST = super().visit(node)
        return visited

    def _site(self, node: ast.AST, changed: ast.AST) -> ast.AST:
        before, after = (ast.unparse(tree).splitlines()[0][:60] for tree in (node, changed))
        line = getattr(node, "lineno", 0)
        site = Site(
            index=len(self.found), line=line, statement=self._statement, change=f"{before}  →  {after}"
        )
        self.found.append(site)
        return ast.copy_location(changed, node) if site.index == self._chosen else node

    # left as they are

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = _expression(self.visit(node.value))
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        return node if node.arg in {"strict", "or_else"} else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        outer, self._in_function = self._in_function, False
        node.body = [_statement(self.visit(part)) for part in node.body]
        self._in_function = outer
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        outer, self._in_function = self._in_function, True
        node.body = [_statement(self.visit(part)) for part in node.body]
        self._in_function = outer
        return node

    # changed

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        changed = deepcopy(node)
        changed.ops[0] = _COMPARED[type(node.ops[0])]()
        return self._site(node, changed)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if type(node.op) not in _COMPUTED:
            return node
        changed = deepcopy(node)
        changed.op = _COMPUTED[type(node.op)]()
        return self._site(node, changed)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        changed = deepcopy(node)
        changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return self._site(node, changed)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._site(node, node.operand) if isinstance(node.op, ast.Not | ast.Invert) else node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        changed = deepcopy(node)
        changed.test = ast.UnaryOp(ast.Not(), changed.test)
        return self._site(node, changed)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        return self._site(node, ast.IfExp(node.test, node.orelse, node.body))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in _ENUMS and (other := _other(node.attr)):
            return self._site(node, ast.Attribute(node.value, other, node.ctx))
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = ast.unparse(node.func).rpartition(".")[2]
        if name.endswith(_WORDS_FOR_PEOPLE):
            return node
        self.generic_visit(node)
        if name in {"min", "max"}:
            changed = deepcopy(node)
            changed.func = ast.Name("max" if name == "min" else "min")
            return self._site(node, changed)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        for place, part in enumerate(node.values):
            if isinstance(part, ast.Constant) and (other := _other_code(str(part.value))):
                changed = deepcopy(node)
                changed.values[place] = ast.Constant(other)
                return self._site(node, changed)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return self._site(node, ast.Constant(not node.value))
        if isinstance(node.value, int):
            return self._site(node, ast.Constant(node.value + 1))
        if isinstance(node.value, str) and (other := _other_code(node.value)):
            return self._site(node, ast.Constant(other))
        return node


def _statement(node: ast.AST) -> ast.stmt:
    assert isinstance(node, ast.stmt)
    return node


def _expression(node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.expr)
    return node


def _other(member: str) -> str | None:
    """Return another member of the enumeration that this one could be mistaken for."""
    pairs = (
        *(("LESS", "LESS_EQUAL"), ("GREATER", "GREATER_EQUAL"), ("ADD", "SUBTRACT"), ("AND", "OR")),
        *(("MINIMUM", "MAXIMUM"), ("FLOOR", "CEIL"), ("EQUAL", "NOT_EQUAL"), ("MULTIPLY", "MULTIPLY_NANO")),
        *(("NULL_REFER", "NULL_NO_MATCH"), ("OVERFLOW", "NULL_REFER"), ("OK", "NULL_MATCH")),
        *(("BROKEN_INPUT", "NULL_REFER"), ("REFER", "NO_MATCH"), ("MATCHED", "NOT_MATCHED")),
        *(("FIRST", "COLLECT"), ("ROUND", "FLOOR"), ("ZERO_DIVISION", "OVERFLOW")),
    )
    both = {one: other for pair in pairs for one, other in (pair, pair[::-1])}
    return both.get(member)


def _other_code(text: str) -> str | None:
    return next((text.replace(old, new, 1) for old, new in _CODE if old in text), None)
