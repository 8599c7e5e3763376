"""`creditloop evidence node …` and `evidence light …` by themselves: they need nothing of the bank."""

import typer

from creditloop.service.cli.evidence_light import light_commands
from creditloop.service.cli.evidence_node import node_commands


def add_node_commands(group: typer.Typer) -> None:
    """Add both groups to `creditloop evidence`."""
    group.add_typer(node_commands(), name="node")
    group.add_typer(light_commands(), name="light")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this file to the program."""
    group = typer.Typer(help="Nodes of the evidence network (存证节点).")
    add_node_commands(group)
    app.add_typer(group, name="evidence")
