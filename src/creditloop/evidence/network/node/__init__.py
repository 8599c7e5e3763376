"""A node of the evidence network (存证节点), pure of HTTP and database: a validating mirror with ports.

`Node` is one party's: it runs the party's own log (`operator`) and mirrors all others' (`mirror`). A batch
is proposed, judged by the others with signed verdicts, appended as a `round` that proves itself, cosigned,
and final at a quorum of the others. What a node lacks it gets by root first, records then (`catch_up`); what
it knows it tells (`gossip`); whoever signs two things that cannot both be honest is proven (`contradiction`).

Data flows: `messages` → `node` → `mirror` or `operator` → `state` (in mind) and `ports` (store, memory of
what was signed, clock, the bank's rules, the way to others). `parties` has the keys.
"""

from creditloop.evidence.network.node.context import Ports, Timing
from creditloop.evidence.network.node.contradiction import (
    Contradiction,
    Fork,
    TwoBatches,
    check_contradiction,
    read_contradiction,
)
from creditloop.evidence.network.node.messages import (
    MESSAGE_BYTES_MAX,
    OUTCOME_OF,
    STATUS,
    Answer,
    Append,
    Gossip,
    Outcome,
    Propose,
    message_bytes,
    read_answer,
    read_request,
)
from creditloop.evidence.network.node.node import LogStatus, Node, NodeStatus
from creditloop.evidence.network.node.operator import Stage, Standing
from creditloop.evidence.network.node.parties import (
    FormerKeys,
    Network,
    NodeKeys,
    NodeSm2Keys,
    Party,
    PartyKeys,
    Sm2Keys,
)
from creditloop.evidence.network.node.ports import (
    Audit,
    AuditLine,
    Clock,
    LastSigned,
    LogNotes,
    Peers,
    Preconditions,
    Signed,
    Store,
    StoredRound,
)
from creditloop.evidence.network.node.round import OpenRound, Round, open_round, read_round
from creditloop.evidence.network.node.state import Extension, Head, LogState

__all__ = [
    "MESSAGE_BYTES_MAX",
    "OUTCOME_OF",
    "STATUS",
    "Answer",
    "Append",
    "Audit",
    "AuditLine",
    "Clock",
    "Contradiction",
    "Extension",
    "Fork",
    "FormerKeys",
    "Gossip",
    "Head",
    "LastSigned",
    "LogNotes",
    "LogState",
    "LogStatus",
    "Network",
    "Node",
    "NodeKeys",
    "NodeSm2Keys",
    "NodeStatus",
    "OpenRound",
    "Outcome",
    "Party",
    "PartyKeys",
    "Peers",
    "Ports",
    "Preconditions",
    "Propose",
    "Round",
    "Signed",
    "Sm2Keys",
    "Stage",
    "Standing",
    "Store",
    "StoredRound",
    "Timing",
    "TwoBatches",
    "check_contradiction",
    "message_bytes",
    "open_round",
    "read_answer",
    "read_contradiction",
    "read_request",
    "read_round",
]
