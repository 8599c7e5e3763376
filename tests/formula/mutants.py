"""Break the compiler on purpose, one small change at a time, and see whether the suite notices (变异测试).

    python -m tests.formula.mutants [--count 300] [--seed 1] [--workers 2] [--only TEXT]

A mutant is the compiler with one operator, number, test, state, operation or piece of emitted code changed;
which ones is drawn by the seed. Each runs the tests of the language and of strategies in a copy of the
package, its own file's tests first, until one fails: it is killed. Survivors are listed with file, line and
change: each is a hole in the tests, or changes nothing anybody could see. Words for people (errors,
docstrings), assertions and annotations are not changed. The last line is `N killed, M survived`.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from random import Random

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "creditloop"
COMPILER = ("formula", "risk/strategy", "risk/tables.py", "risk/table_reading.py", "risk/policy.py")
"""What is mutated: the language, and what lowers a strategy to it."""
PROVER = ("samples.py", "prover.py", "targets.py")
"""What tries the compiler out is not the compiler."""
SUITE = (
    "tests/formula/test_language_page.py",
    "tests/formula/test_values.py",
    "tests/formula/test_equal_everywhere.py",
    "tests/formula",
    "tests/risk",
    "tests/policies",
)
"""What must notice, the quickest to notice first."""
_PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-m", "not outside and not shared")
SECONDS_MAX = 600
"""A mutant that runs longer hangs, and is killed by that."""

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
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
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
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


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where, what it was and what it becomes; `index` numbers the places of a file."""

    file: Path
    index: int
    line: int
    change: str


class _Sites(ast.NodeTransformer):
    """Walks a module and numbers what can be changed; with a `chosen` number, changes that one."""

    def __init__(self, chosen: int | None = None) -> None:
        self.found: list[tuple[int, str]] = []
        self._chosen = chosen

    def _site(self, node: ast.AST, changed: ast.AST) -> ast.AST:
        number = len(self.found)
        before, after = (ast.unparse(tree).splitlines()[0][:60] for tree in (node, changed))
        self.found.append((getattr(node, "lineno", 0), f"{before}  →  {after}"))
        return ast.copy_location(changed, node) if number == self._chosen else node

    # left as they are

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(part) for part in node.body]
        return node

    # changed

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        changed = deepcopy(node)
        changed.ops[0] = _SWAPPED[type(node.ops[0])]()
        return self._site(node, changed)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if type(node.op) not in _SWAPPED:
            return node
        changed = deepcopy(node)
        changed.op = _SWAPPED[type(node.op)]()
        return self._site(node, changed)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        changed = deepcopy(node)
        changed.op = _SWAPPED[type(node.op)]()
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


def mutants() -> Iterator[Mutant]:
    """Give every change there is, file by file."""
    for part in COMPILER:
        path = PACKAGE / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []:
            if file.name in PROVER:
                continue
            sites = _Sites()
            sites.visit(ast.parse(file.read_text("utf-8")))
            for index, (line, change) in enumerate(sites.found):
                yield Mutant(file, index, line, change)


def killed(mutant: Mutant, copy: Path) -> bool:
    """Run the suite on a copy of the package with this change, and put the copy right again."""
    place = copy / "creditloop" / mutant.file.relative_to(PACKAGE)
    original = mutant.file.read_text("utf-8")
    place.write_text(ast.unparse(_Sites(mutant.index).visit(ast.parse(original))) + "\n", "utf-8")
    try:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *_PYTEST, *_suite(mutant)],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(copy),
                "PYTHONDONTWRITEBYTECODE": "1",
                "HYPOTHESIS_STORAGE_DIRECTORY": str(copy / "examples"),
            },
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        ).returncode in {1, 2}
    except subprocess.TimeoutExpired:
        return True
    finally:
        place.write_text(original, "utf-8")


def told(mutant: Mutant) -> str:
    """Return a mutant as a line: file, line, what became of what."""
    return f"{mutant.file.relative_to(ROOT)}:{mutant.line}: {mutant.change}"


def _suite(mutant: Mutant) -> list[str]:
    inside = mutant.file.relative_to(PACKAGE)
    own = Path("tests") / inside.parent / f"test_{inside.name}"
    return [*([str(own)] if (ROOT / own).exists() else []), *SUITE]


def main() -> None:
    """Draw mutants, run them, list the survivors."""
    parser = argparse.ArgumentParser(prog="tests.formula.mutants")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="only files whose path holds this")
    given = parser.parse_args()
    every = [mutant for mutant in mutants() if given.only in str(mutant.file)]
    drawn = Random(given.seed).sample(every, min(given.count, len(every)))
    copies: Queue[Path] = Queue()
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.workers) as pool:
        for worker in range(given.workers):
            copies.put(Path(folder) / str(worker))
            shutil.copytree(PACKAGE, Path(folder) / str(worker) / "creditloop")

        def run(mutant: Mutant) -> tuple[Mutant, bool]:
            copy = copies.get()
            try:
                return mutant, killed(mutant, copy)
            finally:
                copies.put(copy)

        for number, (mutant, dead) in enumerate(pool.map(run, drawn), start=1):
            if not dead:
                survivors.append(mutant)
                sys.stderr.write(f"\rsurvived: {told(mutant)}\n")
            sys.stderr.write(f"\r{number}/{len(drawn)}, {len(survivors)} survived")
    sys.stderr.write("\n")
    for mutant in sorted(survivors, key=lambda entry: (entry.file, entry.line)):
        sys.stdout.write(f"survived: {told(mutant)}\n")
    dead = len(drawn) - len(survivors)
    sys.stdout.write(f"{dead} killed, {len(survivors)} survived of {len(every)} possible\n")


if __name__ == "__main__":
    main()
