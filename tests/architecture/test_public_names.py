"""The small public face of each room: listed, sorted, there, and the only way in."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from house import MODULES, PACKAGES, Module, assert_none

NAMES = {module.name for module in MODULES}
FACES = {package.name for package in PACKAGES}


def order(name: str) -> tuple[int, str]:
    """Sort as the linter does: CONSTANTS, then Classes, then functions."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def exported(package: Module) -> list[str] | None:
    """Read `__all__` as it is written; None if there is none."""
    for node in package.tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [
            "__all__"
        ]:
            return list(ast.literal_eval(node.value))
    return None


def imported(package: Module) -> set[str]:
    """List what a package's `__init__` imports from within itself."""
    return {
        alias.asname or alias.name
        for node in package.tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package.name)
        for alias in node.names
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_what_is_imported_for_others_is_listed_sorted_and_there(package: Module) -> None:
    names = exported(package) or []
    assert imported(package) <= set(names), "imported, and not listed in __all__"
    assert names == sorted(set(names), key=order)
    assert [name for name in names if name.startswith("_")] == []
    module = import_module(package.name)
    assert [name for name in names if not hasattr(module, name)] == []


def shortcuts(module: Module) -> Iterator[str]:
    """Find imports from another room that go past its public face; the kernel's rooms are its modules."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("creditloop."):
            continue
        target = str(node.module)
        room = target.split(".")[1]
        if room == module.room:
            continue
        if room != "kernel" and target not in FACES:
            yield module.at(node, f"{target} is not a room's face")
        if room == "kernel" and re.match(r"creditloop\.kernel\.storage\.\w+", target) and target not in FACES:
            yield module.at(node, f"{target} is not a room's face")
        yield from (
            module.at(node, f"{target}.{a.name} is private") for a in node.names if a.name.startswith("_")
        )


def unlisted(module: Module) -> Iterator[str]:
    """Find names taken from another room's face that it does not hand out."""
    faces = {package.name: exported(package) for package in PACKAGES}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module in faces and node.module.count(".") > 0:
            if node.module.split(".")[1] == module.room:
                continue
            listed = faces[node.module] or []
            for alias in node.names:
                if alias.name not in listed and f"{node.module}.{alias.name}" not in NAMES:
                    yield module.at(node, f"{node.module} does not hand out {alias.name}")


def test_rooms_are_entered_by_their_public_face() -> None:
    assert_none([finding for module in MODULES for finding in shortcuts(module)])


def test_only_what_is_handed_out_is_taken() -> None:
    assert_none([finding for module in MODULES for finding in unlisted(module)])


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("from creditloop.kernel.errors import InputError", 0),
        ("from creditloop.kernel.storage import connect", 0),
        ("from creditloop.kernel.storage.pool import connect", 1),
        ("from creditloop.kernel.ids import _secret", 1),
        ("from creditloop.kernel.storage import _secret", 2),
        ("from creditloop.kernel.storage import no_such_thing", 1),
    ],
)
def test_a_way_past_the_face_is_seen(text: str, count: int) -> None:
    module = Module("service/odd.py", text)
    assert len([*shortcuts(module), *unlisted(module)]) == count
