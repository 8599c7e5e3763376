"""A party's node of the evidence network as a process (存证节点进程): `creditloop evidence node …`.

The state machine is `evidence.network.node`; here are its surroundings. `folder` says who the node is and
whom it knows (`card`, `key_file`, `certificates`, `signed_files` stand in it), `store` keeps its logs in a
database of its own and what was refused within `audit_limit`, `peers` carries its messages, `running` gives
it one thread, `app` and `witness` answer HTTP, `serving` runs it all, `client` is the bank's own side of the
line, `reading` what it says of a loan, `log_reading` of its logs, `checking` holds its store against the
keys, `rotating` changes these.

Data flows: HTTPS → app → the node's thread → store, signed files → answer; peers → HTTPS to the others.
"""

from creditloop.service.evidence_node.app import AuditText
from creditloop.service.evidence_node.card import Card
from creditloop.service.evidence_node.checking import NODE_CODES, NodeCheck, NodeProblem, check_store
from creditloop.service.evidence_node.client import NODE, NodeClient, open_node_client
from creditloop.service.evidence_node.folder import (
    EMBEDDED,
    NodeFolder,
    OwnKeys,
    create_folder,
    read_card,
)
from creditloop.service.evidence_node.following import Followed, Follower
from creditloop.service.evidence_node.log_reading import (
    ROUNDS_MAX,
    LogsText,
    RoundsText,
    RoundSummary,
    VerdictSummary,
    WaitingBatch,
    log_state,
)
from creditloop.service.evidence_node.reading import loan_end, loan_text
from creditloop.service.evidence_node.rotating import check_new_cards, rotate_keys
from creditloop.service.evidence_node.rules import RULES, FormOnly, rules_named
from creditloop.service.evidence_node.running import RunningNode
from creditloop.service.evidence_node.serving import node_database, run_node
from creditloop.service.evidence_node.signed_files import SignedFiles
from creditloop.service.evidence_node.store import NODE_ROOMS, NodeStore
from creditloop.service.evidence_node.witness import read_add_checkpoint

__all__ = [
    "EMBEDDED",
    "NODE",
    "NODE_CODES",
    "NODE_ROOMS",
    "ROUNDS_MAX",
    "RULES",
    "AuditText",
    "Card",
    "Followed",
    "Follower",
    "FormOnly",
    "LogsText",
    "NodeCheck",
    "NodeClient",
    "NodeFolder",
    "NodeProblem",
    "NodeStore",
    "OwnKeys",
    "RoundSummary",
    "RoundsText",
    "RunningNode",
    "SignedFiles",
    "VerdictSummary",
    "WaitingBatch",
    "check_new_cards",
    "check_store",
    "create_folder",
    "loan_end",
    "loan_text",
    "log_state",
    "node_database",
    "open_node_client",
    "read_add_checkpoint",
    "read_card",
    "rotate_keys",
    "rules_named",
    "run_node",
]
