"""A bound on audit lines (审计限量): who sends rubbish without end fills no disk with what is said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from creditloop.evidence.network.node import AuditLine

LINES_MAX = 200
"""Lines of one kind about one party in a minute; the others are counted, and the next one tells how many."""
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class _Counted:
    began: datetime
    written: int = 0
    left_out: int = 0


class AuditLimit:
    """Decides which lines are written; kinds and parties are few, so what is kept in mind is too."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str], _Counted] = {}

    def lines(self, line: AuditLine) -> Sequence[AuditLine]:
        """Return what is to be written: the line, perhaps after one on those left out, or nothing."""
        key = (line.party, line.what)
        counted = self._counted.setdefault(key, _Counted(line.at))
        told: list[AuditLine] = []
        if not timedelta(0) <= line.at - counted.began < _MINUTE:  # over, or the clock was put back
            if counted.left_out:
                told.append(
                    replace(line, detail=f"{counted.left_out} more since {counted.began.isoformat()}")
                )
            counted = self._counted[key] = _Counted(line.at)
        if counted.written >= LINES_MAX:
            counted.left_out += 1
            return []
        counted.written += 1
        return [*told, line]
