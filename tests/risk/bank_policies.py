"""The bank's own policies as files: what stands under `policies/` and says with a key that it is one."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
"""Beside policies stand their cases, and documents of other kinds: products, programmes, calendars."""


def policy_files() -> list[Path]:
    """Return the policies of the bank, in order."""
    return [
        file
        for file in sorted((REPOSITORY / "policies").rglob("*.yaml"))
        if re.search(r"^policy:", file.read_text("utf-8"), re.MULTILINE)
    ]
