"""The rules of a document: every row of every table, as it is known over versions."""

from collections.abc import Sequence

from creditloop.formula import Program
from creditloop.risk.strategy.steps import StrategyRule, TableStep


def strategy_rules(tables: Sequence[TableStep], program: Program) -> tuple[StrategyRule, ...]:
    """Return the rows of the tables in order; `reads` are the program's inputs behind a condition."""
    conditions = [row.condition for table in tables for row in table.rows if row.condition is not None]
    compiled = {step.name: step for step in program.chosen(conditions)}
    return tuple(
        StrategyRule(
            id=f"{table.id}.{row.row}",
            table=table.id,
            row=row.row,
            condition_step=str(row.condition),
            when=entry.rule.when,
            reason=entry.rule.reason,
            reads=compiled[str(row.condition)].reads,
            ordinal=row.ordinal,
            where=entry.rule.where,
        )
        for table in tables
        for row, entry in zip(table.rows, table.table.rows, strict=True)
    )
