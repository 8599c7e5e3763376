"""Who owns tables, and who answers which fact: the whole loop, readable in one file."""

from importlib import resources
from creditloop.kernel.storage import Room

ROOMS = tuple(
    Room(package=p)
    for p in ("creditloop.kernel.storage", "creditloop.data", "creditloop.book", "creditloop.evidence", "creditloop.monitor")
    if (resources.files("creditloop") / p.removeprefix("creditloop.").replace(".", "/") / "schema.sql").is_file()
)
"""The rooms that own tables, in the order their schemas stand on each other."""
