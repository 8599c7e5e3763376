import pytest
from tests.risk.jdm.graphs import expression_node, graph_of, switch_node, table_node

from creditloop.kernel.errors import PolicyError
from creditloop.risk.jdm import read_graph


def refused(graph):
    with pytest.raises(PolicyError) as caught:
        read_graph(graph)
    return caught.value.where


def test_nodes_come_after_those_before_them_and_the_unreached_are_left_out():
    graph = graph_of(
        expression_node("late", ("b", "a")),
        expression_node("early", ("a", "1")),
        expression_node("nowhere", ("c", "1")),
        edges=["in>early", "early>late", "nowhere>late"],
    )
    assert [node.id for node in read_graph(graph).nodes] == ["in", "early", "late"]


def test_a_table_is_read_with_missing_cells_and_collected_columns():
    node = table_node(
        "t", ["a", ""], ["x", "tags[]"], ["> 1", "b", "1", "'u'"], hitPolicy="collect", outputPath="p.q"
    )
    node["content"]["rules"][0]["i0"] = None
    table = read_graph(graph_of(node)).nodes[1]
    assert table.collect
    assert table.flow.output_path == ("p", "q")
    assert [column.field for column in table.inputs] == ["a", None]
    assert [(column.field, column.collect) for column in table.outputs] == [("x", False), ("tags", True)]
    assert table.rules[0].cells == {"i1": "b", "o0": "1", "o1": "'u'"}


@pytest.mark.parametrize(
    ("node", "reason", "field"),
    [
        ({"id": "f", "type": "functionNode", "name": "f", "content": "x"}, "function node", None),
        ({"id": "f", "type": "customNode", "name": "f", "content": {}}, "node of another type", "type"),
        (expression_node("x", ("a", "1"), executionMode="loop"), "loop", "executionMode"),
        (table_node("x", ["a"], [""], ["1", "2"]), "shape of the graph", "outputs"),
        (table_node("x", ["a"], ["b"], ["1", 2]), "shape of the graph", "o0"),
        (table_node("x", [5], ["b"], ["1", "2"]), "shape of the graph", "field"),
        (table_node("x", ["a"], ["b", "b.c"], ["1", "2", "3"]), "shape of the graph", "outputs"),
        (table_node("x", ["a"], ["b"], ["1", "2"], hitPolicy="unique"), "shape of the graph", "hitPolicy"),
        (switch_node("x", "a") | {"content": {"statements": 5}}, "shape of the graph", "statements"),
    ],
)
def test_a_node_that_is_not_taken_over_is_refused_by_name(node, reason, field):
    where = refused(graph_of(node))
    assert (where["reason"], where["node"], where.get("field")) == (reason, node["name"], field)


def test_a_circle_an_edge_to_nowhere_and_two_inputs_are_refused():
    ring = graph_of(
        expression_node("x", ("a", "1")), expression_node("y", ("b", "1")), edges=["in>x", "x>y", "y>x"]
    )
    assert refused(ring)["field"] == "edges"
    assert refused(graph_of(expression_node("x", ("a", "1")), edges=["in>z"]))["field"] == "edges"
    two = graph_of(expression_node("x", ("a", "1")))
    two["nodes"].append(two["nodes"][0] | {"id": "in2"})
    assert refused(two)["field"] == "nodes"
    twice = graph_of(expression_node("x", ("a", "1")), expression_node("x", ("b", "1")))
    assert refused(twice)["field"] == "nodes"
    assert refused({"nodes": 1, "edges": []})["field"] == "nodes"
