"""A party's card (参与方名片): what the others get of it and believe, handed over by people."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from creditloop.evidence import verifier_from_text
from creditloop.evidence.network import CosignatureVerifier
from creditloop.evidence.network.node import FormerKeys, Party, PartyKeys
from creditloop.kernel.errors import InputError
from creditloop.service.evidence_node.certificates import certificate_bytes

PARTY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,79}")
"""What a party may be called: records and messages could not carry another name."""
_PORT_MAX = 65_535


class CardKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Public keys of a party.

    Attributes:
        log, witness, judge: its node's.
        submitters: of its systems that may submit.
    """

    log: str
    witness: str
    judge: str
    submitters: tuple[str, ...]

    def party_keys(self, *, party: str) -> PartyKeys:
        """Return the keys as the network has them.

        Raises: EvidenceError for what is no key; InputError for keys that are not this party's.
        """
        log, witness = verifier_from_text(self.log), verifier_from_text(self.witness)
        if not isinstance(witness, CosignatureVerifier) or log.name != party:
            raise InputError("not the keys of this party's node", got=self.witness, where={"party": party})
        submitters = tuple(map(verifier_from_text, self.submitters))
        return PartyKeys(
            log=log, witness=witness, judge=verifier_from_text(self.judge), submitters=submitters
        )


class FormerCard(CardKeys, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys a party had before, and entries of every log, by origin, up to which they count."""

    until: Mapping[str, int]


class Card(CardKeys, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What others know of a party.

    Attributes:
        name: the party's, its log's origin.
        address: HOST:PORT where the node answers.
        certificate: of its TLS key, PEM.
        former: keys it had before, oldest first.
    """

    name: str
    address: str
    certificate: str
    former: tuple[FormerCard, ...] = ()

    def party(self) -> Party:
        """Return the party's keys as the network has them.

        Raises: EvidenceError for what is no key; InputError for keys that are not this party's.
        """
        split_address(self.address)
        certificate_bytes(self.certificate, party=self.name)
        keys = self.party_keys(party=self.name)
        return Party(**_fields(keys), former=tuple(_former(one, party=self.name) for one in self.former))

    def with_keys(self, keys: CardKeys, *, until: Mapping[str, int]) -> "Card":
        """Return the card with other keys; those it has now count up to these sizes of the logs."""
        former = FormerCard(
            log=self.log, witness=self.witness, judge=self.judge, submitters=self.submitters, until=until
        )
        return Card(
            name=self.name,
            log=keys.log,
            witness=keys.witness,
            judge=keys.judge,
            submitters=keys.submitters,
            address=self.address,
            certificate=self.certificate,
            former=(*self.former, former),
        )


def split_address(address: str) -> tuple[str, int]:
    """Take HOST:PORT apart.

    Raises: InputError if it is not that.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _PORT_MAX:
        raise InputError("not an address", got=address, expected="HOST:PORT")
    return host.strip("[]"), int(port)


def _former(card: FormerCard, *, party: str) -> FormerKeys:
    return FormerKeys(**_fields(card.party_keys(party=party)), until=dict(card.until))


def _fields(keys: PartyKeys) -> dict[str, Any]:
    return {"log": keys.log, "witness": keys.witness, "judge": keys.judge, "submitters": keys.submitters}
