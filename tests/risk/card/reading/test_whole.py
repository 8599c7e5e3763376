"""A card is read as it is written; one that does not add up is refused by file, line and field."""

from pathlib import Path

import pytest
import yaml
from tests.risk.card_texts import TEXT, card

from creditloop.formula import Kind
from creditloop.kernel.errors import PolicyError
from creditloop.risk import Direction, LeftOut


def test_a_card_says_what_it_is() -> None:
    read = card()
    assert (read.name, read.product, read.title_zh, read.title_en) == (
        "small",
        "credit_card",
        "小卡",
        "Small card",
    )
    assert (read.base, read.rows, read.bad) == (600, 100, 20)
    assert (read.score_at, read.odds_at, read.points_to_double_odds) == (600, 20, 20)
    assert (read.score_least, read.score_most) == (600 - 58 - 28 - 8, 645)
    assert read.facts["data"] == "made up"
    late, use, work = read.features
    assert (late.feature.kind, late.feature.direction, late.feature.zh) == (
        Kind.INTEGER,
        Direction.UP,
        "逾期月数",
    )
    assert [(one.low, one.high, one.points) for one in late.bins] == [
        (None, 1, 31),
        (1, 3, -25),
        (3, None, -58),
    ]
    assert use.missing is not None
    assert (use.missing.woe_nano, use.iv_nano, use.coefficient_nano) == (
        -1_386_294_361,
        200_000_000,
        700_000_000,
    )
    assert work.bins[0].values == ("teacher", "it's")
    assert [(one.name, one.reason) for one in read.dropped] == [("noise", LeftOut.IV_BELOW)]
    assert [band.pd_nano for band in read.bands] == [600_000_000, 200_000_000, 40_000_000]
    assert [band.label for band in read.bands] == ["< 560", "560 … < 620", ">= 620"]
    assert read.settings.share_min_nano == 50_000_000


BAD = yaml.safe_load(Path(__file__).with_name("bad_cards.yaml").read_text("utf-8"))


def test_there_are_many_ways() -> None:
    assert len(BAD) >= 30


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad["by"].strip() or bad["replace"].strip())
def test_a_card_that_does_not_add_up_is_refused_by_file_and_line(bad: dict[str, object]) -> None:
    text = TEXT.replace(str(bad["replace"]), str(bad["by"]), 1)
    assert text != TEXT
    with pytest.raises(PolicyError) as caught:
        card(text)
    assert str(bad["message"]) in caught.value.message
    assert (caught.value.where["file"], caught.value.where["line"]) == ("small.yaml", bad["line"])


def test_a_card_without_features_or_bands_is_refused() -> None:
    for name in ("features", "bands"):
        head, _, rest = TEXT.partition(f"{name}:\n")
        tail = rest[rest.index("dropped:") :] if name == "features" else ""
        with pytest.raises(PolicyError, match=f"a card has {name}"):
            card(f"{head}{name}: []\n{tail}")


def test_the_card_of_the_page_is_one() -> None:
    page = (Path(__file__).parents[4] / "docs" / "scorecard.md").read_text("utf-8")
    text = page.partition("```yaml\n")[2].partition("```")[0]
    assert card(text).score({"months_late": 0, "use": None}).score == 600 + 31 - 28
