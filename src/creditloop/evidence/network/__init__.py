"""The evidence network (存证网络): what several parties' logs say, so that anyone can check it.

What a party did is a `record`, signed by whoever submits it in a `batch`, judged by each other party's node
in a signed `verdict` (`node`). A log's operator signs a checkpoint of its tree; the others hold the same
records and cosign it, each with its own time (`cosignature`). Which log and how many cosigners a reader
trusts is a policy file he got beforehand (`policy`). A record's proof is one text file (`tlog_proof`): its
place, its path to the root, the checkpoint with all signatures. The forms are those of C2SP.

Data flows: record → batch → verdicts → tree → checkpoint → cosignatures → proof → `check` with the policy.
"""

from creditloop.evidence.network.batch import (
    BATCH_BYTES_MAX,
    BATCH_RECORDS_MAX,
    SignedBatch,
    SignedHeader,
    check_header,
    make_batch,
    open_batch,
    read_batch,
)
from creditloop.evidence.network.canonical_base64 import decoded as base64_bytes
from creditloop.evidence.network.cosignature import (
    CosignatureSigner,
    CosignatureVerifier,
    Cosigned,
    cosign,
    open_cosigned,
    unverified_checkpoint,
)
from creditloop.evidence.network.light import Consistency, ForkShown, LightLog
from creditloop.evidence.network.policy import (
    Group,
    KnownLog,
    KnownWitness,
    NetworkPolicy,
    NotePolicy,
    majority_policy,
    policy_from_text,
)
from creditloop.evidence.network.record import (
    NO_RECORD,
    Count,
    DocumentCommitment,
    Hex,
    Instant,
    Lane,
    Name,
    Record,
    RecordKind,
    Refusal,
    RefusedError,
    Signature,
    Slug,
    canonical_form,
    instant_text,
    is_signed,
    moment_from_text,
    read_form,
    read_record,
    record_hash,
    sign_form,
)
from creditloop.evidence.network.tlog_proof import TlogProof, tlog_proof_from_text
from creditloop.evidence.network.tlog_proof import check as check_tlog_proof
from creditloop.evidence.network.tlog_proof import make as make_tlog_proof
from creditloop.evidence.network.tlog_proof import make_many as make_tlog_proofs
from creditloop.evidence.network.verdict import (
    Objection,
    SignedVerdict,
    Verdict,
    check_verdict,
    read_verdict,
)

__all__ = [
    "BATCH_BYTES_MAX",
    "BATCH_RECORDS_MAX",
    "NO_RECORD",
    "Consistency",
    "CosignatureSigner",
    "CosignatureVerifier",
    "Cosigned",
    "Count",
    "DocumentCommitment",
    "ForkShown",
    "Group",
    "Hex",
    "Instant",
    "KnownLog",
    "KnownWitness",
    "Lane",
    "LightLog",
    "Name",
    "NetworkPolicy",
    "NotePolicy",
    "Objection",
    "Record",
    "RecordKind",
    "Refusal",
    "RefusedError",
    "Signature",
    "SignedBatch",
    "SignedHeader",
    "SignedVerdict",
    "Slug",
    "TlogProof",
    "Verdict",
    "base64_bytes",
    "canonical_form",
    "check_header",
    "check_tlog_proof",
    "check_verdict",
    "cosign",
    "instant_text",
    "is_signed",
    "majority_policy",
    "make_batch",
    "make_tlog_proof",
    "make_tlog_proofs",
    "moment_from_text",
    "open_batch",
    "open_cosigned",
    "policy_from_text",
    "read_batch",
    "read_form",
    "read_record",
    "read_verdict",
    "record_hash",
    "sign_form",
    "tlog_proof_from_text",
    "unverified_checkpoint",
]
