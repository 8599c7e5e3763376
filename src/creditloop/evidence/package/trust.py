"""The reader's policy of a whole network (读者的信任文件): every party's keys, as one text file.

```
network five-parties
party bank.example
log bank.example+KEYID+BASE64
witness bank.example/witness+KEYID+BASE64
judge bank.example+KEYID+BASE64
submitter bank.example/core+KEYID+BASE64
…
quorum 3
```
A reader gets it beforehand and from someone he trusts; the copy in a package must be the same, byte for byte.
Parties stand in order of their names, submitters' keys in order of their texts; each party has one key of the
other kinds. The quorum is more than half of the others; the line says it for people and must be right.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from creditloop.evidence.network import CosignatureVerifier, NetworkPolicy, majority_policy
from creditloop.evidence.network.node import Network, Party
from creditloop.evidence.signature import Ed25519Verifier, Verifier, verifier_from_text
from creditloop.kernel.errors import EvidenceError, InputError

TRUST_CHARACTERS_MAX = 65_536
"""Longer files are refused."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class TrustedNetwork:
    """The parties a reader knows.

    Attributes:
        name: the reader's or the network's name for it.
        network: parties and keys.
    """

    name: str
    network: Network

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InputError("not a network's name", got=self.name, expected=_NAME.pattern)
        keys: list[bytes] = []
        for party in self.network.parties:
            single = (party.log, party.witness, party.judge)
            keys += [_public(key) for key in (*single, *party.submitters)]
        if len(set(keys)) < len(keys):
            raise InputError("a key in two places of a network", expected="a key has one use, one party")

    def text(self) -> str:
        """Return the file that `trust_from_text` reads back."""
        lines = [f"network {self.name}"]
        for name in self.network.names:
            party = self.network.party(name)
            lines += [f"party {name}", f"log {party.log.text()}", f"witness {party.witness.text()}"]
            lines.append(f"judge {party.judge.text()}")
            lines += [f"submitter {text}" for text in sorted(key.text() for key in party.submitters)]
        return "\n".join([*lines, f"quorum {self.network.quorum}", ""])

    def log_policy(self, origin: str) -> NetworkPolicy:
        """Return the policy of one party's log, as other people's programs read it.

        Raises: EvidenceError if there is no such party.
        """
        party = self.network.find(origin)
        if party is None:
            raise EvidenceError("no party of this network", got=origin, expected=list(self.network.names))
        others = {name: self.network.party(name).witness for name in self.network.others(origin)}
        log = Ed25519Verifier(party.log.name, _public(party.log))
        return majority_policy(log=log, others=others, threshold=self.network.quorum)

    def packagers(self, name: str) -> Iterator[Verifier]:
        """Give the keys of this name that may sign a package: parties' judges and submitters."""
        for party in self.network.parties:
            yield from (key for key in (party.judge, *party.submitters) if key.name == name)


def trust_from_text(text: str) -> TrustedNetwork:
    """Read a network's file; only the one form that `TrustedNetwork.text` writes is taken.

    Raises: EvidenceError naming the line at which it is not.
    """
    if len(text) > TRUST_CHARACTERS_MAX:
        raise EvidenceError("a network's file is too long", expected=f"<= {TRUST_CHARACTERS_MAX} characters")
    lines = text.split("\n")
    words = [line.partition(" ")[::2] for line in lines[:-2]]  # the quorum and the end follow from the rest
    starts = [number for number, (word, _) in enumerate(words) if word == "party"]
    if not starts or words[0][0] != "network":
        raise EvidenceError("not a network's file", got=repr(text[:80]), expected="network NAME, party …")
    ends = [*starts[1:], len(words)]
    try:
        parties = [_party(words[start:end]) for start, end in zip(starts, ends, strict=True)]
        trusted = TrustedNetwork(name=words[0][1], network=Network(parties=tuple(parties)))
    except InputError as error:
        raise EvidenceError(error.message, got=error.got, expected=error.expected) from None
    written = trusted.text()
    if written != text:
        pairs = enumerate(zip_longest(written.split("\n"), lines), start=1)
        line = next(number for number, (ours, theirs) in pairs if ours != theirs)
        raise EvidenceError("a network's file is not in its one form", where={"line": line})
    return trusted


def _party(words: Sequence[Sequence[str]]) -> Party:
    """Read the lines of one party; what is odd about their order the comparison of the whole finds."""
    keys: dict[str, list[Verifier]] = {"log": [], "witness": [], "judge": [], "submitter": []}
    for word, rest in words[1:]:
        if word not in keys:
            raise EvidenceError("not a line of a party", got=repr(f"{word} {rest}"[:80]), expected=list(keys))
        keys[word].append(verifier_from_text(rest))
    if [len(keys[word]) for word in ("log", "witness", "judge")] != [1, 1, 1]:
        raise EvidenceError("a party has one log, one witness, one judge", got=words[0][1])
    (witness,) = keys["witness"]
    if not isinstance(witness, CosignatureVerifier):
        raise EvidenceError("not a witness's key", got=witness.text(), expected="a key of number 4")
    for key in (*keys["log"], *keys["judge"], *keys["submitter"]):
        if not isinstance(key, Ed25519Verifier):
            raise EvidenceError("not a signing key", got=key.text(), expected="a key of number 1")
    return Party(
        log=keys["log"][0],
        witness=witness,
        judge=keys["judge"][0],
        submitters=tuple(keys["submitter"]),
    )


def _public(key: Verifier) -> bytes:
    """Return the 32 bytes of a key, which its text holds behind the algorithm's number."""
    known = verifier_from_text(key.text())
    assert isinstance(known, Ed25519Verifier | CosignatureVerifier)
    return known.public
