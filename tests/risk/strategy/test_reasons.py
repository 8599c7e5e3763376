"""Reasons stand in order: why it refers, what decided, what that read, the points lost, the rest."""

from tests.risk.strategy.card_application import GOOD, TEXT, strategy
from tests.risk.strategy.small_strategies import BRANCHES, TWO_OUTPUTS, small

from creditloop.risk import Judgement, Wording

READ = strategy()


def told(judged: Judgement) -> list[tuple[str, str]]:
    return [(entry.reason.code, entry.because) for entry in judged.ranked]


def test_what_decided_comes_first_then_what_it_read() -> None:
    judged = READ.judge({**GOOD, "age": 17, "lenders": 9})
    assert judged.decided_by == ("decision", "rejected")
    assert told(judged) == [
        ("HARD", "decided"),
        ("YOUNG", "behind"),
        ("RATE_GOOD", "elsewhere"),
        ("LOW_OK", "no_row"),
    ]
    assert [entry.reason.code for entry in judged.letter_reasons] == ["HARD", "YOUNG"]
    assert judged.letter_reasons[1].reason.customer == Wording(zh="不符合年龄要求", en="too young")


def test_points_lost_come_by_what_they_cost() -> None:
    judged = READ.judge({**GOOD, "age": 20, "lenders": 9})
    assert told(judged)[:3] == [("PASSED", "decided"), ("AGE_LOW", "points"), ("MANY_LENDERS", "points")]
    assert [entry.lost for entry in judged.ranked[:3]] == [None, 50, 50]
    unknown = READ.judge({**GOOD, "lenders": None})
    assert told(unknown)[1] == ("LENDERS_UNKNOWN", "points")


def test_a_letter_gives_as_many_as_the_bank_says() -> None:
    case = {**GOOD, "age": 20, "lenders": 9}
    assert len(READ.judge(case).letter_reasons) == 2
    more = strategy(TEXT.replace("most: 2", "most: 3"))
    assert [entry.reason.code for entry in more.judge(case).letter_reasons] == [
        "PASSED",
        "AGE_LOW",
        "MANY_LENDERS",
    ]


def test_a_referral_tells_its_root_once() -> None:
    judged = READ.judge({**GOOD, "income": None})
    assert told(judged)[0] == ("MISSING_INCOME", "referred")
    assert sum(because == "referred" for _, because in told(judged)) == 1
    assert [reason.code for reason in judged.reasons] == [
        *("NO_HIT", "RATE_GOOD", "MISSING_LIMIT_FEN"),
    ], "tables tell it in the names they read"


def test_an_overflow_is_told_as_one() -> None:
    judged = READ.judge({**GOOD, "income": 2**62})
    assert told(judged)[0] == ("OVERFLOW", "referred")


# what is written around one thing that can go wrong; see small_strategies


def test_a_card_in_a_branch_not_taken_costs_nothing() -> None:
    read = small(BRANCHES.replace("CONDITION", "points < 95"))
    case = {"age": 40, "grade": "A", "income": 1}
    assert [entry.reason.code for entry in read.judge(case).ranked] == ["PASSED"]
    young = read.judge({**case, "age": 20})
    assert [entry.reason.code for entry in young.ranked] == ["LOW", "AGE"]
    cards = [part for part in read.judge(case).as_record()["parts"] if "scorecard" in part]  # type: ignore[attr-defined]
    assert [(card["scorecard"], card["reached"]) for card in cards] == [("card", False)]


def test_a_referral_always_has_a_reason() -> None:
    """The branch taken does not give `extra`: no step refers for it, so the name itself is told."""
    read = small(BRANCHES.replace("CONDITION", "extra > 5"))
    judged = read.judge({"age": 40, "grade": "A", "income": 1})
    assert judged.refers
    assert judged.outputs["outcome"] is None
    assert [(entry.reason.code, entry.because) for entry in judged.ranked] == [("MISSING_EXTRA", "referred")]


def test_a_cell_that_fails_is_told_before_rows_after_it() -> None:
    read = small(TWO_OUTPUTS)
    judged = read.judge({"age": None, "grade": "A", "income": 2**62})
    assert judged.refers
    referred = [(entry.reason.code, entry.row) for entry in judged.ranked if entry.because == "referred"]
    assert referred == [("OVERFLOW", "graded")]
