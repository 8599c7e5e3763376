"""What expressions give, as docs/formula.md says, from every target."""

from datetime import date

import pytest
from tests.formula.cases import pairs

from creditloop.formula import (
    Input,
    Kind,
    ListOfValues,
    NullPolicy,
    State,
    Step,
    compile_program,
)
from creditloop.formula.targets import TARGETS, Target

POLICIES = list(NullPolicy)
INPUTS = [
    Input("i", Kind.INTEGER),
    Input("big", Kind.INTEGER),
    Input("m", Kind.MONEY),
    Input("r", Kind.NANO),
    Input("t", Kind.TEXT),
    Input("word", Kind.TEXT),
    Input("gone_text", Kind.TEXT, NullPolicy.MATCH),
    Input("gone_date", Kind.DATE, NullPolicy.NO_MATCH),
    Input("d", Kind.DATE),
    Input("yes", Kind.BOOLEAN),
    *(Input(f"gone_{policy.value}", Kind.INTEGER, policy) for policy in POLICIES),
    *(Input(f"off_{policy.value}", Kind.BOOLEAN, policy) for policy in POLICIES),
    Input("broken_integer", Kind.INTEGER, NullPolicy.NO_MATCH),
    Input("broken_text", Kind.TEXT, NullPolicy.NO_MATCH),
    Input("broken_values", Kind.INTEGER, NullPolicy.NO_MATCH, values=(1, 2)),
    Input("absent", Kind.INTEGER, NullPolicy.NO_MATCH),
]
ROW = {
    "i": 7,
    "big": 2**63 - 1,
    "m": 100_001,
    "r": 5 * 10**8,
    "t": "A",
    "word": " Straße É\u4e2d\t",
    "gone_text": None,
    "gone_date": None,
    "d": date(2004, 2, 29),
    "yes": True,
    **{f"{stem}_{policy.value}": None for stem in ("gone", "off") for policy in POLICIES},
    "broken_integer": 6.0,
    "broken_text": 1,
    "broken_values": 3,
}


LISTS = [
    ListOfValues("few", Kind.TEXT, ("A", "B")),
    ListOfValues("none", Kind.INTEGER, ()),
    ListOfValues("days", Kind.DATE, (date(2004, 2, 29),)),
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize(("text", "expected"), pairs("values.txt"))
def test_a_text_gives_the_value_or_the_state(target: Target, text: str, expected: str) -> None:
    program = compile_program(inputs=INPUTS, lists=LISTS, steps=[Step("value", text)])
    ((value, state),) = target.answers(program, [ROW])
    assert isinstance(state, int)
    told = str(value).lower() if isinstance(value, bool) else str(value)
    assert f"> {State(state).name.lower() if state else told}" == expected
    assert (value is None) == (state != 0)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize("again", POLICIES)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_null_declared_again_is_the_null_of_the_new_policy(
    target: Target, policy: NullPolicy, again: NullPolicy
) -> None:
    steps = [
        Step("value", "n", null=again),
        Step("both", "n + value"),
        Step("more", "value > 5 or n > 5"),
        Step("is_null", "value is null"),
    ]
    program = compile_program(inputs=[Input("n", Kind.INTEGER, policy)], steps=steps)
    old, new = (list(POLICIES).index(entry) for entry in (policy, again))
    states = (State.NULL_REFER, State.NULL_NO_MATCH, State.NULL_MATCH)
    both = states[old] if old == new else State.NULL_REFER
    null, six, wrong, absent = target.answers(program, [{"n": None}, {"n": 6}, {"n": "6"}, {}])
    assert null == (None, states[new], None, both, None, both, True, 0)
    assert six == (6, 0, 12, 0, True, 0, False, 0)
    assert wrong == absent == (None, 6) * 4


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
@pytest.mark.parametrize("again", POLICIES)
def test_an_overflow_of_written_numbers_alone_is_no_null_that_can_be_declared_again(
    target: Target, again: NullPolicy
) -> None:
    steps = [
        Step("sum", "if true then 9223372036854775807 + 1 else null"),
        Step("value", "sum", null=again),
    ]
    assert target.answers(compile_program(inputs=[], steps=steps), [{}]) == [(None, 4) * 2]


def test_every_month_is_as_long_as_the_calendar_says() -> None:
    """From any day, `months_between` counts what `add_months` has added."""
    inputs = [Input("start", Kind.DATE), Input("count", Kind.INTEGER)]
    steps = [
        Step("later", "add_months(start, count)"),
        Step("whole", "months_between(start, later)"),
        Step("short", "months_between(start, if count > 0 then later - 1 else later + 1)"),
    ]
    program = compile_program(inputs=inputs, steps=steps)
    days = [date(2004, 1, 28), date(2004, 1, 31), date(2004, 2, 29), date(2005, 2, 28), date(2005, 12, 30)]
    rows = [{"start": day, "count": count} for day in days for count in range(-30, 31) if count]
    told = [target.answers(program, rows) for target in TARGETS]
    assert told[0] == told[1] == told[2]
    for row, (_, _, whole, _, short, _) in zip(rows, told[0], strict=True):
        count = row["count"]
        assert isinstance(count, int)
        assert (whole, short) == (count, count - 1 if count > 0 else count + 1), row
