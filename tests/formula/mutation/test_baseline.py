"""Who is asked about a mutant: who reaches it, the most promising first; nobody where nobody reaches it."""

from pathlib import Path

from tests.formula.mutation.baseline import Baseline, RecordedTest
from tests.formula.mutation.changes import Mutant, Site

FILE = "formula/literals.py"


def reaching(name: str, *lines: int, seconds: float = 1.0, at_import: tuple[int, ...] = ()) -> RecordedTest:
    return RecordedTest(
        name=name,
        seconds=seconds,
        reached=frozenset(f"{FILE}:{line}" for line in lines),
        at_import=frozenset(f"{FILE}:{line}" for line in at_import),
    )


BASELINE = Baseline(
    [
        reaching("tests/a.py::slow", 1, 2, seconds=300),
        reaching("tests/a.py::broad", *range(1, 90)),
        reaching("tests/a.py::imports", 5, at_import=(2,)),
        reaching("tests/formula/test_literals.py::own", 2, 3, seconds=2),
        RecordedTest(
            name="tests/a.py::other", seconds=1, reached=frozenset({"risk/x.py:2"}), at_import=frozenset()
        ),
    ]
)


def asked(statement: int) -> list[str]:
    site = Site(index=0, line=statement, statement=statement, change="1  →  2")
    return [test.name.rpartition(":")[2] for test in BASELINE.noticing(Mutant(file=Path(FILE), site=site))]


def test_those_that_reach_the_statement_are_asked() -> None:
    assert asked(2) == ["own", "broad", "slow", "imports"]
    assert asked(5) == ["imports", "broad"]


def test_a_statement_nobody_reaches_is_noticed_by_nobody() -> None:
    assert asked(99) == []


def test_what_is_executed_at_import_is_noticed_through_its_file() -> None:
    assert set(asked(0)) == {"own", "broad", "slow", "imports"}
