"""A pair holds where values fall and what was seen there; its cells fill its axes."""

import pytest

from creditloop.kernel.errors import InputError
from creditloop.risk import Bin
from creditloop.risk.card.pairs import PairTable, turned

ROWS = (Bin(high=1, rows=5, bad=1, woe_nano=9, points=3), Bin(low=1, rows=5, bad=1, woe_nano=9, points=-3))
CELLS = ((1, 2, 3), (4, 5, 6))


def pair(**changed: object) -> PairTable:
    columns = (Bin(high=0, rows=1, bad=0, woe_nano=0), Bin(low=0, rows=1, bad=0, woe_nano=0),
               Bin(missing=True, rows=0, bad=0, woe_nano=0))  # fmt: skip
    made = {
        "features": ("a", "b"),
        "rows": ROWS,
        "columns": columns,
        "points": CELLS,
        "seen": CELLS,
        "bad": CELLS,
    }
    return PairTable(**{**made, **changed})  # type: ignore[arg-type]


def test_an_axis_keeps_where_values_fall_and_nothing_else() -> None:
    assert pair().rows == (Bin(high=1, rows=0, bad=0, woe_nano=0), Bin(low=1, rows=0, bad=0, woe_nano=0))
    assert (pair().least, pair().most, pair().name) == (1, 6, "a × b")
    assert pair(points=[[1, 2, 3], [4, 5, 6]]).points == CELLS
    assert turned(CELLS) == ((1, 4), (2, 5), (3, 6))


@pytest.mark.parametrize(
    "changed",
    [
        {"points": ((1, 2), (3, 4))},
        {"seen": ((1, 2, 3),)},
        {"bad": ((1, 2, 3), (1, 2))},
        {"features": ("a", "a")},
    ],
)
def test_cells_fill_the_axes_of_two_features(changed: dict[str, object]) -> None:
    with pytest.raises(InputError):
        pair(**changed)
