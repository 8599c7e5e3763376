"""A node's folder (节点目录): who it is, its keys, whom it knows, what it signed last.

    node.json     name, its database
    card.json     what the other parties get: public keys, address, certificate
    network.txt   all parties' keys, as readers of evidence packages get them
    parties.json  the cards of all parties: `card`
    root.key      encrypts the private keys in keys.json: `key_file`
    signed/       what was signed last: `signed_files`; not to be restored from a backup

It is its owner's alone; root's may be passed through to the embedded database, whose server runs as another
user. `create_folder` makes it with new keys, `join` takes in the cards of all parties, `renew` replaces the
certificate and the root key, `change_keys` all keys that sign. The card says which are the party's: new ones
stand beside the present ones until the card is replaced, so a change is done or not begun.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from creditloop.evidence import (
    Ed25519Signer,
    Signer,
    Sm2CosignatureSigner,
    Sm2Signer,
    signer_from_text,
    sm2_cosignature_signer_from_text,
    sm2_signer_from_text,
)
from creditloop.evidence.network import CosignatureSigner
from creditloop.evidence.network.node import Network, NodeKeys, NodeSm2Keys
from creditloop.evidence.package import TrustedNetwork, trust_from_text
from creditloop.kernel.errors import EvidenceError, InputError, StateError
from creditloop.kernel.files import replace_file
from creditloop.service.evidence_node.card import PARTY_NAME, Card, CardKeys, CardSm2, split_address
from creditloop.service.evidence_node.certificates import certificate_bytes, new_certificate
from creditloop.service.evidence_node.key_file import KeyFile
from creditloop.service.evidence_node.signed_files import begin_signed_files

EMBEDDED = "embedded"
"""As `database`: a PostgreSQL of its own in the folder."""
_NEXT = "next_"
"""Before the use of a key that is not the card's yet."""


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    database: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """A party's private keys.

    Attributes:
        node: what its node signs with.
        submitter: what its own systems sign batches with.
        tls: private key of its certificate, PEM.
    """

    node: NodeKeys
    submitter: Signer
    tls: str


class NodeFolder:
    """A node's folder that is there.

    Args:
        environment: the process's variables.

    Raises: InputError if it is none.
    """

    def __init__(self, folder: Path, *, environment: Mapping[str, str]) -> None:
        if not (folder / "node.json").is_file():
            raise InputError("not a node's folder", got=str(folder), hint="creditloop evidence node create")
        self.folder = folder
        self._keys = KeyFile(folder, environment=environment)
        self._settings: _Settings = _read(folder / "node.json", _Settings)
        self.card: Card = _read(folder / "card.json", Card)

    @property
    def name(self) -> str:
        """The party's name."""
        return self._settings.name

    @property
    def database(self) -> str:
        """Address of the node's database, or "embedded"."""
        return self._settings.database

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        return split_address(self.card.address)

    @property
    def signed(self) -> Path:
        """The folder of what was signed last."""
        return self.folder / "signed"

    def join(self, cards: Sequence[Card], *, network: str) -> TrustedNetwork:
        """Take in the parties of a network; our own card must be among them.

        Args:
            network: the network's name.

        Raises: InputError for parties that make no network, a card of ours that is another, or a party whose
            keys do not go on from those known of it in this network; EvidenceError for keys of another kind;
            StateError for SM2 keys without the extra `sm`.
        """
        if self.card not in cards:
            raise InputError("our own card is not among the parties'", got=[card.name for card in cards])
        trusted = self.network_of(cards, network=network)
        replace_file(self.folder / "parties.json", _written(sorted(cards, key=lambda card: card.name)))
        replace_file(self.folder / "network.txt", trusted.text().encode())
        kept = self._keys.read()
        if any(use.startswith(_NEXT) for use in kept):  # a change of keys was cut short after the card
            self._keys.rewrite(self._signing())
        return trusted

    def network_of(self, cards: Sequence[Card], *, network: str) -> TrustedNetwork:
        """Return the network that cards make, as it would be read; nothing is taken in.

        Raises: as `join`.
        """
        self._check_continued(cards, network=network)
        ordered = sorted(cards, key=lambda card: card.name)
        return trust_from_text(_network(ordered, name=network).text())

    def changes_keys(self, cards: Sequence[Card], *, network: str) -> bool:
        """Say whether cards bring other keys into the network that the node has joined."""
        file = self.folder / "network.txt"
        if not file.is_file():
            return False
        known = trust_from_text(file.read_text("utf-8"))
        return known.name == network and known != self.network_of(cards, network=network)

    def check_card(self) -> None:
        """Check that the card is still the one this folder was opened with.

        Raises: StateError if it was replaced since: the keys that were read are not the party's any more.
        """
        if _read(self.folder / "card.json", Card) != self.card:
            raise StateError(
                "the node's card was replaced meanwhile", got=str(self.folder), hint="start again"
            )

    def _check_continued(self, cards: Sequence[Card], *, network: str) -> None:
        """Refuse new keys whose card does not have those known before: what they signed would be nobody's."""
        file = self.folder / "network.txt"
        if not file.is_file():
            return
        known = trust_from_text(file.read_text("utf-8"))
        for card in cards if known.name == network else ():
            before = known.network.find(card.name)
            if before is not None and not card.party().continues(before):
                raise InputError(
                    "a party's keys do not go on from those known of it",
                    got=card.name,
                    expected="the keys it had, or those and new ones: creditloop evidence node rotate",
                    where={"network": network},
                )

    def trusted(self) -> TrustedNetwork:
        """Return the network's keys.

        Raises: StateError if the node has not joined one, or not to the end.
        """
        text = self._joined("network.txt").read_text("utf-8")
        trusted = trust_from_text(text)
        if _network(list(self.cards().values()), name=trusted.name).text() != text:
            raise StateError(
                "the parties' cards and their keys are of different networks",
                got=str(self.folder),
                hint="joining was cut short: creditloop evidence node join",
            )
        return trusted

    def cards(self) -> Mapping[str, Card]:
        """Return the parties' cards by name.

        Raises: StateError if the node has not joined a network, or not with the card it has now.
        """
        cards: list[Card] = _read(self._joined("parties.json"), list[Card])
        if self.card not in cards:
            raise StateError(
                "the node has another card than it joined with",
                got=str(self.folder),
                hint="after renewing, every party joins with the new card: creditloop evidence node join",
            )
        return {card.name: card for card in cards}

    def _joined(self, name: str) -> Path:
        file = self.folder / name
        if not file.is_file():
            raise StateError(
                "the node has joined no network", got=str(self.folder), hint="creditloop evidence node join"
            )
        return file

    def keys(self) -> OwnKeys:
        """Decrypt the private keys.

        Raises: StateError if they cannot be read with the root key that is there, or are not the card's; or
            for SM2 keys without the extra `sm`.
        """
        texts = self._signing()
        try:
            log, judge, submitter = (signer_from_text(texts[use]) for use in ("log", "judge", "submitter"))
            witness, tls = signer_from_text(texts["witness"], kind=CosignatureSigner), texts["tls"]
            sm2 = None if self.card.sm2 is None else _node_sm2(texts)
        except (KeyError, EvidenceError) as error:
            raise StateError("not all of the node's keys are there", got=str(error)) from None
        node = NodeKeys(log=log, witness=witness, judge=judge, sm2=sm2)
        return OwnKeys(node=node, submitter=submitter, tls=tls)

    def _signing(self) -> Mapping[str, str]:
        """Return the keys that are the card's, by use: if a change was cut short, there are others too."""
        kept = self._keys.read()
        present = {use: text for use, text in kept.items() if not use.startswith(_NEXT)}
        following = {
            use.removeprefix(_NEXT): text
            for use, text in kept.items()
            if use.startswith(_NEXT) or use == "tls"
        }
        for found in (present, following):
            log = found.get("log")
            if log and signer_from_text(log).verifier.text() == self.card.log:
                return found
        raise StateError("the node's keys are not those of its card", got=str(self.folder))

    def change_keys(self, *, until: Mapping[str, int], sm2: bool | None = None) -> Card:
        """Replace all keys that sign, and the root key if it stands in the folder; return the new card.

        The keys there were are gone; what they signed up to these sizes goes on to count. The node must not
        run, and not sign before it has joined with the new card.

        Args:
            until: entries of every log of the network, by origin.
            sm2: whether there are SM2 keys (国密) from here on; None: if there are now.

        Raises: as `keys`.
        """
        has_sm2 = self.card.sm2 is not None if sm2 is None else sm2
        fresh, present = _new_keys(self.name, sm2=has_sm2), self._signing()
        following = {_NEXT + use: key.text() for use, key in fresh.items()}
        self._keys.rewrite({**present, **following})
        self.card = self.card.with_keys(_public(fresh), until=until)
        replace_file(self.folder / "card.json", _written(self.card))
        self._keys.rewrite(self._signing())
        return self.card

    def renew(self, *, now: datetime) -> Card:
        """Replace the certificate, and the root key if it stands in the folder; return the new card.

        The others know us again once they have joined with the new card.
        """
        tls, certificate = new_certificate(self.name, now=now)
        self._keys.rewrite({**self._signing(), "tls": tls})
        self.card = msgspec.structs.replace(self.card, certificate=certificate)
        replace_file(self.folder / "card.json", _written(self.card))
        return self.card


def create_folder(
    folder: Path,
    *,
    name: str,
    address: str,
    database: str,
    environment: Mapping[str, str],
    now: datetime,
    sm2: bool = False,
) -> NodeFolder:
    """Make a node's folder with new keys.

    Args:
        address: HOST:PORT to listen on and to be found at.
        database: address of the node's own database, or "embedded".
        sm2: whether it signs by SM2 (国密), too.

    Raises: StateError if there is something already, or for SM2 keys without the extra `sm`; InputError for a
        name or address that is none.
    """
    split_address(address)
    if not PARTY_NAME.fullmatch(name):
        raise InputError("not a party's name", got=name, expected=PARTY_NAME.pattern)
    if folder.exists() and any(folder.iterdir()):
        raise StateError("the folder is not empty", got=str(folder))
    keys = _new_keys(name, sm2=sm2)
    tls, certificate = new_certificate(name, now=now)
    public = _public(keys)
    card = Card(
        name=name,
        log=public.log,
        witness=public.witness,
        judge=public.judge,
        submitters=public.submitters,
        sm2=public.sm2,
        address=address,
        certificate=certificate,
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o711 if database == EMBEDDED and os.geteuid() == 0 else 0o700)
    KeyFile(folder, environment=environment).create(
        {**{use: key.text() for use, key in keys.items()}, "tls": tls}
    )
    begin_signed_files(folder / "signed")
    replace_file(folder / "card.json", _written(card))
    replace_file(folder / "node.json", _written(_Settings(name=name, database=database)))
    return NodeFolder(folder, environment=environment)


_Key = Ed25519Signer | CosignatureSigner | Sm2Signer | Sm2CosignatureSigner


def _new_keys(name: str, *, sm2: bool) -> Mapping[str, _Key]:
    """Draw keys for everything that is signed, by use."""
    keys: dict[str, _Key] = {
        "log": Ed25519Signer.generate(name),
        "judge": Ed25519Signer.generate(name),
        "witness": CosignatureSigner.generate(f"{name}/witness"),
        "submitter": Ed25519Signer.generate(f"{name}/core"),
    }
    if sm2:
        keys["sm2_log"] = Sm2Signer.generate(name)
        keys["sm2_witness"] = Sm2CosignatureSigner.generate(f"{name}/witness")
    return keys


def _node_sm2(texts: Mapping[str, str]) -> NodeSm2Keys:
    return NodeSm2Keys(
        log=sm2_signer_from_text(texts["sm2_log"]),
        witness=sm2_cosignature_signer_from_text(texts["sm2_witness"]),
    )


def _public(keys: Mapping[str, _Key]) -> CardKeys:
    texts = {use: key.verifier.text() for use, key in keys.items()}
    return CardKeys(
        log=texts["log"],
        witness=texts["witness"],
        judge=texts["judge"],
        submitters=(texts["submitter"],),
        sm2=CardSm2(log=texts["sm2_log"], witness=texts["sm2_witness"]) if "sm2_log" in texts else None,
    )


def read_card(file: Path) -> Card:
    """Read a party's card.

    Raises: InputError if it is none.
    """
    card: Card = _read(file, Card)
    return card


def _network(cards: Sequence[Card], *, name: str) -> TrustedNetwork:
    """Return the network that parties make; who is on a line must be told by the certificate."""
    parties = tuple(card.party() for card in cards)
    shown = {certificate_bytes(card.certificate, party=card.name) for card in cards}
    if len(shown) < len(cards):
        raise InputError("two parties with one certificate", got=[card.name for card in cards])
    return TrustedNetwork(name=name, network=Network(parties=parties))


def _written(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"


def _read(file: Path, form: Any) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes(), type=form)
    except OSError as error:
        raise InputError("a file of the node cannot be read", got=str(file), hint=error.strerror) from None
    except msgspec.MsgspecError as error:
        raise InputError("not a file of a node", got=str(file), hint=str(error)) from None
