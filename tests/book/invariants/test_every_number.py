"""The fifteen invariants of a lending book, each by its number: none is left out.

1 postings add up to zero. 2 principal is repaid, written off or outstanding. 3 a plan repays its principal.
4 equal instalments differ only in the last. 5 days add up to their period. 6 lenders' parts are the whole.
7 the replay is what was posted. 8 pay and reverse restores. 9 a payoff leaves nothing. 10 time and rates only
cost more. 11 a repeat posts nothing. 12 a payment in two is one. 13 pyxirr finds the nominal rate. 14 classes
by days. 15 a day closes once. Asked for more: CREDITLOOP_INVARIANT_TIMES=20 pytest tests/book/invariants.
"""

import re
from pathlib import Path


def test_every_invariant_has_a_test_of_its_number() -> None:
    source = "".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    found = {int(number) for number in re.findall(r"def (?:test|invariant)_(\d\d)_", source)}
    assert found == set(range(1, 16))
