"""Opening a package (开包): the file, its manifest and signature, every member against the manifest."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from creditloop.evidence.network.record import moment_from_text, signature_bytes
from creditloop.evidence.package.archive import FIRST, ArchiveError, read_archive
from creditloop.evidence.package.content import loan_pseudonym
from creditloop.evidence.package.manifest import (
    MANIFEST,
    NOT_PROVEN_EN,
    NOT_PROVEN_ZH,
    PROVEN_EN,
    PROVEN_ZH,
    SIGNATURE,
    TRUST,
    Manifest,
    expected_paths,
    policy_path,
    read_manifest,
)
from creditloop.evidence.package.problem import Findings
from creditloop.evidence.package.trust import TrustedNetwork, trust_from_text
from creditloop.kernel.errors import EvidenceError, StateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A package that was opened; what is wrong with it stands in `findings`.

    Attributes:
        members: bytes by path.
        manifest: what its packager signed.
        findings: problems found so far; further checks add theirs.
    """

    members: Mapping[str, bytes]
    manifest: Manifest
    findings: Findings

    def member(self, path: str) -> bytes | None:
        """Return a member; None, and a problem, if there is none of this path."""
        body = self.members.get(path)
        if body is None:
            self.findings.add("files_differ", file=path, detail="missing")
        return body


def read_unsigned(file: bytes) -> tuple[dict[str, bytes], Manifest]:
    """Read members and manifest in their forms; neither signature nor hashes are checked.

    Raises: EvidenceError if the file is not a package.
    """
    members = read_archive(file)
    return members, read_manifest(members[MANIFEST])


def open_package(file: bytes, *, trusted: TrustedNetwork, findings: Findings) -> Opened | None:
    """Open a package; None, and a problem, if there is nothing that further checks could be about."""
    try:
        members, manifest = read_unsigned(file)
    except ArchiveError as error:
        place = str(error.where.get("file", "")) or f"after {error.where.get('after') or 'nothing'}"
        findings.add("archive_malformed", file=place, detail=error.message)
        return None
    except EvidenceError as error:
        findings.add_refused("manifest_malformed", error, file=MANIFEST)
        return None
    opened = Opened(members=members, manifest=manifest, findings=findings)
    _check_signature(opened, trusted)
    _check_files(opened)
    _check_words(opened)
    _check_network(opened, trusted)
    return opened


def _check_signature(opened: Opened, trusted: TrustedNetwork) -> None:
    body, packager = opened.members[MANIFEST], opened.manifest.packager
    text = opened.members[SIGNATURE]
    with opened.findings.noting("manifest_signature", file=SIGNATURE):
        try:
            signature = signature_bytes(text.decode("ascii"))
        except ValueError:
            raise EvidenceError("not a signature") from None
        if not any(key.verify(body, signature) for key in trusted.packagers(packager)):
            raise EvidenceError("no key of this name signed it", got=packager)


def _check_files(opened: Opened) -> None:
    """Compare the members with the manifest's list, and the list with what the manifest speaks of."""
    findings, files = opened.findings, opened.manifest.files
    listed = [one.path for one in files]
    there = list(opened.members)[len(FIRST) :]
    for path in sorted(set(listed) - set(there)):
        findings.add("files_differ", file=path, detail="listed and missing")
    for path in sorted(set(there) - set(listed)):
        findings.add("files_differ", file=path, detail="not listed")
    if set(listed) == set(there) and listed != there:
        findings.add("files_differ", file=MANIFEST, detail="the list has another order, or a file twice")
    expected = list(islice(expected_paths(opened.manifest), len(files) + 1))
    if sorted(expected) != sorted(listed):
        odd = sorted(set(listed) ^ set(expected))
        detail = f"the list is not what the manifest speaks of, e.g. {odd[:3]}"
        findings.add("files_differ", file=odd[0] if odd else MANIFEST, detail=detail)
    for one in {one.path: one for one in files}.values():  # each once, whatever the list repeats
        body = opened.members.get(one.path)
        if body is not None and (len(body), hashlib.sha256(body).hexdigest()) != (one.size, one.sha256):
            findings.add("file_changed", file=one.path, detail=f"{len(body)} bytes, listed {one.size}")


def _check_words(opened: Opened) -> None:
    """Check what the manifest says of itself: fixed words, times, the loan's pseudonym."""
    manifest, findings = opened.manifest, opened.findings
    completeness = manifest.completeness
    with findings.noting("manifest_malformed", file=MANIFEST):
        moment_from_text(manifest.made_at)
        moment_from_text(completeness.as_of)
    words = (
        completeness.proven_zh,
        completeness.proven_en,
        completeness.not_proven_zh,
        completeness.not_proven_en,
    )
    if words != (PROVEN_ZH, PROVEN_EN, NOT_PROVEN_ZH, NOT_PROVEN_EN):
        findings.add("manifest_malformed", file=MANIFEST, detail="other words on what is proven")
    loan = manifest.loan
    if loan_pseudonym(bytes.fromhex(loan.salt), loan.number) != loan.pseudonym:
        findings.add("loan_differs", file=MANIFEST, detail=loan.number)


def _check_network(opened: Opened, trusted: TrustedNetwork) -> None:
    """Check that the package's copy of the network and its logs' policies are the reader's.

    A package made before parties changed their keys has the network as it was then.
    """
    manifest, findings = opened.manifest, opened.findings
    then = _network_then(opened, trusted)
    if then is None or manifest.network != trusted.name:
        findings.add("network_differs", file=TRUST, detail=f"named {manifest.network}")
    origins = [log.origin for log in manifest.completeness.logs]
    if origins != list(trusted.network.names):
        findings.add("network_differs", file=MANIFEST, detail=f"logs {origins}")
        return
    for number, log in enumerate(manifest.completeness.logs, start=1):
        path = policy_path(number)
        due = (then or trusted).log_policy(log.origin).text().encode()
        if path in opened.members and opened.members[path] != due:
            findings.add("policy_differs", file=path, detail=log.origin)


def _network_then(opened: Opened, trusted: TrustedNetwork) -> TrustedNetwork | None:
    """Return the network as it was when the package was made; None if the reader's does not go on from it."""
    text = opened.member(TRUST)
    if text is None or text == trusted.text().encode():
        return None if text is None else trusted
    try:
        then = trust_from_text(text.decode())
    except (EvidenceError, UnicodeDecodeError, StateError):
        return None  # SM2 keys that cannot be read here are none of the reader's, or his could not be read
    return then if trusted.continues(then) else None
