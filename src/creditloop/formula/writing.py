"""A piece of the language as it was written, and errors that point into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from creditloop.kernel.errors import PolicyError

SHOWN_MAX = 200
"""Most characters of a text that an error shows."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A text and the place it was read from.

    Attributes:
        text: the expression as written.
        where: file, line and field it stands in, as far as known.
    """

    text: str
    where: Mapping[str, object] = field(default_factory=dict)

    def fault(
        self, message: str, *, at: int, got: object = None, expected: object = None, hint: str | None = None
    ) -> PolicyError:
        """Return an error about the character `at` (from 0), for the caller to raise.

        Its place gains the column (from 1) and the text, of a long one the part around it, and for a text of
        several lines the line within it.
        """
        before = self.text[:at]
        where = {**self.where, "column": at - (before.rfind("\n") + 1) + 1}
        if "\n" in self.text:
            where["line_of_text"] = before.count("\n") + 1
        where["text"] = _shown(self.text, at)
        got = _shown(got, 0) if isinstance(got, str) else got
        return PolicyError(message, got=got, expected=expected, where=where, hint=hint)


def _shown(text: str, at: int) -> str:
    """Return a text as an error shows it: of a long one what stands around a place."""
    begin = max(0, min(at - SHOWN_MAX // 2, len(text) - SHOWN_MAX))
    end = begin + SHOWN_MAX
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean …" for the known name most like this one, or None.

    >>> nearest("overdue_day", ["overdue_days", "income"])
    'did you mean overdue_days?'
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean {by_lower[close[0]]}?" if close else None
