import json

import pytest
import typer
from tests.risk.jdm.graphs import expression_node, graph_of
from typer.testing import CliRunner

from creditloop.kernel.errors import InputError, PolicyError
from creditloop.service.cli.jdm import add_strategy_commands

GRAPH = graph_of(expression_node("x", ("twice", "n * 2")))


@pytest.fixture
def call():
    group = typer.Typer()
    add_strategy_commands(group)

    def run(*words: object):
        return CliRunner().invoke(group, [str(word) for word in words])

    return run


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "loan.json"
    path.write_text(json.dumps(GRAPH))
    return path


def test_a_graph_comes_in_as_a_document_and_goes_out_again(call, graph, tmp_path):
    samples = tmp_path / "cases.json"
    samples.write_text('[{"n": 1.5}]')
    done = call("import-jdm", graph, "--samples", samples, "--rules-as-of", "2025-01-01", "--product", "card")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("policy: loan\nproduct: card\nstage: admit\n")
    assert "value: n * 2" in done.stdout
    document = tmp_path / "loan.yaml"
    document.write_text(done.stdout)
    out = call("export-jdm", document, "--rules-as-of", "2025-01-01")
    assert out.exit_code == 0, out.output
    assert json.loads(out.stdout)["nodes"][1]["content"]["expressions"][0]["value"] == "(n * 2)"
    assert "warning: input n: null is `refer` here" in out.stderr


def test_sub_decisions_are_found_in_their_folder(call, tmp_path):
    folder = tmp_path / "decisions"
    folder.mkdir()
    (folder / "inner.json").write_text(json.dumps(GRAPH))
    outer = tmp_path / "outer.json"
    node = {"id": "s", "type": "decisionNode", "name": "s", "content": {"key": "inner.json"}}
    outer.write_text(json.dumps(graph_of(node)))
    assert call("import-jdm", outer, "--decisions", folder, "--rules-as-of", "2025-01-01").exit_code == 0
    alone = call("import-jdm", outer, "--rules-as-of", "2025-01-01")
    assert isinstance(alone.exception, PolicyError)


@pytest.mark.parametrize(
    ("name", "text"), [("cases.json", "{}"), ("cases.json", "[1]"), ("cases.json", "?"), ("none.json", None)]
)
def test_samples_that_cannot_be_read_are_told(call, graph, tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text)
    done = call("import-jdm", graph, "--samples", tmp_path / name, "--rules-as-of", "2025-01-01")
    assert isinstance(done.exception, InputError)
    assert done.exception.where["file"].endswith(name)


def test_a_graph_that_is_none_is_told(call, tmp_path):
    (tmp_path / "list.json").write_text("[]")
    done = call("import-jdm", tmp_path / "list.json", "--rules-as-of", "2025-01-01")
    assert isinstance(done.exception, InputError)
