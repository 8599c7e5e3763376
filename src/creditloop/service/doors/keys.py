"""API keys (接口密钥): `cl_<id>_<secret>`; the id is public, of the secret only the SHA-256 is kept."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from creditloop.kernel.canonical import canonical_bytes
from creditloop.kernel.dates import check_aware
from creditloop.kernel.errors import InputError, UnknownId
from creditloop.kernel.ids import content_id
from creditloop.kernel.storage import Connection, load_queries
from creditloop.service.doors.people import SQL
from creditloop.service.doors.refusals import NotAllowed, NotSignedIn

SCOPES: Mapping[str, str] = {
    "decisions:write": "ask for a decision 申请决策",
    "decisions:read": "read decisions with their working 读取决策及过程",
    "customers:read": "read customers and balances 读取客户与余额",
    "warnings:read": "read warnings 读取预警",
    "cases:read": "read the collection queue 读取催收案件",
    "cases:write": "note complaints 登记投诉",
    "reviews:read": "read the review queue 读取人工复核队列",
    "reviews:write": "decide reviews 作出人工复核决定",
    "loans:quote": "read loan products, quote loans 读取贷款产品与试算",
    "loans:read": "read loans: plan, balances, payoff, statement, events 读取借据",
    "loans:write": "open loans, book repayments 开立借据与还款入账",
    "loans:service": "change loans: charges, terms, write-off, undo events 贷后变更与冲正",
    "evidence:read": "read proofs and checkpoints 读取存证证明与检查点",
}
"""What a key may be for."""
_KEY = re.compile(r"cl_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", re.ASCII)
_HOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_REASON_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as in force.

    Attributes:
        key_id: its public part.
        holder: the program or partner that uses it; the reader in the log of reads.
        scopes: see `SCOPES`.
        revoked_at: when it ended; None while it is good.
    """

    key_id: str
    holder: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    revoked_reason: str | None

    @property
    def batch_id(self) -> UUID:
        """The batch of the row that says what it says now: its end, or its beginning."""
        return content_id("api_key" if self.revoked_at is None else "api_key_revocation", self.key_id)


def create_key(
    connection: Connection, *, holder: str, scopes: Sequence[str], by: str, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key; the text returned is the key itself, and this is the only time it is seen.

    Raises: InputError for a holder or scopes that cannot be.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputError("not what a key may be for", got=unknown or "none", expected=list(SCOPES))
    if not _HOLDER.fullmatch(holder):
        raise InputError("not a holder's name", got=repr(holder), expected="1 to 64 of A-Z a-z 0-9 . _ -")
    key = ApiKey(
        key_id=secrets.token_hex(8),
        holder=holder,
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        created_at=check_aware(now, name="now"),
        revoked_at=None,
        revoked_reason=None,
    )
    secret = secrets.token_urlsafe(32)
    load_queries(SQL).insert_key(
        connection,
        batch_id=key.batch_id,
        key_id=key.key_id,
        holder=holder,
        scopes=canonical_bytes(key.scopes).decode(),
        secret_sha256=_sha256(secret),
        created_by=by,
        created_at=key.created_at,
    )
    return key, f"cl_{key.key_id}_{secret}"


def revoke_key(connection: Connection, *, key_id: str, reason: str, by: str, now: datetime) -> ApiKey:
    """End a key; a repeat returns the first end.

    Raises: UnknownId; InputError without a reason.
    """
    if not 1 <= len(reason.strip()) <= _REASON_MAX:
        raise InputError("ending a key needs a reason", got=repr(reason[:_REASON_MAX]))
    queries = load_queries(SQL)
    queries.lock_key(connection, key_id=key_id)
    row = queries.find_key(connection, key_id=key_id)
    if row is None:
        raise UnknownId("no such key", got=key_id)
    key, _ = _read(row)
    if key.revoked_at is not None:
        return key
    ended = replace(key, revoked_at=check_aware(now, name="now"), revoked_reason=reason)
    queries.insert_revocation(
        connection,
        batch_id=ended.batch_id,
        key_id=key_id,
        reason=reason,
        revoked_by=by,
        revoked_at=ended.revoked_at,
    )
    return ended


def find_keys(connection: Connection) -> tuple[ApiKey, ...]:
    """Return every key, ended ones too, oldest first."""
    return tuple(_read(row)[0] for row in load_queries(SQL).find_keys(connection))


def key_of_secret(connection: Connection, *, secret: str) -> ApiKey:
    """Return the key that a caller shows.

    Raises: NotSignedIn if it is none, or one that was revoked; what was shown is not repeated.
    """
    parts = _KEY.fullmatch(secret)
    row = None if parts is None else load_queries(SQL).find_key(connection, key_id=parts[1])
    if parts is None or row is None:
        raise NotSignedIn("this is no key of this bank", expected="cl_<id>_<secret>")
    key, secret_sha256 = _read(row)
    if not hmac.compare_digest(_sha256(parts[2]), secret_sha256):
        raise NotSignedIn("this is no key of this bank", expected="cl_<id>_<secret>")
    if key.revoked_at is not None:
        raise NotSignedIn("this key was revoked", where={"key": key.key_id})
    return key


def check_scope(key: ApiKey, scope: str) -> None:
    """Refuse what a key is not for.

    Raises: NotAllowed naming the scope.
    """
    if scope not in key.scopes:
        raise NotAllowed(
            "this key is not for that", got=", ".join(key.scopes), expected=scope, where={"key": key.key_id}
        )


def _read(row: tuple[str, str, str, str, datetime, datetime | None, str | None]) -> tuple[ApiKey, str]:
    key_id, holder, scopes, secret_sha256, created_at, revoked_at, reason = row
    key = ApiKey(
        key_id=key_id,
        holder=holder,
        scopes=tuple(json.loads(scopes)),
        created_at=created_at,
        revoked_at=revoked_at,
        revoked_reason=reason,
    )
    return key, secret_sha256


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
