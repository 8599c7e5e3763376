"""Announcing a joint loan to a partner (联合贷款通知): what its node must know to agree to the payout.

The partner gets agreement and programme with their salts, over the lenders' own line, and sees for itself
that the commitments on the log are to these. It holds personal data; nothing of it goes to the network.
"""

import hashlib

import msgspec

from creditloop.kernel.errors import StateError, UnknownId
from creditloop.lend.preconditions import AGREEMENT, BORROWER, LENDER, SHARE
from creditloop.service.attesting import AnnouncedLoan, Announcement, Disclosed, find_step_documents
from creditloop.service.loans.awaiting import find_awaiting
from creditloop.service.loans.payout_order import order_from_text
from creditloop.service.work import Work


def announcement_of(work: Work, *, loan_id: str, lender: str) -> str:
    """Return what a lender of a loan is told of it, as JSON text.

    Args:
        lender: its name in the programme.
    Raises: UnknownId if no payout of the loan waits or waited; InputError if it is no lender of it;
        StateError if its documents were deleted.
    """
    awaiting = find_awaiting(work, loan_id=loan_id)
    if awaiting is None:
        raise UnknownId("no payout of this loan waits or waited", got=loan_id)
    order = order_from_text(awaiting.waiting.payout_order)
    order.shares.share(lender)
    parts = dict(zip(order.shares.parties, order.shares.parts(order.terms.principal), strict=True))
    found = {one.name: one for one in find_step_documents(work.connection, awaiting.waiting.step_id)}
    disclosed = []
    for name in (AGREEMENT, SHARE):
        one = found[name]
        if one.salt is None or one.content is None:
            raise StateError("a document of this loan was deleted", got=name, where={"loan": loan_id})
        disclosed.append(Disclosed(name=name, salt=one.salt.hex(), text=one.content.decode()))
    programme = work.adopted(order.document_hash)
    loan = AnnouncedLoan(
        loan=awaiting.pseudonym,
        programme=programme.root.mapping()["colending"].text(),
        product=order.product,
        agreement=found[AGREEMENT].commitment,
        signed_by=(BORROWER, LENDER),
        share=found[SHARE].commitment,
        share_document=hashlib.sha256(disclosed[1].text.encode()).hexdigest(),
        amount_fen=parts[lender],
        documents=tuple(disclosed),
    )
    return msgspec.json.format(msgspec.json.encode(Announcement(loans=(loan,)))).decode() + "\n"
