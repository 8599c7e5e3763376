"""What checking a package finds (证据包异常): which file, which record, what."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from creditloop.kernel.errors import CreditloopError, EvidenceError, InputError

CODES = {
    "archive_malformed": "the file is not a package, or a byte of its structure was changed",
    "manifest_malformed": "the manifest is not one, or contradicts itself",
    "manifest_signature": "the manifest is not signed by a party of the reader's network",
    "file_changed": "a file is not what the manifest says",
    "files_differ": "a file is missing, added, or in another place than the manifest says",
    "network_differs": "the package was made for another network than the reader's",
    "policy_differs": "a log's policy is not the one that follows from the reader's network",
    "loan_differs": "the loan's number and salt do not give its pseudonym",
    "record_malformed": "a record is not one",
    "record_misplaced": "a record is of another loan, log or chain, or has another number",
    "chain_broken": "a record does not carry the hash of the one before",
    "proof_fails": "a record's place on its log is not proven",
    "batch_fails": "it is not shown that the submitter signed the record",
    "verdict_fails": "a verdict is not one, or not of a node that judges this log",
    "verdicts_too_few": "fewer nodes agreed to a record than must",
    "verdict_unused": "a verdict that no record of the package needs",
    "objection_fails": "an objection does not follow from a verdict of the package",
    "objection_missing": "a verdict objects to a record of the loan, and the objection is not in the package",
    "log_forked": "two roots are stated for one size of a log",
    "end_fails": "a statement of the loan's end is not one, or not of a node of the network",
    "end_differs": "a node states another end of a chain than the package has: records are missing",
    "ends_too_few": "fewer of a log's other nodes state the loan's end than must",
    "end_stale": "the statements of the loan's end are older than the reader asked for",
    "document_uncommitted": "a document is not what the record commits to",
    "document_unaccounted": "a record commits to a document that is neither there nor listed as withheld",
    "index_differs": "the index for people says something else than the manifest and records",
}
"""Every code a problem can have, with its meaning."""
PROBLEMS_MAX = 1_000
"""More problems of one package are not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageProblem:
    """One thing about a package that does not hold.

    Attributes:
        code: a key of `CODES`.
        file: path of the member concerned, empty if it is the package as a whole.
        record: log, chain and number of the record concerned, empty if none is.
        detail: what was found, one sentence.
    """

    code: str
    file: str = ""
    record: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code

    def line(self) -> str:
        """Return the problem as one line for people."""
        place = " ".join(part for part in (self.file, self.record) if part)
        return f"{self.code}: {place or '-'}: {CODES[self.code]}" + (
            f" ({self.detail})" if self.detail else ""
        )


@dataclass(slots=True)
class Findings:
    """Problems as they are found."""

    found: dict[PackageProblem, None] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[PackageProblem, ...]:
        """All of them, in the order they were found."""
        return tuple(self.found)

    def add(self, code: str, *, file: str = "", record: str = "", detail: str = "") -> None:
        """Note a problem, once; of a thousand and more it is enough to know that they are there."""
        if len(self.found) < PROBLEMS_MAX:
            self.found[PackageProblem(code=code, file=file, record=record, detail=detail)] = None

    def add_refused(self, code: str, error: CreditloopError, *, file: str = "", record: str = "") -> None:
        """Note a problem in the words of the error that told it."""
        detail = error.message if error.got is None else f"{error.message}: {str(error.got)[:200]}"
        self.add(code, file=file, record=record, detail=detail)

    @contextmanager
    def noting(self, code: str, *, file: str = "", record: str = "") -> Iterator[None]:
        """Note what is refused within as a problem of this code, and go on after it."""
        try:
            yield
        except (EvidenceError, InputError) as error:
            self.add_refused(code, error, file=file, record=record)
