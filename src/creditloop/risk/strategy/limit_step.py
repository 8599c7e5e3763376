"""Read an amount or a rate with caps and a step: {name, kind, value, at_least?, at_most?, step?, meaning}.

`<name>__raw` is the value; the caps are brought to multiples of the step first (`at_least` up, `at_most`
down), `<name>__capped` is the value within them, and the limit is that rounded to the step: so it never
leaves its caps. Where `at_least` is above `at_most` there is no limit, and the case refers.
"""

from creditloop.formula import (
    NUMBERS,
    Binary,
    Call,
    Name,
    Null,
    NullPolicy,
    Step,
    Tree,
    compile_program,
    kind_from_node,
    python_function,
)
from creditloop.kernel.documents import Node
from creditloop.risk.lowering import if_then, is_written
from creditloop.risk.rules import name_from_node, wording_from_node
from creditloop.risk.strategy.expression_step import expression_text
from creditloop.risk.strategy.space import Known, Space
from creditloop.risk.strategy.steps import LimitStep

_ROUNDED = {"down": "floor", "up": "ceil", "nearest": "round"}


def read_limit_step(node: Node, space: Space) -> LimitStep:
    """Read a limit and add it to the program.

    Raises: PolicyError naming file, line, field and column; caps that leave no amount.
    """
    parts = node.mapping(
        required=["name", "kind", "value", "meaning"], optional=["at_least", "at_most", "step"]
    )
    return _Limit(node, parts, space).step()


class _Limit:
    """A limit on its way into the program."""

    def __init__(self, node: Node, parts: dict[str, Node], space: Space) -> None:
        self._node = node
        self._parts = parts
        self._space = space
        self._name = name_from_node(parts["name"], what="limit")
        self._kind = kind_from_node(parts["kind"])
        if self._kind not in NUMBERS:
            raise parts["kind"].fail("a limit is a number", got=self._kind.value, expected=sorted(NUMBERS))
        self._own = space.prefix + self._name
        space.take_columns(self._own, ["state"], node, what="the limit")
        self._size: Tree | None = None
        self._rounding: dict[str, Node] = {}
        if "step" in parts:
            self._rounding = parts["step"].mapping(required=["size", "rounded"], optional=[])
            self._rounding["rounded"].text(among=list(_ROUNDED))
            size = self._rounding["size"]
            self._size = space.read(expression_text(size), size.where)
            if not is_written(self._size):
                raise size.fail("a step is a written number or a parameter", got=size.value)

    def step(self) -> LimitStep:
        """Add the limit's steps; return what they are called."""
        raw = self._written("raw", self._parts["value"])
        least, most = self._cap("at_least", "ceil"), self._cap("at_most", "floor")
        self._check_caps()
        capped = self._add("capped", self._within(raw, least, most), f"{self._name} within its caps")
        step = self._add("", self._rounded(capped), f"{self._name} in whole steps", null=NullPolicy.REFER)
        known = Known(kind=self._kind, step=step, computed=True, answer=True)
        self._space.give(self._name, known, self._node)
        texts = {key: expression_text(part) for key, part in self._parts.items() if key in _TEXTS}
        return LimitStep(
            name=self._name,
            kind=self._kind,
            value=texts["value"],
            at_least=texts.get("at_least"),
            at_most=texts.get("at_most"),
            size=expression_text(self._rounding["size"]) if self._rounding else None,
            rounded=self._rounding["rounded"].text() if self._rounding else None,
            meaning=wording_from_node(self._parts["meaning"]),
            raw=raw,
            least=least,
            most=most,
            capped=capped,
            step=step,
            path=self._space.path,
            where=self._node.where,
        )

    def _add(self, part: str, tree: Tree, text: str, *, null: NullPolicy | None = None) -> str:
        name = f"{self._own}__{part}" if part else self._own
        return self._space.add(name, tree, text=text, kind=self._kind, where=self._node.where, null=null)

    def _written(self, part: str, node: Node) -> str:
        text = expression_text(node)
        tree = self._space.read(text, node.where)
        return self._space.add(
            f"{self._own}__{part}",
            tree,
            text=text,
            kind=self._kind,
            where=node.where,
            null=NullPolicy.REFER,
            names=self._space.meant(tree),
        )

    def _cap(self, key: str, inwards: str) -> str | None:
        if key not in self._parts:
            return None
        written = self._written(f"{key}_written", self._parts[key])
        return self._add(key, self._to_step(inwards, written), f"{key} of {self._name}, in whole steps")

    def _to_step(self, function: str, step: str) -> Tree:
        return Name(step) if self._size is None else Call(function, (Name(step), self._size))

    def _within(self, raw: str, least: str | None, most: str | None) -> Tree:
        tree: Tree = Name(raw)
        if most is not None:
            tree = Call("min", (tree, Name(most)))
        if least is not None:
            tree = Call("max", (tree, Name(least)))
        if least is not None and most is not None:
            tree = if_then(Binary("<=", Name(least), Name(most)), tree, Null())
        return tree

    def _rounded(self, capped: str) -> Tree:
        return self._to_step(_ROUNDED[self._rounding["rounded"].text()] if self._rounding else "", capped)

    def _check_caps(self) -> None:
        """Refuse caps that are known when the document is read and leave no amount between them."""
        texts = [self._parts[key] for key in ("at_least", "at_most") if key in self._parts]
        trees = [self._space.read(expression_text(node), node.where) for node in texts]
        if len(texts) < 2 or not all(is_written(tree) for tree in trees):
            return
        written = zip(("least", "most"), ("ceil", "floor"), texts, strict=True)
        steps = [
            Step(name, self._cap_text(inwards, expression_text(node)), node.where, self._kind)
            for name, inwards, node in written
        ]
        program = compile_program(inputs=[], steps=steps, parameters=self._space.parameters)
        results = python_function(program)({})
        least, most = results["least"].value, results["most"].value
        if isinstance(least, int) and isinstance(most, int) and least > most:
            raise self._parts["at_least"].fail(
                "the caps leave no amount between them",
                got=f"{least} > {most}",
                expected="at_least <= at_most",
            )

    def _cap_text(self, inwards: str, text: str) -> str:
        if not self._rounding:
            return text
        return f"{inwards}({text}, {expression_text(self._rounding['size'])})"


_TEXTS = frozenset({"value", "at_least", "at_most"})
