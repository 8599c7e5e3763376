import re
from pathlib import Path

import pytest

from creditloop.evidence import CODES, Problem
from creditloop.evidence.checkpoint import open_checkpoint
from creditloop.evidence.signature import verifier_from_text

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")


def test_the_page_lists_every_code_with_its_meaning():
    assert dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)) == CODES


def test_the_pages_checkpoint_verifies_with_the_pages_key():
    note, *_ = re.findall(r"```\n(bank\.example.*?)```", PAGE, re.DOTALL)  # another one has an SM2 line
    (key,) = re.findall(r"Its key: `(.+)`", PAGE)
    assert open_checkpoint(note, verifier=verifier_from_text(key)).size == 9


def test_a_problem_has_a_known_code():
    with pytest.raises(AssertionError):
        Problem(code="weather")
