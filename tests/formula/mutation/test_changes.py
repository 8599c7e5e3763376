"""What can be changed is found, and one change changes one place."""

import ast
from pathlib import Path

from tests.formula.mutation.changes import changed, sites_of
from tests.formula.mutation.copies import recording_source

SOURCE = '''
"""Words with 1 number."""

LIMIT = 3


class Row:
    """A row."""

    width: int = 2

    def wide(self) -> bool:
        """Say whether it is wide."""
        if self.width > LIMIT:
            return True
        assert self.width > 0
        raise ValueError(f"{self.width} is not > 1")


def larger(one: int, other: int) -> int:
    """Return the larger."""

    def pick() -> int:
        return max(one, other)

    for _ in zip([one], [other], strict=True):
        return pick() if one != other else one
'''


def test_every_place_is_found_with_the_statement_that_must_be_reached() -> None:
    found = [(site.line, site.statement, site.change) for site in sites_of(SOURCE)]
    assert found == [
        (4, 0, "3  →  4"),
        (10, 0, "2  →  3"),
        (14, 14, "self.width > LIMIT  →  self.width >= LIMIT"),
        (15, 15, "True  →  False"),
        (14, 14, "if self.width > LIMIT:  →  if not self.width > LIMIT:"),
        (24, 24, "max(one, other)  →  min(one, other)"),
        (27, 27, "one != other  →  one == other"),
        (27, 27, "pick() if one != other else one  →  one if one != other else pick()"),
    ]


def test_one_change_changes_one_line() -> None:
    before = ast.unparse(ast.parse(SOURCE)).splitlines()
    for site in sites_of(SOURCE):
        after = changed(SOURCE, site.index).splitlines()
        assert sum(one != other for one, other in zip(before, after, strict=True)) == 1, site


def test_a_recording_module_does_the_same_and_says_what_it_reached() -> None:
    from tests.formula.mutation.reached import REACHED

    names: dict[str, object] = {}
    exec(recording_source(SOURCE, Path("formula/row.py")), names)
    before = set(REACHED)
    assert names["__doc__"] == "Words with 1 number."
    assert names["larger"](3, 3) == 3  # type: ignore[operator]
    assert REACHED - before == {"formula/row.py:23", "formula/row.py:26", "formula/row.py:27"}
    assert names["larger"](3, 4) == 4  # type: ignore[operator]
    assert "formula/row.py:24" in REACHED
