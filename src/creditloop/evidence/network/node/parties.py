"""The parties of a network and their keys (参与方): who logs, who cosigns, who judges, who may submit.

A party may change its keys (密钥轮换). The former ones stay known, each with the size of every log at the
change: what they signed up to there goes on to count, and nothing beyond it does, whoever has them now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from creditloop.evidence.checkpoint import Checkpoint, sign_checkpoint
from creditloop.evidence.network.cosignature import (
    CosignatureSigner,
    CosignatureVerifier,
    Cosigned,
    Sm2Key,
    cosign,
    open_cosigned,
    unverified_checkpoint,
)
from creditloop.evidence.signature import Signer, Verifier
from creditloop.evidence.sm2 import (
    Sm2CosignatureSigner,
    Sm2CosignatureVerifier,
    Sm2Signer,
    Sm2Verifier,
)
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sm2Keys:
    """A party's SM2 keys (国密公钥): what they do not sign beside the Ed25519 ones counts for nothing.

    Attributes:
        log: signs its log's checkpoints; named like the log.
        witness: cosigns others' logs; named like the witness's key.
    """

    log: Sm2Verifier
    witness: Sm2CosignatureVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyKeys:
    """A party's public keys.

    Attributes:
        log: key of its log; its name is the log's origin and the party's name.
        witness: key by which its node cosigns others' logs.
        judge: key by which its node signs verdicts; named like the party.
        submitters: keys that may submit batches to its log.
        sm2: keys by which log and witness sign too; None if they do not.
    """

    log: Verifier
    witness: CosignatureVerifier
    judge: Verifier
    submitters: tuple[Verifier, ...]
    sm2: Sm2Keys | None = None

    def __post_init__(self) -> None:
        if self.sm2 and (self.sm2.log.name, self.sm2.witness.name) != (self.log.name, self.witness.name):
            raise InputError(
                "SM2 keys are named like those they sign beside",
                got=[self.sm2.log.name, self.sm2.witness.name],
                expected=[self.log.name, self.witness.name],
            )
        if self.judge.name != self.log.name:
            raise InputError("a judge is named like its party", got=self.judge.name, expected=self.log.name)
        if not self.submitters:
            raise InputError("nobody may submit to a log", got=self.name)

    @property
    def name(self) -> str:
        """The party's name, which is its log's origin."""
        return self.log.name

    def ended(self, *, until: Mapping[str, int]) -> "FormerKeys":
        """Return these keys as ones that count up to these sizes of all logs."""
        return FormerKeys(**_fields(self), until=until)

    def party(self, *, former: "tuple[FormerKeys, ...]" = ()) -> "Party":
        """Return the party that has these keys and had those."""
        return Party(**_fields(self), former=former)


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


def _fields(keys: PartyKeys) -> dict[str, Any]:
    return {field.name: getattr(keys, field.name) for field in fields(PartyKeys)}


def _texts(keys: PartyKeys) -> tuple[Sequence[str], Mapping[str, int]]:
    """Return what tells keys from others, and up to where they count."""
    submitters = sorted(key.text() for key in keys.submitters)
    until = dict(keys.until) if isinstance(keys, FormerKeys) else {}
    sm2 = [keys.sm2.log.text(), keys.sm2.witness.text()] if keys.sm2 else []
    return [keys.log.text(), keys.witness.text(), keys.judge.text(), *sm2, *submitters], until


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSm2Keys:
    """The private SM2 keys of one party's node."""

    log: Sm2Signer
    witness: Sm2CosignatureSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """The private keys of one party's node.

    Attributes:
        sm2: by which log and witness sign too; None if the party has none.
    """

    log: Signer
    witness: CosignatureSigner
    judge: Signer
    sm2: NodeSm2Keys | None = None

    @property
    def name(self) -> str:
        """The party's name."""
        return self.log.verifier.name

    def sign(self, checkpoint: Checkpoint) -> str:
        """Return a checkpoint of the party's log as a signed note."""
        return sign_checkpoint(checkpoint, signer=self.log, sm2=self.sm2.log if self.sm2 else None)

    def cosign(self, checkpoint: Checkpoint, *, at: int) -> str:
        """Return the lines by which the party cosigns a checkpoint of another log.

        Args:
            at: POSIX seconds.
        """
        sm2 = self.sm2.witness if self.sm2 else None
        return cosign(checkpoint.text(), signer=self.witness, at=at, sm2=sm2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """The keys that count for a checkpoint.

    Attributes:
        log: the log's.
        witnesses: of the other parties, in order of their names.
        sm2: by which those of these names sign too.
    """

    log: Verifier
    witnesses: tuple[CosignatureVerifier, ...]
    sm2: tuple[Sm2Key, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """All parties of a network."""

    parties: tuple[Party, ...]

    def __post_init__(self) -> None:
        names = {party.witness.name for party in self.parties}
        keys = {party.witness.public for party in self.parties}
        if min(map(len, (self._by_name, names, keys))) < len(self.parties):
            raise InputError("two parties of one name or key", got=[party.name for party in self.parties])
        for party in self.parties:
            if party.witness.name != party.name and party.witness.name in self._by_name:
                raise InputError("a witness that is named like another party", got=party.witness.name)
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

    def opened(self, origin: str, note: str, *, not_after: int | None = None) -> Cosigned:
        """Check a signed checkpoint of a log with the keys that count for its size.

        Args:
            origin: the log, known to be one.
            note: with its signatures.
            not_after: POSIX seconds; a cosignature dated later is refused. None: any time is taken.

        Raises: EvidenceError if it is malformed, the log did not sign it, or a signature does not verify.
        """
        signers = self.signers_at(origin, unverified_checkpoint(note).size if self._changed else 0)
        return open_cosigned(
            note, log=signers.log, witnesses=signers.witnesses, not_after=not_after, sm2=signers.sm2
        )

    def signers_at(self, origin: str, size: int) -> "Signers":
        """Return the keys that count for a checkpoint of a log: its own, the other parties' witnesses."""
        own = self._by_name[origin].keys_at(origin, size)
        others = [self._by_name[name].keys_at(origin, size) for name in self.others(origin)]
        return Signers(
            log=own.log,
            witnesses=tuple(keys.witness for keys in others),
            sm2=(
                *([own.sm2.log] if own.sm2 else []),
                *(keys.sm2.witness for keys in others if keys.sm2),
            ),
        )

    @cached_property
    def _changed(self) -> bool:
        """Whether any party has former keys."""
        return any(party.former for party in self.parties)
