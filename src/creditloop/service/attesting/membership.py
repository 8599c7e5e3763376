"""Whether the bank takes part in the evidence network (入网): under which name, and whose key submits.

It is the bank's own decision and stands in its database: from that moment on steps are noted, whether the
node answers or not. Without it nothing is noted and nothing waits.
"""

import re
from dataclasses import dataclass

from creditloop.evidence import Signer
from creditloop.kernel.errors import InputError
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.node_door import NodeDoor
from creditloop.service.work import Work

SQL = "creditloop.service.attesting"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """How the bank takes part.

    Attributes:
        version: number of the change that made it so, from 1.
        origin: our party's name, the origin of our log.
        submitter: name of the key that signs our batches.
    """

    version: int
    origin: str
    submitter: str


def find_membership(connection: Connection) -> Membership | None:
    """Return how the bank takes part now; None if it does not."""
    row = load_queries(SQL).find_membership(connection)
    if row is None or not row[3]:
        return None
    return Membership(version=row[0], origin=row[1], submitter=row[2])


def check_ours(member: Membership | None, *, door: NodeDoor, signer: Signer) -> None:
    """Check that a node and a key are those the bank takes part with, if it does.

    Raises: InputError if not.
    """
    got = (door.name, signer.verifier.name)
    if member is not None and got != (member.origin, member.submitter):
        raise InputError(
            "the node or the key is not the one the bank takes part with",
            got=" ".join(got),
            expected=f"{member.origin} {member.submitter}",
        )


def join_network(work: Work, *, origin: str, submitter: str, by: str, reason: str) -> Membership:
    """Take part from now on; the same again returns the first.

    Raises: InputError for a name that cannot stand in a record.
    """
    for field, name in (("origin", origin), ("submitter", submitter)):
        if not _NAME.fullmatch(name):
            raise InputError(
                "not a name on the logs",
                got=name[:100],
                expected="1 to 100 of A-Z a-z 0-9 . _ / : -, a letter or digit first",
                where={"field": field},
            )
    load_queries(SQL).lock_membership(work.connection)
    known = find_membership(work.connection)
    if known is not None and (known.origin, known.submitter) == (origin, submitter):
        return known
    return _change(work, origin=origin, submitter=submitter, active=True, by=by, reason=reason)


def leave_network(work: Work, *, by: str, reason: str) -> None:
    """Take part no more: nothing is noted or sent until the bank takes part again; again changes nothing."""
    load_queries(SQL).lock_membership(work.connection)
    known = find_membership(work.connection)
    if known is not None:
        _change(work, origin=known.origin, submitter=known.submitter, active=False, by=by, reason=reason)


def _change(work: Work, *, origin: str, submitter: str, active: bool, by: str, reason: str) -> Membership:
    queries = load_queries(SQL)
    last = queries.find_membership(work.connection)
    version = 1 if last is None else last[0] + 1
    batch_id = content_id("network_membership", version)
    queries.insert_membership(
        work.connection,
        batch_id=batch_id,
        version=version,
        origin=origin,
        submitter=submitter,
        active=active,
        changed_by=by,
        reason=reason,
        changed_at=work.now,
    )
    work.recorded(batch_id)
    return Membership(version=version, origin=origin, submitter=submitter)
