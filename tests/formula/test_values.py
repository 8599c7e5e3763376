"""What expressions give, as docs/formula.md says, from every target."""

from datetime import date

import pytest
from tests.formula.cases import pairs

from creditloop.formula import (
    Input,
    Kind,
    NullPolicy,
    PolarsTarget,
    PythonTarget,
    State,
    Step,
    compile_program,
)

POLICIES = list(NullPolicy)
INPUTS = [
    Input("i", Kind.INTEGER),
    Input("big", Kind.INTEGER),
    Input("m", Kind.MONEY),
    Input("r", Kind.NANO),
    Input("t", Kind.TEXT),
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
    "d": date(2004, 2, 29),
    "yes": True,
    **{f"{stem}_{policy.value}": None for stem in ("gone", "off") for policy in POLICIES},
    "broken_integer": 6.0,
    "broken_text": 1,
    "broken_values": 3,
}


@pytest.mark.parametrize("target", [PythonTarget(), PolarsTarget()], ids=lambda target: target.name)
@pytest.mark.parametrize(("text", "expected"), pairs("values.txt"))
def test_a_text_gives_the_value_or_the_state(
    target: PythonTarget | PolarsTarget, text: str, expected: str
) -> None:
    program = compile_program(inputs=INPUTS, steps=[Step("value", text)])
    ((value, state),) = target.answers(program, [ROW])
    assert isinstance(state, int)
    told = str(value).lower() if isinstance(value, bool) else str(value)
    assert f"> {State(state).name.lower() if state else told}" == expected
    assert (value is None) == (state != 0)
