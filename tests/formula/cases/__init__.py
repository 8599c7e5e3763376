"""Text in, text out: blocks of a text, then a line with `>` what is wanted or `!` the error, told shortly."""

from collections.abc import Callable, Iterator
from pathlib import Path

from creditloop.kernel.errors import PolicyError

FOLDER = Path(__file__).parent


def pairs(name: str) -> list[tuple[str, str]]:
    """Read the pairs of a file of cases."""
    return list(_pairs((FOLDER / name).read_text("utf-8")))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for block in text.split("\n\n"):
        lines = [line for line in block.strip().splitlines() if not line.startswith("#")]
        if lines:
            yield "\n".join(lines[:-1]), lines[-1]


def told(give: Callable[[], str]) -> str:
    """Return what is given, or the error as the cases write it: column, message, got, expected, hint."""
    try:
        return f"> {give()}"
    except PolicyError as error:
        expected = f"expected {error.expected}" if error.expected is not None else None
        got = f"got {error.got}" if error.got is not None else None
        parts = [error.message, got, expected, error.hint]
        return f"! {error.where['column']}: " + "; ".join(part for part in parts if part)
