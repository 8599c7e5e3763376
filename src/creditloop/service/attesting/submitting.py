"""Handing a batch in (提交批次): the bytes that were written down, unless a person has withdrawn them.

Whoever hands a batch in and whoever withdraws it hold the same lock: a batch that is withdrawn is handed in
by nobody any more, whatever was read of it before. The key behind the submitter's name may have been changed
since the batch was made: its header, and with it its id and hash, stays byte for byte, and is signed anew.
"""

from creditloop.evidence import Signer
from creditloop.evidence.network import (
    SignedBatch,
    canonical_form,
    is_signed,
    read_batch,
    sign_form,
)
from creditloop.evidence.network.node import Answer
from creditloop.kernel.storage import load_queries
from creditloop.service.attesting.membership import SQL
from creditloop.service.node_door import NodeDoor
from creditloop.service.work import Work


def hand_in(work: Work, *, batch: str, door: NodeDoor, signer: Signer) -> Answer | None:
    """Submit a batch that was written down; None if it was withdrawn.

    Nobody withdraws it until the transaction ends.

    Raises: SourceError if the node is not there; whether it took the batch is not known then.
    """
    queries = load_queries(SQL)
    queries.lock_batch(work.connection, batch=batch)
    row = queries.find_batch_to_submit(work.connection, batch=batch)
    return None if row is None else door.submit(signed_now(str(row[0]).encode(), signer=signer))


def signed_now(body: bytes, *, signer: Signer) -> bytes:
    """Return a batch signed by the key that its submitter has now.

    Args:
        body: as it was written down; returned as it is if its signature is by this key, or by a submitter of
            another name.
    """
    signed = read_batch(body)
    key = signer.verifier
    if signed.header.submitter != key.name or is_signed(signed.header, signed.signature, keys=[key]):
        return body
    signature = sign_form(signed.header, signer=signer)
    return canonical_form(SignedBatch(header=signed.header, records=signed.records, signature=signature))
