"""Verify an evidence package without our code: `python verify.py PACKAGE NETWORK [options]`.

Nothing but the standard library and `cryptography`; one file to be read by whoever relies on it. NETWORK is
the reader's own file of the parties' keys, got beforehand. Options: `--not-before INSTANT` and `--challenge
HEX` say how new the nodes' statements must be. Prints what is shown, or each problem. Exit status: 0 it
verifies, 1 it does not, 2 it cannot be read. Not judged: `index.txt` and `aids/`, which are for people.

A party that has SM2 keys (国密) in NETWORK must have signed by both kinds; SM2 and SM3 are written out here.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

NONE = "0" * 64
PACKAGE_BYTES_MAX = 256 << 20
SEGMENT = "[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?"
PATH = re.compile(f"{SEGMENT}(?:/{SEGMENT})*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
PLAIN = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,200}")
WORDS_SHA256 = "7668ac09bae71bdb634888763a07189dddf081b3d05a5760043184a1a77a1c99"
"""SHA-256 of the four fixed statements of what is proven and what is not, with line feeds between."""
Form = dict[str, Any]


class BadError(Exception):
    """Something does not hold."""


REFUSED = (BadError, ValueError, LookupError, TypeError, OverflowError, OSError, RecursionError, struct.error)
"""What reading and checking hostile bytes may raise; all of it is a problem of theirs."""


def must(holds: object, what: str) -> None:
    """Refuse with a reason."""
    if not holds:
        raise BadError(what)


# forms


def b64(text: str) -> bytes:
    """Read base64 in its one form."""
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    must(base64.b64encode(raw).decode() == text, "base64 in another form")
    return raw


def canonical(value: object) -> bytes:
    """Write JSON in its one form: keys in order, no white space."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def hex_(value: object) -> bool:
    """Whether it is 32 bytes in hex."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def text(pattern: str) -> Callable[[object], bool]:
    """Make a check that a text has a pattern."""
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def plain(value: object) -> bool:
    """Whether it is a line of text for people."""
    return isinstance(value, str) and PLAIN.fullmatch(value) is not None


def count(value: object) -> bool:
    """Whether it is a count."""
    return type(value) is int and 0 <= value < 2**53


def instant(value: object) -> bool:
    """Whether it is an instant in UTC."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def each(check: Callable[[Any], object], most: int = 20_000) -> Callable[[object], bool]:
    """Make a check of every element of a list."""
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(check, value))


def form(**fields: Any) -> Callable[[object], bool]:
    """Make a check that an object has these fields and no others; a value that is no check must be equal."""

    def holds(value: object) -> bool:
        return (
            isinstance(value, dict)
            and set(value) == set(fields)
            and all(
                check(value[name])
                if callable(check)
                else type(value[name]) is type(check) and value[name] == check
                for name, check in fields.items()
            )
        )

    return holds


NAME = text("[A-Za-z0-9][A-Za-z0-9._/:-]{0,99}")
SLUG = text("[a-z][a-z0-9_]{0,39}")
BATCH = text("[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
SIGNATURE = text("[A-Za-z0-9+/]{86}==")
CHAIN_END = form(hash=hex_, sequence=count)
HEADER = form(
    at=instant, batch=BATCH, count=lambda n: count(n) and 1 <= n <= 1000, kind="batch", origin=NAME,
    records_root=hex_, submitter=NAME, v=1,
)  # fmt: skip
SHARE = form(header=HEADER, index=count, kind="batch_share", path=each(hex_, 10), signature=SIGNATURE, v=1)
STEP = {
    "documents": each(form(commitment=hex_, name=SLUG), 16), "kind": SLUG, "loan": hex_,
    "occurred_at": instant, "origin": NAME, "previous": hex_, "sequence": count, "submitter": NAME, "v": 1,
}  # fmt: skip
KINDS = ["agreement", "break_glass", "contact", "decision", "key_change", "overdue", "party_change", "payout"]
KINDS += ["repayment", "statement", "write_off", "change", "charge", "classification", "recovery", "refund"]
KINDS += ["reversal", "waiver", "warning"]
OBJECTION = form(**STEP, objection=form(node=NAME, reason=SLUG, record=hex_, verdict=hex_))
VERDICT = form(
    signature=SIGNATURE,
    verdict=form(
        at=instant, batch=BATCH, batch_hash=hex_, kind="verdict", node=NAME, origin=NAME, size=count, v=1,
        objections=each(form(index=count, loan=hex_, reason=SLUG, record=hex_), 1000),
    ),
)  # fmt: skip
END = form(
    signature=SIGNATURE,
    end=form(
        at=instant, challenge=hex_, kind="loan_end", loan=hex_, node=NAME, v=1,
        logs=each(form(objections=CHAIN_END, origin=NAME, root=hex_, size=count, steps=CHAIN_END)),
    ),
)  # fmt: skip
FILE = "[a-z0-9](?:[a-z0-9_.-]{0,98}[a-z0-9])?"
MEDIA = text("[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,79}")
PLACED: Form = {"name": SLUG, "origin": NAME, "sequence": lambda n: count(n) and n >= 1}
DOCUMENT_KINDS = "agreement|contact|decision|event|other|overdue|payout|repayment|statement|write_off"
MANIFEST = form(
    aids=each(form(media_type=MEDIA, path=text(f"aids/{FILE}"), title_en=plain, title_zh=plain)),
    completeness=form(
        as_of=instant, stated_by=each(NAME), proven_zh=str, proven_en=str, not_proven_zh=str,
        not_proven_en=str,
        logs=each(form(objections=CHAIN_END, origin=NAME, steps=CHAIN_END, verdicts=count)),
    ),
    documents=each(
        form(
            committed=lambda value: value and each(form(**PLACED, salt=hex_), 16)(value),
            kind=text(DOCUMENT_KINDS), media_type=MEDIA, path=text(f"documents/{FILE}"), title_en=plain,
            title_zh=plain,
        )
    ),
    files=each(form(path=plain, sha256=hex_, size=count)),
    kind="evidence_package",
    loan=form(number=plain, pseudonym=hex_, salt=hex_),
    made_at=instant,
    network=NAME,
    packager=NAME,
    v=1,
    withheld=each(form(**PLACED, reason=text("confidential|destroyed|not_held"))),
)  # fmt: skip


def read(body: bytes, check: Callable[[object], bool], most: int, what: str) -> Any:
    """Read JSON that must be in its one form and have certain fields."""
    must(len(body) <= most, f"{what} is too large")
    value = json.loads(body.decode())
    must(check(value) and canonical(value) == body, f"not {what} in its one form")
    return value


# SM2 and SM3 (国密, GB/T 32918 and 32905), which `cryptography` does not have

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
"""The curve is y² = x³ - 3x + B modulo P; it has N points, multiples of G."""
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
Point = tuple[int, int, int]
"""X, Y, Z of the point X / Z², Y / Z³ (Jacobian coordinates); the neutral one has Z = 0."""
NEUTRAL: Point = (1, 1, 0)
G: Point = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
    1,
)
SIGNER_ID = b"1234567812345678"
BEFORE_KEY = struct.pack(">H", 8 * len(SIGNER_ID)) + SIGNER_ID
BEFORE_KEY += b"".join(number.to_bytes(32) for number in (P - 3, B, G[0], G[1]))
"""What is hashed before a key's X and Y to bind signatures to it (GB/T 32918.2, 5.5)."""
SM3_START = "7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e"


def turned(word: int, by: int) -> int:
    """Turn the bits of a word, or of its last 32, to the left."""
    word &= 0xFFFFFFFF
    return (word << by % 32 | word >> 32 - by % 32) & 0xFFFFFFFF


def sm3(message: bytes) -> bytes:
    """Hash by SM3; the letters are those of GB/T 32905, 5.3."""
    padded = message + b"\x80" + bytes((55 - len(message)) % 64) + struct.pack(">Q", 8 * len(message))
    state = struct.unpack(">8I", bytes.fromhex(SM3_START))
    for start in range(0, len(padded), 64):
        w = list(struct.unpack_from(">16I", padded, start))
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15)
            w.append(x ^ turned(x, 15) ^ turned(x, 23) ^ turned(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            ss1 = turned(turned(a, 12) + e + turned(0x79CC4519 if j < 16 else 0x7A879D8A, j), 7)
            ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
            gg = e ^ f ^ g if j < 16 else e & f | ~e & g
            tt1 = ff + d + (ss1 ^ turned(a, 12)) + (w[j] ^ w[j + 4])
            tt2 = gg + h + ss1 + w[j]
            a, b, c, d = tt1 & 0xFFFFFFFF, a, turned(b, 9), c
            e, f, g, h = (tt2 ^ turned(tt2, 9) ^ turned(tt2, 17)) & 0xFFFFFFFF, e, turned(f, 19), g
        state = tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))
    return struct.pack(">8I", *state)


def doubled(point: Point) -> Point:
    """Add a point to itself."""
    x, y, z = point
    square = y * y % P
    s, m = 4 * x * square % P, 3 * (x - z * z) * (x + z * z) % P
    x = (m * m - 2 * s) % P
    return x, (m * (s - x) - 8 * square * square) % P, 2 * y * z % P


def added(one: Point, other: Point) -> Point:
    """Add two points."""
    (x, y, z), (x2, y2, z2) = one, other
    if not (z and z2):
        return one if z else other
    x, y, x2, y2 = x * z2**2 % P, y * z2**3 % P, x2 * z**2 % P, y2 * z**3 % P
    h, r = (x2 - x) % P, (y2 - y) % P
    if h == 0:
        return NEUTRAL if r else doubled(one)
    square = h * h % P
    s, cube = x * square % P, h * square % P
    x = (r * r - cube - 2 * s) % P
    return x, (r * (s - x) - y * cube) % P, h * z * z2 % P


def point_of(public: bytes) -> Point:
    """Read a public key: 04, X and Y of a point of the curve."""
    must(len(public) == 65 and public[0] == 4, "not an SM2 key")
    x, y = int.from_bytes(public[1:33]), int.from_bytes(public[33:])
    must(x < P and y < P and (y * y - (x * x - 3) * x - B) % P == 0, "not a point of the SM2 curve")
    return x, y, 1


def sm2_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an SM2 signature, which has one form in DER, is good (GB/T 32918.2, 7.1)."""
    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return False
    t = (r + s) % N
    if not (0 < r < N and 0 < s < N and encode_dss_signature(r, s) == signature and t):
        return False
    point, sum_ = point_of(public), NEUTRAL
    addends = (NEUTRAL, G, point, added(G, point))
    for bit in reversed(range(256)):  # s times G, and t times the key's point, in one pass
        sum_ = added(doubled(sum_), addends[s >> bit & 1 | (t >> bit & 1) << 1])
    x, _, z = sum_
    e = int.from_bytes(sm3(sm3(BEFORE_KEY + public[1:]) + message))
    return z != 0 and (e + x * pow(z, -2, P) % P) % N == r


# keys, notes, trees

KEY_KINDS = {
    "log": b"\x01", "witness": b"\x04", "judge": b"\x01", "sm2_log": b"\xffcreditloop/sm2-sm3/v1",
    "sm2_witness": b"\xffcreditloop/sm2-sm3-cosignature/v1", "submitter": b"\x01",
}  # fmt: skip
"""Lines of a set, in order, and what stands before their keys: 1 or 4 for Ed25519, 255 and a name for SM2."""


def key_text(name: str, number: int, public: bytes) -> str:
    """Write a key as signed notes do; after 255 the rest of the kind stands before the key."""
    id_ = hashlib.sha256(name.encode() + b"\n" + bytes([number]) + public).digest()[:4]
    return f"{name}+{id_.hex()}+{base64.b64encode(bytes([number]) + public).decode()}"


def kept_text(word: str, key: tuple[str, bytes, bytes]) -> str:
    """Write a line of a key that was read."""
    kind = KEY_KINDS[word]
    return f"{word} {key_text(key[0], kind[0], kind[1:] + key[2])}"


def read_key(line: str, word: str) -> tuple[str, bytes, bytes]:
    """Read a key: name, id, public key."""
    name, id_, encoded = line.split("+", 2)
    raw, kind = b64(encoded), KEY_KINDS[word]
    public = raw[len(kind) :]
    must(raw.startswith(kind) and key_text(name, raw[0], raw[1:]) == line, f"not a {word} key: {line}")
    must(point_of(public) if len(kind) > 1 else len(public) == 32, f"not a {word} key: {line}")
    return name, bytes.fromhex(id_), public


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is good."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def sizes_of(text: str) -> dict[str, int]:
    """Read the sizes of logs up to which former keys count."""
    sizes = dict[str, int]()
    for word in text.split(" "):
        log, _, size = word.rpartition("=")
        must(re.fullmatch("0|[1-9][0-9]{0,15}", size) and log not in sizes, f"not a size: {word}")
        sizes[log] = int(size)
    return sizes


class Network:
    """The reader's file of the parties' keys: of each the sets it had, oldest first, and the one it has."""

    def __init__(self, file: str) -> None:
        self.file, self.parties = file, dict[str, list[Form]]()
        lines = file.split("\n")
        must(lines[0].startswith("network ") and lines[-1] == "", "not a network's file")
        self.name = lines[0].removeprefix("network ")
        for line in lines[1:-2]:
            word, _, rest = line.partition(" ")
            must(word == "party" or self.parties, f"a line of no party: {line}")
            if word == "party":
                keys: Form = {"submitter": []}
                must(rest not in self.parties, f"{rest} twice")
                sets = self.parties[rest] = [keys]
            elif word == "until":
                keys = {"submitter": [], "until": sizes_of(rest)}
                sets.append(keys)
            elif word == "submitter":
                keys["submitter"].append(read_key(rest, word))
            else:
                must(word in KEY_KINDS and word not in keys, f"not a line: {line}")
                keys[word] = read_key(rest, word)
        for name, sets in self.parties.items():
            sets.append(sets.pop(0))
            self.whole(name, sets)
        self.quorum = (len(self.parties) - 1) // 2 + 1
        must(
            len(self.parties) >= 3 and lines[-2] == f"quorum {self.quorum}", "the quorum is not the majority"
        )

    def whole(self, name: str, sets: list[Form]) -> None:
        """Check the keys of a party, and that each set counted at least as far as the one before."""
        before: dict[str, int] = {}
        for keys in sets:
            must({"log", "witness", "judge"} <= set(keys) and keys["submitter"], f"{name} lacks a key")
            must(keys["log"][0] == keys["judge"][0] == name, f"{name}'s keys are named otherwise")
            must(keys["witness"][0] == sets[-1]["witness"][0], f"{name}'s witness had another name")
            must(("sm2_log" in keys) == ("sm2_witness" in keys), f"{name} has one SM2 key, must be both")
            for word, other in (("sm2_log", "log"), ("sm2_witness", "witness")):
                same = word not in keys or keys[word][0] == keys[other][0]
                must(same, f"{name}'s SM2 keys are named otherwise")
            if until := keys.get("until", {}):
                must(list(until) == sorted(self.parties), f"{name}'s former keys are not for all logs")
                must(all(before.get(log, 0) <= size for log, size in until.items()), f"{name}: not in order")
                before = until

    def at(self, name: str, origin: str, size: int) -> Form:
        """Return the keys a party signs a checkpoint of that size with."""
        *former, keys = self.parties[name]
        return next((one for one in former if 0 < size <= one["until"][origin]), keys)

    def submitters(self, origin: str, index: int) -> list[tuple[str, bytes, bytes]]:
        """Return the keys that might sign the batch of an entry."""
        *former, keys = self.parties[origin]
        found: Form = next((one for one in former if index < one["until"][origin]), keys)
        return list(found["submitter"])

    def text(self) -> str:
        """Write the file in its one form."""
        lines = [f"network {self.name}"]
        for name in sorted(self.parties):
            *former, present = self.parties[name]
            for keys in (present, *former):
                sizes = " ".join(f"{log}={size}" for log, size in keys.get("until", {}).items())
                lines.append(f"until {sizes}" if sizes else f"party {name}")
                lines += [
                    kept_text(word, keys[word]) for word in KEY_KINDS if word in keys and word != "submitter"
                ]
                lines += sorted(kept_text("submitter", key) for key in keys["submitter"])
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    def judged(self, node: str, sizes: dict[str, int], message: bytes, signature: bytes) -> bool:
        """Whether a node signed a statement made at these sizes of logs; at a change either key may have."""
        since, good = dict.fromkeys(self.parties, 0), False
        for keys in self.parties[node]:
            until = keys.get("until", {})
            if all(since[log] <= size <= until.get(log, size) for log, size in sizes.items()):
                good = good or signed(keys["judge"][2], message, signature)
            since = until or since
        return good

    def continues(self, known: "Network") -> bool:
        """Whether all keys of an earlier state of this network are the first that this one knows."""
        if (self.name, sorted(self.parties)) != (known.name, sorted(known.parties)):
            return False
        for name, sets in known.parties.items():
            ours = self.parties[name][: len(sets)]
            if ours[:-1] != sets[:-1] or {**ours[-1], "until": 0} != {**sets[-1], "until": 0}:
                return False
        return True

    def others(self, origin: str) -> list[str]:
        """Names of all parties but one, in order."""
        return sorted(set(self.parties) - {origin})

    def policy(self, origin: str) -> bytes:
        """Write a log's policy as other programs read it."""
        others, groups = self.others(origin), []
        lines = [f"log {key_text(keys['log'][0], 1, keys['log'][2])}" for keys in self.parties[origin]]
        for name in others:
            sets = [keys["witness"] for keys in self.parties[name]]
            names = [name] if len(sets) == 1 else [f"{name}#{number + 1}" for number in range(len(sets))]
            lines += [
                f"witness {of} {key_text(key[0], 4, key[2])}" for of, key in zip(names, sets, strict=True)
            ]
            groups += [f"group {name} 1 {' '.join(names)}"] if len(sets) > 1 else []
        lines += groups
        threshold = "all" if self.quorum == len(others) > 1 else self.quorum
        lines += [f"group quorum {threshold} {' '.join(others)}", "quorum quorum", ""]
        return "\n".join(lines).encode()


def leaf(body: bytes) -> bytes:
    """Hash a leaf (RFC 6962)."""
    return hashlib.sha256(b"\0" + body).digest()


def root_of(index: int, size: int, hash_: bytes, path: list[bytes]) -> bytes:
    """Return the root that an inclusion path leads to (RFC 9162, 2.1.3.2)."""
    must(0 <= index < size, "an index outside the tree")
    place, last = index, size - 1
    for other in path:
        must(last > 0 and len(other) == 32, "a path that is too long")
        if place & 1 or place == last:
            hash_ = hashlib.sha256(b"\1" + other + hash_).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hash_ = hashlib.sha256(b"\1" + hash_ + other).digest()
        place, last = place >> 1, last >> 1
    must(last == 0, "a path that is too short")
    return hash_


def open_checkpoint(network: Network, origin: str, note: str) -> tuple[int, bytes, list[int]]:
    """Check a cosigned checkpoint: size, root, times of the cosignatures."""
    body, _, tail = note.rpartition("\n\n")
    body += "\n"
    stated, size, root, *rest = body.split("\n")
    must(stated == origin and rest == [""] and re.fullmatch("0|[1-9][0-9]{0,18}", size), "another checkpoint")
    must(tail.endswith("\n") and len(b64(root)) == 32 and int(size) < 2**63, "not a checkpoint")
    own = network.at(origin, origin, int(size))
    others = [network.at(name, origin, int(size)) for name in network.others(origin)]
    others.sort(key=lambda keys: keys["witness"])
    signers = [(own["log"], own.get("sm2_log"), False)]
    signers += [(keys["witness"], keys.get("sm2_witness"), True) for keys in others]
    lines, times, used = tail.splitlines(), list[int](), 0
    for (name, id_, public), sm2, cosigns in signers:
        prefix = f"— {name} "
        if used == len(lines) or not lines[used].startswith(prefix):
            must(cosigns, "the log did not sign")
            continue
        raw, time, message = b64(lines[used].removeprefix(prefix)), b"", body.encode()
        if cosigns:
            must(len(raw) == 76, "not a cosignature")
            time = raw[4:12]
            times.append(int.from_bytes(time))
            must(times[-1] < 2**63, "not a time")
            message = b"cosignature/v1\ntime %d\n" % times[-1] + message
        must(
            raw[:4] == id_ and signed(public, message, raw[4 + len(time) :]),
            f"{name} did not sign this",
        )
        used += 1
        if sm2:  # by both, of the same second
            must(used < len(lines) and lines[used].startswith(prefix), f"{name} did not sign by SM2")
            raw, before = b64(lines[used].removeprefix(prefix)), sm2[1] + time
            good = raw.startswith(before) and sm2_signed(sm2[2], message, raw[len(before) :])
            must(good, f"{name} did not sign this by SM2")
            used += 1
    must(used == len(lines), "a signature line of nobody known, or out of order")
    must(len(times) >= network.quorum, f"{len(times)} cosignatures, must be {network.quorum}")
    return int(size), b64(root), sorted(times)


# the file


def members_of(file: bytes) -> dict[str, bytes]:
    """Read the zip, which has one form only."""
    members, central, offset, last = dict[str, bytes](), b"", 0, (-1, "")
    must(len(file) <= PACKAGE_BYTES_MAX, "too large")
    while file[offset : offset + 4] == b"PK\3\4":
        must(len(file) >= offset + 30 and len(members) < 20_000, "cut off, or too many members")
        size, length = struct.unpack_from("<IH", file, offset + 22)
        path = file[offset + 30 : offset + 30 + length].decode("ascii")
        must(len(path) <= 200 and PATH.fullmatch(path), f"a path that cannot be: {path!r}")
        body = file[offset + 30 + length : offset + 30 + length + size]
        fields = struct.pack("<5H3I2H", 10, 0, 0, 0, 33, zlib.crc32(body), len(body), len(body), length, 0)
        head = fields + path.encode()
        must(file[offset + 4 : offset + 30 + length] == head and len(body) == size, f"{path}: header or CRC")
        first = ("manifest.json", "manifest.sig")
        order = (first.index(path) if path in first else 2, path)
        must(order > last and (members or order[0] == 0), f"{path}: out of order")
        central += b"PK\1\2" + struct.pack("<H", 3 << 8 | 10) + fields
        central += struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, offset) + path.encode()
        members[path], last, offset = body, order, offset + 30 + length + size
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(members), len(members), len(central), offset, 0)
    must(file[offset:] == central + end, "the zip's directory is not that of its members")
    must(list(members)[:2] == ["manifest.json", "manifest.sig"], "no manifest")
    return members


class Package:
    """Checks one package; problems are collected."""

    def __init__(self, file: bytes, network: Network) -> None:
        self.network, self.then, self.problems = network, network, list[str]()
        self.members = members_of(file)
        self.manifest = read(self.members["manifest.json"], MANIFEST, 8 << 20, "a manifest")
        self.loan = self.manifest["loan"]["pseudonym"]
        self.whole = self.manifest["completeness"]
        self.commitments: dict[tuple[str, int, str], str] = {}
        self.roots: dict[tuple[str, int], bytes] = {}
        self.last: dict[str, int] = {}
        self.notes: dict[tuple[str, str], tuple[int, bytes, list[int]]] = {}
        self.told: list[str] = []

    def guarded(self, what: str, check: Callable[..., Any], *given: Any) -> Any:
        """Run a check; what it refuses is a problem, and None is returned."""
        try:
            return check(*given)
        except REFUSED as error:
            self.problems.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
            return None

    def check(self, not_before: str | None, challenge: str | None) -> None:
        """Check everything."""
        self.guarded("manifest.sig", self.signature)
        self.guarded("files", self.files)
        self.guarded("manifest.json", self.words)
        self.guarded("network.txt", self.same_network)
        for number, log in enumerate(self.whole["logs"], start=1):
            self.guarded(f"log {log['origin']}", self.log, number, log)
        self.guarded("ends", self.ends, not_before, challenge)
        self.guarded("documents", self.documents)

    def signature(self) -> None:
        """Check the packager's signature."""
        name, raw = self.manifest["packager"], b64(self.members["manifest.sig"].decode("ascii"))
        sets = [keys for party in self.network.parties.values() for keys in party]
        keys = [key for one in sets for key in (one["judge"], *one["submitter"])]
        must(len(raw) == 64, "not a signature")
        message = self.members["manifest.json"]
        must(any(key[0] == name and signed(key[2], message, raw) for key in keys), f"not signed by {name}")

    def expected(self) -> Iterator[str]:
        """Give the paths that the manifest speaks of."""
        yield from ("network.txt", "index.txt")
        yield from (one["path"] for one in (*self.manifest["aids"], *self.manifest["documents"]))
        yield from (f"ends/{number + 1:02d}.json" for number in range(len(self.whole["stated_by"])))
        for number, log in enumerate(self.whole["logs"], start=1):
            folder = f"logs/{number:02d}"
            if log["steps"]["sequence"] + log["objections"]["sequence"]:
                yield f"{folder}/policy.txt"
            for lane in ("steps", "objections"):
                for sequence in range(1, log[lane]["sequence"] + 1):
                    yield f"{folder}/{lane}/{sequence:05d}.json"
                    yield f"{folder}/{lane}/{sequence:05d}.tlog-proof"
                    if lane == "steps":
                        yield f"{folder}/steps/{sequence:05d}.batch.json"
            yield from (f"{folder}/verdicts/{place + 1:05d}.json" for place in range(log["verdicts"]))

    def files(self) -> None:
        """Check the list of files against the members, and against what the manifest speaks of."""
        listed = [one["path"] for one in self.manifest["files"]]
        must(listed == list(self.members)[2:], "the members are not those listed, in their order")
        for one in self.manifest["files"]:
            body = self.members[one["path"]]
            if (len(body), hashlib.sha256(body).hexdigest()) != (one["size"], one["sha256"]):
                self.problems.append(f"{one['path']}: not what the manifest says")
        expected = set[str]()
        for path in self.expected():
            must(path in self.members and path not in expected, f"{path} is missing, or twice")
            expected.add(path)
        must(expected == set(listed), "a file that the manifest does not speak of")

    def words(self) -> None:
        """Check what the manifest says of itself."""
        said = [self.whole[name] for name in ("proven_zh", "proven_en", "not_proven_zh", "not_proven_en")]
        must(
            hashlib.sha256("\n".join(said).encode()).hexdigest() == WORDS_SHA256,
            "other words on what is proven",
        )
        loan = self.manifest["loan"]
        made = hashlib.sha256(bytes.fromhex(loan["salt"]) + loan["number"].encode()).hexdigest()
        must(made == loan["pseudonym"], "the loan's number is not that of its pseudonym")
        for name in ("aids", "documents"):
            paths = [one["path"] for one in self.manifest[name]]
            must(paths == sorted(set(paths)), f"{name} are not in order")

    def same_network(self) -> None:
        """Check that the package was made for the reader's network, or for an earlier state of it."""
        text = self.members["network.txt"].decode()
        self.then = self.network if text == self.network.file else Network(text)
        must(len(text) <= 1 << 20 and self.then.text() == text, "not in its one form")
        same = self.network.continues(self.then) and self.manifest["network"] == self.network.name
        must(same, "made for another network")
        origins = [log["origin"] for log in self.whole["logs"]]
        must(origins == sorted(self.network.parties), "not all logs of the network, in order")

    # a log

    def log(self, number: int, log: Form) -> None:
        """Check all of the loan on one log."""
        origin, folder = log["origin"], f"logs/{number:02d}"
        must(origin in self.network.parties, "nobody's log")
        policy = self.members.get(f"{folder}/policy.txt")
        must(policy in (None, self.then.policy(origin)), "another policy")
        verdicts, used, order = list[Form](), set[int](), list[tuple[str, str]]()
        for place in range(1, log["verdicts"] + 1):
            verdict = self.verdict(f"{folder}/verdicts/{place:05d}.json", origin)
            verdicts.append(verdict)
            order.append((verdict["batch_hash"], verdict["node"]))
        must(order == sorted(set(order)), "verdicts are not in order")
        self.last[origin] = -1
        for lane in ("steps", "objections"):
            previous, index = NONE, -1
            for sequence in range(1, log[lane]["sequence"] + 1):
                path = f"{folder}/{lane}/{sequence:05d}"
                body = self.members[f"{path}.json"]
                record = self.record(body, origin, lane, sequence, previous)
                previous, before = leaf(body).hex(), index
                index, times = self.proven(f"{path}.tlog-proof", body, origin)
                must(index > before, f"{path}: earlier on the log than the one before")
                self.last[origin] = max(self.last[origin], index)
                if lane == "steps":
                    self.batch(f"{path}.batch.json", body, record, index, verdicts, used)
                seen = datetime.fromtimestamp(times[self.network.quorum - 1], tz=UTC).isoformat()
                self.told.append(
                    f"{origin} {lane} {sequence} {record['kind']} {record['occurred_at']} seen {seen}"
                )
            must(previous == log[lane]["hash"], f"{origin} {lane}: another last record")
        self.objections(folder, log, verdicts, used)
        must(used == set(range(len(verdicts))), "a verdict that no record needs")

    def verdict(self, path: str, origin: str) -> Form:
        """Check a verdict in itself."""
        whole = read(self.members[path], VERDICT, 1 << 19, "a verdict")
        verdict: Form = whole["verdict"]
        must(verdict["origin"] == origin != verdict["node"], f"{path}: another log's, or its own party's")
        sizes, raw = {origin: verdict["size"]}, b64(whole["signature"])
        good = self.network.judged(verdict["node"], sizes, canonical(verdict), raw)
        must(good, f"{path}: not signed by the node")
        indexes = [one["index"] for one in verdict["objections"]]
        must(indexes == sorted(set(indexes)), f"{path}: objections are not in order")
        return verdict

    def record(self, body: bytes, origin: str, lane: str, sequence: int, previous: str) -> Form:
        """Check a record in itself and in its chain."""
        check = form(**STEP) if lane == "steps" else OBJECTION
        record: Form = read(body, check, 4096, "a record")
        known = KINDS if lane == "steps" else ["objection"]
        must(record["kind"] in known, f"{origin} {lane} {sequence}: {record['kind']} in this chain")
        place = (record["origin"], record["loan"], record["sequence"], record["previous"])
        must(place == (origin, self.loan, sequence, previous), f"{origin} {lane} {sequence}: not here")
        names = [one["name"] for one in record["documents"]]
        must(names == sorted(set(names)), "documents are not in order")
        for one in record["documents"]:
            self.commitments[origin, sequence, one["name"]] = one["commitment"]
        return record

    def proven(self, path: str, body: bytes, origin: str) -> tuple[int, list[int]]:
        """Check a record's place on its log."""
        head, _, note = self.members[path].decode().partition("\n\n")
        first, index, *hashes = head.split("\n")
        must(first == "c2sp.org/tlog-proof@v1", f"{path}: not a proof")
        must(re.fullmatch("index (0|[1-9][0-9]{0,18})", index), f"{path}: no index")
        if (origin, note) not in self.notes:
            self.notes[origin, note] = open_checkpoint(self.network, origin, note)
        size, root, times = self.notes[origin, note]
        place = int(index[6:])
        must(root_of(place, size, leaf(body), list(map(b64, hashes))) == root, f"{path}: not on the log")
        must(self.roots.setdefault((origin, size), root) == root, f"{path}: the log is forked")
        return place, times

    def batch(
        self, path: str, body: bytes, record: Form, index: int, verdicts: list[Form], used: set[int]
    ) -> None:
        """Check the submitter's signature over the record's batch, and that a quorum agreed to it."""
        share = read(self.members[path], SHARE, 8192, "a share of a batch")
        header, place = share["header"], share["index"]
        must(
            (header["origin"], header["submitter"]) == (record["origin"], record["submitter"]),
            f"{path}: other",
        )
        keys = self.network.submitters(record["origin"], index)
        message, raw = canonical(header), b64(share["signature"])
        must(
            any(k[0] == header["submitter"] and signed(k[2], message, raw) for k in keys),
            f"{path}: not signed",
        )
        root = root_of(place, header["count"], leaf(body), list(map(bytes.fromhex, share["path"])))
        must(root.hex() == header["records_root"], f"{path}: not in the batch")
        agreed = 0
        for number, verdict in enumerate(verdicts):
            if verdict["batch_hash"] != hashlib.sha256(message).hexdigest():
                continue
            used.add(number)
            must(verdict["batch"] == header["batch"], f"{path}: a verdict on another batch")
            must(
                verdict["size"] <= index < verdict["size"] + header["count"],
                f"{path}: judged on another size",
            )
            must(
                all(one["index"] < header["count"] for one in verdict["objections"]), f"{path}: to no record"
            )
            told = [one["record"] for one in verdict["objections"] if one["index"] == place]
            must(told in ([], [leaf(body).hex()]), f"{path}: an objection to another record")
            agreed += not told
        must(agreed >= self.network.quorum, f"{path}: {agreed} agreed, must be {self.network.quorum}")

    def objections(self, folder: str, log: Form, verdicts: list[Form], used: set[int]) -> None:
        """Check that objections are those of the verdicts, all of them."""
        made = {
            (hashlib.sha256(canonical(verdict)).hexdigest(), one["record"]): (number, verdict, one)
            for number, verdict in enumerate(verdicts)
            for one in verdict["objections"]
            if one["loan"] == self.loan
        }
        for sequence in range(1, log["objections"]["sequence"] + 1):
            record = json.loads(self.members[f"{folder}/objections/{sequence:05d}.json"])
            objection = record["objection"]
            number, verdict, one = made.pop((objection["verdict"], objection["record"]))
            used.add(number)
            said = (objection["node"], objection["reason"], record["occurred_at"], record["submitter"])
            must(
                said == (verdict["node"], one["reason"], verdict["at"], verdict["node"]),
                "not the verdict's words",
            )
            must(record["documents"] == [], "an objection has no documents")
        must(not made, "an objection is missing")

    # the ends, the documents

    def ends(self, not_before: str | None, challenge: str | None) -> None:
        """Check the nodes' statements of where the loan's chains end."""
        must(challenge != NONE, "no challenge: statements that nobody challenged hold it")
        agreeing = {log["origin"]: 0 for log in self.whole["logs"]}
        must(self.whole["stated_by"] == sorted(set(self.whole["stated_by"])), "statements are not in order")
        times = []
        for number, node in enumerate(self.whole["stated_by"], start=1):
            path = f"ends/{number:02d}.json"
            whole = read(self.members[path], END, 65_536, "a statement")
            end = whole["end"]
            sizes, raw = {log["origin"]: log["size"] for log in end["logs"]}, b64(whole["signature"])
            must(set(sizes) <= set(self.network.parties), f"{path}: an unknown log")
            if not_before is None and challenge is None:
                good = self.network.judged(node, sizes, canonical(end), raw)
            else:  # what is asked for now a key of before does not answer
                good = signed(self.network.parties[node][-1]["judge"][2], canonical(end), raw)
            good = good and end["node"] == node
            must(good and end["loan"] == self.loan, f"{path}: not signed by {node}, or about another loan")
            times.append(end["at"])
            if not_before is not None:
                new = datetime.fromisoformat(end["at"]) >= datetime.fromisoformat(not_before)
                must(new, f"{path}: older than asked for")
            must(challenge in (None, end["challenge"]), f"{path}: does not answer the challenge")
            must(
                [log["origin"] for log in end["logs"]] == sorted(self.network.parties),
                f"{path}: not all logs",
            )
            for stated, log in zip(end["logs"], self.whole["logs"], strict=True):
                origin = log["origin"]
                for lane in ("steps", "objections"):
                    must(stated[lane] == log[lane], f"{path}: states another end of {origin} {lane}")
                must(stated["size"] > self.last[origin], f"{path}: older than a record of {origin}")
                if stated["size"]:
                    root = bytes.fromhex(stated["root"])
                    same = self.roots.setdefault((origin, stated["size"]), root) == root
                    must(same, f"{path}: {origin} is forked")
                agreeing[origin] += node != origin
        for origin, number in agreeing.items():
            must(number >= self.network.quorum, f"{number} others state the end of {origin}, too few")
        must(min(times) == self.whole["as_of"], "as_of is not the earliest statement's time")

    def documents(self) -> None:
        """Check documents against commitments, and that every commitment is accounted for once."""
        left, bodies = dict(self.commitments), dict(self.members)
        for document in self.manifest["documents"]:
            body = bodies.pop(document["path"])  # listed again it fails, and is not hashed again
            places = list[tuple[str, int, str]]()
            for by in document["committed"]:
                place = (by["origin"], by["sequence"], by["name"])
                places.append(place)
                made = hashlib.sha256(bytes.fromhex(by["salt"]) + body).hexdigest()
                if left.pop(place, None) != made:
                    self.problems.append(f"{document['path']}: not what {place} commits to")
            must(places == sorted(places), f"{document['path']}: commitments are not in order")
        listed = [(one["origin"], one["sequence"], one["name"]) for one in self.manifest["withheld"]]
        must(listed == sorted(set(listed)), "withheld are not in order")
        for place in listed:
            must(left.pop(place, None), f"{place} is said to be withheld and is not")
        must(not left, f"committed to, and neither here nor withheld: {sorted(left)[:3]}")


def verify(
    file: bytes, network: str, *, not_before: str | None = None, challenge: str | None = None
) -> list[str]:
    """Return the problems of a package; none if it verifies."""
    return checked(file, network, not_before, challenge)[0]


def checked(
    file: bytes, network: str, not_before: str | None, challenge: str | None
) -> tuple[list[str], Package | None]:
    """Return the problems of a package, and what was read of it."""
    try:
        package = Package(file, Network(network))
    except REFUSED as error:
        return [f"{type(error).__name__}: {str(error)[:200]}"], None
    package.check(not_before, challenge)
    return package.problems, package


def main() -> int:
    """Verify one package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("--not-before", help="statements of earlier are refused, e.g. 2026-01-05T08:00:00Z")
    parser.add_argument("--challenge", help="64 hex digits that every statement must hold")
    given = parser.parse_args()
    try:
        with given.package.open("rb") as opened:
            file = opened.read(PACKAGE_BYTES_MAX + 1)
        network = given.network.read_bytes().decode()
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    problems, package = checked(file, network, given.not_before, given.challenge)
    for problem in problems:
        print("problem:", problem)
    if problems or package is None:
        print("核验未通过 does not verify")
        return 1
    for line in package.told:
        print(line)
    for document in package.manifest["documents"]:
        print(document["path"], document["title_zh"], document["title_en"])
    for one in package.manifest["withheld"]:
        print("未附 withheld:", one["origin"], one["sequence"], one["name"], one["reason"])
    print(package.whole["proven_zh"], package.whole["not_proven_zh"], sep="\n")
    print(package.whole["proven_en"], package.whole["not_proven_en"], sep="\n")
    print(f"核验通过 verifies: loan {package.manifest['loan']['number']}, as of {package.whole['as_of']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
