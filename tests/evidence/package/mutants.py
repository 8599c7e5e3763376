"""Packages that must not verify (模拟): parts dropped, added, reordered, edited, exchanged, replayed.

    python -m tests.evidence.package.mutants --count 100000 [--workers 2] [--standalone]

Half of the ways need nothing but the file; in the others the packager himself cheats: he signs his manifest
anew over what he changed, and writes the index that belongs to it. Each mutant that verifies is printed and
counted as missed; the exit status is 1 then.
"""

import argparse
import hashlib
import io
import json
import sys
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, wraps
from itertools import chain, groupby
from multiprocessing import Pool
from random import Random

from conformance.package import verify as standalone
from tests.evidence.package.loans import (
    BANK,
    PARTNER,
    World,
    core_of,
    keys_of,
    lived,
    trusted_network,
)

from creditloop.evidence.network.record import read_record, signature_text
from creditloop.evidence.package import TrustedNetwork, build_package, trust_from_text, verify_package
from creditloop.evidence.package.archive import FIRST, read_archive, write_archive
from creditloop.evidence.package.index import index_text
from creditloop.evidence.package.manifest import INDEX, MANIFEST, SIGNATURE, read_manifest
from creditloop.evidence.signature import Ed25519Signer
from creditloop.evidence.sm2 import Sm2CosignatureSigner, Sm2Signer
from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.errors import CreditloopError

NUMBER, OTHER = "SIM-2026-0001", "SIM-2026-0002"
Members = dict[str, bytes]


@dataclass(frozen=True)
class Case:
    """A package, the same loan's package of earlier, and another loan's of the same logs."""

    file: bytes
    older: bytes
    other: bytes
    older_until: datetime
    challenge: str


@dataclass
class Mutant:
    """What a reader is handed, and what he asks for; `named` is a member that a problem must name."""

    file: bytes
    trusted: TrustedNetwork = field(default_factory=trusted_network)
    ends_not_before: datetime | None = None
    challenge: str | None = None
    named: str = ""


@cache
def case(seed: int = 1) -> Case:
    world, challenge = World(seed), hashlib.sha256(b"challenge").hexdigest()
    lived(world, NUMBER, steps=3)
    lived(world, OTHER, steps=4)
    until = world.now + timedelta(hours=1)
    older = build_package(world.content(NUMBER), signer=core_of(BANK))
    world.step(NUMBER)
    world.step(NUMBER)
    file = build_package(world.content(NUMBER, challenge=challenge), signer=core_of(BANK))
    other = build_package(world.content(OTHER, challenge=challenge), signer=core_of(BANK))
    return Case(file, older, other, until, challenge)


def spoilt_byte(body: bytes, random: Random) -> bytes:
    """Change, insert or take away a byte, or flip a bit."""
    place, way = random.randrange(len(body)), random.randrange(4)
    if way == 0:
        return body[:place] + bytes([body[place] ^ 1 << random.randrange(8)]) + body[place + 1 :]
    if way == 1:
        return body[:place] + bytes([(body[place] + random.randrange(1, 256)) % 256]) + body[place + 1 :]
    if way == 2:
        return body[:place] + bytes([random.randrange(256)]) + body[place:]
    return body[:place] + body[place + 1 :]


def ignoring_duplicates(way: Callable[[Case, Random], Mutant]) -> Callable[[Case, Random], Mutant]:
    """Write a name twice without the warning that it is."""

    @wraps(way)
    def quiet(one: Case, random: Random) -> Mutant:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return way(one, random)

    return quiet


# what needs the file only


def any_byte(one: Case, random: Random) -> Mutant:
    return Mutant(spoilt_byte(one.file, random))


def structure_byte(one: Case, random: Random) -> Mutant:
    """Change a byte of a header, the directory or its end."""
    members = read_archive(one.file)
    bodies, offset = [], 0
    for path, body in members.items():
        bodies.append((offset, offset + 30 + len(path)))
        offset += 30 + len(path) + len(body)
    first, after = random.choice([*bodies, (offset, len(one.file)), (len(one.file) - 22, len(one.file))])
    part = spoilt_byte(one.file[first:after], random)
    return Mutant(one.file[:first] + part + one.file[after:])


def truncated(one: Case, random: Random) -> Mutant:
    return Mutant(one.file[: random.randrange(len(one.file))])


def trailing(one: Case, random: Random) -> Mutant:
    return Mutant(one.file + random.randbytes(random.randrange(1, 40)))


def leading(one: Case, random: Random) -> Mutant:
    return Mutant(random.randbytes(random.randrange(1, 40)) + one.file)


def two_in_one(one: Case, random: Random) -> Mutant:
    return Mutant(random.choice([one.older + one.file, one.file + one.older, one.file * 2]))


def blocks_exchanged(one: Case, random: Random) -> Mutant:
    length = random.randrange(1, 2_000)
    first = random.randrange(len(one.file) - 2 * length)
    second = random.randrange(first + length, len(one.file) - length)
    a, b = one.file[first : first + length], one.file[second : second + length]
    return Mutant(one.file[:first] + b + one.file[first + length : second] + a + one.file[second + length :])


@ignoring_duplicates
def rezipped(one: Case, random: Random) -> Mutant:
    """Write the same members with another program: another order, method, date, a name twice or a bad one."""
    members, target = list(read_archive(one.file).items()), io.BytesIO()
    way = random.choice(
        ["shuffled", "deflated", "dated", "twice", "traversal", "absolute", "comment", "folder"]
    )
    if way == "shuffled":
        random.shuffle(members)
    if way == "twice":
        members.insert(random.randrange(len(members)), random.choice(members))
    if way == "traversal":
        members.append(("../" * random.randrange(1, 4) + "etc/passwd", b"x"))
    if way == "absolute":
        members.append(("/etc/passwd", b"x"))
    if way == "folder":
        members.append(("documents/", b""))
    method = zipfile.ZIP_DEFLATED if way == "deflated" else zipfile.ZIP_STORED
    with zipfile.ZipFile(target, "w", method) as archive:
        for path, body in members:
            date = (1980, 1, 1 + (way == "dated"), 0, 0, 0)
            archive.writestr(zipfile.ZipInfo(path, date), body, compress_type=method)
        archive.comment = b"simulated" if way == "comment" else b""
    return Mutant(target.getvalue())


def member_edited(one: Case, random: Random) -> Mutant:
    members = read_archive(one.file)
    path = random.choice(list(members))
    members[path] = spoilt_byte(members[path], random)
    return Mutant(write_archive(members), named=SIGNATURE if path == MANIFEST else path)


def member_dropped(one: Case, random: Random) -> Mutant:
    members = read_archive(one.file)
    path = random.choice(list(members)[2:])
    del members[path]
    return Mutant(write_archive(members), named=path)


def member_added(one: Case, random: Random) -> Mutant:
    members = read_archive(one.file)
    path = random.choice(
        ["documents/a.pdf", "logs/01/steps/00099.json", "ends/00.json", "note.txt", "aids/z"]
    )
    members[path] = random.randbytes(20)
    return Mutant(write_archive(members), named=path)


def members_exchanged(one: Case, random: Random) -> Mutant:
    members = read_archive(one.file)
    a, b = random.sample(list(members)[2:], 2)
    if members[a] == members[b]:
        a, b = INDEX, "network.txt"
    members[a], members[b] = members[b], members[a]
    return Mutant(write_archive(members), named=a)


def member_of_another(one: Case, random: Random) -> Mutant:
    """Put in a member of the other loan's package, or of the older one's."""
    members, source = read_archive(one.file), read_archive(random.choice([one.other, one.older]))
    path = random.choice([path for path in members if source.get(path, members[path]) != members[path]])
    members[path] = source[path]
    return Mutant(write_archive(members), named="" if path in FIRST else path)


def manifest_of_another(one: Case, random: Random) -> Mutant:
    members, source = read_archive(one.file), read_archive(random.choice([one.other, one.older]))
    return Mutant(write_archive({**members, **{path: source[path] for path in FIRST}}))


def relisted_by_a_stranger(one: Case, random: Random) -> Mutant:
    """Edit a member, list its new hash, and sign with a key that nobody knows, or not at all."""
    members, manifest = opened(one.file)
    path = random.choice([path for path in members if path not in FIRST])
    members[path] = spoilt_byte(members[path], random)
    signature = members[SIGNATURE]
    body = listed(members, manifest)
    if random.random() < 0.5:
        stranger = Ed25519Signer(core_of(BANK).name, random.randbytes(32))
        signature = signature_text(stranger.sign(body)).encode()
    return Mutant(write_archive({**members, MANIFEST: body, SIGNATURE: signature}), named=SIGNATURE)


def older_replayed(one: Case, random: Random) -> Mutant:
    """Hand in the package of earlier, with fewer records, to a reader who asks for a newer one."""
    if random.random() < 0.5:
        return Mutant(one.older, ends_not_before=one.older_until, named="ends/01.json")
    return Mutant(one.older, challenge=one.challenge, named="ends/01.json")


def other_network(one: Case, random: Random) -> Mutant:
    """Hand in a good package to a reader who knows other keys, or the network by another name."""
    text = trusted_network().text()
    lines = text.split("\n")
    place = random.choice([number for number, line in enumerate(lines) if "+" in line])
    word, old = lines[place].split(" ")
    name, _, encoded = old.split("+", 2)
    if word.startswith("sm2_"):
        kind = Sm2Signer if word == "sm2_log" else Sm2CosignatureSigner
        lines[place] = f"{word} {kind(name, bytes(1) + random.randbytes(31)).verifier.text()}"
    else:
        key = Ed25519Signer(name, random.randbytes(32)).verifier.public
        lines[place] = f"{word} {standalone.key_text(name, standalone.b64(encoded)[0], key)}"
    return Mutant(one.file, trusted=trust_from_text("\n".join(lines)), named="network.txt")


# what the packager can do: he signs anew


def opened(file: bytes) -> tuple[Members, dict[str, object]]:
    members = read_archive(file)
    return members, json.loads(members[MANIFEST])


def listed(members: Members, manifest: dict[str, object]) -> bytes:
    """Return the manifest with the list of the members as they are."""
    files = [
        {"path": path, "sha256": hashlib.sha256(members[path]).hexdigest(), "size": len(members[path])}
        for path in sorted(set(members) - set(FIRST))
    ]
    return canonical_bytes({**manifest, "files": files})


def resigned(members: Members, manifest: dict[str, object], *, index: bool = True) -> bytes:
    """Pack as the packager would who changed something: index, list and signature are right."""
    try:
        if index:
            parsed = read_manifest(listed(members, manifest))
            records = {
                path: read_record(body)
                for path, body in members.items()
                if path.endswith(".json") and path.startswith("logs/") and path.count(".") == 1
                and "/verdicts/" not in path
            }  # fmt: skip
            members = {**members, INDEX: index_text(parsed, records).encode()}
    except CreditloopError:
        pass  # of what cannot be read there is no index: the old one stays
    body = listed(members, manifest)
    signature = signature_text(core_of(BANK).sign(body)).encode()
    return write_archive({**members, MANIFEST: body, SIGNATURE: signature})


def _log(manifest: dict, number: int) -> dict:
    return manifest["completeness"]["logs"][number - 1]


def _hash(body: bytes) -> str:
    return hashlib.sha256(b"\0" + body).hexdigest()


def _set_end(members: Members, manifest: dict, number: int, lane: str, count: int) -> None:
    last = _hash(members[f"logs/{number:02d}/{lane}/{count:05d}.json"]) if count else "0" * 64
    _log(manifest, number)[lane] = {"hash": last, "sequence": count}


def _keep(members: Members, paths: list[str], bodies: list[bytes]) -> None:
    """Let numbered files be these only, numbered from the first on."""
    for path in paths:
        del members[path]
    members.update(dict(zip(paths, bodies, strict=False)))


def _drop_record(members: Members, manifest: dict, number: int, lane: str, sequence: int) -> None:
    """Take a record out; those after it move up; its documents go too."""
    count = _log(manifest, number)[lane]["sequence"]
    for ending in ("json", "tlog-proof", "batch.json"):
        for place in range(sequence, count + 1):
            path, next_ = (f"logs/{number:02d}/{lane}/{at:05d}.{ending}" for at in (place, place + 1))
            if next_ in members:
                members[path] = members[next_]
            else:
                members.pop(path, None)
    if lane == "steps":
        origin, kept = _log(manifest, number)["origin"], []
        for document in manifest["documents"]:
            if any(by["origin"] == origin and by["sequence"] == sequence for by in document["committed"]):
                del members[document["path"]]
                continue
            for by in document["committed"]:
                by["sequence"] -= by["origin"] == origin and by["sequence"] > sequence
            kept.append(document)
        manifest["documents"] = kept
    _set_end(members, manifest, number, lane, count - 1)


def _drop_unused_verdicts(members: Members, manifest: dict, number: int) -> None:
    """Keep the verdicts on the batches of the records that are left, and those of objections."""
    folder = f"logs/{number:02d}/"
    needed = {
        hashlib.sha256(canonical_bytes(json.loads(body)["header"])).hexdigest()
        for path, body in members.items()
        if path.startswith(folder) and path.endswith(".batch.json")
    }
    told = {
        json.loads(body)["objection"]["verdict"]
        for path, body in members.items()
        if path.startswith(f"{folder}objections/") and path.endswith(".json")
    }
    paths = sorted(path for path in members if path.startswith(f"{folder}verdicts/"))
    kept = [
        body
        for body in map(members.__getitem__, paths)
        if (verdict := json.loads(body)["verdict"])["batch_hash"] in needed
        or hashlib.sha256(canonical_bytes(verdict)).hexdigest() in told
    ]
    _keep(members, paths, kept)
    _log(manifest, number)["verdicts"] = len(kept)


def record_left_out(one: Case, random: Random) -> Mutant:
    """Leave out any record, the last above all, and everything that belongs to it."""
    members, manifest = opened(one.file)
    number, lane = random.choice([(1, "steps"), (1, "steps"), (1, "objections"), (5, "steps")])
    count = _log(manifest, number)[lane]["sequence"]
    for _ in range(random.randrange(1, count + 1)):
        count = _log(manifest, number)[lane]["sequence"]
        _drop_record(members, manifest, number, lane, random.choice([count, random.randrange(count) + 1]))
    _drop_unused_verdicts(members, manifest, number)
    if not any(_log(manifest, number)[name]["sequence"] for name in ("steps", "objections")):
        members.pop(f"logs/{number:02d}/policy.txt")
    return Mutant(resigned(members, manifest))


def older_with_new_statements(one: Case, random: Random) -> Mutant:
    """Take the older package and put the new statements in, or the reverse; some of them or all."""
    source, target = random.choice([(one.file, one.older), (one.older, one.file)])
    (members, manifest), new = opened(target), read_archive(source)
    ends = [path for path in members if path.startswith("ends/")]
    for path in random.sample(ends, random.randrange(1, len(ends) + 1)):
        members[path] = new[path]
    manifest["completeness"]["as_of"] = min(json.loads(members[path])["end"]["at"] for path in ends)
    return Mutant(resigned(members, manifest))


def evidence_edited(one: Case, random: Random) -> Mutant:
    """Change a byte of anything that others signed or committed to."""
    members, manifest = opened(one.file)
    path = random.choice([path for path in members if path not in FIRST and not path.startswith("aids/")])
    members[path] = spoilt_byte(members[path], random)
    return Mutant(resigned(members, manifest, index=path != INDEX), named=path)


def evidence_exchanged(one: Case, random: Random) -> Mutant:
    """Exchange two files of one kind: two records, proofs, documents, verdicts or statements."""
    members, manifest = opened(one.file)
    kinds: dict[str, list[str]] = {}
    for path in members:
        if path.startswith(("documents/", "logs/", "ends/")) and not path.endswith("policy.txt"):
            kinds.setdefault(path.rpartition("/")[0] + path.partition(".")[2], []).append(path)
    a, b = random.sample(random.choice([paths for paths in kinds.values() if len(paths) > 1]), 2)
    members[a], members[b] = members[b], members[a]
    return Mutant(resigned(members, manifest), named=a)


def evidence_of_another(one: Case, random: Random) -> Mutant:
    """Put in a file of the other loan's package, and sign."""
    (members, manifest), source = opened(one.file), read_archive(one.other)
    paths = [
        path
        for path in members
        if path not in (*FIRST, INDEX) and source.get(path, members[path]) != members[path]
    ]
    path = random.choice(paths)
    members[path] = source[path]
    return Mutant(resigned(members, manifest), named=path)


def record_appended(one: Case, random: Random) -> Mutant:
    """Append to the chain a record of another loan, or once more one of its own."""
    (members, manifest), source = opened(one.file), read_archive(random.choice([one.file, one.other]))
    count = _log(manifest, 1)["steps"]["sequence"]
    from_ = random.randrange(1, 4)
    for ending in ("json", "tlog-proof", "batch.json"):
        members[f"logs/01/steps/{count + 1:05d}.{ending}"] = source[f"logs/01/steps/{from_:05d}.{ending}"]
    _set_end(members, manifest, 1, "steps", count + 1)
    return Mutant(resigned(members, manifest), named=f"logs/01/steps/{count + 1:05d}.json")


def signatures_taken_away(one: Case, random: Random) -> Mutant:
    """Leave too few cosignatures on a checkpoint, one by one key of two, verdicts or statements too few."""
    members, manifest = opened(one.file)
    way = random.choice(["cosignatures", "one_of_two", "verdicts", "ends"])
    if way in ("cosignatures", "one_of_two"):
        path = random.choice([path for path in members if path.endswith(".tlog-proof")])
        text, _, lines = members[path].decode().rpartition("\n\n")
        by_name = groupby(lines.splitlines(), key=lambda line: line.split()[1])
        own, *others = [list(pair) for _, pair in by_name]
        if way == "cosignatures":
            others = [others[at] for at in sorted(random.sample(range(4), random.randrange(3)))]
        else:
            (pair,) = (pair for pair in (own, *others) if len(pair) == 2)
            del pair[random.randrange(2)]
        members[path] = "\n".join([text, "", *chain(own, *others), ""]).encode()
        return Mutant(resigned(members, manifest), named=path)
    if way == "verdicts":
        paths = sorted(path for path in members if path.startswith("logs/05/verdicts/"))
        kept = sorted(random.sample(paths, random.randrange(3)))
        _keep(members, paths, [members[path] for path in kept])
        _log(manifest, 5)["verdicts"] = len(kept)
        return Mutant(resigned(members, manifest), named="logs/05/steps/00001.batch.json")
    paths = sorted(path for path in members if path.startswith("ends/"))
    kept = sorted(random.sample(paths, random.randrange(4)))
    bodies = [members[path] for path in kept]
    _keep(members, paths, bodies)
    ends = [json.loads(body)["end"] for body in bodies]
    manifest["completeness"]["stated_by"] = [end["node"] for end in ends]
    if ends:
        manifest["completeness"]["as_of"] = min(end["at"] for end in ends)
    return Mutant(resigned(members, manifest))


def signatures_padded(one: Case, random: Random) -> Mutant:
    """Add to a proof what nobody signed: a stranger's line, a line twice, another order, extra data."""
    members, manifest = opened(one.file)
    path = random.choice([path for path in members if path.endswith(".tlog-proof")])
    head, _, lines = members[path].decode().rpartition("\n\n")
    signatures = lines.splitlines()
    way = random.choice(["stranger", "twice", "order", "extra"])
    if way == "stranger":
        signatures.insert(random.randrange(1, 6), f"— stranger {signature_text(random.randbytes(64))}")
    if way == "twice":
        signatures.append(random.choice(signatures))
    if way == "order":
        signatures = [*signatures[1:], signatures[0]]
    if way == "extra":
        head = head.replace("\nindex ", "\nextra c2ltdWxhdGVk\nindex ", 1)
    members[path] = "\n".join([head, "", *signatures, ""]).encode()
    return Mutant(resigned(members, manifest), named=path)


def one_node_lies(one: Case, random: Random) -> Mutant:
    """A node conspires with the packager and states a shorter chain, another root or no challenge."""
    members, manifest = opened(one.file)
    way = random.choice(["shorter", "root", "challenge"])
    path = f"ends/{1 + manifest['completeness']['stated_by'].index(PARTNER):02d}.json"
    end = json.loads(members[path])["end"]
    log = end["logs"][0]
    if way == "shorter":
        count = log["steps"]["sequence"] - 1
        log["steps"] = {"hash": _hash(members[f"logs/01/steps/{count:05d}.json"]), "sequence": count}
    elif way == "root":
        log["root"] = random.randbytes(32).hex()
    else:
        end["challenge"] = random.randbytes(32).hex()
    signature = signature_text(keys_of(PARTNER).judge.sign(canonical_bytes(end)))
    members[path] = canonical_bytes({"end": end, "signature": signature})
    return Mutant(resigned(members, manifest), challenge=one.challenge)


def manifest_lies(one: Case, random: Random) -> Mutant:  # noqa: PLR0912 -- a list of ways
    """Say something else of what others signed: loan, ends, documents, words, order; and sign."""
    members, manifest = opened(one.file)
    documents, whole = manifest["documents"], manifest["completeness"]
    way = random.choice(
        ["number", "salt", "words", "as_of", "end", "document_salt", "document_unlisted", "claimed_twice",
         "withheld", "order", "log", "packager", "network", "aid", "verdicts", "v"]
    )  # fmt: skip
    document = random.choice(documents)
    if way == "number":
        manifest["loan"]["number"] += random.choice("0123456789")
    elif way == "salt":
        manifest["loan"]["salt"] = random.randbytes(32).hex()
    elif way == "words":
        whole[random.choice(["proven_zh", "proven_en", "not_proven_zh", "not_proven_en"])] += "."
    elif way == "as_of":
        whole["as_of"] = f"2027-{random.randrange(1, 13):02d}-01T00:00:00.000000Z"
    elif way == "end":
        _log(manifest, random.randrange(1, 6))[random.choice(["steps", "objections"])]["sequence"] += 1
    elif way == "document_salt":
        document["committed"][0]["salt"] = random.randbytes(32).hex()
    elif way == "document_unlisted":
        documents.remove(document)
        del members[document["path"]]
    elif way == "claimed_twice":
        document["committed"].append(dict(document["committed"][0]))
    elif way == "withheld":
        by = {**document["committed"][0], "reason": "destroyed"}
        del by["salt"]
        manifest["withheld"] = [{**by, "name": random.choice([by["name"], "other"])}]
    elif way == "order":
        documents.append(documents.pop(random.randrange(len(documents) - 1)))
    elif way == "log":
        whole["logs"].pop(random.randrange(5))
    elif way == "packager":
        manifest["packager"] = random.choice([BANK, PARTNER, "stranger", f"{PARTNER}/core"])
    elif way == "network":
        manifest["network"] += "x"
    elif way == "aid":
        manifest["aids"] = []
    elif way == "verdicts":
        _log(manifest, 1)["verdicts"] += random.choice([-1, 1])
    else:
        manifest["v"] = 2
    return Mutant(resigned(members, manifest))


WAYS: Mapping[str, Callable[[Case, Random], Mutant]] = {
    way.__name__: way
    for way in (
        any_byte,
        structure_byte,
        truncated,
        trailing,
        leading,
        two_in_one,
        blocks_exchanged,
        rezipped,
        member_edited,
        member_dropped,
        member_added,
        members_exchanged,
        member_of_another,
        manifest_of_another,
        relisted_by_a_stranger,
        older_replayed,
        other_network,
        record_left_out,
        older_with_new_statements,
        evidence_edited,
        evidence_exchanged,
        evidence_of_another,
        record_appended,
        signatures_taken_away,
        signatures_padded,
        one_node_lies,
        manifest_lies,
    )
}


def mutant(seed: int) -> tuple[str, Mutant, Case]:
    """Return the seed's mutant, and of which way it is."""
    names, random, one = list(WAYS), Random(seed), case(1 + seed // len(WAYS) % 3)
    name = names[seed % len(names)]
    while True:
        made = WAYS[name](one, random)
        plain = made.ends_not_before is None and made.challenge is None
        if made.file != one.file or not plain or made.trusted is not trusted_network():
            return name, made, one


def missed(seed: int) -> str:
    """Say what was missed of a mutant: it verifies, or nothing names the member; empty if neither."""
    name, made, _ = mutant(seed)
    report = verify_package(
        made.file, made.trusted, ends_not_before=made.ends_not_before, challenge=made.challenge
    )
    if report.holds:
        return f"{name} {seed}: verifies"
    stems = {problem.file.partition(".")[0] for problem in report.problems}  # a record and its proof are one
    if made.named and made.named.partition(".")[0] not in stems:
        lines = [problem.line() for problem in report.problems]
        return f"{name} {seed}: {made.named} is not named: {lines[:3]}"
    return ""


def missed_standalone(seed: int) -> str:
    """The same of the verifier in conformance/package."""
    name, made, _ = mutant(seed)
    if made.named == INDEX and name == "evidence_edited":
        return ""  # the index for people is not judged there
    problems = standalone.verify(
        made.file,
        made.trusted.text(),
        not_before=None if made.ends_not_before is None else made.ends_not_before.isoformat(),
        challenge=made.challenge,
    )
    return "" if problems else f"{name} {seed}: the standalone verifier accepts"


def main() -> int:
    """Try as many as are asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.evidence.package.mutants")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--standalone", action="store_true", help="judge by conformance/package/verify.py")
    given = parser.parse_args()
    began, told = time.monotonic(), list[str]()
    judge = missed_standalone if given.standalone else missed
    with Pool(given.workers) as pool:
        for number, said in enumerate(_judged(pool, judge, given.first, given.count), start=1):
            told += [said] if said else []
            if number % 10_000 == 0:
                sys.stderr.write(f"{number} in {time.monotonic() - began:.0f} s, {len(told)} missed\n")
    of_each = Counter(list(WAYS)[seed % len(WAYS)] for seed in range(given.first, given.first + given.count))
    sys.stdout.write("".join(f"{said}\n" for said in told[:100]))
    sys.stdout.write(f"{given.count} mutants in {len(of_each)} ways, {len(told)} missed\n")
    return int(bool(told))


def _judged(pool: object, judge: Callable[[int], str], first: int, count: int) -> Iterator[str]:
    seeds = range(first, first + count)
    yield from pool.imap(judge, seeds, chunksize=200)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
