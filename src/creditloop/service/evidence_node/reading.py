"""What a node says of a loan (借据存证查询): its records with proofs, and a signed statement of their end."""

from collections.abc import Sequence

import msgspec

from creditloop.evidence.network import Lane, SignedVerdict, TlogProof, instant_text, tlog_proof_from_text
from creditloop.evidence.network.node import Head, Node
from creditloop.evidence.package import (
    NO_CHALLENGE,
    BatchShare,
    ChainEnd,
    LoanEnd,
    LoanOnLog,
    LogEnd,
    ProvenRecord,
    SignedLoanEnd,
    loan_on_log,
    sign_loan_end,
)
from creditloop.kernel.errors import StateError


class _Proven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    body: msgspec.Raw
    proof: str
    share: BatchShare | None


class LoanText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A loan's records on one log as they are sent."""

    origin: str
    steps: tuple[_Proven, ...]
    objections: tuple[_Proven, ...]
    verdicts: tuple[SignedVerdict, ...]

    def content(self) -> LoanOnLog:
        """Return what a package is made from; nothing of it is checked here.

        Raises: EvidenceError if a proof is not in its form.
        """
        return LoanOnLog(
            origin=self.origin,
            steps=[_record(one) for one in self.steps],
            objections=[_record(one) for one in self.objections],
            verdicts=self.verdicts,
        )


def loan_text(node: Node, *, origin: str, loan: str) -> LoanText:
    """Collect a loan's final records on a log, with proofs under its last final checkpoint.

    Raises: UnknownId if there is no such log; StateError while records of the loan are not final yet.
    """
    final = node.checkpoint(origin)
    size = node.final_size(origin)

    def prove(indexes: Sequence[int]) -> Sequence[TlogProof]:
        if max(indexes) >= size:
            raise StateError("a record of the loan is not final yet", got=max(indexes), where={"log": origin})
        return [
            TlogProof(
                index=index, path=tuple(node.inclusion(origin, index=index, size=size)), checkpoint=final
            )
            for index in indexes
        ]

    found = loan_on_log(origin=origin, loan=loan, rounds=node.loan_rounds(origin, loan=loan), prove=prove)
    return LoanText(
        origin=origin,
        steps=tuple(map(_proven, found.steps)),
        objections=tuple(map(_proven, found.objections)),
        verdicts=tuple(found.verdicts),
    )


def _proven(record: ProvenRecord) -> _Proven:
    return _Proven(body=msgspec.Raw(record.body), proof=record.proof.text(), share=record.share)


def _record(sent: _Proven) -> ProvenRecord:
    return ProvenRecord(body=bytes(sent.body), proof=tlog_proof_from_text(sent.proof), share=sent.share)


def loan_end(node: Node, *, loan: str, challenge: str = NO_CHALLENGE) -> SignedLoanEnd:
    """Sign where a loan's chains end on every log, as this node holds them now.

    Args:
        challenge: 64 hexadecimal digits of whoever asks.

    Of a log that forked the node states what it held when that was proven: one party that forks its log
    does not take the evidence away from all loans. Readers see the fork where nodes hold different roots.

    Raises: StateError if a log here is damaged or not recovered yet: the node cannot speak for it.
    """
    context = node.context
    logs = []
    for origin in context.network.names:
        state = context.states[origin]
        if state.damaged or state.target is not None or not context.may_sign(state):
            raise StateError("a log of this node is not whole", got=origin)
        ends = {lane: _chain_end(node.head(origin, loan=loan, lane=lane)) for lane in Lane}
        logs.append(
            LogEnd(
                objections=ends[Lane.OBJECTIONS],
                origin=origin,
                root=state.tree.root().hex(),
                size=state.size,
                steps=ends[Lane.STEPS],
            )
        )
    end = LoanEnd(
        at=instant_text(context.ports.clock.now()),
        challenge=challenge,
        kind="loan_end",
        loan=loan,
        logs=tuple(logs),
        node=context.name,
        v=1,
    )
    return sign_loan_end(end, signer=context.keys.judge)


def _chain_end(head: Head) -> ChainEnd:
    return ChainEnd(hash=head.hash, sequence=head.sequence)
