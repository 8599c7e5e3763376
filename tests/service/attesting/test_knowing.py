"""What a node knows of joint loans: taken in once checked, kept in order, read again, refused if spoilt."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from creditloop.evidence.package import commitment
from creditloop.kernel.errors import EvidenceError, InputError, SourceError
from creditloop.service.attesting import KNOWN, KnownFile, know, read_announcement

SALT = "ab" * 32
TEXT = "模拟合同"
DOCUMENT = "模拟方案"


def committed(text: str) -> str:
    return commitment(bytes.fromhex(SALT), text.encode())


def loan(sign: str, **changed: Any) -> dict[str, Any]:
    """An announced loan, simulated."""
    return {
        "loan": sign * 64,
        "programme": "joint_line",
        "product": "retail_line",
        "agreement": committed(TEXT),
        "signed_by": ["borrower", "lender"],
        "share": committed(DOCUMENT),
        "share_document": hashlib.sha256(DOCUMENT.encode()).hexdigest(),
        "amount_fen": 100,
        "documents": [
            {"name": "agreement", "salt": SALT, "text": TEXT},
            {"name": "share", "salt": SALT, "text": DOCUMENT},
        ],
        **changed,
    }


def told(file: Path, *loans: dict[str, Any], **other: Any) -> None:
    know(file, read_announcement(json.dumps({"loans": loans, **other})))


def test_loans_keep_their_order_and_are_replaced_in_place(tmp_path: Path) -> None:
    file = tmp_path / KNOWN
    knowledge = KnownFile(file)
    assert knowledge.find_loan("1" * 64) is None
    told(file, loan("1"), loan("2", programme="other"))
    told(file, loan("3"))
    assert [knowledge.given_before(sign * 64) for sign in "1234"] == [0, 0, 100, 0]
    told(file, loan("1", amount_fen=0))
    assert [knowledge.given_before(sign * 64) for sign in "123"] == [0, 0, 0]
    known = knowledge.find_loan("1" * 64)
    assert known is not None and known.amount_fen == 0
    assert TEXT not in file.read_text("utf-8") and SALT not in file.read_text("utf-8")


def test_programmes_are_known_by_name(tmp_path: Path) -> None:
    file = tmp_path / KNOWN
    programme = {
        "name": "joint_line",
        "products": ["retail_line"],
        "share_document": "0" * 64,
        "since": "2026-01-05",
        "limit_fen": 5,
    }
    told(file, programmes=[programme])
    told(file, programmes=[{**programme, "limit_fen": 7, "until": "2027-01-05"}])
    known = KnownFile(file).find_programme("joint_line")
    assert known is not None
    assert (known.limit_fen, str(known.since), str(known.until)) == (7, "2026-01-05", "2027-01-05")
    assert KnownFile(file).find_programme("other") is None


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"agreement": "0" * 64}, EvidenceError),
        ({"share": "0" * 64}, EvidenceError),
        ({"share_document": "0" * 64}, EvidenceError),
        ({"documents": [{"name": "other", "salt": SALT, "text": TEXT}]}, EvidenceError),
        ({"loan": "z" * 64}, InputError),
        ({"amount_fen": -1}, InputError),
        ({"surprise": 1}, InputError),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_does_not_hold_is_not_taken_in(changed: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        read_announcement(json.dumps({"loans": [loan("1", **changed)]}))


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'{"loans": 1}'])
def test_what_is_no_announcement_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match="not an announcement"):
        read_announcement(text)


def test_a_spoilt_file_gives_no_verdict_rather_than_a_wrong_one(tmp_path: Path) -> None:
    file = tmp_path / KNOWN
    told(file, loan("1"))
    knowledge = KnownFile(file)
    assert knowledge.find_loan("1" * 64) is not None
    file.write_text("{", "utf-8")
    for _ in range(2):
        with pytest.raises(SourceError, match="cannot be read"):
            knowledge.find_loan("1" * 64)
    with pytest.raises(InputError):
        told(file, loan("2"))
