"""Judge one case by a policy's steps and tables, with the whole working (逐案判断).

The same order as over a frame: the steps, then each table in turn, which reads the case's inputs, the steps'
values and the outputs of the tables before it. What could not be computed is null to the tables, and refers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from creditloop.formula import PythonFunction, Result, State, Value
from creditloop.kernel.errors import UnknownId
from creditloop.risk.rules import ReasonCode
from creditloop.risk.tables import DecisionTable, HitPolicy
from creditloop.risk.verdicts import Verdict

JudgedValue = Value | tuple[Value, ...]
"""What a table's output holds: one value, or with hit policy collect those of all matched rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a policy says of one case, and how it came to say it (结论与依据).

    Attributes:
        steps: every named step with its value and state, in the order of the document.
        verdicts: of every table, in the order of the document, each with its working.
        outputs: the outputs of all tables by name; None where the table refers.
    """

    steps: Mapping[str, Result]
    verdicts: tuple[Verdict, ...]
    outputs: Mapping[str, JudgedValue]

    @property
    def refers(self) -> bool:
        """Whether any table leaves the case to a person (转人工)."""
        return any(verdict.refers for verdict in self.verdicts)

    @property
    def reasons(self) -> tuple[ReasonCode, ...]:
        """The reasons of all tables in order, each once."""
        return tuple(dict.fromkeys(reason for verdict in self.verdicts for reason in verdict.reasons))

    def verdict(self, table: str) -> Verdict:
        """Return the verdict of the table of this id.

        Raises: UnknownId if the policy has no such table.
        """
        for verdict in self.verdicts:
            if verdict.table == table:
                return verdict
        raise UnknownId(
            "the policy has no such table", got=table, expected=[verdict.table for verdict in self.verdicts]
        )


def judge_case(
    row: Mapping[str, object], *, steps: PythonFunction | None, tables: Sequence[DecisionTable]
) -> Judgement:
    """Judge one case.

    Args:
        row: the policy's inputs by name, and nothing else; an absent one is a broken input.
    """
    results = dict(steps(row)) if steps is not None else {}
    known = dict(row)
    known.update(
        (name, result.value if result.state == State.OK else None) for name, result in results.items()
    )
    verdicts, outputs = list[Verdict](), dict[str, JudgedValue]()
    for table in tables:
        verdict = table.decide(known)
        verdicts.append(verdict)
        given = {output.name: verdict.outputs.get(output.name) for output in table.outputs}
        outputs.update(given)
        if table.hit_policy is HitPolicy.FIRST:
            known.update(given)
    return Judgement(steps=results, verdicts=tuple(verdicts), outputs=outputs)
