"""The bank's written language (规则语言): typed expressions that mean the same wherever they are executed.

A text is cut into `tokens`, read into a `tree` by the `grammar`, checked (`checks`, with `operators`,
`functions`, `literals`) and turned into `forms`, the intermediate form; a `program` is a list of named steps
in that form, and its hash is its version. Targets execute it: `python_target` one case at a time,
`polars_target` a frame and `duckdb_target` a file at once; the `prover` shows on boundary and random rows
(`samples`) that they agree; `regions` tell which cases a condition can meet.
`kinds` says what a value is and what happens when it is not there: a null carries its input's policy to the
rule's boundary (`resolve`), and what cannot be evaluated refers. Numbers are integers: counts, fen, nano.
`documents` reads inputs, values and cells; `completeness` proves that conditions leave no case open. The
language is described in docs/formula.md.
"""

from creditloop.formula.completeness import Completeness, completeness
from creditloop.formula.documents import (
    cell_text,
    constant_from_node,
    inputs_from_node,
    kind_from_node,
    placed,
    quoted,
)
from creditloop.formula.duckdb_target import DUCKDB, duckdb_columns, duckdb_engine, duckdb_sql
from creditloop.formula.forms import COMPARISONS, Op, Operation
from creditloop.formula.grammar import read_expression
from creditloop.formula.kinds import (
    NANO,
    NANO_DECIMALS,
    NUMBERS,
    RESERVED,
    Input,
    Kind,
    ListOfValues,
    Match,
    NullPolicy,
    Parameter,
    Result,
    State,
    Value,
    check_name,
    resolve,
)
from creditloop.formula.polars_target import match_code, match_column, polars_columns
from creditloop.formula.program import CompiledStep, Program, Step, compile_program
from creditloop.formula.prover import Difference, Proof, prove
from creditloop.formula.python_target import PythonFunction, operations_function, python_function
from creditloop.formula.regions.cases import Case, Cases
from creditloop.formula.regions.cells import Outcomes, given_values
from creditloop.formula.regions.conditions import Regions
from creditloop.formula.regions.rows import Covered, RowAnalysis, Unknown
from creditloop.formula.regions.text import described
from creditloop.formula.samples import Samples, boundary_rows, broken_rows, random_row, samples_of
from creditloop.formula.sql_dialect import quoted as sql_name
from creditloop.formula.targets import DuckdbTarget, PolarsTarget, PythonTarget, Target
from creditloop.formula.tree import (
    Binary,
    Call,
    Choice,
    IsNull,
    Junction,
    Listed,
    Member,
    Minus,
    Name,
    Null,
    Number,
    ParameterName,
    Text,
    Tree,
    Truth,
    parts_of,
)
from creditloop.formula.writing import Writing

__all__ = [
    "COMPARISONS",
    "DUCKDB",
    "NANO",
    "NANO_DECIMALS",
    "NUMBERS",
    "RESERVED",
    "Binary",
    "Call",
    "Case",
    "Cases",
    "Choice",
    "CompiledStep",
    "Completeness",
    "Covered",
    "Difference",
    "DuckdbTarget",
    "Input",
    "IsNull",
    "Junction",
    "Kind",
    "ListOfValues",
    "Listed",
    "Match",
    "Member",
    "Minus",
    "Name",
    "Null",
    "NullPolicy",
    "Number",
    "Op",
    "Operation",
    "Outcomes",
    "Parameter",
    "ParameterName",
    "PolarsTarget",
    "Program",
    "Proof",
    "PythonFunction",
    "PythonTarget",
    "Regions",
    "Result",
    "RowAnalysis",
    "Samples",
    "State",
    "Step",
    "Target",
    "Text",
    "Tree",
    "Truth",
    "Unknown",
    "Value",
    "Writing",
    "boundary_rows",
    "broken_rows",
    "cell_text",
    "check_name",
    "compile_program",
    "completeness",
    "constant_from_node",
    "described",
    "duckdb_columns",
    "duckdb_engine",
    "duckdb_sql",
    "given_values",
    "inputs_from_node",
    "kind_from_node",
    "match_code",
    "match_column",
    "operations_function",
    "parts_of",
    "placed",
    "polars_columns",
    "prove",
    "python_function",
    "quoted",
    "random_row",
    "read_expression",
    "resolve",
    "samples_of",
    "sql_name",
]
