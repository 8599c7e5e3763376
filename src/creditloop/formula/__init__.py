"""The bank's written language (规则语言): typed expressions that mean the same wherever they are executed.

A text is cut into `tokens`, read into a `tree` by the `grammar`, checked (`checks`, with `operators`,
`functions`, `literals`) and turned into `forms`, the intermediate form; a `program` is a list of named steps
in that form, and its hash is its version. Targets execute it: `python_target` one case at a time,
`polars_target` a frame at once; the `prover` shows on boundary and random rows (`samples`) that they agree.
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
)
from creditloop.formula.kinds import (
    Input,
    Kind,
    Match,
    NullPolicy,
    Parameter,
    Result,
    State,
    Value,
    check_name,
    resolve,
)
from creditloop.formula.polars_target import match_column, polars_columns
from creditloop.formula.program import CompiledStep, Program, Step, compile_program
from creditloop.formula.prover import Difference, Proof, prove
from creditloop.formula.python_target import PythonFunction, python_function
from creditloop.formula.targets import PolarsTarget, PythonTarget, Target

__all__ = [
    "CompiledStep",
    "Completeness",
    "Difference",
    "Input",
    "Kind",
    "Match",
    "NullPolicy",
    "Parameter",
    "PolarsTarget",
    "Program",
    "Proof",
    "PythonFunction",
    "PythonTarget",
    "Result",
    "State",
    "Step",
    "Target",
    "Value",
    "cell_text",
    "check_name",
    "compile_program",
    "completeness",
    "constant_from_node",
    "inputs_from_node",
    "kind_from_node",
    "match_column",
    "placed",
    "polars_columns",
    "prove",
    "python_function",
    "resolve",
]
