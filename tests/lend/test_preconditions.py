"""What a lender demands of a joint loan's payout: every reason, and what is none of its business."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pytest

from creditloop.evidence.network import NO_RECORD, DocumentCommitment, Record, RecordKind
from creditloop.lend.preconditions import (
    LOAN_UNKNOWN,
    REASONS,
    KnownLoan,
    KnownProgramme,
    LendPreconditions,
)

LOAN, AGREEMENT, ORDER, SHARE, DOCUMENT = (sign * 64 for sign in "12345")
KNOWN = KnownLoan(
    loan=LOAN,
    programme="joint_line",
    product="retail_line",
    agreement=AGREEMENT,
    signed_by=("borrower", "lender"),
    share=SHARE,
    share_document=DOCUMENT,
    amount_fen=700,
)
PROGRAMME = KnownProgramme(
    name="joint_line",
    products=("retail_line",),
    share_document=DOCUMENT,
    since=date(2026, 1, 5),
    until=date(2026, 2, 1),
    limit_fen=1_000,
)


@dataclass
class Told:
    """What a party was told (simulated), in order."""

    loans: Sequence[KnownLoan] = (KNOWN,)
    programmes: Sequence[KnownProgramme] = (PROGRAMME,)

    def find_loan(self, loan: str) -> KnownLoan | None:
        return next((one for one in self.loans if one.loan == loan), None)

    def find_programme(self, name: str) -> KnownProgramme | None:
        return next((one for one in self.programmes if one.name == name), None)

    def given_before(self, loan: str) -> int:
        known, place = self.find_loan(loan), [one.loan for one in self.loans].index(loan)
        assert known is not None
        return sum(one.amount_fen for one in self.loans[:place] if one.programme == known.programme)


def record(
    *, kind: RecordKind = RecordKind.PAYOUT, at: str = "2026-01-05T02:00:00.000000Z", **documents: str
) -> Record:
    said = documents or {"agreement": AGREEMENT, "payout_order": ORDER, "share": SHARE}
    return Record(
        documents=tuple(DocumentCommitment(commitment=said[name], name=name) for name in sorted(said)),
        kind=kind,
        loan=LOAN,
        occurred_at=at,
        origin="bank.example",
        previous=NO_RECORD,
        sequence=1,
        submitter="bank.example/core",
        v=1,
    )


def told(**changed: object) -> Told:
    return Told(loans=(replace(KNOWN, **changed),))  # type: ignore[arg-type]


def under(**changed: object) -> Told:
    return Told(programmes=(replace(PROGRAMME, **changed),))  # type: ignore[arg-type]


EARLIER = replace(KNOWN, loan="6" * 64, amount_fen=300)
CASES: list[tuple[str, Told, Record, str | None]] = [
    ("all holds", Told(), record(), None),
    ("a loan nobody told of", Told(loans=()), record(), LOAN_UNKNOWN),
    ("another agreement", told(agreement=ORDER), record(), "agreement_differs"),
    ("no agreement at all", Told(), record(payout_order=ORDER, share=SHARE), "agreement_differs"),
    ("signed by one side", told(signed_by=("borrower",)), record(), "agreement_not_signed"),
    ("a programme nobody told of", Told(programmes=()), record(), "programme_unknown"),
    ("a product it is not for", told(product="other"), record(), "programme_unknown"),
    ("another share document on the log", told(share=ORDER), record(), "share_differs"),
    ("another document in force", under(share_document=ORDER), record(), "share_differs"),
    ("the day before", Told(), record(at="2026-01-04T15:59:59.999999Z"), "share_not_in_force"),
    ("midnight of its first day in Beijing", Told(), record(at="2026-01-04T16:00:00.000000Z"), None),
    ("its last moment", Told(), record(at="2026-01-31T15:59:59.999999Z"), None),
    ("the end of its time", Told(), record(at="2026-01-31T16:00:00.000000Z"), "share_not_in_force"),
    ("no end yet", under(until=None), record(at="2030-01-01T00:00:00.000000Z"), None),
    ("a fen too much", under(limit_fen=699), record(), "limit_exceeded"),
    ("just within", under(limit_fen=700), record(), None),
    ("an earlier loan took some, it still fits", Told(loans=(EARLIER, KNOWN)), record(), None),
    (
        "an earlier loan took too much",
        Told(loans=(replace(EARLIER, amount_fen=301), KNOWN)),
        record(),
        "limit_exceeded",
    ),
    ("a later loan takes nothing", Told(loans=(KNOWN, replace(EARLIER, amount_fen=900))), record(), None),
    (
        "an earlier loan of another programme",
        Told(loans=(replace(EARLIER, programme="other", amount_fen=900), KNOWN)),
        record(),
        None,
    ),
    ("an agreement as told", Told(), record(kind=RecordKind.AGREEMENT, agreement=AGREEMENT), None),
    (
        "another agreement signed",
        Told(),
        record(kind=RecordKind.AGREEMENT, agreement=ORDER),
        "agreement_differs",
    ),
    (
        "an agreement nobody told of",
        Told(loans=()),
        record(kind=RecordKind.AGREEMENT, agreement=ORDER),
        None,
    ),
    (
        "a payout of one lender alone",
        Told(loans=()),
        record(agreement=AGREEMENT, payout_order=ORDER),
        None,
    ),
    (
        "a joint loan that was told of, ordered without its programme",
        Told(),
        record(agreement=AGREEMENT, payout_order=ORDER),
        "share_differs",
    ),
    ("a payout as booked", Told(loans=()), record(event=ORDER), None),
    ("a repayment", Told(loans=()), record(kind=RecordKind.REPAYMENT, event=ORDER), None),
]


@pytest.mark.parametrize(
    ("knows", "asked", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_reasons(knows: Told, asked: Record, reason: str | None) -> None:
    assert LendPreconditions(knows).objection(asked) == reason


def test_every_reason_is_reached_and_may_stand_on_a_log() -> None:
    assert {case[3] for case in CASES} - {None} == set(REASONS)
    assert all(reason.isascii() and reason.islower() and len(reason) <= 40 for reason in REASONS)
