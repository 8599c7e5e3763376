"""The evidence network (存证网络): what several parties' logs say, so that anyone can check it.

A log's operator signs a checkpoint of its tree; the other parties' nodes hold the same records and cosign it,
each with its own time (`cosignature`). Which log and how many cosigners a reader trusts is a policy file he
got beforehand (`policy`). A record's proof is one text file (`tlog_proof`): its place, its path to the root,
the checkpoint with all signatures. The forms are those of C2SP, so that other people's tools read them.

Data flows: record → leaf hash → tree → signed checkpoint → cosignatures → proof → `check` with the policy.
"""

from creditloop.evidence.network.cosignature import (
    CosignatureSigner,
    CosignatureVerifier,
    Cosigned,
    cosign,
    open_cosigned,
)
from creditloop.evidence.network.policy import (
    Group,
    KnownLog,
    KnownWitness,
    NetworkPolicy,
    majority_policy,
    policy_from_text,
)
from creditloop.evidence.network.tlog_proof import TlogProof, tlog_proof_from_text
from creditloop.evidence.network.tlog_proof import check as check_tlog_proof
from creditloop.evidence.network.tlog_proof import make as make_tlog_proof
from creditloop.evidence.network.tlog_proof import make_many as make_tlog_proofs

__all__ = [
    "CosignatureSigner",
    "CosignatureVerifier",
    "Cosigned",
    "Group",
    "KnownLog",
    "KnownWitness",
    "NetworkPolicy",
    "TlogProof",
    "check_tlog_proof",
    "cosign",
    "majority_policy",
    "make_tlog_proof",
    "make_tlog_proofs",
    "open_cosigned",
    "policy_from_text",
    "tlog_proof_from_text",
]
