"""A verdict is kept as it is; of the tests that reach a mutant, no more are run than a mutant is worth."""

from pathlib import Path

from tests.formula.mutation.baseline import RecordedTest
from tests.formula.mutation.changes import Mutant, Site
from tests.formula.mutation.trials import SECONDS_MAX, Verdict, affordable, batches, read_verdict

SITE = Site(index=3, line=12, statement=10, change="a < b  →  a <= b")


def taking(name: str, seconds: float) -> RecordedTest:
    return RecordedTest(name=name, seconds=seconds, reached=frozenset(), at_import=frozenset())


def test_a_verdict_is_read_as_it_was_kept() -> None:
    verdict = Verdict(mutant=Mutant(file=Path("formula/forms.py"), site=SITE), killed=True, by="a.py::t")
    assert read_verdict(verdict.line()) == verdict


def test_tests_are_run_as_long_as_a_mutant_is_worth_and_one_always() -> None:
    third = SECONDS_MAX / 3
    tests = [taking(f"a.py::{n}", third) for n in range(5)]
    assert affordable(tests) == tests[:3]
    assert affordable([taking("a.py::long", 2 * SECONDS_MAX)]) == [taking("a.py::long", 2 * SECONDS_MAX)]
    assert affordable([]) == []


def test_a_few_quick_ones_come_first_and_none_is_lost() -> None:
    tests = [taking(f"{'abcd'[n % 4]}.py::{n}", 1) for n in range(12)]
    first, others = batches(tests)
    assert {test.file for test in first} <= {"a.py", "b.py", "c.py"}
    assert len(first) == 5
    assert sorted(test.name for test in (*first, *others)) == sorted(test.name for test in tests)
    assert list(batches([])) == []
    assert list(batches(tests[:1])) == [tests[:1]]
