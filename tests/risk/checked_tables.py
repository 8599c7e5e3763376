"""Tables to check, written in a line a row: `condition -> output`; compiled as a strategy compiles them."""

from collections.abc import Sequence

from creditloop.formula import Input, Kind, ListOfValues, NullPolicy, Program, Step, compile_program
from creditloop.risk.checking.findings import StrategyFinding
from creditloop.risk.checking.rows import check_sheets
from creditloop.risk.checking.sheets import NEVER_ASKED, Line, Sheet
from creditloop.risk.rules import ReasonCode
from creditloop.risk.tables import Output

INPUTS = (
    Input("days", Kind.INTEGER),
    Input("lenders", Kind.INTEGER, NullPolicy.NO_MATCH),
    Input("gone", Kind.INTEGER, NullPolicy.MATCH),
    Input("grade", Kind.TEXT, values=("A", "B", "C")),
    Input("city", Kind.TEXT),
    Input("owed", Kind.MONEY),
    Input("limit", Kind.MONEY),
    Input("rate", Kind.NANO),
    Input("frozen", Kind.BOOLEAN),
    Input("opened", Kind.DATE),
)
LISTS = (ListOfValues("bad", Kind.TEXT, ("X", "Y")), ListOfValues("none", Kind.TEXT, ()))
VALUES = ("decline", "refer", "approve")


def table(
    rows: Sequence[str], *, first: bool = True, otherwise: str | None = "approve", steps: Sequence[Step] = ()
) -> tuple[Program, Sheet]:
    """A table with one output; row n is called R<n>, from 1."""
    written = [row.rsplit(" -> ", 1) for row in rows]
    conditions = [Step(f"when_{n}", when, kind=Kind.BOOLEAN) for n, (when, _) in enumerate(written, start=1)]
    outputs = [output for _, output in written] + ([otherwise] if otherwise is not None else [])
    cells = [
        Step(f"cell_{n}", output, kind=Kind.TEXT) for n, output in enumerate(map(_cell, outputs), start=1)
    ]
    program = compile_program(inputs=INPUTS, steps=[*steps, *conditions, *cells], lists=LISTS)
    lines = [
        Line(
            id=f"R{n}" if n <= len(rows) else "otherwise",
            condition=program.step(f"when_{n}").number if n <= len(rows) else NEVER_ASKED,
            cells={"outcome": program.step(f"cell_{n}").number},
            reason=ReasonCode(code=f"C{n}", zh="因", en="why"),
            where={"file": "table.yaml", "line": n},
        )
        for n in range(1, len(outputs) + 1)
    ]
    sheet = Sheet(
        id="verdict",
        what="table",
        first=first,
        lines=tuple(lines[: len(rows)]),
        outputs=(Output("outcome", Kind.TEXT, VALUES),),
        otherwise=lines[-1] if otherwise is not None else None,
        where={"file": "table.yaml", "line": 1},
    )
    return program, sheet


def found_in(
    rows: Sequence[str], *, first: bool = True, otherwise: str | None = "approve", steps: Sequence[Step] = ()
) -> tuple[StrategyFinding, ...]:
    """What the checks find in a table."""
    program, sheet = table(rows, first=first, otherwise=otherwise, steps=steps)
    return tuple(check_sheets(program, [sheet]))


def _cell(output: str) -> str:
    return output if output == "null" else f"'{output}'"
