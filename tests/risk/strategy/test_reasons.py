"""Reasons stand in order: why it refers, what decided, what that read, the points lost, the rest."""

from tests.risk.strategy.card_application import GOOD, TEXT, strategy

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
