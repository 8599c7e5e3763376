"""A package before verifiers that share no code with ours: conformance/go, and conformance/package."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conformance.package import verify as standalone
from tests.conftest import missing
from tests.evidence.package import mutants
from tests.evidence.package.loans import BANK, keys_of, packed, trusted_network

from creditloop.evidence.network import cosign
from creditloop.evidence.package.archive import read_archive

ROOT = Path(__file__).parents[3]
DEBIAN_GOPATH = Path("/usr/share/gocode")
STANDALONE = ROOT / "conformance" / "package" / "verify.py"


@pytest.fixture(scope="module")
def tlog_check(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None or not (DEBIAN_GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        missing("Go with golang.org/x/mod (Debian: golang-go golang-golang-x-mod-dev)")
    environment = os.environ | {
        "CGO_ENABLED": "0",
        "GO111MODULE": "off",
        "GOCACHE": str(tmp_path_factory.mktemp("go_cache")),
        "GOFLAGS": "",
        "GOPATH": str(DEBIAN_GOPATH),
    }
    program = tmp_path_factory.mktemp("go") / "tlog_check"
    done = subprocess.run(
        ["go", "build", "-o", str(program), "."],
        cwd=ROOT / "conformance" / "go",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return program


@pytest.mark.outside
def test_go_accepts_every_record_and_proof_of_a_package_as_it_is(tlog_check: Path, tmp_path: Path) -> None:
    members = read_archive(packed())
    proofs = [path for path in members if path.endswith(".tlog-proof")]
    lines: list[dict[str, object]] = []
    for path in proofs:
        policy = re.sub(r"/[^/]+/[^/]+$", "/policy.txt", path)
        lines.append({"policy": policy, "text": members[policy].decode()})
        record = members[path.replace(".tlog-proof", ".json")]
        for name, content, accept in (("good", record, True), ("spoilt", record + b" ", False)):
            lines.append(
                {
                    "name": f"{name} {path}",
                    "policy": policy,
                    "proof": base64.b64encode(members[path]).decode(),
                    "record": base64.b64encode(content).decode(),
                    "accept": accept,
                }
            )
    cases = tmp_path / "cases"
    cases.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    done = subprocess.run([tlog_check, "-cases", cases], capture_output=True, text=True, check=False)
    assert len(proofs) == 8
    assert (done.returncode, done.stdout) == (0, "8 accepted, 8 rejected, 0 wrong\n"), done.stderr


def run_standalone(folder: Path, package: bytes, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "package.zip").write_bytes(package)
    (folder / "network.txt").write_text(trusted_network().text())
    command = [sys.executable, "-I", str(STANDALONE), "package.zip", "network.txt", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_standalone_verifier_accepts_it_and_imports_nothing_of_ours(tmp_path: Path) -> None:
    assert not re.search(r"^\s*(import|from)\s+creditloop", STANDALONE.read_text("utf-8"), re.MULTILINE)
    done = run_standalone(tmp_path, packed())
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("核验通过 verifies: loan SIM-2026-0001, as of 2026-01-")
    assert done.stdout.count(" steps ") >= 5 and "模拟文件" in done.stdout


WITHOUT_SM2 = """
import sys
sys.modules["tongsuopy"] = None  # as if it were not installed
from pathlib import Path
from creditloop.evidence.package import trust_from_text, verify_package
reader = trust_from_text(Path("network.txt").read_text())
report = verify_package(Path("package.zip").read_bytes(), reader)
print(report.holds, sorted({problem.code for problem in report.problems}))
"""


def test_a_package_of_sm2_keys_is_no_error_to_a_reader_who_knows_none(tmp_path: Path) -> None:
    """His network has no such keys, and he has not their library: the package is another network's."""
    lines = trusted_network().text().split("\n")
    text = "\n".join(line for line in lines if not line.startswith("sm2_"))
    (tmp_path / "package.zip").write_bytes(packed())
    (tmp_path / "network.txt").write_text(text)
    command = [sys.executable, "-c", WITHOUT_SM2]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("False") and "network_differs" in done.stdout
    with pytest.raises(standalone.BadError, match="another network"):
        standalone.Package(packed(), standalone.Network(text)).same_network()


def test_the_standalone_verifier_says_what_is_wrong(tmp_path: Path) -> None:
    done = run_standalone(tmp_path, packed()[:-1])
    assert done.returncode == 1 and "problem: BadError: the zip's directory" in done.stdout
    done = run_standalone(tmp_path, packed(), "--not-before", "2027-01-01T00:00:00Z")
    assert done.returncode == 1 and "older than asked for" in done.stdout
    done = run_standalone(tmp_path, packed(), "--challenge", "1" * 64)
    assert done.returncode == 1 and "does not answer the challenge" in done.stdout


@pytest.mark.parametrize("asked", [{"not_before": ""}, {"challenge": ""}, {"challenge": "0" * 64}])
def test_the_standalone_verifier_takes_nothing_for_an_answer_to_an_empty_question(
    asked: dict[str, str],
) -> None:
    """An unset variable of a shell, or what every statement holds unasked, must not pass for a check."""
    assert standalone.verify(packed(), trusted_network().text(), **asked)


@pytest.mark.parametrize(
    "network", ["", "network x\nlog y\nquorum 3\n", "network x\nsubmitter y\nquorum 3\n"]
)
def test_the_standalone_verifier_tells_what_is_no_network(network: str) -> None:
    assert standalone.verify(packed(), network)


def test_the_standalone_verifier_tells_a_time_that_no_calendar_has() -> None:
    """A quorum that conspires may sign any number of seconds; the rest is judged all the same."""
    members, manifest = mutants.opened(packed())
    for path in [path for path in members if path.endswith(".tlog-proof") and path.startswith("logs/01/")]:
        text, _, lines = members[path].decode().rpartition("\n\n")
        own, *others = lines.splitlines()
        checkpoint = f"{text.rpartition(chr(10) * 2)[2]}\n"
        names = [line.split(" ")[1].removesuffix("/witness") for line in others]
        made = [cosign(checkpoint, signer=keys_of(name).witness, at=2**63 - 1) for name in names]
        members[path] = "".join([text, "\n\n", own, "\n", *made]).encode()
    problems = standalone.verify(mutants.resigned(members, manifest), trusted_network().text())
    assert [problem for problem in problems if problem.startswith(f"log {BANK}: ")]
