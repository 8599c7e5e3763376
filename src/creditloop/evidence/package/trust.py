"""The reader's policy of a whole network (读者的信任文件): every party's keys, as one text file.

```
network five-parties
party bank.example
log bank.example+KEYID+BASE64
witness bank.example/witness+KEYID+BASE64
judge bank.example+KEYID+BASE64
sm2_log bank.example+KEYID+BASE64
sm2_witness bank.example/witness+KEYID+BASE64
submitter bank.example/core+KEYID+BASE64
until bank.example=1200 bureau.example=7 …
log bank.example+KEYID+BASE64
…
quorum 3
```
A reader gets it beforehand and from someone he trusts; the copy in a package must be the same, byte for byte.
Parties stand in order of their names, submitters' keys in order of their texts; each party has one key of the
other kinds, and two SM2 keys (国密) or none: to read those takes the extra `sm`. Keys it had before follow,
oldest first, each set under a line `until` with the size of every log up to which they count. A network that
went on from another's keys (`continues`) is one for its readers. The quorum is more than half of the others;
the line says it for people and must be right.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from creditloop.evidence.network import (
    CosignatureVerifier,
    Cosigned,
    Group,
    KnownLog,
    KnownWitness,
    NetworkPolicy,
    majority_policy,
    unverified_checkpoint,
)
from creditloop.evidence.network.node import Network, Party, PartyKeys, Sm2Keys
from creditloop.evidence.signature import Ed25519Verifier, Verifier, verifier_from_text
from creditloop.evidence.sm2 import sm2_cosignature_verifier_from_text, sm2_verifier_from_text
from creditloop.kernel.errors import EvidenceError, InputError

TRUST_CHARACTERS_MAX = 1 << 20
"""Longer files are refused; a change of keys of one party of five takes some 700 characters."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_SM2 = ("sm2_log", "sm2_witness")


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
            for of_one in (*party.former, party):
                keys += [_public(key) for key in (of_one.log, of_one.witness, of_one.judge)]
                keys += [of_one.sm2.log.public, of_one.sm2.witness.public] if of_one.sm2 else []
            # a system's key may stay while the node's own are changed
            keys += {_public(key) for key in party.submitters_ever}
        if len(set(keys)) < len(keys):
            raise InputError("a key in two places of a network", expected="a key has one use, one party")

    def text(self) -> str:
        """Return the file that `trust_from_text` reads back."""
        lines = [f"network {self.name}"]
        for name in self.network.names:
            party = self.network.party(name)
            lines += [f"party {name}", *_key_lines(party)]
            for keys in party.former:
                sizes = " ".join(f"{log}={size}" for log, size in sorted(keys.until.items()))
                lines += [f"until {sizes}", *_key_lines(keys)]
        return "\n".join([*lines, f"quorum {self.network.quorum}", ""])

    def continues(self, known: "TrustedNetwork") -> bool:
        """Say whether these are the keys known of a network, or those and what came after them."""
        return (self.name, self.network.names) == (known.name, known.network.names) and all(
            self.network.party(name).continues(known.network.party(name)) for name in known.network.names
        )

    def log_policy(self, origin: str) -> NetworkPolicy:
        """Return the policy of one party's log, as other people's programs read it.

        The keys of a party that changed them are a group of which one counts; up to which size each counts
        the form cannot say: `LogPolicy` heeds that.

        Raises: EvidenceError if there is no such party.
        """
        party = self._party(origin)
        others = {name: self.network.party(name) for name in self.network.others(origin)}
        witnesses, groups = list[KnownWitness](), list[Group]()
        for name, other in others.items():
            keys = [each.witness for each in (*other.former, other)]
            names = [name] if len(keys) == 1 else [f"{name}#{number}" for number in range(1, len(keys) + 1)]
            witnesses += [KnownWitness(each, key) for each, key in zip(names, keys, strict=True)]
            groups += [] if len(keys) == 1 else [Group(name, 1, tuple(names))]
        return NetworkPolicy(
            logs=tuple(KnownLog(_log_key(keys)) for keys in (*party.former, party)),
            witnesses=tuple(witnesses),
            groups=(*groups, Group("quorum", self.network.quorum, tuple(others))),
            quorum="quorum",
        )

    def policy_at(self, origin: str, size: int) -> NetworkPolicy:
        """Return the policy of one party's log for a checkpoint of so many entries.

        Raises: EvidenceError if there is no such party.
        """
        party, others = self._party(origin), self.network.others(origin)
        signers = self.network.signers_at(origin, size)
        return majority_policy(
            log=_log_key(party.keys_at(origin, size)),
            others=dict(zip(others, signers.witnesses, strict=True)),
            threshold=self.network.quorum,
        )

    def _party(self, origin: str) -> Party:
        party = self.network.find(origin)
        if party is None:
            raise EvidenceError("no party of this network", got=origin, expected=list(self.network.names))
        return party

    def packagers(self, name: str) -> Iterator[Verifier]:
        """Give the keys of this name that may sign a package or once might: judges' and submitters'."""
        for party in self.network.parties:
            judges = (keys.judge for keys in (*party.former, party))
            yield from (key for key in (*judges, *party.submitters_ever) if key.name == name)


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """The policy of one party's log, by the keys that count for each size of it.

    Attributes:
        trusted: the network.
        origin: the log.
    """

    trusted: TrustedNetwork
    origin: str

    def check(self, note: str, *, not_after: int | None = None) -> Cosigned:
        """Check that a checkpoint is signed by the log and cosigned by the quorum.

        Args:
            note: the signed checkpoint with its cosignatures.
            not_after: POSIX seconds; a cosignature dated later is refused. None: any time is taken.

        Raises: EvidenceError as `NetworkPolicy.check`.
        """
        size = unverified_checkpoint(note).size
        policy = self.trusted.policy_at(self.origin, size)
        signers = self.trusted.network.signers_at(self.origin, size)
        return policy.check(note, not_after=not_after, sm2=signers.sm2)


def trust_from_text(text: str) -> TrustedNetwork:
    """Read a network's file; only the one form that `TrustedNetwork.text` writes is taken.

    Raises: EvidenceError naming the line at which it is not; StateError for SM2 keys without the extra `sm`.
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
    starts = [number for number, (word, _) in enumerate(words) if word in ("party", "until")]
    ends = [*starts[1:], len(words)]
    present, *former = [_keys(words[start:end]) for start, end in zip(starts, ends, strict=True)]
    return present.party(
        former=tuple(
            keys.ended(until=_sizes(words[start][1])) for keys, start in zip(former, starts[1:], strict=True)
        ),
    )


def _sizes(text: str) -> dict[str, int]:
    """Read the sizes of logs; that they are all logs', in order, each once, the whole's comparison finds."""
    sizes: dict[str, int] = {}
    for word in text.split(" "):
        log, _, size = word.rpartition("=")
        if not _SIZE.fullmatch(size):
            raise EvidenceError("not the size of a log", got=repr(word[:80]), expected="NAME=ENTRIES")
        sizes[log] = int(size)
    return sizes


def _keys(words: Sequence[Sequence[str]]) -> PartyKeys:
    """Read the lines of one set of keys under the line that begins it."""
    keys: dict[str, list[Verifier]] = {"log": [], "witness": [], "judge": [], "submitter": []}
    sm2: dict[str, str] = {}
    for word, rest in words[1:]:
        if word in _SM2:
            sm2[word] = rest  # a second one is lost, which the comparison of the whole finds
            continue
        if word not in keys:
            expected = [*keys, *_SM2]
            raise EvidenceError("not a line of a party", got=repr(f"{word} {rest}"[:80]), expected=expected)
        keys[word].append(verifier_from_text(rest))
    if len(sm2) == 1:
        raise EvidenceError("a party has two SM2 keys or none", got=list(sm2), expected=list(_SM2))
    if [len(keys[word]) for word in ("log", "witness", "judge")] != [1, 1, 1]:
        raise EvidenceError("a party has one log, one witness, one judge", got=words[0][1])
    (witness,) = keys["witness"]
    if not isinstance(witness, CosignatureVerifier):
        raise EvidenceError("not a witness's key", got=witness.text(), expected="a key of number 4")
    for key in (*keys["log"], *keys["judge"], *keys["submitter"]):
        if not isinstance(key, Ed25519Verifier):
            raise EvidenceError("not a signing key", got=key.text(), expected="a key of number 1")
    return PartyKeys(
        log=keys["log"][0],
        witness=witness,
        judge=keys["judge"][0],
        submitters=tuple(keys["submitter"]),
        sm2=Sm2Keys(
            log=sm2_verifier_from_text(sm2["sm2_log"]),
            witness=sm2_cosignature_verifier_from_text(sm2["sm2_witness"]),
        )
        if sm2
        else None,
    )


def _key_lines(keys: PartyKeys) -> list[str]:
    submitters = sorted(key.text() for key in keys.submitters)
    return [
        f"log {keys.log.text()}",
        f"witness {keys.witness.text()}",
        f"judge {keys.judge.text()}",
        *([f"sm2_log {keys.sm2.log.text()}", f"sm2_witness {keys.sm2.witness.text()}"] if keys.sm2 else []),
        *(f"submitter {text}" for text in submitters),
    ]


def _log_key(keys: PartyKeys) -> Ed25519Verifier:
    return Ed25519Verifier(keys.log.name, _public(keys.log))


def _public(key: Verifier) -> bytes:
    """Return the 32 bytes of a key, which its text holds behind the algorithm's number."""
    known = verifier_from_text(key.text())
    assert isinstance(known, Ed25519Verifier | CosignatureVerifier)
    return known.public
