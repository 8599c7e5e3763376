"""A party's own systems in the simulated world: they submit batches to its log until they are final."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.faults.network.parties import (
    REFUSED_BY_ALL,
    REFUSED_BY_ONE,
    REFUSED_BY_TWO,
    loan_of,
    record_of,
    submitter_of,
)
from tests.faults.network.process import START, Process

from creditloop.evidence.network.batch import SignedBatch, make_batch
from creditloop.evidence.network.node import Head, Outcome, Stage
from creditloop.evidence.network.record import Record, canonical_form, record_hash, sign_form

if TYPE_CHECKING:
    from tests.faults.network.world import World

DOCUMENTS = ("payout_order",) * 7 + (REFUSED_BY_ALL, REFUSED_BY_TWO, REFUSED_BY_ONE)


@dataclass(kw_only=True)
class Submitter:
    """See the module.

    Attributes:
        batches: how many it has to submit.
        made: every batch ever submitted, by id.
    """

    world: "World"
    process: Process
    batches: int
    current: SignedBatch | None = None
    made: dict[str, SignedBatch] = field(default_factory=dict)
    done: int = 0
    decided: set[str] = field(default_factory=set)

    def go_on(self) -> None:
        """Submit the present batch, again if need be; the next one when it is final."""
        draw, process = self.world.draw, self.process
        self.world.at(self.world.time + draw.randint(200, 2_200), self.go_on)
        if process.node is not None:
            process.run(self._step)

    def _step(self) -> None:
        node = self.process.node
        assert node is not None
        if self.done >= self.batches:
            return
        if self.current is None:
            self.current = self._made()
        name = self.current.header.batch
        standing = node.standing(name)
        if standing.stage is Stage.FINAL:
            self.world.tell(f"{self.process.label}: {name} is final, {len(standing.refused)} refused")
            self.decided.add(name)
            self.current, self.done = None, self.done + 1
            return
        answer = node.submit(canonical_form(self._signed_now(self.current)))
        if answer.outcome is Outcome.ROUND_WRONG:
            # the loan went on without it: another batch is made
            self.world.tell(f"{self.process.label}: {name} {answer.detail}")
            self.current = None
        self.world.watch.submitted(self.process, name, answer)

    def _signed_now(self, batch: SignedBatch) -> SignedBatch:
        """Sign a batch anew if the key was changed since; what is signed stays as it was."""
        signature = sign_form(batch.header, signer=submitter_of(self.process.name, self.process.generation))
        return SignedBatch(header=batch.header, records=batch.records, signature=signature)

    def _made(self) -> SignedBatch:
        draw, process = self.world.draw, self.process
        node = process.node
        assert node is not None
        at = START + timedelta(milliseconds=self.world.time)
        heads: dict[str, Head] = {}
        records: list[Record] = []
        name = f"{process.label}-{len(self.made)}"
        for number in range(draw.randint(1, 4)):
            loan = loan_of(process.name, draw.randint(0, 2))
            head = heads.get(loan) or node.head(process.name, loan=loan)
            record = record_of(
                process.name,
                loan=loan,
                head=head,
                at=at,
                document=draw.choice(DOCUMENTS),
                content=f"{name} {number}",
            )
            heads[loan] = Head(record.sequence, record_hash(record.body()))
            records.append(record)
        batch = make_batch(records, batch=name, at=at, signer=submitter_of(process.name, process.generation))
        self.made[name] = batch
        return batch
