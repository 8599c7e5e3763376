"""Nothing acknowledged is lost, nothing is half written, nobody has to lend a hand."""

from collections import Counter

import pytest
from bench.kill_server import TARGETS, run_rounds
from server_places import Place


@pytest.mark.outside
def test_ten_kills_in_the_middle_of_writes(place: Place) -> None:
    rounds = list(run_rounds(state=place.state, rounds=10, seed=20260105))
    assert Counter(one.killed for one in rounds) == dict(zip(TARGETS, (4, 3, 3), strict=True))
    for one in rounds:
        assert one.missing == 0, one
        assert one.half_written == 0, one
        assert one.acknowledged > 0, one
        assert one.found >= one.acknowledged, one  # the last commit may be done and not yet said
        assert one.found <= one.acknowledged + 1, one
