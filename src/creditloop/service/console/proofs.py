"""一致性证明: which rows a program was run on, in which targets and engines, what was seen, what differed."""

import json
from collections.abc import Mapping, Sequence

from creditloop.oversight import find_proof, find_versions
from creditloop.service.console.visit import Page, Visit, identifier

_SETTLED = ("true", "false", "value")
"""What a step may have given besides the states that tell why there is no value."""


def show_proof(visit: Visit) -> Page:
    """Show a proof as it is kept, and the versions that rest on it."""
    batch_id = identifier(visit.path["batch_id"], what="proof")
    with visit.reading() as connection:
        proof = find_proof(connection, batch_id=batch_id)
        versions = [one for one in find_versions(connection) if one.proof_batch == batch_id]
    seen = json.loads(proof.seen)
    record = {
        "proof": proof,
        "engines": json.loads(proof.engines),
        "targets": json.loads(proof.targets),
        "answers": _answers(seen),
        "seen": seen,
        "one_sided": sum(len(counts) == 1 for counts in seen.values()),
        "differing": json.loads(proof.first_differences),
        "versions": versions,
    }
    trail = [
        (visit.words("screen.cockpit"), visit.at("/")),
        (visit.words("screen.strategies"), visit.at("/strategies")),
        (visit.words("proof.title", policy=proof.policy), None),
    ]
    return Page(template="proof.html", record=record, trail=trail)


def _answers(seen: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    """Return what was seen of any step, values first, then the states in order of their names."""
    found = {answer for counts in seen.values() for answer in counts}
    return [*(one for one in _SETTLED if one in found), *sorted(found.difference(_SETTLED))]
