"""Where a bank's things stand: its documents (contracts, policies, …) and its state on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from creditloop.kernel.documents import Document, parse_document, read_document_text
from creditloop.kernel.errors import InputError
from creditloop.kernel.storage.server import default_state_folder

_CHECKOUT = Path(__file__).resolve().parents[3]
"""The source checkout, when the package runs from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folder of the bank's documents and the folder of its state.

    Attributes:
        documents: holds `contracts/` and `policies/`.
        state: database, evidence keys and checkpoints; see `kernel.storage.server`.
        environment: the process's variables, read once.
    """

    documents: Path
    state: Path
    environment: Mapping[str, str]

    def document(self, path: str | Path) -> Document:
        """Read a document, named relative to the bank's folder or as any path."""
        given = Path(path)
        inside = self.documents / given
        file = inside if inside.exists() else given
        return parsed_document(*read_document_text(file, root=self.documents))

    def contract_file(self, name: str | Path) -> Path:
        """Find a contract by its name ("taiwan_cards") or its path."""
        named = self.documents / "contracts" / f"{name}.yaml"
        return named if named.exists() else Path(name)


@lru_cache(maxsize=256)
def parsed_document(text: str, path: str) -> Document:
    """Return a document from its text, once for a text: nothing of a document ever changes.

    Raises: PolicyError as `kernel.documents.parse_document` does.
    """
    return parse_document(text, path=path)


def find_places(environment: Mapping[str, str] | None = None) -> Places:
    """Find the bank's folders: CREDITLOOP_BANK, else this folder if it holds contracts, else the checkout.

    Raises: InputError if no folder with `contracts/` is found.
    """
    variables = dict(os.environ if environment is None else environment)
    state = default_state_folder(variables, is_root=os.geteuid() == 0)
    given = variables.get("CREDITLOOP_BANK")
    for folder in [Path(given)] if given else [Path.cwd(), _CHECKOUT]:
        if (folder / "contracts").is_dir():
            return Places(documents=folder.resolve(), state=state, environment=variables)
    raise InputError(
        "no folder of bank documents found",
        got=given or str(Path.cwd()),
        expected="a folder that holds contracts/ and policies/",
        hint="change into it, or name it in CREDITLOOP_BANK",
    )
