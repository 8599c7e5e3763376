"""A node's folder: made, joined, renewed; cut at any moment, spoilt, in wrong hands."""

import base64
import os
import ssl
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from tests.conftest import NOW

from creditloop.evidence.signature import CosignatureSigner, Ed25519Signer
from creditloop.kernel.errors import EvidenceError, InputError, StateError
from creditloop.service.evidence_node import EMBEDDED, Card, NodeFolder, create_folder, read_card
from creditloop.service.evidence_node.certificates import new_certificate, tls_context

NAMES = ("bank.example", "bureau.example", "fund.example")
ROOT_KEY = "CREDITLOOP_NODE_ROOT_KEY"


class Cut(BaseException):
    """The process ends here."""


@contextmanager
def cut_short(number: int, *, is_done: bool) -> Iterator[None]:
    """End what is done inside after so many files were put in their places; the next one too, or not."""
    replace, count = Path.replace, 0

    def cut(file: Path, to: Path) -> Path:
        nonlocal count
        count += 1
        if count <= number:
            return replace(file, to)
        if is_done:
            replace(file, to)
        raise Cut

    with patch.object(Path, "replace", cut), pytest.raises(Cut):
        yield


def made(folder: Path, name: str = NAMES[0], **changed: Any) -> NodeFolder:
    given = {
        "name": name,
        "address": "127.0.0.1:8701",
        "database": EMBEDDED,
        "environment": {},
        "now": NOW,
        **changed,
    }
    return create_folder(folder, **given)


@pytest.fixture
def three(tmp_path: Path) -> list[NodeFolder]:
    """Three parties that know each other; the first signs by SM2 too."""
    folders = [made(tmp_path / name, name, sm2=name == NAMES[0]) for name in NAMES]
    for one in folders:
        one.join([other.card for other in folders], network="three")
    return folders


def secrets_of(folder: NodeFolder) -> dict[str, str]:
    keys = folder.keys()
    signers = {"log": keys.node.log, "judge": keys.node.judge, "submitter": keys.submitter}
    texts = {**{use: signer.text() for use, signer in signers.items()}, "witness": keys.node.witness.text()}
    sm2 = keys.node.sm2
    return texts if sm2 is None else {**texts, "sm2_log": sm2.log.text(), "sm2_witness": sm2.witness.text()}


def files_of(folder: NodeFolder) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.folder.iterdir() if file.is_file()}


def again(folder: NodeFolder, environment: Mapping[str, str] | None = None) -> NodeFolder:
    return NodeFolder(folder.folder, environment=environment or {})


def speaks(folder: NodeFolder) -> ssl.SSLContext:
    """TLS as the node has it: certificate and key belong together."""
    card, keys = folder.card, folder.keys()
    others = {"self": card.certificate}
    return tls_context(
        server=True, own=card.certificate, secret=keys.tls, others=others, scratch=folder.folder
    )


# made


def test_a_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    mask = os.umask(0)
    try:
        folders = [made(tmp_path / "new"), made(there)]
    finally:
        os.umask(mask)
    own = made(tmp_path / "own", database="postgresql:///node")
    for one in (*folders, own):
        passed = one.database == EMBEDDED and os.geteuid() == 0  # by the server's user, who sees nothing
        assert stat.S_IMODE(one.folder.stat().st_mode) == (0o711 if passed else 0o700)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in one.folder.iterdir()}
        assert modes.pop("signed") == 0o700
        assert set(modes) == {"card.json", "keys.json", "node.json", "root.key"}
        assert set(modes.values()) == {0o600}


def test_no_secret_stands_in_it_in_clear(three: list[NodeFolder]) -> None:
    one = three[0]
    speaks(one)
    texts = files_of(one)
    secrets = [text.split("+", 4)[4].encode() for text in secrets_of(one).values()]
    secrets += [line.encode() for line in one.keys().tls.splitlines()[1:3]]  # then comes the public key
    assert len(secrets) > 5
    for name, text in texts.items():
        assert not any(secret in text for secret in secrets), name
        assert b"PRIVATE" not in text, name
    assert {name for name in texts if name.startswith(".")} == set()


def test_an_empty_place_and_a_name_that_can_be_carried_are_wanted(tmp_path: Path) -> None:
    made(tmp_path / "one")
    with pytest.raises(StateError, match="not empty"):
        made(tmp_path / "one")
    for name in ("", "银行", "a b", "a+b", "-a", ".a", "a\n", "a" * 81, "a/witness?x", "a%2e"):
        with pytest.raises(InputError, match="name"):
            made(tmp_path / "bad", name)
    for address in ("", "host", "host:", "host:0", "host:65536", ":80", "host:٣", "host:-1", "host:1e3"):
        with pytest.raises(InputError, match="address"):
            made(tmp_path / "bad", address=address)
    assert not (tmp_path / "bad").exists()
    assert made(tmp_path / "six", address="[::1]:8701").address == ("::1", 8701)


def test_what_is_no_folder_is_told(tmp_path: Path, three: list[NodeFolder]) -> None:
    with pytest.raises(InputError, match="not a node's folder"):
        NodeFolder(tmp_path, environment={})
    one = three[0].folder
    for text in (b"", b"{}", b'{"name":1}', b"\xff", b"[" * 5_000):
        (one / "card.json").write_bytes(text)
        with pytest.raises(InputError, match="not a file of a node"):
            NodeFolder(one, environment={})
        with pytest.raises(InputError):
            read_card(one / "card.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_card(one / "none.json")


# keys


def test_keys_are_read_with_their_root_key_only(three: list[NodeFolder]) -> None:
    one, other = three[:2]
    before, root = secrets_of(one), one.folder / "root.key"
    kept = root.read_bytes()
    root.write_bytes((other.folder / "root.key").read_bytes())
    with pytest.raises(StateError, match="another root key"):
        again(one).keys()
    for bad in (b"not a key", b"\xff\xfe", "密钥".encode(), base64.b64encode(bytes(31)), b"A"):
        root.write_bytes(bad)
        with pytest.raises(InputError, match="root key"):
            again(one).keys()
    for missing in (b"", b"\n"):
        root.write_bytes(missing)
        with pytest.raises(StateError):
            again(one).keys()
    root.unlink()
    with pytest.raises(StateError, match="gone"):
        again(one).keys()
    root.write_bytes(kept)
    assert secrets_of(again(one)) == before


def test_changed_or_exchanged_keys_are_refused(three: list[NodeFolder]) -> None:
    one = three[0]
    file = one.folder / "keys.json"
    kept = msgspec.json.decode(file.read_bytes(), type=dict[str, str])
    exchanged = {**kept, "log": kept["judge"], "judge": kept["log"]}
    changed = {**kept, "witness": kept["witness"][:-6] + "AAAA" + kept["witness"][-2:]}
    older = {**kept, "log": msgspec.json.decode((three[1].folder / "keys.json").read_bytes())["log"]}
    for keys in (exchanged, changed, older):
        file.write_bytes(msgspec.json.encode(keys))
        with pytest.raises(StateError, match="another root key"):
            again(one).keys()
    for text in (b"", b"[]", b"\xff", b'{"log":1}', b"{}", msgspec.json.encode({"log": kept["log"]})):
        file.write_bytes(text)
        with pytest.raises(StateError):
            again(one).keys()


def test_a_root_key_may_stand_elsewhere(tmp_path: Path) -> None:
    environment = {ROOT_KEY: base64.b64encode(bytes(range(32))).decode()}
    one = made(tmp_path / "one", environment=environment)
    assert not (one.folder / "root.key").exists()
    before = secrets_of(one)
    with pytest.raises(StateError, match=r"root key is gone"):
        again(one).keys()
    with pytest.raises(StateError, match="another root key"):
        again(one, {ROOT_KEY: base64.b64encode(bytes(32)).decode()}).keys()
    for bad in ("密钥", "not base64", "AAAA"):
        with pytest.raises(InputError, match="root key"):
            again(one, {ROOT_KEY: bad}).keys()
    one.renew(now=NOW)
    assert secrets_of(again(one, environment)) == before
    assert not (one.folder / "root.key").exists()


# joined


def test_a_node_that_joined_nothing_is_told(tmp_path: Path) -> None:
    one = made(tmp_path / "one")
    for ask in (one.trusted, one.cards):
        with pytest.raises(StateError, match="no network"):
            ask()


def changed_card(card: Card, **changed: Any) -> Card:
    return msgspec.structs.replace(card, **changed)


def bad_cards(folders: list[NodeFolder]) -> Iterator[tuple[str, list[Card], str]]:
    """Cards that make no network of the first party's, by what is wrong with them."""
    own, bureau, fund = (one.card for one in folders)
    yield "own card missing", [bureau, fund], "our own card"
    yield "own card changed", [changed_card(own, address="127.0.0.1:1"), bureau, fund], "our own card"
    yield "nobody else", [own], ""
    yield "one other", [own, bureau], ""
    yield "a party twice", [own, bureau, fund, fund], ""
    for field in ("log", "witness", "judge"):
        theirs = {field: getattr(bureau, field)}
        yield f"another's {field}", [own, bureau, changed_card(fund, **theirs)], ""
        ours = {field: getattr(own, field)}
        yield f"our {field}", [own, bureau, changed_card(fund, **ours)], ""
    yield "another's submitter", [own, bureau, changed_card(fund, submitters=bureau.submitters)], ""
    yield "another's name", [own, bureau, changed_card(fund, name=bureau.name)], ""
    yield "no submitter", [own, bureau, changed_card(fund, submitters=())], ""
    yield "no key", [own, bureau, changed_card(fund, log="x")], ""
    yield "another's certificate", [own, bureau, changed_card(fund, certificate=bureau.certificate)], "certif"
    yield "our certificate", [own, bureau, changed_card(fund, certificate=own.certificate)], "certificate"
    yield "no certificate", [own, bureau, changed_card(fund, certificate="x")], "certificate"
    yield "no address", [own, bureau, changed_card(fund, address="x")], "address"
    witness = CosignatureSigner.generate(fund.name).verifier.text()
    signing = Ed25519Signer.generate(f"{fund.name}/witness").verifier.text()
    for field in ("log", "judge"):
        yield f"a witness's key as {field}", [own, bureau, changed_card(fund, **{field: witness})], ""
    submitters = (CosignatureSigner.generate(f"{fund.name}/core").verifier.text(),)
    yield "a witness's key as submitter", [own, bureau, changed_card(fund, submitters=submitters)], ""
    yield "a log's key as witness", [own, bureau, changed_card(fund, witness=signing)], ""


def test_cards_that_are_no_network_are_refused_and_change_nothing(three: list[NodeFolder]) -> None:
    one = three[0]
    kept = files_of(one)
    for what, cards, said in bad_cards(three):
        with pytest.raises((InputError, EvidenceError)) as refused:
            one.join(cards, network="three")
        assert said in refused.value.message, what
        assert files_of(one) == kept, what
    for name in ("", "a b", "x" * 65, "a\nb"):
        with pytest.raises((InputError, EvidenceError)):
            one.join([other.card for other in three], network=name)


def test_all_parties_have_the_same_file(three: list[NodeFolder]) -> None:
    texts = {(one.folder / "network.txt").read_bytes() for one in three}
    assert len(texts) == 1
    three[0].join([one.card for one in reversed(three)], network="three")
    assert (three[0].folder / "network.txt").read_bytes() in texts
    assert three[0].trusted().network.names == NAMES


def test_keys_and_cards_of_different_networks_are_refused(three: list[NodeFolder], tmp_path: Path) -> None:
    """As joining that was cut in the middle leaves them, or somebody who exchanged one file."""
    one, fourth = three[0], made(tmp_path / "fourth", "fourth.example")
    cards = [*(other.card for other in three), fourth.card]
    kept = {name: (one.folder / name).read_bytes() for name in ("network.txt", "parties.json")}
    for name, content in kept.items():
        one.join(cards, network="three")
        (one.folder / name).write_bytes(content)
        with pytest.raises(StateError, match="different networks"):
            one.trusted()
    one.join(cards, network="three")
    assert len(one.trusted().network.names) == 4


# renewed


def test_renewing_keeps_the_keys_and_changes_the_rest(three: list[NodeFolder]) -> None:
    one = three[0]
    before, card, root = secrets_of(one), one.card, (one.folder / "root.key").read_bytes()
    renewed = one.renew(now=NOW + timedelta(days=1))
    assert renewed.certificate != card.certificate
    assert changed_card(renewed, certificate=card.certificate) == card
    assert again(one).card == renewed and secrets_of(again(one)) == before
    assert (one.folder / "root.key").read_bytes() != root
    assert len((one.folder / "root.key").read_bytes().split()) == 1
    speaks(again(one))
    with pytest.raises(StateError, match="another card"):
        again(one).cards()
    for other in three:
        other.join([renewed, *(party.card for party in three[1:])], network="three")
    assert again(one).cards()[one.name] == renewed


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(4))
def test_a_cut_while_renewing_loses_nothing(three: list[NodeFolder], number: int, is_done: bool) -> None:
    """Four files are put in their places; the process ends before or after one of them is."""
    one = three[0]
    before = secrets_of(one)
    with cut_short(number, is_done=is_done):
        one.renew(now=NOW)
    assert secrets_of(again(one)) == before
    try:
        speaks(again(one))
    except StateError as error:  # the certificate is not there yet, its key is
        assert "renew" in error.diagnostics()
    renewed = again(one).renew(now=NOW)
    assert secrets_of(again(one)) == before and again(one).card == renewed
    speaks(again(one))


def test_a_certificate_of_another_key_is_told(three: list[NodeFolder]) -> None:
    one = three[0]
    _, certificate = new_certificate(one.name, now=NOW)
    (one.folder / "card.json").write_bytes(
        msgspec.json.encode(changed_card(one.card, certificate=certificate))
    )
    with pytest.raises(StateError, match="certificate is not that of its key"):
        speaks(again(one))
    assert not list(one.folder.glob(".tls-*"))


# keys changed


UNTIL = dict.fromkeys(NAMES, 3)


def test_keys_are_changed_and_the_card_says_what_they_were(three: list[NodeFolder]) -> None:
    one = three[0]
    before, card, root = secrets_of(one), one.card, (one.folder / "root.key").read_bytes()
    changed = one.change_keys(until=UNTIL)
    now = secrets_of(again(one))
    assert not set(now.values()) & set(before.values()) and now.keys() == before.keys()
    assert changed == again(one).card == read_card(one.folder / "card.json")
    assert (changed.certificate, changed.address) == (card.certificate, card.address)
    (former,) = changed.former
    assert (former.log, former.witness, former.judge) == (card.log, card.witness, card.judge)
    assert dict(former.until) == UNTIL and changed.party().continues(card.party())
    # what was is gone: not one of the old keys is left in the folder, nor the root key they were under
    assert (one.folder / "root.key").read_bytes() != root
    assert set(again(one)._keys.read()) == {*now, "tls"}
    speaks(again(one))
    with pytest.raises(StateError, match="another card"):
        again(one).trusted()
    for other in three:
        trusted = other.join([changed, *(party.card for party in three[1:])], network="three")
        assert trusted.network.party(one.name).former[0].until == UNTIL
    assert again(one).trusted() == three[1].trusted()
    twice = again(one).change_keys(until=dict.fromkeys(NAMES, 8))
    assert [dict(former.until) for former in twice.former] == [UNTIL, dict.fromkeys(NAMES, 8)]
    assert not set(secrets_of(again(one)).values()) & set(now.values())


def test_sm2_keys_begin_and_end_with_a_change(three: list[NodeFolder]) -> None:
    one, two = three[:2]
    assert (one.card.sm2 is None, two.card.sm2 is None) == (False, True)
    given_up, begun = one.change_keys(until=UNTIL, sm2=False), two.change_keys(until=UNTIL, sm2=True)
    assert given_up.sm2 is None and given_up.former[0].sm2 is not None
    assert begun.sm2 is not None and begun.former[0].sm2 is None
    assert "sm2_log" not in again(one)._keys.read() and "sm2_log" in again(two)._keys.read()
    assert again(one).keys().node.sm2 is None and again(two).keys().node.sm2 is not None
    for other in three:
        network = other.join([given_up, begun, three[2].card], network="three").network
        assert network.party(one.name).sm2 is None and network.party(two.name).sm2 is not None
    assert again(two).change_keys(until=dict.fromkeys(NAMES, 9)).sm2 is not None


def test_a_card_without_sm2_keys_is_read_by_nodes_that_know_of_none(three: list[NodeFolder]) -> None:
    assert b"sm2" not in (three[1].folder / "card.json").read_bytes()
    assert b"sm2" in (three[0].folder / "card.json").read_bytes()


def test_sm2_keys_of_another_name_are_refused(three: list[NodeFolder], tmp_path: Path) -> None:
    one, two, three_ = three
    stranger = made(tmp_path / "stranger", "stranger.example", sm2=True).card
    with pytest.raises(InputError, match="named like"):
        two.join([changed_card(one.card, sm2=stranger.sm2), two.card, three_.card], network="another")
    odd = changed_card(one.card, sm2=msgspec.structs.replace(one.card.sm2, log=one.card.log))
    with pytest.raises(EvidenceError, match="not an SM2"):
        two.join([odd, two.card, three_.card], network="another")


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(7))
def test_a_cut_while_keys_are_changed_leaves_the_old_ones_or_the_new(
    three: list[NodeFolder], number: int, is_done: bool
) -> None:
    """Seven files are put in their places; the card, the fourth, says whose keys the party's are."""
    one = three[0]
    before, card = secrets_of(one), one.card
    with cut_short(number, is_done=is_done):
        one.change_keys(until=UNTIL)
    begun = number + is_done <= 3
    found = again(one)
    assert (found.card == card) == (secrets_of(found) == before) == begun
    speaks(found)
    assert len(found.card.former) == (not begun)
    # going on from there: another certificate, the keys once more; nothing left over is taken for a key
    found.renew(now=NOW)
    kept = secrets_of(again(one))
    assert (kept == before) == begun
    again(one).change_keys(until=UNTIL)
    assert set(again(one)._keys.read()) == {*kept, "tls"}
    assert not set(secrets_of(again(one)).values()) & {*kept.values(), *before.values()}


def test_keys_that_are_not_the_cards_sign_nothing(three: list[NodeFolder]) -> None:
    one, other = three[:2]
    (one.folder / "card.json").write_bytes(msgspec.json.encode(changed_card(one.card, log=other.card.log)))
    with pytest.raises(StateError, match="not those of its card"):
        again(one).keys()


def test_a_card_that_does_not_go_on_from_the_keys_known_is_refused(
    three: list[NodeFolder], tmp_path: Path
) -> None:
    """Who takes another party's place, forgets its former keys or shows its card of before."""
    one, two, three_ = three
    stranger = made(tmp_path / "stranger", two.name, address=two.card.address).card
    kept = (one.folder / "network.txt").read_bytes()
    with pytest.raises(InputError, match="do not go on"):
        one.join([one.card, stranger, three_.card], network="three")
    before = two.card
    new = two.change_keys(until=UNTIL)
    with pytest.raises(InputError, match="do not go on"):
        one.join([one.card, changed_card(new, former=()), three_.card], network="three")
    assert (one.folder / "network.txt").read_bytes() == kept
    one.join([one.card, new, three_.card], network="three")
    with pytest.raises(InputError, match="do not go on") as refused:
        one.join([one.card, before, three_.card], network="three")
    assert "rotate" in str(refused.value.expected)
    # a network of another name begins anew
    one.join([one.card, stranger, three_.card], network="another")
