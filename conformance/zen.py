"""Outside cases of decision graphs (JDM): graphs with their tests, rows of expressions and cells.

    python -m conformance.zen DIR

Every file under DIR is read (README, LICENSE and NOTICE aside). A `.json` file is a graph with `tests:
[{input, output}]`; a `.csv` file has a title row and rows `expression;input;output` (JSON5, `#` begins a
comment, no input is `{}`, a row without output is passed over); rows whose input holds `$` in a file called
unary… are cells of a table. Each graph is taken over as a document of ours, the inputs of its tests telling
the kinds; each row as a graph of one node. What our answer says must equal what is expected: null and
absent are one, as in JDM; numbers agree at nine places, which is what our ratios have. What is not taken
over is listed as refused, with the name of the reason. The last line is `N passed, M failed, K refused`;
the exit status is 0 when nothing failed.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from conformance.loose_json import LooseJsonError, read_loose_json

from creditloop.kernel.errors import CreditloopError, PolicyError
from creditloop.risk.jdm import ImportedGraph, import_graph

_NOT_CASES = ("README", "LICENSE", "NOTICE")
_RULES_AS_OF = date(2025, 8, 19)
_PLACES = 9
_SUBJECT = "subject"
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one case, or of one file that holds none.

    Attributes:
        result: "passed", "failed" or "refused".
        name: file and case.
        detail: why it failed or was refused; `reason`: the name of the refusal.
    """

    result: str
    name: str
    detail: str = ""
    reason: str = ""


def judge_folder(folder: Path) -> Iterator[Verdict]:
    """Judge every file under a folder, in order of path."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(_NOT_CASES):
            yield from judge_file(path, name=str(path.relative_to(folder)))


def judge_file(path: Path, *, name: str) -> Iterator[Verdict]:
    """Judge the cases of one file."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            yield from _judge_rows(text, name, cells=path.name.startswith("unary"))
            return
        graph = json.loads(text)
        if not isinstance(graph, dict) or not isinstance(graph.get("nodes"), list):
            raise ValueError("not a graph with nodes")
    except ValueError as error:
        yield Verdict(
            result="refused",
            name=name,
            detail=f"unknown kind of file: {error}",
            reason="unknown kind of file",
        )
        return
    yield from _judge_graph(graph, name)


# graphs


def _judge_graph(graph: dict[str, object], name: str) -> Iterator[Verdict]:
    listed = graph.get("tests")
    tests = (
        [test for test in listed if isinstance(test, dict) and "output" in test]
        if isinstance(listed, list)
        else []
    )
    samples = [test["input"] for test in tests if isinstance(test.get("input"), dict)]
    if not tests or len(samples) < len(tests):
        yield Verdict(result="refused", name=name, detail="no tests of input and output", reason="no tests")
        return
    try:
        imported = _imported(graph, samples)
    except CreditloopError as error:
        yield from (_refused(f"{name}#{number}", error) for number, _ in enumerate(tests, start=1))
        return
    for number, test in enumerate(tests, start=1):
        yield _compared(f"{name}#{number}", imported, test["input"], test["output"])


def _imported(graph: Json, samples: Sequence[Json]) -> ImportedGraph:
    return import_graph(
        graph, name="case", product="outside", stage="conformance", rules_as_of=_RULES_AS_OF, samples=samples
    )


def _compared(
    name: str, imported: ImportedGraph, context: Json, expected: object, key: str | None = None
) -> Verdict:
    answer = imported.evaluate(context)
    if answer.refers:
        return Verdict(
            result="failed", name=name, detail=f"refers: {'; '.join(answer.refers)}, must be {expected}"
        )
    output = answer.output
    if key is not None:
        output = output.get(key) if isinstance(output, Mapping) else None
    if _comparable(output) == _comparable(expected):
        return Verdict(result="passed", name=name)
    return Verdict(
        result="failed", name=name, detail=f"{_comparable(output)}, must be {_comparable(expected)}"
    )


def _comparable(value: object) -> object:
    """Return a JSON value that equals what is the same to us: no nulls, nine places, true is not 1."""
    match value:
        case dict():
            return {key: _comparable(inner) for key, inner in value.items() if inner is not None}
        case list():
            return [_comparable(inner) for inner in value]
        case bool():
            return ("true" if value else "false",)
        case int() | float():
            return round(value, _PLACES)
        case _:
            return value


def _refused(name: str, error: CreditloopError) -> Verdict:
    reason = error.where.get("reason") if isinstance(error, PolicyError) else None
    place = ", ".join(f"{key} {error.where[key]}" for key in ("node", "row", "field") if key in error.where)
    detail = f"{reason or error.message}: {error.got}" + (f" ({place})" if place else "")
    return Verdict(result="refused", name=name, detail=detail, reason=str(reason or error.message))


# rows


def _judge_rows(text: str, name: str, *, cells: bool) -> Iterator[Verdict]:
    for number, line in enumerate(text.splitlines(), start=1):
        if number == 1 or not line.strip() or line.lstrip().startswith("#"):
            continue
        fields = _fields(line)
        if len(fields) >= len(("expression", "input", "output")) and fields[2]:
            yield _judge_row(f"{name}:{number}", *fields[:3], cell=cells)


def _fields(line: str) -> list[str]:
    """Cut a row at its semicolons; a first field in double quotes may hold some."""
    first: list[str] = []
    if line.startswith('"') and '";' in line:
        quoted, _, line = line[1:].partition('";')
        first = [quoted]
    return [*first, *(field.strip() for field in line.split(";"))]


def _judge_row(name: str, expression: str, given: str, expected: str, *, cell: bool) -> Verdict:
    try:
        context, wanted = read_loose_json(given or "{}"), read_loose_json(expected)
    except LooseJsonError as error:
        return Verdict(
            result="refused", name=name, detail=f"unreadable row: {error}", reason="unreadable row"
        )
    if not isinstance(context, dict):
        return Verdict(result="refused", name=name, detail="input is no object", reason="unreadable row")
    if cell:
        context = {_SUBJECT if key == "$" else key: value for key, value in context.items()}
    try:
        imported = _imported(_cell_graph(expression) if cell else _expression_graph(expression), [context])
    except CreditloopError as error:
        verdict = _refused(name, error)
        return Verdict(
            result="refused", name=name, detail=f"{expression}: {verdict.detail}", reason=verdict.reason
        )
    verdict = _compared(name, imported, context, wanted, key="result")
    return (
        verdict
        if verdict.result == "passed"
        else Verdict(result=verdict.result, name=name, detail=f"{expression}: {verdict.detail}")
    )


def _graph(node: Json) -> Json:
    return {
        "nodes": [{"id": "in", "type": "inputNode", "name": "in"}, node],
        "edges": [{"id": "way", "type": "edge", "sourceId": "in", "targetId": node["id"]}],
    }


def _expression_graph(expression: str) -> Json:
    entries = [{"id": "entry", "key": "result", "value": expression}]
    return _graph({"id": "it", "type": "expressionNode", "name": "it", "content": {"expressions": entries}})


def _cell_graph(cell: str) -> Json:
    """A table of two rows: the cell, and what holds otherwise."""
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": "tested", "name": "tested", "field": _SUBJECT}],
        "outputs": [{"id": "given", "name": "given", "field": "result"}],
        "rules": [{"_id": "it", "tested": cell, "given": "true"}, {"_id": "other", "given": "false"}],
    }
    return _graph({"id": "it", "type": "decisionTableNode", "name": "it", "content": content})


def main(arguments: Sequence[str]) -> int:
    """Judge a folder, print what is not passed, the refusals by reason, the count; return the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m conformance.zen DIR", file=sys.stderr)
        return 2
    count = dict.fromkeys(("passed", "failed", "refused"), 0)
    reasons = Counter[str]()
    for verdict in judge_folder(Path(arguments[0])):
        count[verdict.result] += 1
        if verdict.result != "passed":
            reasons.update([verdict.reason] if verdict.reason else [])
            print(f"{verdict.result}: {verdict.name}: {verdict.detail}")
    for reason, times in reasons.most_common():
        print(f"refused by reason: {times} {reason}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['refused']} refused")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
