"""JDM, the open decision-graph JSON of zen, in and out (决策图导入导出).

`read_graph` reads nodes and edges, `expressions` and `cells` the two languages written in them, `kinds`
tells what kind each input is. `lowering` (with `functions`, `dates`, `literals`) writes an expression in
our language, `tables` a table; `building` walks the graph and drafts our document, which `read_policy`
reads like any other: from then on the graph has one program, all targets, checks and backtests.
`ImportedGraph` answers JSON with JSON. What is not taken over exactly is refused with a name (`Refusal`),
never approximated. `export_policy` writes a policy of ours as a graph for other people's tools, with a
warning for every rule that such a tool would decide differently.
"""

from creditloop.risk.jdm.answering import Answer, ImportedGraph
from creditloop.risk.jdm.graph import Graph, read_graph
from creditloop.risk.jdm.reading import import_graph
from creditloop.risk.jdm.refusals import Refusal
from creditloop.risk.jdm.writing import Export, export_policy

__all__ = [
    "Answer",
    "Export",
    "Graph",
    "ImportedGraph",
    "Refusal",
    "export_policy",
    "import_graph",
    "read_graph",
]
