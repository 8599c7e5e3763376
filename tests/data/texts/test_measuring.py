"""The tagged texts: how right the reading is, pinned; and that what was held out is told as it is."""

import time

import pytest
from tests.data.texts.documents import FILES, REPOSITORY, TAGGED, patterns, source, tagged

from creditloop.data.texts import FieldScore, measure, read_tagged, read_text
from creditloop.kernel.documents import parse_document
from creditloop.kernel.errors import InputError, PolicyError

# texts, texts without a miss; for role, cause, stage, adverse, amount, happened_on: read, tagged, right
RIGHT = {
    "court_dev": (
        62, 62,
        (61, 61, 61), (61, 61, 61), (61, 61, 61), (32, 32, 32), (41, 41, 41), (61, 61, 61),
    ),
    "court_dev_second": (
        46, 45,
        (46, 46, 45), (46, 46, 46), (46, 46, 46), (26, 26, 26), (34, 34, 34), (46, 46, 46),
    ),
    "court_held_out": (
        42, 34,
        (39, 42, 38), (39, 42, 39), (37, 41, 36), (21, 23, 21), (27, 29, 24), (39, 42, 39),
    ),
    "notes_dev": (
        58, 57,
        (38, 38, 38), (38, 38, 38), (38, 38, 38), (33, 33, 33), (11, 12, 11), (38, 38, 38),
    ),
    "notes_dev_second": (
        46, 46,
        (28, 28, 28), (28, 28, 28), (28, 28, 28), (24, 24, 24), (8, 8, 8), (28, 28, 28),
    ),
    "notes_dev_third": (
        44, 41,
        (26, 25, 25), (26, 25, 25), (26, 25, 25), (23, 22, 22), (6, 7, 6), (26, 25, 25),
    ),
    "notes_held_out_second": (
        105, 58,
        (40, 67, 31), (40, 67, 31), (40, 67, 31), (36, 59, 28), (13, 28, 13), (40, 67, 30),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_the_reading_is_as_right_as_was_measured(name: str) -> None:
    read = tagged(name)
    measured = measure(read, patterns=patterns(read.origin))
    texts, whole, *scores = RIGHT[name]
    assert measured.texts == texts
    assert measured.whole >= whole
    for score, (given, wanted, right) in zip(measured.scores, scores, strict=False):
        assert score.tagged == wanted
        assert score.right >= right
        assert score.read - score.right <= given - right, f"more wrong values of {score.field}"


def test_every_tagged_document_is_measured_and_enough_was_held_out() -> None:
    assert {file.stem for file in TAGGED.glob("*.yaml")} == set(RIGHT)
    sets = [tagged(name) for name in RIGHT]
    ids = [each.text_id for one in sets for each in one.texts]
    assert len(set(ids)) == len(ids) >= 200
    assert all(one.simulated for one in sets)
    assert sum(len(one.texts) for one in sets if one.part == "held_out") >= 80
    texts = {each.source.text for one in sets if one.part == "dev" for each in one.texts}
    assert not any(each.source.text in texts for one in sets if one.part == "held_out" for each in one.texts)


def test_ratios_are_of_what_was_read_and_of_what_was_tagged() -> None:
    score = FieldScore(field="role", read=4, tagged=3, right=2)
    assert (score.precision_nano, score.recall_nano) == (500_000_000, 666_666_667)
    assert FieldScore(field="role", read=0, tagged=0, right=0).precision_nano is None


TAGS = (
    "tagged_texts: t\npart: dev\norigin: note\nsimulated: true\ntagged_by: me\n"
    "day: 2024-01-02\nknown_on: 2024-01-03\ntexts:\n"
)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("- {id: a, text: 停产, events: []}\n- {id: a, text: 停, events: []}", "two texts of one id"),
        ("- {id: a, text: 停产, events: [{role: x}]}", "'cause' is missing"),
        ("- {id: a, text: 停产, events: [{cause: x, colour: y}]}", "unknown key 'colour'"),
        ("- {id: a, events: []}", "'text' is missing"),
    ],
)
def test_a_tagged_document_that_is_not_well_formed_is_refused(texts: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_tagged(parse_document(TAGS + texts, path="t.yaml"))


def test_tagged_texts_of_another_kind_are_refused() -> None:
    read = read_tagged(parse_document(TAGS + "- {id: a, text: 停产, events: []}", path="t.yaml"))
    with pytest.raises(InputError, match="another kind"):
        measure(read, patterns=patterns("court"))
    measured = measure(read, patterns=patterns("note"))
    assert {(miss.field, miss.tagged) for miss in measured.misses} >= {("cause", None)}


HOSTILE = {
    "one character": "张",
    "a party without end": "被告张三丰、",
    "labels": "被告（",
    "numbers": "1,",
    "numerals": "一千零",
    "orders": "判决如下：被告张三丰支付原告李四光1元；",
    "beginnings of phrases": "驳回准许尚欠判处以",
    "all topics": "停产，欠薪，失联，库存积压，订单减少，扩产。",
    "clauses of nothing": "好，",
    "denied in a list": "未发现，停产，",
    "heard and denied": "据说停产，没有停产，",
    "of others": "隔壁那家，停产，",
    "half a phrase": "老板的机器的订单的工资的库存的",
    "short names": "张三丰（以下简称三丰）",
    "control characters": "\x00\x1b[31m\u202e",
    "mixed scripts": "Ａ停產а́🙂",
}


@pytest.mark.parametrize("origin", FILES)
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_hangs(unit: str, origin: str) -> None:
    text = (unit * 60_000)[:60_000] + "，停产"
    began = time.process_time()
    read_text(source(text, "张三丰"), patterns=patterns(origin))
    assert time.process_time() - began < 1.5


def test_a_text_that_is_too_long_is_refused() -> None:
    longest = patterns("note").characters_max
    with pytest.raises(InputError, match="too long"):
        read_text(source("停" * (longest + 1)), patterns=patterns("note"))


def test_the_documents_of_patterns_are_read_from_the_banks_folder() -> None:
    assert {file.name for file in (REPOSITORY / "features/texts").iterdir()} == set(FILES.values())
