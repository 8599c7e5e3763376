"""Named SQL: every query says what it is for, is used, and is called with the parameters it names."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import creditloop
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage import load_queries

SOURCE = Path(creditloop.__file__).parent
FILES = sorted(SOURCE.rglob("queries.sql"))
_NAME = re.compile(r"^-- name: (\w+)(\([\w, ]*\))?(<!|\*!|[$^!#])?$")


@dataclass(frozen=True)
class Query:
    """A named query as its file has it."""

    name: str
    sentence: str
    parameters: frozenset[str]


def read_queries(text: str) -> list[Query]:
    """Read a file of queries without the library that loads it."""
    found = []
    for block in re.split(r"^(?=-- name:)", text, flags=re.MULTILINE)[1:]:
        first, *rest = block.splitlines()
        match = _NAME.match(first)
        assert match, f"not a query's name: {first}"
        body = [line for line in rest if not line.startswith("--")]
        sentence = " ".join(line.removeprefix("--").strip() for line in rest[: len(rest) - len(body)])
        sql = re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", "\n".join(body))
        found.append(Query(match[1], sentence, frozenset(re.findall(r"(?<![:\w]):([a-z_]\w*)", sql))))
    return found


def package_of(file: Path) -> str:
    """Return the package a file of queries belongs to."""
    return ".".join(("creditloop", *file.parent.relative_to(SOURCE).parts))


def room_of(file: Path) -> str:
    """Return the folder of a file of queries, from the package's own."""
    return file.parent.relative_to(SOURCE).as_posix()


QUERIES = [
    pytest.param(file, query, id=f"{package_of(file)}:{query.name}")
    for file in FILES
    for query in read_queries(file.read_text("utf-8"))
]


@dataclass(frozen=True)
class Call:
    """A call of a named query in the code; `parameters` is None where they are handed on unseen."""

    name: str
    parameters: frozenset[str] | None
    place: str


def query_calls(text: str, place: str) -> Iterator[Call]:
    """Find the calls of methods of `queries` or of `load_queries(…)`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            named = isinstance(owner, ast.Name) and owner.id.strip("_").lower() in {"queries", "sql"}
            called = (
                isinstance(owner, ast.Call)
                and isinstance(owner.func, ast.Name)
                and "queries" in owner.func.id
            )
            if named and node.func.attr[:1].isupper():
                continue  # psycopg.sql's own classes
            if named or called:
                names = [keyword.arg for keyword in node.keywords]
                seen = None if None in names else frozenset(names)
                yield Call(node.func.attr, seen, f"{place}:{node.lineno}")


@cache
def attributes(text: str) -> frozenset[str]:
    """List every name that is asked of something with a dot; a file is read once for all queries."""
    return frozenset(node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute))


CODE = {file.relative_to(SOURCE).as_posix(): file.read_text("utf-8") for file in SOURCE.rglob("*.py")}


@pytest.mark.parametrize(("file", "query"), QUERIES)
def test_every_query_has_a_sentence(file: Path, query: Query) -> None:
    assert re.fullmatch(r"[A-Z].{10,}\.", query.sentence), f"{file}: {query.name} is not described"


@pytest.mark.parametrize(("file", "query"), QUERIES)
def test_every_query_is_used(file: Path, query: Query) -> None:
    room = room_of(file)
    users = [
        place
        for place, text in CODE.items()
        if place.startswith(f"{room}/") and query.name in attributes(text)
    ]
    assert users, f"{query.name} of {room}/queries.sql is called by nothing in its room"


@pytest.mark.parametrize("file", FILES, ids=package_of)
def test_the_loader_reads_what_stands_there(file: Path) -> None:
    loaded = load_queries(package_of(file))
    written = read_queries(file.read_text("utf-8"))
    assert len({query.name for query in written}) == len(written), "two queries have one name"
    for query in written:
        assert callable(getattr(loaded, query.name))


def test_every_call_names_a_query_of_its_room_and_the_querys_parameters() -> None:
    known = {
        (room_of(file), query.name): query
        for file in FILES
        for query in read_queries(file.read_text("utf-8"))
    }
    rooms = {room_of(file) for file in FILES}
    calls = [call for place, text in CODE.items() for call in query_calls(text, place)]
    wrong = []
    for call in calls:
        room = max((room for room in rooms if call.place.startswith(f"{room}/")), key=len, default="")
        query = known.get((room, call.name))
        if query is None or call.parameters not in {None, query.parameters}:
            wrong.append(f"{call.place}: {call.name}({sorted(call.parameters or ())})")
    assert calls
    assert not wrong


def test_a_package_without_queries_is_refused() -> None:
    with pytest.raises(InputError, match=r"this package has no queries\.sql"):
        load_queries("creditloop.kernel")


def test_the_reader_of_these_tests_sees_what_it_should() -> None:
    text = (
        "-- name: find_x^\n-- Find an x.\nSELECT ':no', a::text, :yes -- :nor_here\nFROM b;\n\n"
        "-- name: bare!\nDELETE FROM x;\n"
    )
    assert read_queries(text) == [
        Query("find_x", "Find an x.", frozenset({"yes"})),
        Query("bare", "", frozenset()),
    ]


def test_the_finder_of_calls_sees_what_it_should() -> None:
    code = (
        "queries.a(c, x=1)\nload_queries('p').b(c)\nqueries.c(c, **given)\n"
        "other.d(c, y=2)\nsql.Identifier('e')\n"
    )
    assert list(query_calls(code, "f")) == [
        Call("a", frozenset({"x"}), "f:1"),
        Call("b", frozenset(), "f:2"),
        Call("c", None, "f:3"),
    ]
