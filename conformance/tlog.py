"""Outside cases of transparency logs: RFC 6962 proofs, signed notes, Wycheproof signatures and ciphers.

    python -m conformance.tlog DIR

Every file under DIR is read (README, LICENSE and NOTICE aside). A file holds one inclusion or consistency
case of transparency-dev/merkle (`leafIdx`, `treeSize`, … or `size1`, `size2`, …; a missing number is 0, a
missing byte string empty), or is a Wycheproof file, or has `{"vectors": […]}` of signed notes and RFC 6962
hashes. What is of another kind, such as subtree proofs or primitives we do not expose, is listed as refused;
so is each case of a cipher whose key or nonce has another length than the one our function takes.
The last line is `N passed, M failed, K refused`; the exit status is 0 when nothing failed.
"""

import base64
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from creditloop.evidence.hashing import EMPTY_ROOT, check_consistency, check_inclusion, leaf_hash, node_hash
from creditloop.evidence.note import open_note
from creditloop.evidence.signature import Ed25519Verifier, verifier_from_text
from creditloop.kernel.cipher import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Algorithm, ValueCipher
from creditloop.kernel.errors import CreditloopError

_INCLUSION = {"leafIdx", "treeSize", "leafHash", "root"}
_CONSISTENCY = {"size1", "size2", "root1", "root2"}
_COMMON = {"proof", "desc", "wantErr"}
_CIPHERS: Mapping[str, Algorithm] = {"AES-GCM": Algorithm.AES_256_GCM, "SM4-GCM": Algorithm.SM4_GCM}
_NOT_CASES = ("README", "LICENSE", "NOTICE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one case, or of one file that holds none.

    Attributes:
        result: "passed", "failed" or "refused".
        name: file and case.
        detail: why it failed or was refused.
    """

    result: str
    name: str
    detail: str = ""


class UnknownKindError(Exception):
    """A file or case of a kind that is not known here."""


Record = dict[str, Any]
"""A JSON object of someone else's making."""


def judge_folder(folder: Path) -> Iterator[Verdict]:
    """Judge every file under a folder, in order of path."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(_NOT_CASES):
            yield from judge_file(path, name=str(path.relative_to(folder)))


def judge_file(path: Path, *, name: str) -> Iterator[Verdict]:
    """Judge the cases of one file."""
    try:
        document = json.loads(path.read_bytes())
        if not isinstance(document, dict):
            raise UnknownKindError("not an object")
        judge = _judge_of(document, path)
    except (ValueError, UnknownKindError) as error:
        yield Verdict(result="refused", name=name, detail=str(error))
        return
    yield from judge(document, name)


def _judge_of(document: Record, path: Path) -> Callable[[Record, str], Iterator[Verdict]]:
    """Tell from its keys what a file holds; a proof case that lacks them all, from its folder."""
    keys = set(document)
    if keys <= _INCLUSION | _COMMON and (keys & _INCLUSION or "inclusion" in path.parts):
        return _judge_inclusion
    if keys <= _CONSISTENCY | _COMMON and (keys & _CONSISTENCY or "consistency" in path.parts):
        return _judge_consistency
    if isinstance(document.get("testGroups"), list):
        return _judge_wycheproof
    if isinstance(document.get("vectors"), list):
        return _judge_vectors
    raise UnknownKindError(f"unknown kind of file: {', '.join(sorted(keys)) or 'no keys'}")


def _verdict(name: str, *, expected: bool, check: Callable[[], object]) -> Verdict:
    """Run a check that returns False or raises when the case is invalid, and compare."""
    try:
        accepted, reason = check() is not False, ""
    except CreditloopError as error:
        accepted, reason = False, error.message
    except (UnknownKindError, ValueError, TypeError, KeyError) as error:
        return Verdict(result="refused", name=name, detail=f"not a case of its kind: {error!r}")
    if accepted == expected:
        return Verdict(result="passed", name=name)
    detail = f"{'accepted' if accepted else 'rejected'}, must be {'accepted' if expected else 'rejected'}"
    return Verdict(result="failed", name=name, detail=f"{detail} {reason}".strip())


def _number(case: Record, key: str) -> int:
    value = case.get(key) or 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnknownKindError(f"{key} is not a number")
    return value


def _hash(case: Record, key: str) -> bytes:
    return base64.b64decode(case.get(key) or "", validate=True)


def _proof(case: Record) -> list[bytes]:
    return [base64.b64decode(value or "", validate=True) for value in case.get("proof") or []]


def _judge_inclusion(case: Record, name: str) -> Iterator[Verdict]:
    def check() -> None:
        check_inclusion(
            index=_number(case, "leafIdx"),
            size=_number(case, "treeSize"),
            leaf=_hash(case, "leafHash"),
            root=_hash(case, "root"),
            proof=_proof(case),
        )

    yield _verdict(name, expected=not case.get("wantErr"), check=check)


def _judge_consistency(case: Record, name: str) -> Iterator[Verdict]:
    def check() -> None:
        check_consistency(
            size_before=_number(case, "size1"),
            size=_number(case, "size2"),
            root_before=_hash(case, "root1"),
            root=_hash(case, "root2"),
            proof=_proof(case),
        )

    yield _verdict(name, expected=not case.get("wantErr"), check=check)


def _judge_wycheproof(document: Record, name: str) -> Iterator[Verdict]:
    """Judge signatures and ciphers case by case; other primitives are refused, a line for each type."""
    unknown: Counter[str] = Counter()
    for group in document["testGroups"]:
        judge = _judge_of_group(group, document.get("algorithm"))
        if judge is None:
            unknown[str(group.get("type"))] += len(group.get("tests", []))
            continue
        for case in group.get("tests", []):
            yield judge(case, f"{name}#{case.get('tcId')}")
    for kind, count in unknown.items():
        algorithm = f"{document.get('algorithm')} ({document.get('schema')}, {kind}, {count} cases)"
        yield Verdict(result="refused", name=name, detail=f"{algorithm} is not exposed")


def _judge_of_group(group: Record, algorithm: object) -> Callable[[Record, str], Verdict] | None:
    """Return what judges the cases of a Wycheproof group; None for a primitive that we do not expose."""
    cipher = _CIPHERS.get(algorithm) if isinstance(algorithm, str) else None
    if _is_ed25519(group):
        return partial(_judge_signature, group)
    if cipher is not None and group.get("type") == "AeadTest":
        return partial(_judge_cipher, cipher, group)
    return None


def _is_ed25519(group: Record) -> bool:
    key = group.get("publicKey")
    return group.get("type") == "EddsaVerify" and isinstance(key, dict) and key.get("curve") == "edwards25519"


def _judge_signature(group: Record, case: Record, name: str) -> Verdict:
    def check() -> bool:
        verifier = Ed25519Verifier("wycheproof", bytes.fromhex(group["publicKey"]["pk"]))
        return verifier.verify(bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))

    if case.get("result") == "acceptable":  # either answer is right, an exception is not
        accepted = _verdict(name, expected=True, check=check)
        return accepted if accepted.result == "refused" else Verdict(result="passed", name=name)
    return _verdict(name, expected=case.get("result") == "valid", check=check)


def _judge_cipher(cipher: Algorithm, group: Record, case: Record, name: str) -> Verdict:
    """Open the case's text with our function; a valid one must also come out of sealing, byte for byte."""
    ours = {"keySize": KEY_BYTES[cipher], "ivSize": NONCE_BYTES, "tagSize": TAG_BYTES}
    other = [
        f"{key} {group.get(key)}, ours {size * 8}" for key, size in ours.items() if group.get(key) != size * 8
    ]
    if other:
        return Verdict(result="refused", name=name, detail=f"{cipher}: {'; '.join(other)}")

    def check() -> bool:
        key, nonce, binding, value, body, tag = (
            bytes.fromhex(case[part]) for part in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        ours = ValueCipher(cipher, key)
        text = f"1.{base64.b64encode(nonce + body + tag).decode()}"
        opened = ours.opened(text, binding=binding)
        if opened is not None and ours.sealed(value, nonce=nonce, binding=binding) != text:
            return False
        return opened == value

    return _verdict(name, expected=case.get("result") == "valid", check=check)


def _judge_vectors(document: Record, name: str) -> Iterator[Verdict]:
    for number, vector in enumerate(document["vectors"]):
        kind = vector.get("kind") if isinstance(vector, dict) else None
        place = f"{name}#{number} {kind}"
        if kind == "signed-note":
            yield _judge_note(vector, place)
        elif kind == "rfc6962-hash":
            yield from _judge_hashes(vector, place)
        else:
            yield Verdict(result="refused", name=place, detail="unknown kind of vector")


def _judge_note(vector: Record, name: str) -> Verdict:
    def check() -> None:
        open_note(vector["note"], verifiers=[verifier_from_text(vector["vkey"])])

    return _verdict(name, expected=vector.get("expect") == "valid", check=check)


def _judge_hashes(vector: Record, name: str) -> Iterator[Verdict]:
    """Compare each hash given: of the empty tree, or of the leaf or node that its key names."""
    for key, value in vector.items():
        if key in {"kind", "source"}:
            continue
        computed = _named_hash(key)
        if computed is None:
            yield Verdict(result="refused", name=f"{name} {key}", detail="unknown hash")
        elif computed.hex() == value:
            yield Verdict(result="passed", name=f"{name} {key}")
        else:
            yield Verdict(result="failed", name=f"{name} {key}", detail=f"{computed.hex()}, must be {value}")


def _named_hash(key: str) -> bytes | None:
    """Return the hash that a key like empty_root, leaf_of_empty, leaf_TEXT or node_LEFT_RIGHT asks for."""
    match key.split("_"):
        case ["empty", "root"]:
            return EMPTY_ROOT
        case ["leaf", "of", "empty"]:
            return leaf_hash(b"")
        case ["leaf", text]:
            return leaf_hash(text.encode())
        case ["node", left, right]:
            return node_hash(left.encode(), right.encode())
    return None


def main(arguments: Sequence[str]) -> int:
    """Judge a folder, print what is not passed and the count; return the exit status."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m conformance.tlog DIR", file=sys.stderr)
        return 2
    count = dict.fromkeys(("passed", "failed", "refused"), 0)
    for verdict in judge_folder(Path(arguments[0])):
        count[verdict.result] += 1
        if verdict.result != "passed":
            print(f"{verdict.result}: {verdict.name}: {verdict.detail}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['refused']} refused")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
