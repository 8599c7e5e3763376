"""Proves (存证): what the bank recorded is what it recorded then, and anyone may check it.

`seal_batches` reads batches' rows back in the transaction that wrote them and adds signed entries to the log;
`extend`, after the commit, brings new entries under a signed checkpoint in a folder outside the database;
`verify` names every row, entry or file that is not what was signed; `make_proof` gives one row's proof to a
stranger, who checks it with `check_proof` and the public key alone.

Data flows: rows → salted row hashes (`rows`) → one tree per chunk of 1,000 rows → entry (`entry`, `seal`) →
the log's tree (`hashing`) → checkpoint (`checkpoint`, `note`, `signature`) in the `folder`. Verification goes
the other way: `state` (folder), `check_log` (entries), `check_rows` (rows), `diagnose` (what happened),
`problem` (its name). Only salted hashes reach the log: a row deleted with its salt leaves nothing personal
behind."""

from creditloop.evidence.checkpoint import Checkpoint, open_checkpoint
from creditloop.evidence.columns import ColumnsReport, SealedColumn, columns_report
from creditloop.evidence.deletions import DeletedRange, DeletionRecords, EmptiedPlace
from creditloop.evidence.extend import extend
from creditloop.evidence.folder import EvidenceFolder
from creditloop.evidence.problem import CODES, Problem
from creditloop.evidence.proof import ProvenRow, RowProof, check_proof, make_proof, proof_from_text
from creditloop.evidence.seal import Sealed, seal_batch, seal_batches
from creditloop.evidence.signature import (
    Ed25519Signer,
    Ed25519Verifier,
    Signer,
    Verifier,
    signer_from_text,
    verifier_from_text,
)
from creditloop.evidence.sm2 import (
    Sm2CosignatureSigner,
    Sm2Signer,
    Sm2Verifier,
    require_sm2,
    sm2_cosignature_signer_from_text,
    sm2_cosignature_verifier_from_text,
    sm2_signer_from_text,
    sm2_verifier_from_text,
)
from creditloop.evidence.verify import Verification, verify

__all__ = [
    "CODES",
    "Checkpoint",
    "ColumnsReport",
    "DeletedRange",
    "DeletionRecords",
    "Ed25519Signer",
    "Ed25519Verifier",
    "EmptiedPlace",
    "EvidenceFolder",
    "Problem",
    "ProvenRow",
    "RowProof",
    "Sealed",
    "SealedColumn",
    "Signer",
    "Sm2CosignatureSigner",
    "Sm2Signer",
    "Sm2Verifier",
    "Verification",
    "Verifier",
    "check_proof",
    "columns_report",
    "extend",
    "make_proof",
    "open_checkpoint",
    "proof_from_text",
    "require_sm2",
    "seal_batch",
    "seal_batches",
    "signer_from_text",
    "sm2_cosignature_signer_from_text",
    "sm2_cosignature_verifier_from_text",
    "sm2_signer_from_text",
    "sm2_verifier_from_text",
    "verifier_from_text",
    "verify",
]
