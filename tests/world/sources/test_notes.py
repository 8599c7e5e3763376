"""Field notes tell the truth of their day: calm where nothing is wrong, the cause where one is under way."""

from collections.abc import Callable

import polars as pl

from creditloop.world.sources.notes import CALM, WORRYING

Read = Callable[[str], pl.DataFrame]


def test_a_note_tells_what_is_planted(read: Read) -> None:
    notes = read("field_notes").join(read("truth/parties"), on="party_no")
    worried = pl.any_horizontal(
        pl.col("text").str.contains(sentence, literal=True) for each in WORRYING.values() for sentence in each
    )
    calm = pl.any_horizontal(pl.col("text").str.contains(sentence, literal=True) for sentence in CALM)
    told = notes.with_columns(
        worried=worried, calm=calm, under_way=pl.col("visited_on") >= pl.col("onset_on")
    )
    assert (told["worried"] != told["calm"]).all()
    assert not told.filter(pl.col("driver") == "none")["worried"].any()
    caused = told.filter(pl.col("under_way").fill_null(value=False) & (pl.col("driver") != "fraud"))
    assert caused.height > 10 and caused["worried"].all()


def test_only_traders_are_visited(read: Read) -> None:
    visited = read("field_notes").join(read("parties").select("party_no", "kind"), on="party_no")
    assert set(visited["kind"]) == {"firm", "sole_trader"}
    assert visited["text"].str.contains("走访客户p[0-9]{8}").all()
