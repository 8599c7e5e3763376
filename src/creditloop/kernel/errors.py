"""Everything the product raises, as one tree.

CreditloopError
  InputError        asked for something that cannot be
    ContractBroken    a file or row does not keep its data contract
    PolicyError       a document of the bank is not well formed, or says nothing for the date asked
    UnknownId         no such party, batch, document, ...
  StateError        not now
    OutOfOrder        a step before its predecessor
    LimitExceeded     more than is allowed
    ConflictingRepeat the same id with other content
  SourceError       an outside party failed or is stale; safe to retry
  BookError         money does not add up: stop, nothing is posted
  EvidenceError     a hash, signature, time or quorum does not verify

An outcome (the bank said no) and a finding (a bad row in a batch) are values, never raised.
"""

# ruff: noqa: N818 -- the names say what happened; that they are errors is said by the tree above

from collections.abc import Mapping


class CreditloopError(Exception):
    """Base of the tree; `code` is stable, the text is for people.

    Args:
        message: what is wrong, naming the thing that is wrong.
        got: what was found, if that helps.
        expected: what would have been right, if that helps.
        where: place of the fault, e.g. {"file": "a.yaml", "line": 12, "field": "rate"}.
        hint: what to do next, one sentence.
    """

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        got: object = None,
        expected: object = None,
        where: Mapping[str, object] | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.got = got
        self.expected = expected
        self.where = dict(where or {})
        self.hint = hint

    def diagnostics(self) -> str:
        """Return the error as a few lines for a person: where, what, got, expected, what next."""
        place = ":".join(str(self.where[key]) for key in ("file", "line") if key in self.where)
        rest = ", ".join(f"{key} {value}" for key, value in self.where.items() if key not in {"file", "line"})
        head = " ".join(part for part in (f"{place}:" if place else "", self.message) if part)
        lines = [f"{head} [{self.code}]" + (f" ({rest})" if rest else "")]
        if self.got is not None:
            lines.append(f"  got:      {self.got}")
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        if self.hint:
            lines.append(f"  hint:     {self.hint}")
        return "\n".join(lines)

    def as_record(self) -> dict[str, object]:
        """Return the error as plain data, for `--json` and for problem documents."""
        record: dict[str, object] = {"code": self.code, "message": self.message}
        if self.got is not None:
            record["got"] = str(self.got)
        if self.expected is not None:
            record["expected"] = str(self.expected)
        if self.where:
            record["where"] = {key: str(value) for key, value in self.where.items()}
        if self.hint:
            record["hint"] = self.hint
        return record


class InputError(CreditloopError):
    """Asked for something that cannot be."""

    code = "input"


class ContractBroken(InputError):
    """A file or row does not keep its data contract (数据契约)."""

    code = "contract_broken"


class PolicyError(InputError):
    """A document of the bank is not well formed, or says nothing for the date asked."""

    code = "policy"


class UnknownId(InputError):
    """No such party, batch, document or account."""

    code = "unknown_id"


class StateError(CreditloopError):
    """The request is well formed but cannot be carried out now."""

    code = "state"


class OutOfOrder(StateError):
    """A step was asked for before the one it stands on."""

    code = "out_of_order"


class LimitExceeded(StateError):
    """More than is allowed."""

    code = "limit_exceeded"


class ConflictingRepeat(StateError):
    """The same id was used before with other content; the first stands."""

    code = "conflicting_repeat"


class SourceError(CreditloopError):
    """An outside party failed or is stale; safe to retry, or decide by the policy's fallback."""

    code = "source"


class BookError(CreditloopError):
    """Money does not add up: stop, nothing is posted."""

    code = "book"


class EvidenceError(CreditloopError):
    """A hash, signature, time or quorum does not verify."""

    code = "evidence"
