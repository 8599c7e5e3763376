"""The independent reader of packages on SM2 and SM3 (国密): standards' examples, our signers, its files."""

import ast
import base64
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from conformance.package import verify as outside
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from tests.conftest import missing

from creditloop.evidence.checkpoint import Checkpoint
from creditloop.evidence.network import CosignatureSigner
from creditloop.evidence.signature import Ed25519Signer
from creditloop.evidence.sm2 import Sm2Signer

FILE = Path(outside.__file__)

# GB/T 32918.5-2017, annex A: the example of a signature, user id 1234567812345678
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
X = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
Y = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
PUBLIC = bytes.fromhex("04" + X + Y)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
FIELD = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF

# GB/T 32905-2016, annex A
SM3_EXAMPLES = {
    b"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    b"abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}

LOG_KIND = b"\xffcreditloop/sm2-sm3/v1"
WITNESS_KIND = b"\xffcreditloop/sm2-sm3-cosignature/v1"
ANN, BEN, COY, DEE = NAMES = ("ann.example", "ben.example", "coy.example", "dee.example")
WITH_SM2 = (ANN, BEN)
"""Ann and Ben sign by both; Coy and Dee have Ed25519 keys only."""
AT = 1_767_600_000


# the primitives


@pytest.mark.parametrize("message", list(SM3_EXAMPLES))
def test_sm3_of_the_standards_examples(message: bytes) -> None:
    assert outside.sm3(message).hex() == SM3_EXAMPLES[message]


def test_sm3_of_every_length_up_to_three_blocks_is_the_librarys() -> None:
    if "sm3" not in hashlib.algorithms_available:
        missing("a Python whose OpenSSL has SM3")
    random = Random(20260105)
    for length in range(200):
        message = random.randbytes(length)
        assert outside.sm3(message) == hashlib.new("sm3", message).digest(), length


def test_the_standards_signature() -> None:
    assert outside.sm3(outside.BEFORE_KEY + PUBLIC[1:]).hex() == (
        "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
    )
    assert outside.sm2_signed(PUBLIC, MESSAGE, encode_dss_signature(R, S))
    assert not outside.sm2_signed(PUBLIC, MESSAGE + b"\n", encode_dss_signature(R, S))
    assert not outside.sm2_signed(PUBLIC, MESSAGE, encode_dss_signature(S, R))


def signatures(count: int) -> list[tuple[bytes, bytes, bytes]]:
    """Keys, messages and signatures of our signer; keys and messages are the same at every run."""
    random = Random(32918)
    found = []
    for _ in range(count):
        signer = Sm2Signer("bank.example", random.randrange(1, ORDER - 1).to_bytes(32))
        message = random.randbytes(random.randrange(300))
        found.append((signer.verifier.public, message, signer.sign(message)))
    return found


def test_what_our_signer_signs_is_good() -> None:
    assert all(outside.sm2_signed(*one) for one in signatures(50))


def spoilt_of(public: bytes, message: bytes, signature: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """A good signature spoilt in ten ways."""
    r, s = decode_dss_signature(signature)
    other = Sm2Signer("bank.example", SECRET).verifier.public
    long_form = b"\x30\x81" + signature[1:]
    padded = b"\x30" + bytes([signature[1] + 1]) + b"\x02" + bytes([signature[3] + 1, 0]) + signature[4:]
    return [
        (public, message + b"\x00", signature),
        (other, message, signature),
        (public, message, encode_dss_signature(r ^ 1, s)),
        (public, message, encode_dss_signature(r, s ^ 1)),
        (public, message, encode_dss_signature(r + ORDER, s)),
        (public, message, encode_dss_signature(r, s + ORDER)),
        (public, message, encode_dss_signature(r, ORDER - s)),
        (public, message, long_form),
        (public, message, padded),
        (public, message, signature + b"\x00"),
    ]


def test_what_is_spoilt_is_refused() -> None:
    for good in signatures(5):
        assert outside.sm2_signed(*good)
        refused = [outside.sm2_signed(*spoilt) for spoilt in spoilt_of(*good)]
        assert refused == [False] * 10


def test_a_signature_out_of_range_or_without_a_form_is_refused() -> None:
    for bad in (
        b"",
        b"\x30\x06\x02\x01\xff\x02\x01\x01",
        R.to_bytes(32) + S.to_bytes(32),
        encode_dss_signature(0, S),
        encode_dss_signature(R, 0),
        encode_dss_signature(R, ORDER - R),
        encode_dss_signature(ORDER, S),
        encode_dss_signature(1 << 300, S),
    ):
        assert not outside.sm2_signed(PUBLIC, MESSAGE, bad)


@pytest.mark.parametrize(
    ("r", "s", "good"),
    [
        (R, S, True),
        (R, 12345, True),
        (R, 12345 + ORDER, False),
        (12345, S, True),
        (12345 + ORDER, S, False),
        (R, 0, False),
        (0, S, False),
        (R, ORDER - R, False),
    ],
    ids=["any", "small s", "s + n", "small r", "r + n", "s is 0", "r is 0", "r + s is n"],
)
def test_the_range_is_checked_where_the_equation_would_hold(
    r: int, s: int, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No message is known for such numbers, so the digest is set to the one that solves the equation."""
    sum_, key = outside.NEUTRAL, outside.point_of(PUBLIC)
    for bit in reversed(range(256)):
        sum_ = outside.doubled(sum_)
        for number, point in ((s % ORDER, outside.G), ((r + s) % ORDER, key)):
            sum_ = outside.added(sum_, point) if number >> bit & 1 else sum_
    digest = (r - sum_[0] * pow(sum_[2], -2, FIELD) % FIELD) % ORDER
    monkeypatch.setattr(outside, "sm3", lambda _: digest.to_bytes(32))
    assert outside.sm2_signed(PUBLIC, MESSAGE, encode_dss_signature(r, s)) is good


def test_a_sum_that_is_no_point_verifies_nothing() -> None:
    """With the key G, s·G + t·G is neutral where t = -s; such a signature has r = -2 s and no X to add."""
    key = b"\x04" + outside.G[0].to_bytes(32) + outside.G[1].to_bytes(32)
    s = 12345
    r = -2 * s % ORDER
    assert not outside.sm2_signed(key, MESSAGE, encode_dss_signature(r, s))
    assert outside.added(outside.G, (outside.G[0], FIELD - outside.G[1], 1)) == outside.NEUTRAL
    assert outside.added(outside.G, outside.G) == outside.doubled(outside.G)


def test_the_secret_numbers_one_and_two_sign_as_any_other() -> None:
    """Their points meet G in the sums: adding equal points is not the addition of different ones."""
    for secret in (1, 2, ORDER - 2):
        signer = Sm2Signer("bank.example", secret.to_bytes(32))
        signature = signer.sign(MESSAGE)
        assert outside.sm2_signed(signer.verifier.public, MESSAGE, signature)
        assert not outside.sm2_signed(signer.verifier.public, MESSAGE + b" ", signature)


@pytest.mark.parametrize(
    "public",
    [
        b"",
        PUBLIC[:64],
        PUBLIC + b"\x00",
        b"\x02" + PUBLIC[1:33],
        b"\x02" + PUBLIC[1:],
        b"\x04" + bytes(64),
        PUBLIC[:-1] + b"\x14",
        b"\x04" + (outside.G[0] + 1).to_bytes(32) + outside.G[1].to_bytes(32),
        b"\x04" + b"\xff" * 64,
    ],
    ids=["empty", "short", "long", "compressed", "kind", "zero", "off the curve", "beside G", "too large"],
)
def test_what_is_no_point_of_the_curve_is_refused(public: bytes) -> None:
    with pytest.raises(outside.BadError, match=r"not an SM2 key|not a point"):
        outside.point_of(public)


def test_a_coordinate_has_one_form() -> None:
    """A small X plus the field's order is the same point in other bytes."""
    x = next(x for x in range(1, 100) if pow(square_of(x), (FIELD - 1) // 2, FIELD) == 1)
    y = pow(square_of(x), (FIELD + 1) // 4, FIELD)
    assert outside.point_of(b"\x04" + x.to_bytes(32) + y.to_bytes(32)) == (x, y, 1)
    with pytest.raises(outside.BadError, match="not a point"):
        outside.point_of(b"\x04" + (x + FIELD).to_bytes(32) + y.to_bytes(32))


def square_of(x: int) -> int:
    return (x**3 - 3 * x + outside.B) % FIELD


ALONE = """
import runpy, sys
for name in ("creditloop", "tongsuopy", "_hashlib"):
    sys.modules[name] = None  # as if it were not installed
file = runpy.run_path(sys.argv[1])
key, message, signature = map(bytes.fromhex, sys.argv[2:])
print(file["sm2_signed"](key, message, signature), file["sm2_signed"](key, message[1:], signature))
"""


def test_the_file_needs_no_library_for_it() -> None:
    tree = ast.parse(FILE.read_text("utf-8"))
    imported = {one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)}
    imported |= {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    roots = {name.partition(".")[0] for name in imported}
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}
    given = [PUBLIC.hex(), MESSAGE.hex(), encode_dss_signature(R, S).hex()]
    command = [sys.executable, "-I", "-c", ALONE, str(FILE), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "True False\n"), done.stderr


# the network's file


def seed(*parts: str) -> bytes:
    return hashlib.sha256("/".join(("sm2", *parts)).encode()).digest()


def log_of(name: str, set_: str = "") -> Ed25519Signer:
    return Ed25519Signer(name, seed(name, "log", set_))


def witness_of(name: str, set_: str = "") -> CosignatureSigner:
    return CosignatureSigner(f"{name}/witness", seed(name, "witness", set_))


def sm2_of(name: str, word: str, set_: str = "") -> Sm2Signer:
    return Sm2Signer(name if word == "log" else f"{name}/witness", seed(name, word, "sm2", set_))


def id_of(name: str, kind: bytes, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def sm2_text(word: str, name: str, kind: bytes, public: bytes) -> str:
    encoded = base64.b64encode(kind + public).decode()
    return f"sm2_{word} {name}+{id_of(name, kind, public).hex()}+{encoded}"


def sm2_lines(name: str, set_: str = "") -> list[str]:
    log, witness = (sm2_of(name, word, set_).verifier for word in ("log", "witness"))
    return [
        sm2_text("log", log.name, LOG_KIND, log.public),
        sm2_text("witness", witness.name, WITNESS_KIND, witness.public),
    ]


def set_lines(name: str, set_: str = "", *, sm2: bool) -> list[str]:
    """The lines of a set of keys."""
    return [
        f"log {log_of(name, set_).verifier.text()}",
        f"witness {witness_of(name, set_).verifier.text()}",
        f"judge {Ed25519Signer(name, seed(name, 'judge', set_)).verifier.text()}",
        *(sm2_lines(name, set_) if sm2 else []),
        f"submitter {Ed25519Signer(f'{name}/core', seed(name, 'core', set_)).verifier.text()}",
    ]


def network_text(former: dict[str, bool] | None = None, sm2: tuple[str, ...] = WITH_SM2) -> str:
    """A network's file; `former` says who has a former set, up to size 5, and whether it has SM2 keys."""
    lines = ["network simulated"]
    for name in NAMES:
        lines += [f"party {name}", *set_lines(name, sm2=name in sm2)]
        if name in (former or {}):
            sizes = " ".join(f"{log}=5" for log in NAMES)
            lines += [f"until {sizes}", *set_lines(name, "former", sm2=(former or {})[name])]
    return "\n".join([*lines, "quorum 2", ""])


@pytest.mark.parametrize(
    ("former", "sm2"),
    [
        ({}, ()),
        ({}, WITH_SM2),
        ({}, NAMES),
        ({ANN: True, COY: True}, WITH_SM2),
        ({ANN: False, BEN: True, DEE: False}, WITH_SM2),
        ({COY: True}, ()),
    ],
    ids=["nobody", "two", "all", "former too", "some sets", "a former set alone"],
)
def test_a_networks_file_is_read_and_written_back(former: dict[str, bool], sm2: tuple[str, ...]) -> None:
    text = network_text(former, sm2)
    network = outside.Network(text)
    assert network.text() == text
    for name in NAMES:
        present, first = network.parties[name][-1], network.parties[name][0]
        assert ("sm2_log" in present, "sm2_witness" in present) == (name in sm2, name in sm2)
        assert ("sm2_log" in first) == former.get(name, name in sm2)
        if name in sm2:
            expected = [sm2_of(name, word).verifier.public for word in ("log", "witness")]
            assert [present["sm2_log"][2], present["sm2_witness"][2]] == expected
    for name in NAMES:
        assert b"sm2" not in network.policy(name)
        assert network.policy(name) == outside.Network(without_sm2(text)).policy(name)


def without_sm2(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("sm2_"))


def changed_key(line: str, *, kind: bytes, public: bytes, name: str = ANN) -> tuple[str, str]:
    """A line and another in its place, whose id is its own."""
    return line, sm2_text(line.partition(" ")[0].removeprefix("sm2_"), name, kind, public)


ANN_LOG, ANN_WITNESS = sm2_lines(ANN)
ANN_PUBLIC = sm2_of(ANN, "log").verifier.public
WITNESS_NAME = f"{ANN}/witness"
BAD_FILES = {
    "no sm2_witness": (f"{ANN_WITNESS}\n", "", "has one SM2 key"),
    "no sm2_log": (f"{ANN_LOG}\n", "", "has one SM2 key"),
    "twice": (ANN_LOG, f"{ANN_LOG}\n{ANN_LOG}", "not a line"),
    "an unknown word": (ANN_LOG, ANN_LOG.replace("sm2_log", "sm2_judge"), "not a line"),
    "the log's name": (*changed_key(ANN_LOG, kind=LOG_KIND, public=ANN_PUBLIC, name=BEN), "named otherwise"),
    "the witness's name": (
        *changed_key(ANN_WITNESS, kind=WITNESS_KIND, public=ANN_PUBLIC, name=ANN),
        "named otherwise",
    ),
    "the witness's kind": (
        *changed_key(ANN_LOG, kind=WITNESS_KIND, public=ANN_PUBLIC),
        "not a sm2_log key",
    ),
    "the log's kind": (
        *changed_key(ANN_WITNESS, kind=LOG_KIND, public=ANN_PUBLIC, name=WITNESS_NAME),
        "not a sm2_witness key",
    ),
    "no kind": (*changed_key(ANN_LOG, kind=b"\xff", public=ANN_PUBLIC), "not a sm2_log key"),
    "Ed25519": (*changed_key(ANN_LOG, kind=b"\x01", public=bytes(32)), "not a sm2_log key"),
    "not a point": (
        *changed_key(ANN_LOG, kind=LOG_KIND, public=ANN_PUBLIC[:-1] + bytes([ANN_PUBLIC[-1] ^ 1])),
        "not a point",
    ),
    "too short": (*changed_key(ANN_LOG, kind=LOG_KIND, public=ANN_PUBLIC[:-1]), "not an SM2 key"),
    "another id": (ANN_LOG, ANN_LOG.replace(ANN, BEN), "not a sm2_log key"),
    "SM2 as the log": (
        f"log {log_of(ANN).verifier.text()}",
        ANN_LOG.removeprefix("sm2_"),
        "not a log key",
    ),
}


@pytest.mark.parametrize("case", list(BAD_FILES))
def test_a_file_with_a_wrong_sm2_line_is_refused(case: str) -> None:
    old, new, message = BAD_FILES[case]
    text = network_text()
    assert text.count(old) == 1
    with pytest.raises(outside.BadError, match=message):
        outside.Network(text.replace(old, new))


def test_a_former_set_has_both_or_neither_too() -> None:
    text = network_text({DEE: True})
    for line in sm2_lines(DEE, "former"):
        assert text.count(line) == 1
        with pytest.raises(outside.BadError, match="has one SM2 key"):
            outside.Network(text.replace(f"{line}\n", ""))


def test_lines_out_of_place_are_not_its_one_form() -> None:
    text = network_text()
    judge = next(line for line in text.splitlines() if line.startswith(f"judge {ANN}"))
    submitter = next(line for line in text.splitlines() if line.startswith(f"submitter {ANN}"))
    pair = f"{ANN_LOG}\n{ANN_WITNESS}\n"
    for moved in (
        text.replace(pair, f"{ANN_WITNESS}\n{ANN_LOG}\n"),
        text.replace(pair, "").replace(f"{submitter}\n", f"{submitter}\n{pair}"),
        text.replace(pair, "").replace(f"{judge}\n", f"{pair}{judge}\n"),
    ):
        assert moved != text
        assert outside.Network(moved).text() == text


def test_keys_of_sm2_are_keys_that_a_later_file_must_keep() -> None:
    now, without = outside.Network(network_text()), outside.Network(network_text(sm2=()))
    assert now.continues(outside.Network(network_text()))
    assert not now.continues(without) and not without.continues(now)
    other = sm2_text("log", ANN, LOG_KIND, sm2_of(ANN, "log", "other").verifier.public)
    assert not now.continues(outside.Network(network_text().replace(ANN_LOG, other)))
    later = outside.Network(network_text({COY: True}))
    assert later.parties[COY][0]["sm2_log"][0] == COY and not later.continues(now)
    earlier = network_text()  # of when what is Coy's former set was its present one
    old, new = set_lines(COY, sm2=False), set_lines(COY, "former", sm2=True)
    assert later.continues(outside.Network(earlier.replace("\n".join(old), "\n".join(new))))


# checkpoints


def signature_line(name: str, raw: bytes) -> str:
    return f"— {name} {base64.b64encode(raw).decode()}"


def text_at(size: int, origin: str = ANN) -> str:
    return Checkpoint(origin=origin, size=size, root=seed("root", str(size))).text()


def own_lines(text: str, name: str, set_: str = "", *, sm2: bool) -> list[str]:
    """The lines by which a log signs."""
    ed25519 = log_of(name, set_)
    lines = [signature_line(name, ed25519.verifier.key_id + ed25519.sign(text.encode()))]
    if sm2:
        key = sm2_of(name, "log", set_)
        raw = id_of(name, LOG_KIND, key.verifier.public) + key.sign(text.encode())
        lines.append(signature_line(name, raw))
    return lines


def sm2_cosigned(text: str, name: str, at: int, set_: str = "", *, stated: int | None = None) -> str:
    """A witness's SM2 line; `stated` is the time it states if that is not the one it signs."""
    key = sm2_of(name, "witness", set_)
    message = f"cosignature/v1\ntime {at}\n{text}".encode()
    time = (at if stated is None else stated).to_bytes(8)
    raw = id_of(key.name, WITNESS_KIND, key.verifier.public) + time + key.sign(message)
    return signature_line(key.name, raw)


def cosigned(text: str, name: str, at: int, set_: str = "", *, sm2: bool) -> list[str]:
    """The lines by which a witness signs."""
    key = witness_of(name, set_)
    lines = [signature_line(key.name, key.verifier.key_id + key.sign(text.encode(), at=at))]
    return [*lines, sm2_cosigned(text, name, at, set_)] if sm2 else lines


def note_of(text: str, lines: list[str]) -> str:
    return "\n".join([text, *lines, ""])


TEXT = text_at(9)
LINES = [
    *own_lines(TEXT, ANN, sm2=True),
    *cosigned(TEXT, BEN, AT + 7, sm2=True),
    *cosigned(TEXT, COY, AT + 3, sm2=False),
    *cosigned(TEXT, DEE, AT + 5, sm2=False),
]
"""Ann's log's two lines, Ben's two, Coy's and Dee's: six."""


def opened(lines: list[str], text: str = TEXT, network: str | None = None) -> tuple[int, bytes, list[int]]:
    trusted = outside.Network(network_text() if network is None else network)
    return outside.open_checkpoint(trusted, text.partition("\n")[0], note_of(text, lines))


def test_a_checkpoint_signed_by_both_is_accepted_whole() -> None:
    assert opened(LINES) == (9, seed("root", "9"), [AT + 3, AT + 5, AT + 7])
    assert opened(LINES[:5]) == (9, seed("root", "9"), [AT + 3, AT + 7])


def test_a_witness_that_did_not_sign_at_all_is_only_not_counted() -> None:
    assert opened([*LINES[:2], *LINES[4:]]) == (9, seed("root", "9"), [AT + 3, AT + 5])


@pytest.mark.parametrize("at", [2**63, 2**64 - 1])
def test_a_time_that_no_witness_can_state_is_refused(at: int) -> None:
    """Signed by a witness's own key, and refused by our reader too."""
    key = witness_of(DEE)
    message = f"cosignature/v1\ntime {at}\n{TEXT}".encode()
    raw = key.verifier.key_id + at.to_bytes(8) + Ed25519Signer(key.name, key.seed).sign(message)
    with pytest.raises(outside.BadError, match="not a time"):
        opened([*LINES[:5], signature_line(key.name, raw)])
    assert not key.verifier.verify(TEXT.encode(), raw[4:])


def test_a_log_without_sm2_with_a_witness_that_has_it() -> None:
    text = text_at(9, COY)
    own, dee = own_lines(text, COY, sm2=False), cosigned(text, DEE, AT, sm2=False)
    ann, ben = (cosigned(text, name, AT, sm2=True) for name in WITH_SM2)
    assert opened([*own, *ann, *ben, *dee], text) == (9, seed("root", "9"), [AT, AT, AT])
    for lines in ([*own, *ann[:1], *ben, *dee], [*own, *ann, *ben[:1], *dee]):
        with pytest.raises(outside.BadError, match="did not sign by SM2"):
            opened(lines, text)
    with pytest.raises(outside.BadError, match="nobody known"):
        opened([*own_lines(text, COY, sm2=True), *ann, *ben, *dee], text)


def other_key(word: str) -> str:
    """A line of a good SM2 signature by a key that is not the set's, under the id that is."""
    name = ANN if word == "log" else f"{BEN}/witness"
    kind, at = (LOG_KIND, b"") if word == "log" else (WITNESS_KIND, (AT + 7).to_bytes(8))
    public = sm2_of(ANN if word == "log" else BEN, word).verifier.public
    message = TEXT if word == "log" else f"cosignature/v1\ntime {AT + 7}\n{TEXT}"
    signature = Sm2Signer(name, SECRET).sign(message.encode())
    return signature_line(name, id_of(name, kind, public) + at + signature)


def in_other_der(line: str, before: int) -> str:
    """The line with the signature's length written in two bytes."""
    start, _, encoded = line.rpartition(" ")
    raw = base64.b64decode(encoded)
    der = raw[before:]
    return f"{start} {base64.b64encode(raw[:before] + bytes([0x30, 0x81]) + der[1:]).decode()}"


def of_other_id(line: str) -> str:
    """The line with another id before the same signature."""
    start, _, encoded = line.rpartition(" ")
    return f"{start} {base64.b64encode(bytes(4) + base64.b64decode(encoded)[4:]).decode()}"


Spoil = Callable[[list[str]], list[str]]
BAD_NOTES: dict[str, tuple[Spoil, str]] = {
    "the log's SM2 line is missing": (lambda x: [x[0], *x[2:]], "ann.example did not sign by SM2"),
    "the log's Ed25519 line is missing": (lambda x: x[1:], "ann.example did not sign this"),
    "the witness's SM2 line is missing": (lambda x: [*x[:3], *x[4:]], "ben.example/witness did not sign by"),
    "the witness's Ed25519 line is missing": (lambda x: [*x[:2], *x[3:]], "not a cosignature"),
    "the last line is the missing one": (lambda x: x[:3], "ben.example/witness did not sign by SM2"),
    "the log's lines are exchanged": (lambda x: [x[1], x[0], *x[2:]], "ann.example did not sign this"),
    "the witness's lines are exchanged": (lambda x: [*x[:2], x[3], x[2], *x[4:]], "not a cosignature"),
    "the SM2 lines are exchanged": (lambda x: [x[0], x[3], x[2], x[1], *x[4:]], "did not sign by SM2"),
    "the SM2 line stands last": (lambda x: [*x[:3], *x[4:], x[3]], "did not sign by SM2"),
    "the log's SM2 line stands last": (lambda x: [x[0], *x[2:], x[1]], "did not sign by SM2"),
    "the witnesses are out of order": (lambda x: [*x[:2], *x[4:], *x[2:4]], "nobody known, or out of order"),
    "the log's SM2 line twice": (lambda x: [*x[:2], *x[1:]], "nobody known, or out of order"),
    "the witness's SM2 line twice": (lambda x: [*x[:4], *x[3:]], "nobody known, or out of order"),
    "the Ed25519 line in the SM2 line's place": (lambda x: [x[0], x[0], *x[2:]], "did not sign this by SM2"),
    "another time in the SM2 line": (
        lambda x: [*x[:3], sm2_cosigned(TEXT, BEN, AT + 8), *x[4:]],
        "ben.example/witness did not sign this by SM2",
    ),
    "another time signed than stated": (
        lambda x: [*x[:3], sm2_cosigned(TEXT, BEN, AT + 8, stated=AT + 7), *x[4:]],
        "did not sign this by SM2",
    ),
    "another time stated than signed": (
        lambda x: [*x[:3], sm2_cosigned(TEXT, BEN, AT + 7, stated=AT + 8), *x[4:]],
        "did not sign this by SM2",
    ),
    "another id": (lambda x: [x[0], of_other_id(x[1]), *x[2:]], "ann.example did not sign this by SM2"),
    "another text signed": (
        lambda x: [*x[:3], sm2_cosigned(text_at(8), BEN, AT + 7), *x[4:]],
        "did not sign this by SM2",
    ),
    "another log key": (lambda x: [x[0], other_key("log"), *x[2:]], "ann.example did not sign this by SM2"),
    "another witness key": (lambda x: [*x[:3], other_key("witness"), *x[4:]], "did not sign this by SM2"),
    "the log's DER in another form": (
        lambda x: [x[0], in_other_der(x[1], 4), *x[2:]],
        "did not sign this by SM2",
    ),
    "the witness's DER in another form": (
        lambda x: [*x[:3], in_other_der(x[3], 12), *x[4:]],
        "did not sign this by SM2",
    ),
    "an SM2 line of a witness that has no such key": (
        lambda x: [*x[:5], sm2_cosigned(TEXT, COY, AT + 3), x[5]],
        "nobody known, or out of order",
    ),
    "an SM2 line of the last witness, which has no such key": (
        lambda x: [*x, sm2_cosigned(TEXT, DEE, AT + 5)],
        "nobody known, or out of order",
    ),
}


@pytest.mark.parametrize("case", list(BAD_NOTES))
def test_a_checkpoint_not_signed_by_both_as_it_must_be_is_refused(case: str) -> None:
    spoil, message = BAD_NOTES[case]
    with pytest.raises(outside.BadError, match=message):
        opened(spoil(LINES))


def test_witnesses_stand_in_the_order_of_their_own_names() -> None:
    """Dee's witness is called so that it is the first, though Dee is the last party."""
    key = CosignatureSigner("a/witness", seed(DEE, "witness", ""))
    network = network_text().replace(witness_of(DEE).verifier.text(), key.verifier.text())
    line = signature_line(key.name, key.verifier.key_id + key.sign(TEXT.encode(), at=AT))
    assert opened([*LINES[:2], line, *LINES[2:5]], network=network)[2] == [AT, AT + 3, AT + 7]
    with pytest.raises(outside.BadError, match="nobody known, or out of order"):
        opened([*LINES[:5], line], network=network)


def test_keys_of_the_log_and_of_the_witness_are_not_each_others() -> None:
    """The witness's key over the note's text, under either id, is no line of the log."""
    key = sm2_of(ANN, "witness")
    log = sm2_of(ANN, "log").verifier.public
    for id_ in (id_of(ANN, LOG_KIND, log), id_of(key.name, WITNESS_KIND, key.verifier.public)):
        line = signature_line(ANN, id_ + key.sign(TEXT.encode()))
        with pytest.raises(outside.BadError, match=r"ann\.example did not sign this by SM2"):
            opened([LINES[0], line, *LINES[2:]])


def test_the_set_that_counts_at_the_size_says_whether_sm2_is_due() -> None:
    """Ann took SM2 keys after size 5 of each log; Coy left them off then; Ben changed them."""
    network = network_text({ANN: False, BEN: True, COY: True})
    for size, set_, due in (
        (5, "former", {ANN: False, BEN: True, COY: True}),
        (6, "", {ANN: True, BEN: True}),
    ):
        text = text_at(size)

        def lines_of(due: dict[str, bool], of: str = set_, text: str = text) -> list[str]:
            lines = own_lines(text, ANN, of, sm2=due.get(ANN, False))
            for name in (BEN, COY):
                lines += cosigned(text, name, AT, of, sm2=due.get(name, False))
            return [*lines, *cosigned(text, DEE, AT, sm2=False)]

        assert opened(lines_of(due), text, network) == (size, seed("root", str(size)), [AT, AT, AT])
        for name in (ANN, BEN, COY):
            with pytest.raises(outside.BadError, match=r"did not sign by SM2|nobody known"):
                opened(lines_of(due | {name: not due.get(name, False)}), text, network)
        with pytest.raises(outside.BadError, match="did not sign this"):
            opened(lines_of(due, "" if set_ else "former"), text, network)


def test_a_network_without_sm2_takes_no_sm2_line() -> None:
    plain = network_text(sm2=())
    assert opened([LINES[0], LINES[2], *LINES[4:]], network=plain)[0] == 9
    for lines in (LINES, LINES[:1] + LINES[2:], [*LINES[:3], *LINES[4:]]):
        with pytest.raises(outside.BadError, match="nobody known, or out of order"):
            opened(lines, network=plain)
