"""The evidence package (证据包): everything about one loan in one file, checked by a stranger without us.

Documents with their salts, the records that commit to them, each record's proof with cosignatures, the
submitter's signature and the nodes' verdicts, and the nodes' signed statements of where the loan's chains
end: what shows that nothing was left out. A reader needs the file and the network's keys, got beforehand.

Data flows: a node's rounds → `collect` → `content` → `build` (`manifest`, `index`, `archive`) → one file →
`verify` (`read`, `check_records`, `check_ends`, `check_documents`) → report; `compare` sets originals beside.
Pure: nothing here reads a database, a clock or a network. docs/evidence_package.md.
"""

from creditloop.evidence.package.archive import MEMBERS_MAX, PACKAGE_BYTES_MAX
from creditloop.evidence.package.build import build_package
from creditloop.evidence.package.check_documents import CheckedDocument
from creditloop.evidence.package.check_records import CheckedRecord
from creditloop.evidence.package.collect import loan_on_log
from creditloop.evidence.package.compare import ComparedDocument, Comparison, compare_with_originals
from creditloop.evidence.package.content import (
    SALT_BYTES,
    AidFile,
    CommittedBy,
    Document,
    LoanOnLog,
    PackageContent,
    ProvenRecord,
    commitment,
    loan_pseudonym,
)
from creditloop.evidence.package.loan_end import (
    NO_CHALLENGE,
    ChainEnd,
    LoanEnd,
    LogEnd,
    SignedLoanEnd,
    read_loan_end,
    sign_loan_end,
)
from creditloop.evidence.package.manifest import (
    DocumentKind,
    Manifest,
    PackagedDocument,
    WithheldDocument,
    WithheldReason,
    Words,
)
from creditloop.evidence.package.problem import CODES, PackageProblem
from creditloop.evidence.package.read import read_unsigned
from creditloop.evidence.package.share import BatchShare
from creditloop.evidence.package.trust import LogPolicy, TrustedNetwork, trust_from_text
from creditloop.evidence.package.verify import PackageReport, verify_package

__all__ = [
    "CODES",
    "MEMBERS_MAX",
    "NO_CHALLENGE",
    "PACKAGE_BYTES_MAX",
    "SALT_BYTES",
    "AidFile",
    "BatchShare",
    "ChainEnd",
    "CheckedDocument",
    "CheckedRecord",
    "CommittedBy",
    "ComparedDocument",
    "Comparison",
    "Document",
    "DocumentKind",
    "LoanEnd",
    "LoanOnLog",
    "LogEnd",
    "LogPolicy",
    "Manifest",
    "PackageContent",
    "PackageProblem",
    "PackageReport",
    "PackagedDocument",
    "ProvenRecord",
    "SignedLoanEnd",
    "TrustedNetwork",
    "WithheldDocument",
    "WithheldReason",
    "Words",
    "build_package",
    "commitment",
    "compare_with_originals",
    "loan_on_log",
    "loan_pseudonym",
    "read_loan_end",
    "read_unsigned",
    "sign_loan_end",
    "trust_from_text",
    "verify_package",
]
