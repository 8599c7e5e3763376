"""A node's signed statement of where a loan's chains end (链尾声明): what shows that nothing was left out.

Inclusion proofs and a chain without gaps show records 1..n; they cannot show that there is no n + 1. Each
node holds every log, so each can say what the last record of a loan is on each of them, none included. A
quorum of the others of a log, the same that made its records final, must say the same of it.

A statement is as of its node's clock and the sizes it names; it says nothing of what came later. Whoever asks
may give a challenge, a value that did not exist before: a statement that holds it is not an old one.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from creditloop.evidence.network.record import (
    NO_RECORD,
    Count,
    Hex,
    Instant,
    Lane,
    Name,
    Refusal,
    RefusedError,
    Signature,
    canonical_form,
    is_signed,
    moment_from_text,
    read_form,
    sign_form,
)
from creditloop.evidence.signature import Signer, Verifier

END_BYTES_MAX = 65_536
"""Most bytes of a signed statement: a network of over a hundred logs."""
NO_CHALLENGE = "0" * 64
"""`challenge` of a statement that nobody challenged; no reader's challenge, as any old statement has it."""


class ChainEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last record of one chain: its hash and number; 64 zeros and 0 if there is none."""

    hash: Hex
    sequence: Count


class ChainEnds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last of a loan's steps on one log, and the last of the objections to them."""

    objections: ChainEnd
    origin: Name
    steps: ChainEnd

    def end(self, lane: Lane) -> ChainEnd:
        """Return the end of one of the two chains."""
        return self.steps if lane is Lane.STEPS else self.objections


class LogEnd(ChainEnds, frozen=True, kw_only=True):
    """Where a loan ends on one log.

    Attributes:
        root: root of the log's tree, hex.
        size: entries of the log when this was so.
    """

    root: Hex
    size: Count


class LoanEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node says of a loan.

    Attributes:
        at: the node's clock.
        challenge: a value of whoever asked, hex; 64 zeros if nobody gave one.
        kind: "loan_end".
        loan: the loan's pseudonym.
        logs: every log of the network, in order of origins.
        node: the party whose node it is.
        v: version of this form.
    """

    at: Instant
    challenge: Hex
    kind: Literal["loan_end"]
    loan: Hex
    logs: tuple[LogEnd, ...]
    node: Name
    v: Literal[1]

    @property
    def sizes(self) -> Mapping[str, int]:
        """Entries of every log when the statement was made."""
        return {log.origin: log.size for log in self.logs}

    @property
    def by_origin(self) -> Mapping[str, LogEnd]:
        """The ends by log."""
        return {log.origin: log for log in self.logs}


class SignedLoanEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement with its node's signature."""

    end: LoanEnd
    signature: Signature

    def body(self) -> bytes:
        """Return its canonical text."""
        return canonical_form(self)


def sign_loan_end(end: LoanEnd, *, signer: Signer) -> SignedLoanEnd:
    """Sign a statement with the judge's key of the node."""
    return SignedLoanEnd(end=end, signature=sign_form(end, signer=signer))


def read_loan_end(body: bytes) -> SignedLoanEnd:
    """Read a signed statement from its canonical text; nothing is checked yet but the form.

    Raises: RefusedError if it is too large or malformed.
    """
    return read_form(body, SignedLoanEnd, bytes_max=END_BYTES_MAX, what="a statement of a loan's end")


def check_loan_end(signed: SignedLoanEnd, *, judges: Sequence[Verifier], origins: tuple[str, ...]) -> None:
    """Check a statement's signature, that it speaks of every log once, and does not contradict itself.

    Args:
        signed: as read.
        judges: keys of the node it says it is from, one of which must have signed.
        origins: the logs of the network, in order.

    Raises: RefusedError saying what does not hold.
    """
    end = signed.end
    moment_from_text(end.at)
    named = [key for key in judges if key.name == end.node]
    if not is_signed(end, signed.signature, keys=named):
        raise RefusedError(
            Refusal.WRONG_SIGNATURE,
            "a statement's signature does not verify",
            got=end.node,
            expected=[key.name for key in judges],
        )
    stated = tuple(log.origin for log in end.logs)
    if stated != origins:
        raise RefusedError(
            Refusal.MALFORMED, "a statement is about every log, in order", got=stated, expected=origins
        )
    for log in end.logs:
        for lane in Lane:
            chain = log.end(lane)
            if (chain.sequence == 0) != (chain.hash == NO_RECORD):
                raise RefusedError(
                    Refusal.MALFORMED, "a chain without records has no last one", got=chain.sequence
                )
        if log.steps.sequence + log.objections.sequence > log.size:
            raise RefusedError(Refusal.MALFORMED, "more records than entries", got=log.origin)
