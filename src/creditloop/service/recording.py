"""Recording on the evidence network (上链作业): what is pending is sent, what is final is acted on.

`creditloop work` does it every minute, `creditloop evidence network-send` as long as it is told to. A bank
that takes no part, or has no node, has nothing to do here; a node that is away is asked again next time.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from creditloop.evidence import Signer
from creditloop.service.answering import deliver_chain
from creditloop.service.attesting import attest_pending
from creditloop.service.bank import Bank
from creditloop.service.evidence_node import open_node_client
from creditloop.service.loans import lapse_waiting
from creditloop.service.node_door import NodeDoor

_LOOK_EVERY_SECONDS = 0.25
_AT_MOST_SECONDS = 50.0
"""How long the job of a minute goes on while something is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What came of a while of recording.

    Attributes:
        made: batches made.
        final, refused, again: records decided, and those to be proposed again.
        under_way: batches that are not final yet.
        lapsed: payouts whose day was over before their record was final.
        troubles: what the node said to batches it does not take, by batch; a person has to look.
        away: why the node could not be asked the last time; empty if it could.
    """

    made: int
    final: int
    refused: int
    again: int
    under_way: int
    lapsed: int
    troubles: Mapping[str, str]
    away: str


def record_for(
    bank: Bank, *, door: NodeDoor, signer: Signer, seconds: float, until_quiet: bool = False
) -> Recording:
    """Send and write down for so many seconds, at least once; what waited for a final record is paid out.

    Args:
        door: of our own node.
        signer: the submitter's key that the bank takes part with.
        until_quiet: end as soon as nothing is under way.

    Raises: InputError if door or signer is another one than the bank takes part with.
    """
    made = final = refused = again = 0
    until = time.monotonic() + seconds
    while True:
        told = attest_pending(bank, door=door, signer=signer)
        made, final = made + told.made, final + told.final
        refused, again = refused + told.refused, again + told.again
        if told.final or told.refused:
            deliver_chain(bank)
        quiet = bool(told.away) or not (told.made or told.under_way)
        if time.monotonic() >= until or (until_quiet and quiet):
            break
        time.sleep(_LOOK_EVERY_SECONDS)
    with bank.work() as work:
        lapsed = lapse_waiting(work)
    return Recording(
        made=made,
        final=final,
        refused=refused,
        again=again,
        under_way=told.under_way,
        lapsed=lapsed,
        troubles=told.troubles,
        away=told.away,
    )


def record_steps(bank: Bank) -> None:
    """Send what is pending to the bank's own node, if it has one, until nothing is under way."""
    node = open_node_client(bank.places.environment)
    if node is None:
        return
    with closing(node):
        record_for(bank, door=node, signer=node.submitter, seconds=_AT_MOST_SECONDS, until_quiet=True)
