"""The trust policy of a network (信任策略; C2SP tlog-policy): whose log, which witnesses, how many of them.

```
log NAME+KEYID+BASE64 [URL]
witness NAME NAME+KEYID+BASE64 [URL]
group NAME N|all|any MEMBER ...
quorum NAME|none
```
A reader gets the file beforehand, not with the proof. `#` begins a comment line. Names of witnesses and
groups live in the file only and are opaque: a file with names that are not UTF-8 is read with
`errors="surrogateescape"` and written back so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from creditloop.evidence.network.cosignature import Cosigned, Sm2Key, open_by_label
from creditloop.evidence.signature import CosignatureVerifier, Ed25519Verifier, verifier_from_text
from creditloop.kernel.errors import EvidenceError, InputError

POLICY_CHARACTERS_MAX = 262_144
"""Longer policies are refused."""
_LINES_MAX = 1_000
"""More lines that say something are refused; the specification wants 32 logs, witnesses and groups taken."""
_FOREIGN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_COUNT = re.compile("[1-9][0-9]{0,3}")
_NONE = "none"


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log that a policy trusts.

    Attributes:
        verifier: its key, named as its origin.
        url: where it answers; empty if the policy does not say.
    """

    verifier: Ed25519Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class KnownWitness:
    """A witness that a policy knows.

    Attributes:
        name: the policy's name for it.
        verifier: its key.
        url: where it answers; empty if the policy does not say.
    """

    name: str
    verifier: CosignatureVerifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses, or groups of them, that count as one when enough of them have cosigned.

    Attributes:
        name: the policy's name for it.
        threshold: how many members it takes, 1..members.
        members: names of witnesses and groups.
    """

    name: str
    threshold: int
    members: tuple[str, ...]


class NotePolicy(Protocol):
    """What says of a signed checkpoint whether its log and enough witnesses signed it."""

    def check(self, note: str, *, not_after: int | None = None) -> Cosigned:
        """Check a checkpoint; see `NetworkPolicy.check`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """Which signatures make a checkpoint valid: any one of the logs' and a quorum of the witnesses'.

    Attributes:
        logs: logs by keys that are not repeated.
        witnesses: witnesses by keys that are not repeated; a name is not repeated among witnesses and groups.
        groups: each only of names before it, no name in two groups.
        quorum: name of the witness or group that must have cosigned, or "none".

    Raises: EvidenceError on making one that breaks these rules.
    """

    logs: tuple[KnownLog, ...]
    witnesses: tuple[KnownWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str

    def __post_init__(self) -> None:
        _check_keys("log", [log.verifier.public for log in self.logs])
        _check_keys("witness", [witness.verifier.public for witness in self.witnesses])
        defined: set[str] = set()
        for witness in self.witnesses:
            _define(witness.name, defined)
        used: set[str] = set()
        for group in self.groups:
            _check_group(group, defined, used)
            _define(group.name, defined)
        if self.quorum != _NONE and self.quorum not in defined:
            raise EvidenceError(
                "the quorum of a policy is not defined", got=self.quorum, expected=sorted(defined)
            )
        for url in [log.url for log in self.logs] + [witness.url for witness in self.witnesses]:
            if url:
                _check_word(url, "a URL")

    def text(self) -> str:
        """Return the policy as text that `policy_from_text` reads back as the same policy."""
        lines = [f"log {log.verifier.text()} {log.url}" for log in self.logs]
        lines += [f"witness {known.name} {known.verifier.text()} {known.url}" for known in self.witnesses]
        lines += [
            f"group {group.name} {_count_text(group)} {' '.join(group.members)}" for group in self.groups
        ]
        lines.append(f"quorum {self.quorum}")
        return "".join(f"{line.rstrip(' ')}\n" for line in lines)

    def holds(self, witnesses: Sequence[str]) -> bool:
        """Say whether cosignatures of these witnesses, by the policy's names, make the quorum."""
        satisfied = set(witnesses) & {witness.name for witness in self.witnesses}
        for group in self.groups:
            if sum(member in satisfied for member in group.members) >= group.threshold:
                satisfied.add(group.name)
        return self.quorum == _NONE or self.quorum in satisfied

    def check(self, note: str, *, not_after: int | None = None, sm2: Sequence[Sm2Key] = ()) -> Cosigned:
        """Check that a checkpoint is signed by one of the logs and cosigned by the quorum.

        Args:
            note: the signed checkpoint with its cosignatures.
            not_after: POSIX seconds; a cosignature dated later is refused. None: any time is taken.
            sm2: keys with which the logs and witnesses of their names must have signed too (国密), or their
                signatures count for nothing; the policy's text has no place for them, so that other
                programs can read it.

        Returns: the checkpoint and the times of all known witnesses that cosigned, by the policy's names.
        Raises: EvidenceError if it is malformed, signed by no log of the policy, a known key's signature is
            bad, a log's SM2 line is missing, a cosignature lies in the future, or the quorum is not
                reached.
        """
        cosigned = open_by_label(
            note,
            logs=[log.verifier for log in self.logs],
            witnesses={witness.name: witness.verifier for witness in self.witnesses},
            not_after=not_after,
            sm2=sm2,
        )
        if not self.holds(list(cosigned.times)):
            raise EvidenceError(
                "too few witnesses cosigned the checkpoint",
                got=sorted(cosigned.times),
                expected=f"quorum {self.quorum}",
                where={"log": cosigned.checkpoint.origin, "size": cosigned.checkpoint.size},
            )
        return cosigned


def majority_policy(
    *, log: Ed25519Verifier, others: Mapping[str, CosignatureVerifier], threshold: int
) -> NetworkPolicy:
    """Return the policy of one party's log: so many of the other parties must have cosigned.

    With four others and threshold 3, more than half of the others: any two quorums share two parties, so a
    forked log needs two of them beside its operator.

    Args:
        log: the log's key.
        others: the other parties' witness keys by the policy's names, none of them "quorum".
        threshold: 1..others.

    Raises: EvidenceError if a name, key or the threshold is not possible.
    """
    return NetworkPolicy(
        logs=(KnownLog(log),),
        witnesses=tuple(KnownWitness(name, verifier) for name, verifier in others.items()),
        groups=(Group("quorum", threshold, tuple(others)),),
        quorum="quorum",
    )


def policy_from_text(text: str) -> NetworkPolicy:
    """Read a policy.

    Raises: EvidenceError naming the line that cannot be, or the rule that the whole breaks.
    """
    if len(text) > POLICY_CHARACTERS_MAX:
        raise EvidenceError("a policy is too long", got=len(text), expected=f"<= {POLICY_CHARACTERS_MAX}")
    if text and not text.endswith("\n"):
        raise EvidenceError(
            "the last line of a policy does not end", got=repr(text[-60:]), expected="a line feed"
        )
    read = _Read()
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            _read_line(line, read)
        except (EvidenceError, InputError) as error:
            where = {"line": number, **error.where}
            raise EvidenceError(error.message, got=error.got, expected=error.expected, where=where) from None
    if len(read.quorums) != 1:
        raise EvidenceError("a policy has one quorum line", got=f"{len(read.quorums)}", expected="1")
    return NetworkPolicy(
        logs=tuple(read.logs),
        witnesses=tuple(read.witnesses),
        groups=tuple(read.groups),
        quorum=read.quorums[0],
    )


@dataclass(slots=True)
class _Read:
    """What was read of a policy so far."""

    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[KnownWitness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorums: list[str] = field(default_factory=list)
    defined: set[str] = field(default_factory=lambda: {_NONE})
    lines: int = 0


def _read_line(line: str, read: _Read) -> None:
    if _FOREIGN.search(line):
        raise EvidenceError(
            "a control character in a policy", got=repr(line[:200]), expected="tab or line feed"
        )
    words = [word for word in re.split("[ \t]+", line) if word]
    if not words or words[0].startswith("#"):
        return
    read.lines += 1
    if read.lines > _LINES_MAX:
        raise EvidenceError("too many lines in a policy", got=read.lines, expected=f"<= {_LINES_MAX}")
    reader = _READERS.get(words[0])
    if reader is None or not reader(words[1:], read):
        raise EvidenceError(
            "not a line of a policy",
            got=repr(line[:200]),
            expected="log, witness, group or quorum with its words",
        )


def _read_log(words: Sequence[str], read: _Read) -> bool:
    if not 1 <= len(words) <= 2:
        return False
    verifier = verifier_from_text(words[0])
    if not isinstance(verifier, Ed25519Verifier):
        raise EvidenceError("not a log's key", got=words[0], expected="an Ed25519 key, number 1")
    read.logs.append(KnownLog(verifier, *words[1:]))
    return True


def _read_witness(words: Sequence[str], read: _Read) -> bool:
    if not 2 <= len(words) <= 3:
        return False
    verifier = verifier_from_text(words[1])
    if not isinstance(verifier, CosignatureVerifier):
        raise EvidenceError("not a witness's key", got=words[1], expected="a cosignature key, number 4")
    _define(words[0], read.defined)
    read.witnesses.append(KnownWitness(words[0], verifier, *words[2:]))
    return True


def _read_group(words: Sequence[str], read: _Read) -> bool:
    if len(words) < 3:
        return False
    name, count, *members = words
    counts = {"any": 1, "all": len(members)}
    if count not in counts and not _COUNT.fullmatch(count):
        return False
    group = Group(name, counts[count] if count in counts else int(count), tuple(members))
    _check_group(group, read.defined - {_NONE}, {member for one in read.groups for member in one.members})
    _define(name, read.defined)
    read.groups.append(group)
    return True


def _read_quorum(words: Sequence[str], read: _Read) -> bool:
    if len(words) != 1:
        return False
    if words[0] not in read.defined:
        raise EvidenceError("a name that no line before defines", got=words[0])
    read.quorums.append(words[0])
    return True


_READERS: Mapping[str, Callable[[Sequence[str], _Read], bool]] = {
    "log": _read_log,
    "witness": _read_witness,
    "group": _read_group,
    "quorum": _read_quorum,
}


def _count_text(group: Group) -> str:
    return "all" if group.threshold == len(group.members) > 1 else str(group.threshold)


def _check_keys(what: str, keys: Sequence[bytes]) -> None:
    if len(set(keys)) < len(keys):
        raise EvidenceError(f"a policy names a {what}'s key twice", got=[key.hex() for key in keys])


def _check_group(group: Group, defined: set[str], used: set[str]) -> None:
    """Refuse members that are unknown or listed before, in this group or another; then count them as used."""
    for member in group.members:
        if member not in defined or member in used:
            problem = "is listed twice" if member in used else "is not defined before"
            raise EvidenceError(f"a member of a group {problem}", got=member, where={"group": group.name})
        used.add(member)
    if not 1 <= group.threshold <= len(group.members):
        raise EvidenceError(
            "not a group's threshold",
            got=group.threshold,
            expected=f"1..{len(group.members)}",
            where={"group": group.name},
        )


def _define(name: str, defined: set[str]) -> None:
    _check_word(name, "a name")
    if name == _NONE or name in defined:
        raise EvidenceError("a name of a policy is taken", got=name)
    defined.add(name)


def _check_word(word: str, what: str) -> None:
    if not word or _FOREIGN.search(word) or any(character in " \t\n" for character in word):
        raise EvidenceError(f"not {what} of a policy", got=repr(word), expected="no white space")
