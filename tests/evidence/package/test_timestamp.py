"""A package under an authority's timestamp (可信时间戳, RFC 3161), by the commands that the page prints."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import REPOSITORY, missing
from tests.evidence.package.loans import packed

AUTHORITY = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[stamps]
extendedKeyUsage = critical, timeStamping
keyUsage = critical, digitalSignature
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_cert = stamps.pem
signer_key = stamps.key
certs = authority.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
"""
MADE = (
    "openssl req -config tsa.cnf -x509 -extensions ca -newkey rsa:2048 -nodes -keyout ca.key -days 9"
    " -subj /CN=simulated-authority -out authority.pem",
    "openssl req -config tsa.cnf -new -newkey rsa:2048 -nodes -keyout stamps.key"
    " -subj /CN=simulated-stamps -out stamps.csr",
    "openssl x509 -req -in stamps.csr -CA authority.pem -CAkey ca.key -days 9 -out stamps.pem"
    " -extfile tsa.cnf -extensions stamps",
)
REPLY = "openssl ts -reply -config tsa.cnf -queryfile L-1.tsq -out L-1.tsr"

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in a folder with a package and the keys of a simulated authority (模拟机构)."""
    if shutil.which("openssl") is None:
        missing("openssl")

    def run(command: str) -> subprocess.CompletedProcess[str]:
        words = shlex.split(command)
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    (tmp_path / "tsa.cnf").write_text(AUTHORITY)
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "L-1.zip").write_bytes(packed())
    for command in MADE:
        done = run(command)
        assert done.returncode == 0, done.stderr
    return run


def printed() -> list[str]:
    """Return the commands on the page; `curl`, which hands the query to the authority, among them."""
    page = (REPOSITORY / "docs" / "evidence_package.md").read_text("utf-8")
    found = re.search(r"```sh\n(openssl ts -query .*?)```", page, re.DOTALL)
    assert found
    return found[1].splitlines()


def test_a_stamped_package_is_checked_by_openssl_alone(run: Run, tmp_path: Path) -> None:
    query, hand_over, verify, look = printed()
    assert run(query).returncode == 0
    assert hand_over.startswith("curl ") and "application/timestamp-query" in hand_over
    assert run(REPLY).returncode == 0, "the simulated authority answers in curl's place"
    done = run(verify)
    assert (done.returncode, done.stdout.strip()) == (0, "Verification: OK")
    assert re.search(r"Time stamp: \w{3} +\d+ [\d:]+ \d{4} GMT", run(look).stdout)
    spoilt = bytearray((tmp_path / "L-1.zip").read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    (tmp_path / "L-1.zip").write_bytes(spoilt)
    done = run(verify)
    assert done.returncode != 0 and "message imprint mismatch" in done.stderr
