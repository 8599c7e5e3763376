"""Our proofs before somebody else's verifier: conformance/go, over Go's own sumdb/note and sumdb/tlog."""

import base64
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from random import Random

import pytest
from tests.conftest import missing
from tests.evidence.network.mutations import WAYS
from tests.evidence.network.node.lab import NAMES, Lab
from tests.evidence.network.parties import (
    PARTIES,
    QUORUM,
    Batch,
    Party,
    Proven,
    make_batch,
    proven_records,
    seed,
)

from creditloop.evidence.network import CosignatureSigner, TlogProof, majority_policy
from creditloop.evidence.network.node import open_round, read_round
from creditloop.evidence.package import TrustedNetwork

SOURCE = Path(__file__).parents[2] / "conformance" / "go"
DEBIAN_GOPATH = Path("/usr/share/gocode")
COUNT = 10_000

pytestmark = pytest.mark.outside


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `go` needs to build without a network."""
    if shutil.which("go") is None or not (DEBIAN_GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing("Go with golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev)")
    return os.environ | {
        "CGO_ENABLED": "0",
        "GO111MODULE": "off",
        "GOCACHE": str(tmp_path_factory.mktemp("go_cache")),
        "GOFLAGS": "",
        "GOPATH": str(DEBIAN_GOPATH),
    }


@pytest.fixture(scope="module")
def tlog_check(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("go") / "tlog_check"
    for command in (["go", "vet", "."], ["go", "build", "-o", str(program), "."]):
        done = subprocess.run(
            command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return program


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    random = Random(8)
    sizes = [(1, 7, 64 + number, 500 + 100 * number) for number in range(len(PARTIES))]
    return [
        make_batch(party, size=size, random=random)
        for party, ours in zip(PARTIES, sizes, strict=True)
        for size in ours
    ]


@pytest.fixture(scope="module")
def proven(batches: Sequence[Batch]) -> list[Proven]:
    """Every record's proof under every set of witnesses that makes the quorum."""
    return [one for batch in batches for proofs in proven_records(batch) for one in proofs]


def line(name: str, party: Party, text: bytes, record: bytes, *, accept: bool) -> dict[str, object]:
    return {
        "name": name,
        "policy": party.name,
        "proof": base64.b64encode(text).decode(),
        "record": base64.b64encode(record).decode(),
        "accept": accept,
    }


def good_lines(proven: Sequence[Proven], count: int) -> Iterator[dict[str, object]]:
    for number, one in enumerate(Random(1).sample(proven, count)):
        yield line(f"good {number}", one.batch.party, one.proof.text().encode(), one.record, accept=True)


def spoiled_lines(
    proven: Sequence[Proven], batches: Sequence[Batch], count: int
) -> Iterator[dict[str, object]]:
    """As many of each way as fit, each judged by the policy of the log it pretends to come from."""
    random = Random(2)
    bare = [one for one in proven if len(one.witnesses) == QUORUM]
    ways = list(WAYS.items())
    made = 0
    while made < count:
        name, way = ways[made % len(ways)]
        one = random.choice(bare)
        spoiled = way(one, batches, random)
        if spoiled is None:
            continue
        party, text, record = spoiled
        assert (party, text, record) != (one.batch.party, one.proof.text().encode(), one.record), name
        yield line(f"{name} {made}", party, text, record, accept=False)
        made += 1


def policy_lines() -> Iterator[dict[str, object]]:
    for party in PARTIES:
        yield {"policy": party.name, "text": party.policy.text()}


def judge(program: Path, cases: Path, lines: Sequence[dict[str, object]]) -> tuple[int, list[str]]:
    cases.write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    done = subprocess.run([program, "-cases", cases], capture_output=True, text=True, check=False)
    cases.unlink()
    assert not done.stderr
    return done.returncode, done.stdout.splitlines()


def test_go_accepts_10_000_proofs_and_rejects_10_000_spoiled_ones(
    tlog_check: Path, proven: Sequence[Proven], batches: Sequence[Batch], tmp_path: Path
) -> None:
    good = list(good_lines(proven, COUNT))
    spoiled = list(spoiled_lines(proven, batches, COUNT))
    of_each = Counter(str(one["name"]).split(" ")[0] for one in spoiled)
    assert set(of_each) == set(WAYS) and min(of_each.values()) >= COUNT // len(WAYS)
    status, lines = judge(tlog_check, tmp_path / "cases", [*policy_lines(), *good, *spoiled])
    assert lines == [f"{COUNT} accepted, {COUNT} rejected, 0 wrong"]
    assert status == 0


def test_a_wrong_verdict_is_told(tlog_check: Path, proven: Sequence[Proven], tmp_path: Path) -> None:
    """A check that cannot fail shows nothing: here a good proof is said to be spoiled, and the reverse."""
    one, two = list(good_lines(proven, 2))
    lines = [*policy_lines(), one | {"accept": False}, two | {"record": base64.b64encode(b"no").decode()}]
    status, told = judge(tlog_check, tmp_path / "cases", lines)
    assert status == 1
    assert told[0].startswith("wrong: good 0: accepted true, must be false")
    assert told[1].startswith("wrong: good 1: accepted false, must be true (invalid transparency proof)")
    assert told[2:] == ["1 accepted, 1 rejected, 2 wrong"]


def test_one_record_as_an_arbitrator_would_check_it(
    tlog_check: Path, proven: Sequence[Proven], tmp_path: Path
) -> None:
    one = next(one for one in proven if len(one.witnesses) == QUORUM and len(one.proof.path) > 5)
    contents = {"policy": one.batch.party.policy.text(), "x.tlog-proof": one.proof.text()}
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "record").write_bytes(one.record)
    command = [tlog_check, *(tmp_path / name for name in (*contents, "record"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = sorted(party.name for party in one.witnesses)
    assert done.returncode == 0
    assert [told.split(" ")[0] for told in done.stdout.splitlines()] == ["accepted", *names]
    assert "2026-01-05T08:00:00Z" in done.stdout
    (tmp_path / "record").write_bytes(one.record + b" ")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "rejected: invalid transparency proof\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("log ", "lag "), "line 1: not a line of a policy"),
        (("group quorum 3", "group quorum 5"), "not a group's threshold"),
        (("group quorum 3", "group quorum 0"), "not a group's threshold"),
        (("quorum quorum", "quorum other"), "not defined"),
        (("quorum quorum", ""), "no quorum line"),
        (("+B", "+C"), "line 2"),
    ],
)  # fmt: skip
def test_a_policy_that_is_none_is_refused(
    tlog_check: Path, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    text = PARTIES[0].policy.text().replace(*change)
    (tmp_path / "policy").write_text(text)
    (tmp_path / "empty").write_bytes(b"")
    command = [tlog_check, tmp_path / "policy", tmp_path / "empty", tmp_path / "empty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and told in done.stderr


def test_keys_whose_base64_ends_in_a_plus_sign_are_not_taken_for_one(
    tlog_check: Path, tmp_path: Path
) -> None:
    """A key's base64 may hold the sign that parts a key's text."""
    made = (CosignatureSigner(f"w{number}", seed(f"plus {number}")).verifier for number in count())
    plus = list(islice((key for key in made if key.text().endswith("+")), 2))
    policy = majority_policy(
        log=PARTIES[0].log.verifier, others={key.name: key for key in plus}, threshold=1
    ).text()
    status, told = judge(tlog_check, tmp_path / "cases", [{"policy": "plus", "text": policy}])
    assert (status, told) == (0, ["0 accepted, 0 rejected, 0 wrong"])


def test_the_program_is_formatted(environment: dict[str, str]) -> None:
    if shutil.which("gofmt") is None:
        missing("gofmt")
    done = subprocess.run(
        ["gofmt", "-l", "."], cwd=SOURCE, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_proofs_of_before_and_after_a_change_of_keys(tlog_check: Path, tmp_path: Path) -> None:
    """By one policy, in which the keys of a party that changed them are a group; two of them count as one.

    The new keys sign by SM2 too: those lines are of keys that the program does not know, and passed over.
    """
    lab = Lab()
    lab.let_pass(3_000)
    origin, files = NAMES[0], []
    for changing in (origin, NAMES[2], None):
        lab.grow(origin)
        lab.let_pass(3_000)
        node = lab.nodes[origin]
        stored = list(node.context.ports.store.rounds(origin, first=0))[-1]
        size, record = (
            node.final_size(origin),
            open_round(read_round(stored.body), network=lab.network).leaves[-1],
        )
        path = tuple(node.inclusion(origin, index=size - 1, size=size))
        files.append((TlogProof(index=size - 1, path=path, checkpoint=node.checkpoint(origin)), record))
        if changing:
            lab.change_keys(changing)
            lab.let_pass(3_000)
    for name, lines in ((origin, [1, 2, 2]), (f"{NAMES[2]}/witness", [1, 1, 2])):
        assert [proof.checkpoint.count(f"— {name} ") for proof, _ in files] == lines
    policy = TrustedNetwork(name="lab", network=lab.network).log_policy(origin).text()
    assert policy.count("log ") == 2 and f"group {NAMES[2]} 1 {NAMES[2]}#1 {NAMES[2]}#2\n" in policy
    lines: list[dict[str, object]] = [{"policy": origin, "text": policy}]
    for number, (proof, record) in enumerate(files):
        spoilt = (record, True), (record + b" ", False)
        lines += [
            {
                "name": f"{number} {accept}",
                "policy": origin,
                "proof": base64.b64encode(proof.text().encode()).decode(),
                "record": base64.b64encode(body).decode(),
                "accept": accept,
            }
            for body, accept in spoilt
        ]
    assert judge(tlog_check, tmp_path / "cases", lines) == (0, ["3 accepted, 3 rejected, 0 wrong"])
