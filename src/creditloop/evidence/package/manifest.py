"""The manifest of a package (清单): every file with its size and hash, what it is, what is proven; signed.

From it follows which files a package has, where, and in which order: `expected_paths`. Nothing else may be in
it. Its part `completeness` says where the loan's chains end on each log, who states that, and in words what
that proves and what it does not; the words are fixed, a packager cannot choose them.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec

from creditloop.evidence.network.record import (
    Count,
    Hex,
    Instant,
    Lane,
    Name,
    Number,
    Refusal,
    RefusedError,
    Slug,
    canonical_form,
    read_form,
)
from creditloop.evidence.package.archive import FIRST
from creditloop.evidence.package.loan_end import ChainEnds

MANIFEST_BYTES_MAX = 8 << 20
"""Most bytes of a manifest: the list of as many members as a package may have takes some 3 MiB."""
COMMITTED_MAX = 16
"""Most records that a package lists for one document; each costs a hash of the whole document."""
MANIFEST, SIGNATURE = FIRST
TRUST, INDEX = "network.txt", "index.txt"
"""Paths of the members that every package has."""

PROVEN_ZH = (
    "截至各节点声明所载时间，本借据在网络每一日志上的步骤与异议记录全部在此：编号自 1 连续，"
    "每条含前一条的哈希，末条由超过半数的其他节点签名声明。"
)
PROVEN_EN = (
    "As of the times in the nodes' statements, all records of this loan on every log of the network, steps "
    "and objections, are here: numbered from 1 without a gap, each with the hash of the one before, the last "
    "one stated and signed by more than half of the other nodes."
)
NOT_PROVEN_ZH = (
    "不证明：声明时间之后未再新增记录；未提交至网络或以其他假名提交的事项；记录或文件内容真实；所列未附文件的内容；"
    "被拒绝的记录本身（仅有异议）。若超过半数的其他节点与日志运营方串通，以上结论均不成立。"
)
NOT_PROVEN_EN = (
    "Not proven: that nothing was recorded after those times; what was never submitted to the network, or "
    "under another pseudonym; that records and documents tell the truth; the content of documents listed as "
    "withheld; refused records themselves (only the objections to them). Nothing of this holds if more than "
    "half of the other nodes conspire with a log's operator."
)

_PLAIN = r"^[^\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]{1,200}\Z"
Words = Annotated[str, msgspec.Meta(pattern=_PLAIN)]
_FILE_NAME = r"[a-z0-9](?:[a-z0-9_.-]{0,98}[a-z0-9])?"
DocumentPath = Annotated[str, msgspec.Meta(pattern=rf"^documents/{_FILE_NAME}\Z")]
AidPath = Annotated[str, msgspec.Meta(pattern=rf"^aids/{_FILE_NAME}\Z")]
MediaType = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,79}\Z")]
FILE_NAME = re.compile(_FILE_NAME)
"""Names of the files that are handed in; titles may be in any language."""


class DocumentKind(StrEnum):
    """What a document is."""

    AGREEMENT = "agreement"
    CONTACT = "contact"
    DECISION = "decision"
    EVENT = "event"
    OTHER = "other"
    OVERDUE = "overdue"
    PAYOUT = "payout"
    REPAYMENT = "repayment"
    STATEMENT = "statement"
    WRITE_OFF = "write_off"


class WithheldReason(StrEnum):
    """Why a document that a record commits to is not in the package."""

    CONFIDENTIAL = "confidential"
    DESTROYED = "destroyed"
    NOT_HELD = "not_held"


Place = tuple[str, int, str]
"""Where a commitment stands: log, number among the loan's steps there, name in the record."""


class _Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How all forms of the manifest are read: nothing unknown, nothing twice."""


class _Placed(_Form, frozen=True, kw_only=True):
    """A commitment to a document: on which log, in the record of which step, under which name there."""

    name: Slug
    origin: Name
    sequence: Number

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.origin, self.sequence, self.name


class PackagedFile(_Form, frozen=True, kw_only=True):
    """A member: path, SHA-256 in hex, bytes."""

    path: str
    sha256: Hex
    size: Count


class Committed(_Placed, frozen=True, kw_only=True):
    """A commitment to a document of the package, and the salt by which it was made."""

    salt: Hex


class PackagedDocument(_Form, frozen=True, kw_only=True):
    """A document of the loan.

    Attributes:
        committed: the records that commit to it, one to sixteen, in order of log, number and name.
        kind: what it is.
        media_type: how it is written, for example "application/pdf".
        path: where it is in the package.
        title_en: its title for people.
        title_zh: the same in Chinese.
    """

    committed: Annotated[tuple[Committed, ...], msgspec.Meta(min_length=1, max_length=COMMITTED_MAX)]
    kind: DocumentKind
    media_type: MediaType
    path: DocumentPath
    title_en: Words
    title_zh: Words


class WithheldDocument(_Placed, frozen=True, kw_only=True):
    """A document that a record commits to and that is not handed over."""

    reason: WithheldReason


class Aid(_Form, frozen=True, kw_only=True):
    """A file for people that nothing but the packager's signature stands for, such as a drawn index."""

    media_type: MediaType
    path: AidPath
    title_en: Words
    title_zh: Words


class PackagedLoan(_Form, frozen=True, kw_only=True):
    """The loan: its number, and the salt by which its pseudonym on the logs is made."""

    number: Words
    pseudonym: Hex
    salt: Hex


class PackagedLog(ChainEnds, frozen=True, kw_only=True):
    """What the package has of one log: the ends of the loan's two chains there, and how many verdicts."""

    verdicts: Count


class Completeness(_Form, frozen=True, kw_only=True):
    """What shows that nothing was left out, and of which moment.

    Attributes:
        as_of: the earliest of the statements' times.
        logs: all logs of the network, in order of origins, also those without a record of the loan.
        not_proven_en, not_proven_zh: fixed words.
        proven_en, proven_zh: fixed words.
        stated_by: the nodes whose statements of the ends are in the package, in order.
    """

    as_of: Instant
    logs: tuple[PackagedLog, ...]
    not_proven_en: str = NOT_PROVEN_EN
    not_proven_zh: str = NOT_PROVEN_ZH
    proven_en: str = PROVEN_EN
    proven_zh: str = PROVEN_ZH
    stated_by: tuple[Name, ...]


class Manifest(_Form, frozen=True, kw_only=True):
    """What the packager signs.

    Attributes:
        aids: in order of paths.
        completeness: see there.
        documents: in order of paths.
        files: every member but the manifest and its signature, in the package's order.
        kind: "evidence_package".
        loan: the loan it is about.
        made_at: the packager's clock.
        network: name of the network in the reader's file.
        packager: name of the key that signs.
        v: version of this form.
        withheld: in order of log, number and name.
    """

    aids: tuple[Aid, ...]
    completeness: Completeness
    documents: tuple[PackagedDocument, ...]
    files: tuple[PackagedFile, ...]
    kind: Literal["evidence_package"]
    loan: PackagedLoan
    made_at: Instant
    network: Name
    packager: Name
    v: Literal[1]
    withheld: tuple[WithheldDocument, ...]

    def body(self) -> bytes:
        """Return its canonical text."""
        return canonical_form(self)


def read_manifest(body: bytes) -> Manifest:
    """Read a manifest from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed, or if what it lists is not in order, each once: to
        check a document costs a hash of it, which no manifest can ask for again and again.
    """
    manifest = read_form(body, Manifest, bytes_max=MANIFEST_BYTES_MAX, what="a manifest")
    orders: dict[str, Sequence[Any]] = {
        "documents": [one.path for one in manifest.documents],
        "aids": [one.path for one in manifest.aids],
        "withheld": [one.place for one in manifest.withheld],
        "statements": manifest.completeness.stated_by,
    }
    for document in manifest.documents:
        orders[f"commitments of {document.path}"] = [one.place for one in document.committed]
    for what, keys in orders.items():
        if any(one >= other for one, other in pairwise(keys)):
            raise RefusedError(Refusal.MALFORMED, f"{what} are not in order, each once")
    return manifest


def policy_path(log: int) -> str:
    """Return where the policy of the n-th log is, from 1: a file that other programs read."""
    return f"logs/{log:02d}/policy.txt"


def record_path(log: int, lane: Lane, sequence: int) -> str:
    """Return where a record is: its bytes are the leaf."""
    return f"logs/{log:02d}/{lane.value}/{sequence:05d}.json"


def proof_path(log: int, lane: Lane, sequence: int) -> str:
    """Return where a record's tlog-proof is."""
    return f"logs/{log:02d}/{lane.value}/{sequence:05d}.tlog-proof"


def share_path(log: int, sequence: int) -> str:
    """Return where the share of a step's batch is."""
    return f"logs/{log:02d}/steps/{sequence:05d}.batch.json"


def verdict_path(log: int, number: int) -> str:
    """Return where the n-th verdict of a log is, from 1."""
    return f"logs/{log:02d}/verdicts/{number:05d}.json"


def end_path(number: int) -> str:
    """Return where the n-th statement of the loan's ends is, from 1."""
    return f"ends/{number:02d}.json"


def expected_paths(manifest: Manifest) -> Iterator[str]:
    """Give the paths of all members that a manifest speaks of, but itself and its signature.

    What a hostile manifest may ask for is bounded by whoever compares: it stops at the first difference.
    """
    yield from (TRUST, INDEX)
    yield from (aid.path for aid in manifest.aids)
    yield from (document.path for document in manifest.documents)
    yield from (end_path(number + 1) for number in range(len(manifest.completeness.stated_by)))
    for log, packaged in enumerate(manifest.completeness.logs, start=1):
        if packaged.steps.sequence + packaged.objections.sequence:
            yield policy_path(log)
        for lane in Lane:
            for sequence in range(1, packaged.end(lane).sequence + 1):
                yield record_path(log, lane, sequence)
                yield proof_path(log, lane, sequence)
                if lane is Lane.STEPS:
                    yield share_path(log, sequence)
        yield from (verdict_path(log, number + 1) for number in range(packaged.verdicts))
