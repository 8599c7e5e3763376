"""A backtest counted by hand, and the properties no split of the cases may break."""

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from backtest_texts import PLAN, ROWS, SCHEMA, STRATEGY, cases, plan, strategy, without
from hypothesis import given, settings
from hypothesis import strategies as st

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.risk import swap_set
from creditloop.risk.backtest import BacktestResult, Decision, backtest

APPROVED = {"a", "e", "j"}
SOFTER = STRATEGY.replace("value: 500,", "value: 470,")


def found(rows: object = ROWS, *, text: str = PLAN, challenger: str | None = None) -> BacktestResult:
    other = strategy(challenger) if challenger is not None else None
    return backtest(plan=plan(text), champion=strategy(), challenger=other, chunks=[cases(rows)])


def effects(result: BacktestResult) -> dict[str, tuple[int, int, int, int, int]]:
    return {
        rule.row: (
            rule.matched.rows,
            rule.cannot_tell.rows,
            rule.decides.rows,
            rule.marginal.rows,
            rule.unique.rows,
        )
        for rule in result.champion.rules
    }


def test_the_figures_are_those_counted_by_hand() -> None:
    told = found().champion.figures
    assert (told.rows, told.approved, told.referred, told.declined) == (12, 3, 2, 7)
    assert (told.known, told.bad) == (3, 2)
    assert told.money is not None
    # a: 1000.00 good; e: 100.00 bad (the friend's limit); j: 500.00 bad
    assert told.money.amount_fen == 160_000
    assert told.money.loss_fen == 5_000 + 25_000
    assert told.money.profit_fen == 16_000 - 30_000
    assert told.money.uncounted == 0
    assert (told.approval_nano, told.bad_rate_nano) == (250_000_000, 666_666_667)


def test_what_each_rule_does_is_what_was_counted_by_hand() -> None:
    assert effects(found()) == {
        # matched, cannot tell, decides, marginal, unique
        "many": (4, 0, 4, 1, 1),  # b; c and f fall to low, k to large
        "friend": (1, 0, 1, 0, 0),
        "low": (5, 1, 2, 2, 2),  # d and l; e is stopped by friend, c and f by many
        "both": (3, 0, 1, 1, 1),  # g; c and f are stopped by many
        "large": (2, 0, 1, 0, 0),
    }


def test_a_unique_decline_is_one_that_no_other_declining_rule_matches() -> None:
    rows = [
        ("x", 490, 0, 100_000, True, 9, "2023-01", "web"),
        ("y", 490, 9, 100_000, True, 9, "2023-01", "web"),
    ]
    text = STRATEGY.replace("lenders = 0 and score >= 480", "score >= 480 and score < 495")
    result = backtest(plan=plan(), champion=strategy(text), chunks=[cases(rows)])
    # y without `many` would be approved by `friend`, though `low` and `both` match behind it
    assert effects(result)["many"] == (1, 0, 1, 1, 0)


def test_referrals_say_which_rule_left_the_case_to_a_person() -> None:
    assert found().champion.referrals == {
        "cannot:outcome.low": 1,
        "missing:outcome.low:score": 1,
        "rule:outcome.large": 1,
    }


def test_the_same_figures_stand_by_month_and_by_segment() -> None:
    by = found().champion.by
    assert {month: told.approved for month, told in by["month"].items()} == {"2023-01": 1, "2023-02": 2}
    assert {name: told.rows for name, told in by["channel"].items()} == {"shop": 3, "web": 8, None: 1}
    assert sum(told.money.loss_fen for told in by["channel"].values() if told.money) == 30_000


def test_a_plan_says_which_value_is_bad() -> None:
    text = PLAN.replace("  column: late\n", "  column: kept\n  bad_is: false\n")
    frame = cases().with_columns(kept=1 - pl.col("late").cast(pl.Int8))
    told = backtest(plan=plan(text), champion=strategy(), chunks=[frame]).champion.figures
    assert told == found().champion.figures


def test_a_month_may_be_a_day() -> None:
    frame = cases().with_columns(month=pl.lit(date(2023, 4, 17)))
    result = backtest(plan=plan(), champion=strategy(), chunks=[frame])
    assert list(result.champion.by["month"]) == ["2023-04"]


def test_an_outcome_that_is_not_mature_is_not_known() -> None:
    text = PLAN.replace("  column: late\n", "  column: late\n  known_when: months >= 6\n")
    told = found(text=text).champion
    assert (told.figures.known, told.figures.bad) == (2, 1)
    assert told.bias.unknown == 1
    band = told.bias.bands[0]
    # one unknown at twice a rate of one half is one bad more, at the mean loss of a known bad
    assert (band.bad_unknown, band.bad_rate_nano) == (1, 666_666_667)
    assert band.loss_fen == 5_000 + 5_000


def test_what_is_not_known_is_said_also_where_everything_is() -> None:
    bias = found().champion.bias
    assert bias.unknown == 0
    assert "没有可用结果" in bias.zh
    accepted = found(text=PLAN.replace("through_the_door", "accepted")).champion.bias
    assert "nothing is known of those it declined" in accepted.en


def test_the_swap_set_is_that_of_the_rows() -> None:
    result = found(challenger=SOFTER)
    assert result.swap is not None
    assert result.swap.swap_set is not None
    cells = result.swap.matrix
    assert sum(rows for rows, _, _ in cells.values()) == 12
    assert cells[Decision.DECLINE, Decision.APPROVE] == (1, 0, 0)  # l, whose outcome nobody knows
    known = cases().filter(pl.col("late").is_not_null())
    approves = known["id"].is_in(list(APPROVED))
    assert result.swap.swap_set == swap_set(
        champion=approves, challenger=approves, bad=known["late"], draws=200, seed=7
    )


def test_the_curve_counts_everybody_from_a_score_on() -> None:
    points = {point.cutoff: point for point in found().curve}
    assert [point.cutoff for point in found().curve] == [600, 530, 490, 450]
    assert (points[600].approved, points[600].known, points[600].bad) == (5, 5, 3)
    assert (points[450].approved, points[450].known, points[450].bad) == (11, 9, 5)
    assert points[450].approval_nano == 916_666_667


@st.composite
def some_cases(draw: st.DrawFn) -> list[tuple[object, ...]]:
    size = draw(st.integers(1, 25))
    one = st.tuples(
        st.sampled_from([None, 470, 490, 499, 500, 549, 550, 600]),
        st.sampled_from([None, 0, 1, 4, 6, 7]),
        st.sampled_from([None, 50_000, 200_000, 200_001]),
        st.sampled_from([None, True, False]),
        st.integers(0, 12),
        st.sampled_from([None, "2023-01", "2023-02"]),
        st.sampled_from([None, "web", "shop"]),
    )
    return [(f"p{n}", *draw(one)) for n in range(size)]


@settings(deadline=None, max_examples=10)
@given(some_cases(), st.lists(st.integers(0, 25), max_size=3))
def test_how_the_cases_are_split_changes_nothing(rows: list[tuple[object, ...]], cuts: list[int]) -> None:
    frame = cases(rows)
    ends = sorted({0, len(rows), *(cut for cut in cuts if cut <= len(rows))})
    parts = [frame[start:end] for start, end in pairwise(ends)]
    asked = {"plan": plan(), "champion": strategy(), "challenger": strategy(SOFTER)}
    whole = backtest(**asked, chunks=[frame])
    assert backtest(**asked, chunks=parts) == whole
    assert backtest(**asked, chunks=frame.lazy()) == whole


@settings(deadline=None, max_examples=10)
@given(some_cases())
def test_a_rule_taken_out_of_the_text_gives_its_marginal_declines(rows: list[tuple[object, ...]]) -> None:
    frame, result = cases(rows), found(rows)
    declined = strategy().judge_frame(frame)["outcome"] == "decline"
    for rule in result.champion.rules:
        opened = strategy(without(rule.row)).judge_frame(frame)["outcome"] == "approve"
        assert rule.marginal.rows == (declined & opened).sum(), rule.id
        assert rule.unique.rows <= rule.marginal.rows <= rule.matched.rows
        for count in (rule.matched, rule.marginal, rule.unique):
            assert 0 <= count.bad <= count.known <= count.rows


@settings(deadline=None, max_examples=6)
@given(some_cases())
def test_swapped_cases_add_up(rows: list[tuple[object, ...]]) -> None:
    result = found(rows, challenger=SOFTER)
    assert result.swap is not None
    assert result.challenger is not None
    cells = result.swap.matrix
    for place, told in ((0, result.champion.figures), (1, result.challenger.figures)):
        mine = {one: sum(c[0] for key, c in cells.items() if key[place] == one) for one in Decision}
        assert (mine[Decision.APPROVE], mine[Decision.REFER], mine[Decision.DECLINE]) == (
            told.approved,
            told.referred,
            told.declined,
        )
    assert sum(rows for rows, _, _ in cells.values()) == len(rows)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: f.drop("late"), InputError, "no such column"),
        (lambda f: f.drop("months"), InputError, "no such column"),
        (lambda f: f.with_columns(late=pl.lit(2)), InputError, "neither 0 nor 1"),
        (lambda f: f.with_columns(late=pl.lit("no")), InputError, "neither true/false"),
        (lambda f: f.with_columns(score=pl.lit(0.5)), InputError, "a score is a whole number"),
        (lambda f: f.with_columns(score=pl.lit(2**63, pl.UInt64)), InputError, "a score is out of range"),
        (lambda f: f.with_columns(channel=pl.lit(0.5)), InputError, "figures are told by"),
        (lambda f: f.with_columns(wanted=pl.lit(2**61)), InputError, "too large to be summed"),
        (lambda f: f.clear(), InputError, "no cases"),
    ],
)
def test_bad_cases_are_refused_by_name(change: object, error: type[Exception], message: str) -> None:
    text = STRATEGY.replace("wanted > parameter.limit_max", "wanted < yuan(0)")
    frame = change(cases())  # type: ignore[operator]
    with pytest.raises(error, match=message):
        backtest(plan=plan(), champion=strategy(text), chunks=[frame])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("output: outcome,", "output: limit,", "does not decide by this output"),
        ("approves: [approve]", "approves: [keep]", "does not say what a word"),
        ("declines: [decline]}", "declines: [decline], declining_tables: [hard]}", "no such table"),
        ("amount: limit", "amount: nothing", "nothing"),
    ],
)
def test_a_plan_that_does_not_fit_its_strategy_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        backtest(plan=plan(PLAN.replace(old, new)), champion=strategy(), chunks=[cases()])


def test_a_column_the_strategy_reads_and_nobody_gives_refers_everybody_who_needs_it() -> None:
    frame = cases().drop("wanted")
    told = backtest(plan=plan(), champion=strategy(), chunks=[frame]).champion.figures
    assert told.approved == 1  # the friend, whom the wish does not matter for
    assert told.referred == 12 - told.approved - told.declined


def test_progress_is_told_after_each_part() -> None:
    done: list[int] = []
    frame = cases()
    backtest(plan=plan(), champion=strategy(), chunks=[frame[:5], frame[:0], frame[5:]], progress=done.append)
    assert done == [5, 12]


def test_nothing_of_the_schema_is_left_out() -> None:
    assert set(SCHEMA) == set(cases().columns)


def test_a_case_that_any_part_refers_is_referred_as_it_is_online() -> None:
    """The outcome says approve, but the price cannot be told: nobody is lent to without one."""
    text = (
        STRATEGY
        + """\
  - id: price
    hit_policy: first
    outputs: {rate: {kind: nano}}
    rows:
      - {id: few, when: lenders < 3, then: {rate: 0.1}, reason: {code: FEW, zh: 少, en: few}}
    otherwise: {then: {rate: 0.2}, reason: {code: MORE, zh: 多, en: more}}
""".replace("lenders < 3", "wanted * lenders < yuan(3000)")
    )
    asking = text.replace(
        'lenders: {kind: integer, "null": no_match}', 'lenders: {kind: integer, "null": refer}', 1
    )
    told = backtest(plan=plan(), champion=strategy(asking), chunks=[cases(ROWS)])
    online = [strategy(asking).decide(row) for row in cases(ROWS).iter_rows(named=True)]
    referred = sum(bool(answer["refers"]) or answer["outcome"] == "refer" for answer in online)
    approved = sum(not answer["refers"] and answer["outcome"] == "approve" for answer in online)
    figures = told.champion.figures
    assert (figures.approved, figures.referred) == (approved, referred)
    assert approved == found().champion.figures.approved - 1, "j has no lenders, so no price"
    assert told.champion.referrals["not_evaluated"] == 1
