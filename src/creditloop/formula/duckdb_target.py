"""Run a program in DuckDB: as one SELECT, over tables and Parquet files larger than memory (DuckDB 执行).

Numbers are BIGINT, and HUGEINT on the way; DuckDB raises where a result leaves its type, and the form has
proven that none does. Its division, of non-negative numbers only, runs in BIGINT where both fit, which is
many times faster.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb

from creditloop.formula.bulk import Part
from creditloop.formula.bulk_planning import planned
from creditloop.formula.kinds import NUMBERS, Kind
from creditloop.formula.program import Program
from creditloop.formula.sql_dialect import SqlDialect, SqlTexts, quoted, select_text
from creditloop.kernel.errors import InputError

_ROWS = "rows"
"""What a relation is called in the SQL over it."""
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_NUL = "\0"


def _text(text: str) -> str:
    """Return a text as a literal; NUL, which no literal holds, by its number."""
    pieces = ["'" + piece.replace("'", "''") + "'" for piece in text.split(_NUL)]
    return pieces[0] if len(pieces) == 1 else f"({' || chr(0) || '.join(pieces)})"


DUCKDB = SqlTexts(
    parts={
        Part.AND: "({0} AND {1})",
        Part.OR: "({0} OR {1})",
        Part.NOT: "(NOT {0})",
        Part.IS_NULL: "({0} IS NULL)",
        Part.SAME_TEXT: '(({0} COLLATE "C") = {1})',
        Part.EQUAL: "({0} = {1})",
        Part.NOT_EQUAL: "({0} <> {1})",
        Part.LESS: "({0} < {1})",
        Part.LESS_EQUAL: "({0} <= {1})",
        Part.GREATER: "({0} > {1})",
        Part.GREATER_EQUAL: "({0} >= {1})",
        Part.ADD: "({0} + {1})",
        Part.SUBTRACT: "({0} - {1})",
        Part.MULTIPLY: "({0} * {1})",
        Part.QUOTIENT: "COALESCE(TRY_CAST({0} AS BIGINT) // TRY_CAST({1} AS BIGINT), {0} // {1})",
        Part.ABSOLUTE: "abs({0})",
        Part.WIDE: "CAST({0} AS HUGEINT)",
        Part.NARROW: "CAST({0} AS BIGINT)",
        Part.NARROW_OR_NULL: "TRY_CAST({0} AS BIGINT)",
        Part.DAYS: "CAST(({0} - DATE '1970-01-01') AS BIGINT)",
        Part.DATE_OF: "(DATE '1970-01-01' + CAST({0} AS INTEGER))",
        Part.YEAR: "CAST(year({0}) AS BIGINT)",
        Part.MONTH: "CAST(month({0}) AS BIGINT)",
        Part.DAY: "CAST(day({0}) AS BIGINT)",
        Part.WEEKDAY: "CAST(isodow({0}) AS BIGINT)",
        Part.LOWER: f"translate({{0}}, '{_UPPER}', '{_LOWER}')",
        Part.UPPER: f"translate({{0}}, '{_LOWER}', '{_UPPER}')",
        Part.TRIM: "trim({0}, ' ' || chr(9) || chr(10) || chr(13))",
        Part.LENGTH: "CAST(length({0}) AS BIGINT)",
        Part.STARTS_WITH: "starts_with({0}, {1})",
        Part.ENDS_WITH: "ends_with({0}, {1})",
        Part.CONTAINS: "contains({0}, {1})",
        Part.CONCAT: "({0} || {1})",
    },
    types={
        Kind.TEXT: "VARCHAR",
        Kind.BOOLEAN: "BOOLEAN",
        Kind.DATE: "DATE",
        **dict.fromkeys(NUMBERS, "BIGINT"),
    },
    wide="HUGEINT",
    small="UTINYINT",
    integers=frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}),
    outsized=frozenset({"UBIGINT", "HUGEINT", "UHUGEINT"}),
    texts=("VARCHAR", "ENUM("),
    booleans=frozenset({"BOOLEAN"}),
    dates=frozenset({"DATE"}),
    nothing=frozenset({'"NULL"', "NULL"}),
    binary='({0} COLLATE "C")',
    text=_text,
)
"""What DuckDB calls things."""


def duckdb_engine(**settings: str | int) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB in memory, set as programs are run in it.

    Its rule that moves projections is off: it finds nothing to move in a program, and looking for it takes a
    third of the planning of a large one. It tells no progress of its own.

    Args:
        settings: DuckDB's own, by name: `threads=1`.
    """
    engine = duckdb.connect(config={"disabled_optimizers": "projection_placement", **settings})
    return engine.execute("SET enable_progress_bar = false")


def duckdb_sql(
    program: Program,
    *,
    relation: str,
    schema: Mapping[str, str],
    steps: Sequence[str] | None = None,
    states: bool = True,
    keep: Sequence[str] | None = None,
) -> str:
    """Return the SELECT that computes a program's steps over a relation: `<step>` and `<step>__state`.

    A column that is absent or not of the declared kind gives state BROKEN_INPUT on every row.

    Args:
        relation: what stands after FROM: a quoted table's name, `read_parquet('…')`, a SELECT in brackets.
        schema: the relation's columns and their types, as DESCRIBE tells them.
        steps: the steps wanted; None: all.
        states: whether the states (UTINYINT) are wanted.
        keep: the columns of the relation to keep; None: all.
    Raises: InputError for a step's name that is a column's, or names that differ only in case, which DuckDB
        does not tell apart; UnknownId for a name that is no step, or a column to keep that is not there.
    """
    chosen = program.chosen(steps)
    kept = list(schema if keep is None else keep)
    names = [name for step in chosen for name in (step.name, *([step.state_name] if states else []))]
    counted = Counter(name.lower() for name in [*schema, *names])
    if taken := sorted(name for name in names if counted[name.lower()] > 1):
        raise InputError(
            "the relation has columns of the steps' names, or two differ only in case",
            got=taken,
            expected="names that DuckDB can tell apart",
        )
    if unknown := [name for name in kept if name not in schema]:
        raise InputError("the relation has no such column to keep", got=unknown, expected=[*schema])
    taken_names = [name.lower() for name in schema]
    plan = planned(program, chosen, SqlDialect(DUCKDB, schema), states=states, taken=taken_names)
    return select_text(plan, relation=relation, kept=kept)


def duckdb_columns(
    program: Program,
    relation: duckdb.DuckDBPyRelation,
    *,
    steps: Sequence[str] | None = None,
    states: bool = True,
    keep: Sequence[str] | None = None,
) -> duckdb.DuckDBPyRelation:
    """Return a relation with two more columns a step; nothing runs until it is fetched or written.

    Args: as of `duckdb_sql`; the relation may be a table, a file read, a frame.
    Raises: as `duckdb_sql`.
    """
    schema = dict(zip(relation.columns, map(str, relation.types), strict=True))
    sql = duckdb_sql(program, relation=quoted(_ROWS), schema=schema, steps=steps, states=states, keep=keep)
    found = relation.query(_ROWS, sql)
    assert found is not None, "a SELECT gives a relation"
    return found
