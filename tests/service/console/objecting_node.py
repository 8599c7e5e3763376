"""A party's node (simulated) whose own rules object to some kinds of records: FOLDER KIND,KIND."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from creditloop.evidence.network import Record
from creditloop.service.evidence_node import NodeFolder, run_node

REASON = "limit_exceeded"


@dataclass(frozen=True, slots=True)
class Objecting:
    """Rules by which records of some kinds are not agreed to."""

    kinds: tuple[str, ...]

    def objection(self, record: Record) -> str | None:
        """Return the reason, None if it agrees."""
        return REASON if record.kind.value in self.kinds else None


def main() -> None:
    """Run the node of a folder."""
    folder, kinds = Path(sys.argv[1]), tuple(sys.argv[2].split(","))
    node = NodeFolder(folder, environment=os.environ)
    run_node(node, environment=os.environ, preconditions=Objecting(kinds), ready=print)


if __name__ == "__main__":
    main()
