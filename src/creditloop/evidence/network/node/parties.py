"""The parties of a network and their keys (参与方): who logs, who cosigns, who judges, who may submit.

A party may change its keys (密钥轮换). The former ones stay known, each with the size of every log at the
change: what they signed up to there goes on to count, and nothing beyond it does, whoever has them now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from creditloop.evidence.network.cosignature import (
    CosignatureSigner,
    CosignatureVerifier,
    unverified_checkpoint,
)
from creditloop.evidence.signature import Signer, Verifier
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyKeys:
    """A party's public keys.

    Attributes:
        log: key of its log; its name is the log's origin and the party's name.
        witness: key by which its node cosigns others' logs.
        judge: key by which its node signs verdicts; named like the party.
        submitters: keys that may submit batches to its log.
    """

    log: Verifier
    witness: CosignatureVerifier
    judge: Verifier
    submitters: tuple[Verifier, ...]

    def __post_init__(self) -> None:
        if self.judge.name != self.log.name:
            raise InputError("a judge is named like its party", got=self.judge.name, expected=self.log.name)
        if not self.submitters:
            raise InputError("nobody may submit to a log", got=self.name)

    @property
    def name(self) -> str:
        """The party's name, which is its log's origin."""
        return self.log.name


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerKeys(PartyKeys):
    """Keys a party had before (历史密钥).

    Attributes:
        until: entries of every log, by origin, when the party changed them; beyond they count for nothing.
    """

    until: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(PartyKeys):
    """A party as the others know it: the keys it has now, and those it had.

    Attributes:
        former: oldest first.
    """

    former: tuple[FormerKeys, ...] = ()

    def keys_at(self, origin: str, size: int) -> PartyKeys:
        """Return the keys by which the party signs or cosigns a checkpoint of a log of so many entries."""
        return next((keys for keys in self.former if 0 < size <= keys.until[origin]), self)

    def judges(self, sizes: Mapping[str, int]) -> tuple[Verifier, ...]:
        """Return the keys that may have signed a statement made while logs had these sizes.

        At the very size of a change both do: the node may have made it before or after.
        """
        found: list[Verifier] = []
        since: Mapping[str, int] = {}
        for keys in self.former:
            if all(since.get(log, 0) <= size <= keys.until.get(log, 0) for log, size in sizes.items()):
                found.append(keys.judge)
            since = keys.until
        if all(since.get(log, 0) <= size for log, size in sizes.items()):
            found.append(self.judge)
        return tuple(found)

    def submitters_at(self, first: int) -> tuple[Verifier, ...]:
        """Return the keys that may have signed a batch which follows so many entries of the party's log."""
        return next((keys for keys in self.former if first < keys.until[self.name]), self).submitters

    @property
    def submitters_ever(self) -> tuple[Verifier, ...]:
        """All keys that may submit or once might, for what may be of any time, the present ones first."""
        return tuple(key for keys in (self, *reversed(self.former)) for key in keys.submitters)

    def continues(self, known: "Party") -> bool:
        """Say whether these are the keys known of the party, or those and what came after them."""
        past = [_texts(keys) for keys in self.former]
        before, now = [_texts(keys) for keys in known.former], _texts(known)[0]
        told = [texts for texts, _ in (*past, _texts(self))]
        return past[: len(before)] == before and told[len(before) : len(before) + 1] == [now]


def _texts(keys: PartyKeys) -> tuple[Sequence[str], Mapping[str, int]]:
    """Return what tells keys from others, and up to where they count."""
    submitters = sorted(key.text() for key in keys.submitters)
    until = dict(keys.until) if isinstance(keys, FormerKeys) else {}
    return [keys.log.text(), keys.witness.text(), keys.judge.text(), *submitters], until


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """The private keys of one party's node."""

    log: Signer
    witness: CosignatureSigner
    judge: Signer

    @property
    def name(self) -> str:
        """The party's name."""
        return self.log.verifier.name


@dataclass(frozen=True, kw_only=True)
class Network:
    """All parties of a network."""

    parties: tuple[Party, ...]

    def __post_init__(self) -> None:
        names = {party.witness.name for party in self.parties}
        keys = {party.witness.public for party in self.parties}
        if min(map(len, (self._by_name, names, keys))) < len(self.parties):
            raise InputError("two parties of one name or key", got=[party.name for party in self.parties])
        if len(self.parties) < 3:
            raise InputError("parties of a network", got=len(self.parties), expected=">= 3")
        for party in self.parties:
            self._check_former(party)

    def _check_former(self, party: Party) -> None:
        """Check that a party's former keys are its own and say up to where of every log they count."""
        before: Mapping[str, int] = {}
        for keys in party.former:
            if (keys.name, keys.witness.name) != (party.name, party.witness.name):
                raise InputError("former keys of another name", got=keys.name, expected=party.name)
            if tuple(sorted(keys.until)) != self.names or any(
                not before.get(log, 0) <= size for log, size in keys.until.items()
            ):
                raise InputError(
                    "former keys count up to a size of every log, never less than those before them",
                    got=dict(keys.until),
                    where={"party": party.name},
                )
            before = keys.until

    @cached_property
    def _by_name(self) -> Mapping[str, Party]:
        return {party.name: party for party in self.parties}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the parties, in order."""
        return tuple(sorted(self._by_name))

    @property
    def quorum(self) -> int:
        """How many of the other parties are more than half of them: 3 of 4."""
        return (len(self.parties) - 1) // 2 + 1

    def find(self, name: str) -> Party | None:
        """Return a party, None if there is none of this name."""
        return self._by_name.get(name)

    def party(self, name: str) -> Party:
        """Return a party that is known to be one."""
        return self._by_name[name]

    def others(self, name: str) -> tuple[str, ...]:
        """Return the names of all parties but one, in order."""
        return tuple(other for other in self.names if other != name)

    def witness_names(self, origin: str) -> tuple[str, ...]:
        """Return the names of the keys whose cosignatures count for a log: those of the other parties."""
        return tuple(self._by_name[name].witness.name for name in self.others(origin))

    def signers(self, origin: str, note: str) -> tuple[Verifier, tuple[CosignatureVerifier, ...]]:
        """Return the keys that count for a checkpoint of a log: the log's own, the other parties' witnesses.

        Args:
            note: the signed checkpoint, not checked yet: its size says which of a party's keys count.

        Raises: EvidenceError if it is malformed.
        """
        return self.signers_at(origin, unverified_checkpoint(note).size if self._changed else 0)

    def signers_at(self, origin: str, size: int) -> tuple[Verifier, tuple[CosignatureVerifier, ...]]:
        """As `signers`, for a checkpoint of so many entries."""
        witnesses = (self._by_name[name].keys_at(origin, size).witness for name in self.others(origin))
        return self._by_name[origin].keys_at(origin, size).log, tuple(witnesses)

    @cached_property
    def _changed(self) -> bool:
        """Whether any party has former keys."""
        return any(party.former for party in self.parties)
