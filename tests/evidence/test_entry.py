import json

import pytest

from creditloop.evidence.entry import RowsEntry, entry_hash, read_body
from creditloop.evidence.hashing import leaf_hash
from creditloop.kernel.errors import EvidenceError

BODY = (
    '{"batch":"00000000-0000-0000-0000-000000000001","batch_rows":3,"checkpoint":0,'
    '"columns":["batch_id","row_no","path"],"count":3,"entry":0,"first":0,"kind":"rows","origin":"bank.example",'
    f'"row_text":"row text v1","rows_root":"{"ab" * 32}","salts_hash":"{"cd" * 32}",'
    '"sealed_at":"2026-01-05T09:30:00.000000+00:00","table":"kernel.document","v":1}'
)


def test_a_body_is_canonical_and_read_back():
    """These bytes are what the past was signed as: this test never changes."""
    entry = read_body(BODY)
    assert isinstance(entry, RowsEntry)
    assert entry.body() == BODY
    assert entry_hash(BODY) == leaf_hash(BODY.encode())


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"kind": "event"},
        {"count": 0},
        {"count": 1001},
        {"first": -1},
        {"entry": "0"},
        {"rows_root": "AB" * 32},
        {"rows_root": "ab" * 31},
        {"rows_root": "ab" * 32 + "\n"},
        {"row_text": "row text v2"},
        {"columns": "path"},
        {"more": 1},
    ],
)
def test_another_form_is_refused(change):
    with pytest.raises(EvidenceError, match="not the body"):
        read_body(json.dumps(json.loads(BODY) | change))


@pytest.mark.parametrize("body", ["", "{}", "[]", BODY[:-1], "\x00"])
def test_what_is_no_body_is_refused(body):
    with pytest.raises(EvidenceError, match="not the body"):
        read_body(body)
