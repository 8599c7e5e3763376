"""The append-only tables of the doors, for whoever seals them; sessions and wrong passwords pass."""

from creditloop.kernel.storage import AppendOnlyTable

TABLES = (
    AppendOnlyTable(
        name="doors.person",
        key=("login", "version"),
        columns=(
            "batch_id",
            "row_no",
            "login",
            "version",
            "display_name",
            "roles",
            "active",
            "password_sha256",
            "changed_by",
            "changed_at",
        ),
        unhashed={
            "password_hash": "a row's proof must not show what a password can be guessed against; its SHA-256"
            " is hashed, and checked at every sign-in"
        },
    ),
    AppendOnlyTable(
        name="doors.api_key",
        key=("key_id",),
        columns=(
            "batch_id",
            "row_no",
            "key_id",
            "holder",
            "scopes",
            "secret_sha256",
            "created_by",
            "created_at",
        ),
    ),
    AppendOnlyTable(
        name="doors.api_key_revocation",
        key=("key_id",),
        columns=("batch_id", "row_no", "key_id", "reason", "revoked_by", "revoked_at"),
    ),
    AppendOnlyTable(
        name="doors.request",
        key=("key_id", "idempotency_key"),
        columns=(
            "batch_id",
            "row_no",
            "key_id",
            "idempotency_key",
            "method",
            "path",
            "body_hash",
            "status",
            "response",
            "answered_at",
        ),
    ),
)
