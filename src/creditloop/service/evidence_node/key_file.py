"""A node's private keys at rest (私钥加密存放): each encrypted under the node's root key, AES-256-GCM.

The root key stands in `root.key`, for its owner only, or in the variable CREDITLOOP_NODE_ROOT_KEY for a party
that keeps it in a safe of its own. While it is replaced the file has both, the new one first.
"""

import base64
from collections.abc import Mapping
from pathlib import Path

import msgspec

from creditloop.kernel.errors import InputError, StateError
from creditloop.kernel.files import replace_file
from creditloop.kernel.root_key import RootKey

ROOT_KEY = "CREDITLOOP_NODE_ROOT_KEY"
_ROOT_FILE, _KEYS_FILE = "root.key", "keys.json"


class KeyFile:
    """The keys of a node's folder.

    Args:
        environment: the process's variables.
    """

    def __init__(self, folder: Path, *, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._given = environment.get(ROOT_KEY, "")

    def create(self, keys: Mapping[str, str]) -> None:
        """Write the keys under a new root key, or under the one that the variable holds."""
        if not self._given:
            self._write_roots([RootKey.fresh()])
        self._write(keys, root=self._roots()[0])

    def read(self) -> Mapping[str, str]:
        """Return the keys by use.

        Raises: StateError if they cannot be read; InputError if the root key is none.
        """
        file = self.folder / _KEYS_FILE
        try:
            sealed = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.MsgspecError) as error:
            raise StateError("the node's keys cannot be read", got=str(error)) from None
        for root in self._roots():
            opened = {use: root.unwrapped(text, binding=use.encode()) for use, text in sealed.items()}
            if None not in opened.values():
                return {use: secret.decode() for use, secret in opened.items() if secret is not None}
        raise StateError(
            "the node's keys are under another root key, or were changed",
            got=str(file),
            hint=f"put back root.key, or set {ROOT_KEY}",
        )

    def rewrite(self, keys: Mapping[str, str]) -> None:
        """Write the keys anew; a root key that stands in the folder is replaced on the way."""
        if self._given:
            self._write(keys, root=self._roots()[0])
            return
        fresh = RootKey.fresh()
        self._write_roots([fresh, *self._roots()])  # a cut before the next line loses nothing
        self._write(keys, root=fresh)
        self._write_roots([fresh])

    def _write(self, keys: Mapping[str, str], *, root: RootKey) -> None:
        sealed = {use: root.wrapped(text.encode(), binding=use.encode()) for use, text in keys.items()}
        replace_file(self.folder / _KEYS_FILE, msgspec.json.format(msgspec.json.encode(sealed)))

    def _write_roots(self, roots: list[RootKey]) -> None:
        replace_file(
            self.folder / _ROOT_FILE, b"".join(base64.b64encode(key.secret) + b"\n" for key in roots)
        )

    def _roots(self) -> list[RootKey]:
        file = self.folder / _ROOT_FILE
        if not self._given and not file.is_file():
            raise StateError("the node's root key is gone", got=str(file), hint=f"or set {ROOT_KEY}")
        try:
            texts = [self._given] if self._given else file.read_text("ascii").split()
            return [RootKey(base64.b64decode(text, validate=True)) for text in texts]
        except ValueError:  # not base64, not even ASCII
            where = ROOT_KEY if self._given else str(file)
            raise InputError("not a root key", expected="base64 of 32 bytes", where={"in": where}) from None
