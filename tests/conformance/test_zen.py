import copy
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from conformance.zen import judge_file, judge_folder, main
from tests.risk.jdm.graphs import FAILS, comparable, expression_node, graph_of, second_opinion, taken_over

from creditloop.kernel.errors import PolicyError

PASSED = 323
REFUSED = Counter(
    {
        "closure": 34,
        "time of day or time zone": 33,
        "array as a value": 28,
        "assignment": 17,
        "calendar function": 7,
        "index or dynamic key": 7,
        "function node": 6,
        "pattern": 5,
        "clock": 4,
        "type test or conversion": 2,
        "loop": 2,
        "object as a value": 2,
        "kinds do not go together": 1,
        "number written as text": 1,
    }
)


@pytest.mark.shared
def test_every_outside_case_passes_or_is_refused_by_name(shared):
    verdicts = list(judge_folder(shared / "data" / "zen"))
    assert [verdict for verdict in verdicts if verdict.result == "failed"] == []
    assert Counter(verdict.reason for verdict in verdicts if verdict.result == "refused") == REFUSED
    assert sum(verdict.result == "passed" for verdict in verdicts) == PASSED


@pytest.mark.shared
def test_no_accepted_graph_ever_answers_otherwise_than_zen(shared):
    told: Counter[str] = Counter()
    for file in sorted((shared / "data" / "zen" / "graphs").glob("*.json")):
        graph = json.loads(file.read_text())
        inputs = [test["input"] for test in graph["tests"]]
        try:
            imported = taken_over(graph, *inputs)
        except PolicyError as error:
            assert "reason" in error.where
            continue
        told["graphs"] += 1
        draw = random.Random(file.name)
        for _ in range(20):
            case = _changed(copy.deepcopy(draw.choice(inputs)), draw)
            answer, other = imported.evaluate(case), second_opinion(graph, case)
            assert answer.refers or (other is not FAILS and comparable(answer.output) == comparable(other)), (
                file,
                case,
            )
            told[
                "refers alone"
                if answer.refers and other is not FAILS
                else "refers"
                if answer.refers
                else "equal"
            ] += 1
    assert told["graphs"] == 25
    assert told["equal"] > 300 and told["refers alone"] < 30


def _changed(value: object, draw: random.Random) -> object:  # noqa: PLR0911  # one return for each kind of value
    """A case with some of it missing, null, or another number or text."""
    if isinstance(value, dict):
        return {key: _changed(inner, draw) for key, inner in value.items() if draw.random() > 0.04}
    if isinstance(value, list) or draw.random() < 0.5:
        return value
    if draw.random() < 0.1:
        return None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return draw.choice([0, 1, 5, value + 1, value * 2, value - 10])
    if isinstance(value, float):
        return draw.choice([0.25, 1, value * 2, value + 0.5])
    return draw.choice(["high", "low", value, "", "other"])


ROWS = [
    "title",
    "# remark",
    "",
    "1 + 1;;2",
    '"a = 1; b";{};3',
    "x > 1;{x: 2};true",
    "x;{x: 1}",
    "x + 1;{x: null};1",
    "1;{;1",
]


def test_the_last_line_counts_and_a_wrong_expectation_is_a_failure(tmp_path):
    graph = graph_of(expression_node("x", ("m", "n * 2"))) | {
        "tests": [{"input": {"n": 2}, "output": {"m": 4}}]
    }
    (tmp_path / "a.json").write_text(json.dumps(graph))
    rows = "\n".join(ROWS)
    (tmp_path / "b.csv").write_text(rows)
    (tmp_path / "unary.csv").write_text("title\n> 5;{$: 10};true\n'a', 'b';{$: 'c'};false\n")
    (tmp_path / "c.txt").write_text("?")
    (tmp_path / "README.md").write_text("not a case")
    done = subprocess.run(
        [sys.executable, "-m", "conformance.zen", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == "5 passed, 1 failed, 3 refused"
    assert any(line.startswith("failed: b.csv:8: x + 1: refers") for line in lines)
    assert any(line.startswith("refused: b.csv:5: a = 1; b: assignment") for line in lines)


@pytest.mark.parametrize(
    ("name", "text", "results"),
    [
        ("x.json", "not json", ["refused"]),
        ("x.json", "[]", ["refused"]),
        ("x.json", '{"nodes": [], "edges": []}', ["refused"]),
        ("x.json", '{"nodes": [], "edges": [], "tests": [{"input": {}, "output": {}}]}', ["refused"]),
        ("x.csv", "title\ntrue;{};1\n", ["failed"]),
        ("x.csv", "title\nx;[1];1\n", ["refused"]),
    ],
)
def test_files_of_other_kinds_are_refused(tmp_path, name, text, results):
    path = tmp_path / name
    path.write_text(text)
    assert [verdict.result for verdict in judge_file(path, name=name)] == results


def test_no_folder_is_a_usage_error(tmp_path, capsys):
    assert main([str(tmp_path / "none")]) == 2
    assert "usage" in capsys.readouterr().err
