"""Charts: well-formed, titled, in proportion, and nothing drawn of nothing."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditloop.service.console.charts import (
    HEAT_STEPS,
    Bar,
    Series,
    bars,
    heat_step,
    line_chart,
    stacked_bars,
    waterfall,
)

AMOUNTS = st.floats(min_value=0, max_value=1e12, allow_nan=False)
SIGNED = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False)
LABELS = st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=["Cs", "Cc"]),
    max_size=30,
)


def parts(drawn: str, tag: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(drawn).iter() if one.tag == tag]


def series(values: list[float | None], name: str = "一") -> Series:
    return Series(name=name, values=values, texts=[str(value) for value in values])


@given(values=st.lists(st.one_of(st.none(), AMOUNTS), min_size=1, max_size=24), title=LABELS)
def test_a_line_stays_inside_its_picture(values: list[float | None], title: str) -> None:
    labels = [f"{i}" for i in range(len(values))]
    drawn = line_chart(title=title, labels=labels, series=[series(values)], width=560, height=220)
    if all(value is None for value in values):
        assert drawn == ""
        return
    assert len(parts(drawn, "circle")) == sum(value is not None for value in values)
    for dot in parts(drawn, "circle"):
        assert 0 <= float(dot.attrib["cx"]) <= 560
        assert 0 <= float(dot.attrib["cy"]) <= 220
    assert ElementTree.fromstring(drawn).attrib["role"] == "img"


def test_a_gap_interrupts_the_line() -> None:
    drawn = line_chart(title="t", labels=["a", "b", "c", "d", "e"], series=[series([1, 2, None, 4, 5])])
    assert len(parts(drawn, "polyline")) == 2


def test_layers_stand_on_each_other_in_proportion() -> None:
    drawn = stacked_bars(title="t", labels=["x"], series=[series([100.0]), series([300.0], "二")])
    low, high = parts(drawn, "rect")
    assert float(high.attrib["height"]) == pytest.approx(3 * float(low.attrib["height"]), rel=0.02)
    assert float(high.attrib["y"]) + float(high.attrib["height"]) == pytest.approx(
        float(low.attrib["y"]), abs=0.2
    )


@given(values=st.lists(SIGNED, min_size=1, max_size=12))
def test_bars_begin_at_zero_and_are_as_long_as_their_values(values: list[float]) -> None:
    drawn = bars(title="t", entries=[Bar(label="x", value=value, text="") for value in values])
    lengths = [float(one.attrib["width"]) for one in parts(drawn, "rect")]
    assert len(lengths) == len(values)
    longest = max(map(abs, values))
    for length, value in zip(lengths, values, strict=True):
        if longest:
            assert length == pytest.approx(abs(value) / longest * max(lengths), abs=0.3)


def test_a_bar_may_lead_somewhere_and_says_its_figure() -> None:
    drawn = bars(title="t", entries=[Bar(label="<甲>", value=3, text="3", href="/console/x?a=1&b=2")])
    assert parts(drawn, "a")[0].attrib["href"] == "/console/x?a=1&b=2"
    assert "<甲>: 3" in [one.text for one in parts(drawn, "title")]


@given(steps=st.lists(st.integers(-60, 60), max_size=10))
def test_a_waterfall_ends_where_its_parts_add_up(steps: list[int]) -> None:
    base, total = 600, 600 + sum(steps)
    entries = [Bar(label="base", value=base, text="", kind="total")]
    entries += [Bar(label="x", value=step, text="") for step in steps]
    entries.append(Bar(label="total", value=total, text="", kind="total"))
    boxes = parts(waterfall(title="t", entries=entries), "rect")
    assert len(boxes) == len(entries)

    def end(box: ElementTree.Element) -> float:
        return float(box.attrib["x"]) + float(box.attrib["width"])

    first, last = boxes[0], boxes[-1]
    assert float(first.attrib["x"]) == float(last.attrib["x"])
    if total > base:
        assert end(last) >= end(first)
    if total < base:
        assert end(last) <= end(first)


def test_of_nothing_nothing_is_drawn() -> None:
    assert line_chart(title="t", labels=[], series=[]) == ""
    assert stacked_bars(title="t", labels=[], series=[]) == ""
    assert bars(title="t", entries=[]) == ""
    assert waterfall(title="t", entries=[]) == ""


@given(value=SIGNED, least=SIGNED, most=SIGNED)
def test_shades_are_within_their_number(value: float, least: float, most: float) -> None:
    step = heat_step(value, least=least, most=most)
    assert step is not None
    assert 0 <= step < HEAT_STEPS


def test_hostile_words_are_escaped() -> None:
    hostile = '<script>"&'
    entries = [Bar(label=hostile, value=1, text=hostile)]
    for drawn in (
        bars(title=hostile, entries=entries),
        waterfall(title=hostile, entries=entries),
        line_chart(title=hostile, labels=[hostile], series=[series([1.0], hostile)]),
    ):
        assert "<script>" not in drawn
        ElementTree.fromstring(drawn)
