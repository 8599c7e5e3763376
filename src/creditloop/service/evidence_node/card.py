"""A party's card (参与方名片): what the others get of it and believe, handed over by people."""

import re
from collections.abc import Mapping

import msgspec

from creditloop.evidence import (
    sm2_cosignature_verifier_from_text,
    sm2_verifier_from_text,
    verifier_from_text,
)
from creditloop.evidence.network import CosignatureVerifier
from creditloop.evidence.network.node import Party, PartyKeys, Sm2Keys
from creditloop.kernel.errors import InputError
from creditloop.service.evidence_node.certificates import certificate_bytes

PARTY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,79}")
"""What a party may be called: records and messages could not carry another name."""
_PORT_MAX = 65_535


class CardSm2(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SM2 keys of a party's node (国密公钥)."""

    log: str
    witness: str


class CardKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Public keys of a party.

    Attributes:
        log, witness, judge: its node's.
        submitters: of its systems that may submit.
        sm2: by which log and witness sign too, if they do.
    """

    log: str
    witness: str
    judge: str
    submitters: tuple[str, ...]
    sm2: CardSm2 | None = None

    def party_keys(self, *, party: str) -> PartyKeys:
        """Return the keys as the network has them.

        Raises: EvidenceError for what is no key; InputError for keys that are not this party's; StateError
            for SM2 keys without the extra `sm`.
        """
        log, witness = verifier_from_text(self.log), verifier_from_text(self.witness)
        if not isinstance(witness, CosignatureVerifier) or log.name != party:
            raise InputError("not the keys of this party's node", got=self.witness, where={"party": party})
        submitters = tuple(map(verifier_from_text, self.submitters))
        return PartyKeys(
            log=log,
            witness=witness,
            judge=verifier_from_text(self.judge),
            submitters=submitters,
            sm2=None if self.sm2 is None else _sm2_keys(self.sm2),
        )


class FormerCard(CardKeys, frozen=True, kw_only=True):
    """Keys a party had before, and entries of every log, by origin, up to which they count."""

    until: Mapping[str, int]


class Card(CardKeys, frozen=True, kw_only=True):
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

        Raises: as `party_keys`.
        """
        split_address(self.address)
        certificate_bytes(self.certificate, party=self.name)
        former = tuple(one.party_keys(party=self.name).ended(until=dict(one.until)) for one in self.former)
        return self.party_keys(party=self.name).party(former=former)

    def with_keys(self, keys: CardKeys, *, until: Mapping[str, int]) -> "Card":
        """Return the card with other keys; those it has now count up to these sizes of the logs."""
        former = FormerCard(
            log=self.log,
            witness=self.witness,
            judge=self.judge,
            submitters=self.submitters,
            sm2=self.sm2,
            until=until,
        )
        return Card(
            name=self.name,
            log=keys.log,
            witness=keys.witness,
            judge=keys.judge,
            submitters=keys.submitters,
            sm2=keys.sm2,
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


def _sm2_keys(card: CardSm2) -> Sm2Keys:
    return Sm2Keys(
        log=sm2_verifier_from_text(card.log), witness=sm2_cosignature_verifier_from_text(card.witness)
    )
