"""Tidiness: no float near money, no clock or environment below service, short, named, documented."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest
from house import MODULES, PACKAGES, SOURCE, Module, assert_none, below_service, dotted

LINES_MAX, FUNCTION_LINES_MAX = 400, 60
FORBIDDEN_NAMES = {"utils", "util", "common", "core", "helpers", "managers", "models", "services", "misc"}
FLOAT_DOORS = {"kernel/money.py": {"fen_from_float"}}
MONEY_ROOMS = {"book", "lend"}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "time.strftime",
    "datetime.datetime.now",
    "datetime.date.today",
    "datetime.datetime.utcnow",
}
SURROUNDINGS = {
    "os.environ",
    "os.getenv",
    "os.environb",
    "os.getcwd",
    "Path.cwd",
    "Path.home",
    "sys.argv",
    "sys.stdin",
    "sys.stdout",
    "sys.stderr",
}
SQL_CLOCKS = re.compile(
    r"\bnow\s*\(|\b(current_(timestamp|date|time)|local(timestamp|time)"
    r"|(clock|statement|transaction)_timestamp)\b",
    re.IGNORECASE,
)
SQL_FLOATS = re.compile(r"\b(double\s+precision|real|float4?8?)\b", re.IGNORECASE)

Check = Callable[[Module], Iterator[str]]


def floats(module: Module) -> Iterator[str]:
    """Find float literals, annotations, conversions and column types outside the named doors."""
    doors = FLOAT_DOORS.get(module.place, set())
    for top in module.tree.body:
        if isinstance(top, ast.FunctionDef) and top.name in doors:
            continue
        for node in ast.walk(top):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield module.at(node, f"the float {node.value}")
            if isinstance(node, ast.Name) and node.id == "float":
                yield module.at(node, "the type float")
            if isinstance(node, ast.Attribute) and re.fullmatch(r"[Ff]loat(16|32|64)?_?", node.attr):
                yield module.at(node, f"the type {node.attr}")


def clocks(module: Module) -> Iterator[str]:
    """Find readings of the wall clock; a stopwatch (`time.monotonic`) tells no time."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in CLOCKS:
            yield module.at(node, dotted(node))
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (
                module.at(node, f"time.{alias.name}")
                for alias in node.names
                if f"time.{alias.name}" in CLOCKS
            )


def surroundings(module: Module) -> Iterator[str]:
    """Find readings of the process's surroundings, and writing to its terminal."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in SURROUNDINGS:
            yield module.at(node, dotted(node))
        if isinstance(node, ast.ImportFrom) and node.module in {"os", "sys"}:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (module.at(node, name) for name in names if name in SURROUNDINGS)
        if isinstance(node, ast.Call) and dotted(node.func) in {"print", "input", "breakpoint"}:
            yield module.at(node, f"{dotted(node.func)}()")


def long_parts(module: Module) -> Iterator[str]:
    """Find files and functions that are too long to be read at a glance."""
    count = len(module.text.splitlines())
    if count > LINES_MAX:
        yield f"{module.place}: {count} lines"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield module.at(node, f"{node.name} has {length} lines")


def undocumented(module: Module) -> Iterator[str]:
    """Find public modules, classes, functions and methods that do not say what they are for."""
    if not ast.get_docstring(module.tree):
        yield f"{module.place}: the module"
    pending: list[ast.Module | ast.ClassDef] = [module.tree]
    while pending:
        for node in pending.pop().body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_") or "overload" in map(dotted, node.decorator_list):
                continue
            if not ast.get_docstring(node):
                yield module.at(node, node.name)
            if isinstance(node, ast.ClassDef):
                pending.append(node)


def odd_imports(module: Module) -> Iterator[str]:
    """Find relative and star imports, and imports of ours inside functions."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                yield module.at(node, "a relative import")
            if any(alias.name == "*" for alias in node.names):
                yield module.at(node, "a star import")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                names = [alias.name for alias in inner.names] if isinstance(inner, ast.Import) else []
                names += [inner.module or ""] if isinstance(inner, ast.ImportFrom) else []
                if any(name.split(".")[0] == "creditloop" for name in names) and module.room != "service":
                    yield module.at(inner, "an import inside a function")


def findings(check: Check, modules: Iterator[Module]) -> list[str]:
    """Run a check over modules."""
    return [finding for module in modules for finding in check(module)]


def money_modules() -> Iterator[Module]:
    """Give the modules that hold money."""
    return (module for module in MODULES if module.room in MONEY_ROOMS or module.place == "kernel/money.py")


def test_no_float_is_near_money() -> None:
    assert_none(findings(floats, money_modules()))
    columns = [
        f"{file.name} of {room}: {match.group()}"
        for room in MONEY_ROOMS
        for file in sorted((SOURCE / room).rglob("*.sql"))
        for match in SQL_FLOATS.finditer(without_comments(file.read_text("utf-8")))
    ]
    assert_none(columns)


def test_no_clock_is_read_below_service() -> None:
    assert_none(findings(clocks, below_service()))
    readings = [
        f"{file.relative_to(SOURCE)}: {match.group()}"
        for file in sorted(SOURCE.rglob("*.sql"))
        for match in SQL_CLOCKS.finditer(without_comments(file.read_text("utf-8")))
    ]
    assert_none(readings)


def test_no_surroundings_are_read_below_service() -> None:
    assert_none(findings(surroundings, below_service()))


def test_nothing_is_too_long() -> None:
    assert_none(findings(long_parts, iter(MODULES)))


def test_everything_public_says_what_it_is_for() -> None:
    assert_none(findings(undocumented, iter(MODULES)))


def test_imports_are_absolute_and_stand_at_the_top() -> None:
    assert_none(findings(odd_imports, iter(MODULES)))


def test_nothing_is_named_after_nothing() -> None:
    parts = {part for module in MODULES for part in module.place.removesuffix(".py").split("/")}
    assert len(parts) > 10
    assert parts & FORBIDDEN_NAMES == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_folder_says_in_about_ten_lines_what_it_is_for(package: Module) -> None:
    lines = (ast.get_docstring(package.tree) or "").splitlines()
    assert 5 <= len(lines) <= 14, f"{package.place} has {len(lines)} lines"


def test_every_folder_of_code_is_a_package() -> None:
    folders = {file.parent for file in SOURCE.rglob("*.py")}
    bare = [
        folder.relative_to(SOURCE).as_posix() for folder in folders if not (folder / "__init__.py").is_file()
    ]
    assert_none(bare)


def without_comments(text: str) -> str:
    """Return SQL without its comments."""
    return re.sub(r"--[^\n]*", "", text)


@pytest.mark.parametrize(
    ("check", "text", "count"),
    [
        (floats, "x = 1.5\ny: float\nz = float(1)\na = pl.Float64\nb = np.float32\ninf = 1e3", 6),
        (floats, "x = 1\ndef fen_from_float(a: float): return 0.1", 2),
        (
            clocks,
            "datetime.now(UTC)\ndate.today()\ntime.time()\nfrom time import time_ns\nstart = datetime.now",
            5,
        ),
        (clocks, "time.monotonic()\ntime.sleep(1)\nself.now()\nbusiness_date.today", 0),
        (surroundings, "os.environ['A']\nos.getenv('A')\nprint(1)\nfrom os import environ\nsys.argv", 5),
        (surroundings, "environment['A']\nlog.print(1)\nos.path.join('a')", 0),
        (long_parts, "x = 1\n" * 401, 1),
        (long_parts, "def f():\n" + "    x = 1\n" * 60, 1),
        (long_parts, "def f():\n" + "    x = 1\n" * 59, 0),
        (undocumented, "def f(): ...\nclass A:\n    'a'\n    def g(self): ...\n    def _h(self): ...", 3),
        (undocumented, "'a'\n@overload\ndef f(): ...\ndef f():\n    'b'\n    def inner(): ...\n_x = 1", 0),
        (odd_imports, "from . import a\nfrom b import *\ndef f():\n    from creditloop import c", 3),
        (odd_imports, "from a import b\nimport creditloop\ndef f():\n    import json", 0),
    ],
)
def test_each_check_sees_what_it_is_there_to_see(check: Check, text: str, count: int) -> None:
    assert len(list(check(Module("room/odd.py", text)))) == count


def test_the_named_door_is_let_through() -> None:
    assert list(floats(Module("kernel/money.py", "def fen_from_float(a: float): return 0.1"))) == []
    assert SQL_CLOCKS.search("DEFAULT now()")
    assert SQL_CLOCKS.search("CURRENT_DATE")
    assert not SQL_CLOCKS.search("leased_until <= :now AND known_now")
    assert SQL_FLOATS.search("rate double precision")
    assert not SQL_FLOATS.search("realised bigint")
