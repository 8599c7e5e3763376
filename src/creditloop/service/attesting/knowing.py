"""What a party's node knows of joint loans (参与方所知): told by the lender, kept in a file of the node.

An announcement is a JSON text: programmes this party lends under, and loans by their pseudonyms, with the
documents and salts behind the commitments. `know` checks that each commitment is to the document handed
over and keeps what `lend.preconditions` asks for; documents and salts are not kept here. The programmes'
limits are the party's own to say; a loan that is repaid, or was never paid out, is told again with an amount
of 0. The node reads the file again whenever it was written.
"""

import fcntl
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Annotated

import msgspec

from creditloop.evidence.package import commitment
from creditloop.kernel.errors import EvidenceError, InputError, SourceError
from creditloop.kernel.files import FileStamp, file_stamp, replace_file
from creditloop.lend.preconditions import AGREEMENT, SHARE, KnownLoan, KnownProgramme

KNOWN = "known.json"
"""Name of the file in a node's folder."""
_FEN_MAX = 10**16
_Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
_Fen = Annotated[int, msgspec.Meta(ge=0, le=_FEN_MAX)]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Disclosed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document behind a commitment, with its salt in hex."""

    name: _Name
    salt: _Hex
    text: str


class AnnouncedLoan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A loan; see `lend.preconditions.KnownLoan`. Kept without `documents`."""

    loan: _Hex
    programme: _Word
    product: _Word
    agreement: _Hex
    signed_by: tuple[_Word, ...]
    share: _Hex
    share_document: _Hex
    amount_fen: _Fen
    documents: tuple[Disclosed, ...] = ()

    def known(self) -> KnownLoan:
        """Return what is known of it."""
        return KnownLoan(
            loan=self.loan,
            programme=self.programme,
            product=self.product,
            agreement=self.agreement,
            signed_by=self.signed_by,
            share=self.share,
            share_document=self.share_document,
            amount_fen=self.amount_fen,
        )


class AnnouncedProgramme(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A programme; see `lend.preconditions.KnownProgramme`."""

    name: _Word
    products: tuple[_Word, ...]
    share_document: _Hex
    since: date
    until: date | None = None
    limit_fen: _Fen

    def known(self) -> KnownProgramme:
        """Return what is known of it."""
        return KnownProgramme(
            name=self.name,
            products=self.products,
            share_document=self.share_document,
            since=self.since,
            until=self.until,
            limit_fen=self.limit_fen,
        )


class Announcement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is announced, or known: programmes by name, loans in the order they were told."""

    loans: tuple[AnnouncedLoan, ...] = ()
    programmes: tuple[AnnouncedProgramme, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a file holds after something was announced."""

    loans: int
    programmes: int
    new_loans: int


def read_announcement(text: bytes | str) -> Announcement:
    """Read an announcement.

    Raises: InputError naming what is wrong; EvidenceError if a document is not what its commitment is to.
    """
    try:
        read = msgspec.json.decode(text, type=Announcement)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError("not an announcement of joint loans", got=str(error)) from None
    for loan in read.loans:
        _check_documents(loan)
    return read


def know(file: Path, announced: Announcement) -> Learned:
    """Take what was announced into a node's file: what is told again replaces what was known.

    A loan keeps its place in the order, by which the money left of a limit is given out.
    """
    with _alone(file):
        before = _read(file)
        loans = {loan.loan: loan for loan in before.loans}
        for loan in announced.loans:
            loans[loan.loan] = msgspec.structs.replace(loan, documents=())
        programmes = {one.name: one for one in (*before.programmes, *announced.programmes)}
        after = Announcement(loans=tuple(loans.values()), programmes=tuple(programmes.values()))
        replace_file(file, msgspec.json.format(msgspec.json.encode(after)) + b"\n")
    return Learned(loans=len(loans), programmes=len(programmes), new_loans=len(loans) - len(before.loans))


class KnownFile:
    """`lend.preconditions.Knowledge` from a node's file, read again when it was written; safe for threads.

    Its questions raise SourceError if the file cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = Lock()
        self._stamp: FileStamp | None = None
        self._loans: dict[str, KnownLoan] = {}
        self._programmes: dict[str, KnownProgramme] = {}
        self._before: dict[str, int] = {}

    def find_loan(self, loan: str) -> KnownLoan | None:
        """Return what is known of a loan by its pseudonym."""
        with self._lock:
            self._refresh()
            return self._loans.get(loan)

    def find_programme(self, name: str) -> KnownProgramme | None:
        """Return what is known of a programme."""
        with self._lock:
            self._refresh()
            return self._programmes.get(name)

    def given_before(self, loan: str) -> int:
        """Return what the loans of its programme told of before it come to, fen."""
        with self._lock:
            self._refresh()
            return self._before.get(loan, 0)

    def _refresh(self) -> None:
        stamp = file_stamp(self.file)
        if stamp == self._stamp:
            return
        try:
            read = _read(self.file)
        except (InputError, EvidenceError) as error:
            # without knowing no verdict is given; it is asked for again
            raise SourceError("what is known of joint loans cannot be read", got=error.message) from error
        self._loans = {loan.loan: loan.known() for loan in read.loans}
        self._programmes = {one.name: one.known() for one in read.programmes}
        self._before, given = {}, defaultdict[str, int](int)
        for loan in read.loans:
            self._before[loan.loan] = given[loan.programme]
            given[loan.programme] += loan.amount_fen
        self._stamp = stamp


def _check_documents(loan: AnnouncedLoan) -> None:
    """Refuse a commitment that is not to the document handed over with it."""
    said = {AGREEMENT: loan.agreement, SHARE: loan.share}
    for document in loan.documents:
        body = document.text.encode()
        if commitment(bytes.fromhex(document.salt), body) != said.get(document.name):
            raise EvidenceError(
                "a commitment is not to the document handed over",
                got=document.name,
                where={"loan": loan.loan},
            )
        if document.name == SHARE and hashlib.sha256(body).hexdigest() != loan.share_document:
            raise EvidenceError("the programme's document is another one", where={"loan": loan.loan})


def _read(file: Path) -> Announcement:
    try:
        return read_announcement(file.read_bytes()) if file.exists() else Announcement()
    except OSError as error:
        raise InputError("what is known of joint loans cannot be read", got=str(error)) from None


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Let one process at a time write the file."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
