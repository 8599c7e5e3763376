"""Lines of a judgement: scorecards, limits and branches, each in its kind's own writing."""

import pytest

from creditloop.service.console.judged import PARTS, part_line

LIMIT = {"limit": "limit_fen", "kind": "money", "raw": 123_456, "at_least": 0, "capped": 120_000}
WHOLE = {**LIMIT, "value": 100_000, "rounded": "down", "reached": True, "state": 0}


@pytest.mark.parametrize(
    ("record", "part", "told"),
    [
        (WHOLE, "limit", {"raw": "1,234.56", "at_least": "0.00", "capped": "1,200.00", "value": "1,000.00"}),
        ({**WHOLE, "kind": "nano", "raw": 1}, "limit", {"raw": "0.000000001"}),
        ({"scorecard": "card", "points": 540, "base": 500, "reached": True}, "scorecard", {"points": "540"}),
        (
            {"scorecard": "card", "part": "age", "value": None, "points": 3},
            "part",
            {"value": "–", "points": "3"},
        ),
        ({"switch": "by_product", "taken": "otherwise", "reached": True}, "switch", {"taken": "otherwise"}),
    ],
)
def test_a_part_is_written_by_its_kind(record: dict[str, object], part: str, told: dict[str, str]) -> None:
    line = part_line(record)
    assert (line.part, line.id, line.reached) == (part, str(record[part]), True)
    assert told.items() <= line.told.items()
    assert not {"state", "reached", "rounded", "kind", *PARTS} & set(line.told)


def test_a_part_in_a_branch_not_taken_is_told_so() -> None:
    assert not part_line({**WHOLE, "reached": False, "raw": None}).reached
