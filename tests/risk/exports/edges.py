"""Cards to export and the rows they are compared on."""

import polars as pl
from tests.risk.pair_cards import drawn_card, drawn_rows

from creditloop.risk import Card

CARDS = {
    "points": drawn_card(seed=11, features=7, pairs=0, decimals=0),
    "decimals": drawn_card(seed=12, features=6, pairs=0, decimals=6),
    "pairs": drawn_card(seed=13, features=8, pairs=9, decimals=3),
    "whole": drawn_card(seed=15, features=8, pairs=9, decimals=0),
    "one": drawn_card(seed=14, features=1, pairs=0, decimals=0, bins=1),
}
ROWS = 4_000
"""Rows a card in the suite; the long comparisons, outside, have more."""


def answered(card: Card, *, count: int, seed: int = 21) -> pl.DataFrame:
    """Draw rows with what the card itself says of them."""
    return card.score_frame(drawn_rows(card, count=count, seed=seed), exact=True).with_row_index("row")
