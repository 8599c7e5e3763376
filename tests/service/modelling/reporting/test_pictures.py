"""Pictures are well-formed, hold no stray markup, and draw every mark they are given."""

from xml.etree import ElementTree

from creditloop.service.modelling.reporting.pictures import (
    calibration_picture,
    candidates_picture,
    ks_picture,
    woe_picture,
)

NANO = 10**9


def _tags(picture: str) -> list[str]:
    return [element.tag for element in ElementTree.fromstring(picture).iter()]


def test_a_ks_curve_tells_its_widest_gap() -> None:
    points = [(0, 0), (100, 600), (400, 900), (1000, 1000)]
    curve = [{"good_nano": good * 10**6, "bad_nano": bad * 10**6} for good, bad in points]
    picture = ks_picture(curve, bad_rate_nano=200_000_000)
    assert _tags(picture).count("polyline") == 2 and "KS 50.00%" in picture


def test_every_band_has_its_mark() -> None:
    held = {"expected_nano": 10**8, "observed_nano": 10**8, "low_nano": 0, "high_nano": NANO, "holds": True}
    bands = [held, {**held, "expected_nano": 3 * 10**8, "holds": False}]
    picture = calibration_picture(bands)
    assert _tags(picture).count("circle") == 2 and picture.count('class="off"') == 1


def test_words_of_the_data_are_no_markup() -> None:
    row = {"label": "<b>&", "woe_nano": -NANO, "bad_rate_nano": None}
    picture = woe_picture([row, {**row, "label": "x", "woe_nano": 0}])
    assert "<b>" not in picture and "&lt;b&gt;&amp;" in picture
    assert _tags(picture).count("rect") == 2
    assert woe_picture([]).startswith("<svg")


def test_equal_candidates_are_drawn() -> None:
    one = {"kind": "scorecard", "auc_nano": 7 * 10**8, "auc_sd_nano": 0, "white_box": True}
    assert _tags(candidates_picture([one, one], {"scorecard": "评分卡"})).count("circle") == 2
