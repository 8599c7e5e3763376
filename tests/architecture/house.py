"""The source as the architecture tests read it: files, their syntax trees, and the rooms they stand in."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SOURCE = REPOSITORY / "src" / "creditloop"


@dataclass(frozen=True)
class Module:
    """A source file; `place` is its path below the package."""

    place: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """The folder below the package it stands in; empty for the package's own files."""
        return self.place.split("/")[0] if "/" in self.place else ""

    @property
    def name(self) -> str:
        """The dotted name it is imported by."""
        parts = ("creditloop", *self.place.removesuffix(".py").split("/"))
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, node: ast.AST, what: str) -> str:
        """Tell a place and what is wrong there."""
        return f"{self.place}:{getattr(node, 'lineno', 1)}: {what}"


MODULES = [
    Module(file.relative_to(SOURCE).as_posix(), file.read_text("utf-8"))
    for file in sorted(SOURCE.rglob("*.py"))
]
PACKAGES = [module for module in MODULES if module.place.endswith("__init__.py")]


def below_service() -> Iterator[Module]:
    """Give every module that is not in service."""
    return (module for module in MODULES if module.room not in {"service", ""})


def dotted(node: ast.AST) -> str:
    """Write a chain of names as it stands: `os.environ`; empty if it is something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


def assert_none(findings: list[str]) -> None:
    """Fail with every finding on a line of its own, if there is one."""
    assert not findings, "\n" + "\n".join(findings)
