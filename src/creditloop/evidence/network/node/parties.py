"""The parties of a network and their keys (参与方): who logs, who cosigns, who judges, who may submit."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from creditloop.evidence.network.cosignature import CosignatureSigner, CosignatureVerifier
from creditloop.evidence.signature import Signer, Verifier
from creditloop.kernel.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A party as the others know it.

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

    def witnesses(self, origin: str) -> tuple[CosignatureVerifier, ...]:
        """Return the keys whose cosignatures count for a log: those of the other parties."""
        return tuple(self._by_name[name].witness for name in self.others(origin))
