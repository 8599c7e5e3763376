"""A copy of the package for each worker: with one mutant in it, or recording the statements it reaches.

Every file of the compiler is written as `ast.unparse` writes it, changed or not, so that a mutant differs
from the copy the suite passes on by its one change.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.formula.mutation.changes import Mutant, changed, sites_of

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "creditloop"
COMPILER = ("formula", "risk/strategy", "risk/tables.py", "risk/table_reading.py", "risk/policy.py")
"""What is mutated: the language, and what lowers a strategy to it."""
PROVER = ("samples.py", "prover.py", "targets.py")
"""What tries the compiler out is not the compiler."""
_IMPORT = "from tests.formula.mutation.reached import REACHED as _REACHED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A worker's folder: the package, and a scratch folder for what tests write."""

    folder: Path

    @property
    def scratch(self) -> Path:
        """Where the tests of this worker write."""
        return self.folder / "scratch"

    def command(self, *asked: str) -> list[str]:
        """Return the call of pytest with these arguments."""
        return [sys.executable, "-m", "pytest", f"--basetemp={self.scratch / 'pytest'}", *asked]

    def environment(self) -> dict[str, str]:
        """Return the environment in which the tests import this copy."""
        return {
            **os.environ,
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(self.folder.parent / "bytecode"),
            "TMPDIR": str(self.scratch),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / "hypothesis"),
        }

    @contextmanager
    def holding(self, mutant: Mutant) -> Iterator[None]:
        """Put a mutant into the copy, and put the copy right again."""
        place = self.folder / "creditloop" / mutant.file
        unchanged = place.read_text("utf-8")
        place.write_text(changed((PACKAGE / mutant.file).read_text("utf-8"), mutant.site.index), "utf-8")
        try:
            yield
        finally:
            place.write_text(unchanged, "utf-8")


def copy_package(folder: Path, *, recording: bool) -> Copy:
    """Copy the package into a new folder; `recording` makes its compiler say which statements it reaches."""
    shutil.copytree(PACKAGE, folder / "creditloop", ignore=shutil.ignore_patterns("__pycache__"))
    for file in compiler_files():
        source = (PACKAGE / file).read_text("utf-8")
        text = recording_source(source, file) if recording else ast.unparse(ast.parse(source)) + "\n"
        (folder / "creditloop" / file).write_text(text, "utf-8")
    (folder / "scratch").mkdir()
    copy = Copy(folder=folder)
    # by hash: two texts of one length and one second must not share their bytecode
    compiling = ("-m", "compileall", "-q", "--invalidation-mode", "checked-hash", str(folder / "creditloop"))
    subprocess.run([sys.executable, *compiling], env=copy.environment(), check=True)
    return copy


def compiler_files() -> list[Path]:
    """Return the files that are mutated, named from the package."""
    parts = [PACKAGE / part for part in COMPILER]
    found = (file for part in parts for file in (sorted(part.rglob("*.py")) if part.is_dir() else [part]))
    return [file.relative_to(PACKAGE) for file in found if file.name not in PROVER]


def mutants() -> Iterator[Mutant]:
    """Give every change there is, file by file."""
    for file in compiler_files():
        for site in sites_of((PACKAGE / file).read_text("utf-8")):
            yield Mutant(file=file, site=site)


def statement_name(file: Path, line: int) -> str:
    """Return how a reached statement is recorded."""
    return f"{file.as_posix()}:{line}"


def recording_source(source: str, file: Path) -> str:
    """Return a module each of whose functions records the statements it is about to execute."""
    module = ast.parse(source)
    _Recording(file).visit(module)
    parts = enumerate(module.body)
    first = next((place for place, part in parts if not _stays_first(part)), len(module.body))
    module.body[first:first] = ast.parse(_IMPORT).body
    return ast.unparse(module) + "\n"


class _Recording(ast.NodeTransformer):
    """Puts a record before every statement of a function; what is executed at import has none."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._in_function = False

    def visit(self, node: ast.AST) -> ast.AST:
        """Visit a node, and its blocks of statements if a function executes them."""
        outer = self._in_function
        begins = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        self._in_function = begins or (outer and not isinstance(node, ast.ClassDef))
        self.generic_visit(node)
        for name in ("body", "orelse", "finalbody") if self._in_function else ():
            if isinstance(block := getattr(node, name, None), list):
                setattr(node, name, [part for statement in block for part in self._recorded(statement)])
        self._in_function = outer
        return node

    def _recorded(self, statement: ast.stmt) -> list[ast.stmt]:
        if _stays_first(statement):
            return [statement]
        name = statement_name(self._file, statement.lineno)
        return [*ast.parse(f"_REACHED.add({name!r})").body, statement]


def _stays_first(statement: ast.stmt) -> bool:
    """Return whether nothing may come before: a docstring, a future, a name of an outer scope."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    documents = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return documents or isinstance(statement, ast.Nonlocal | ast.Global)
