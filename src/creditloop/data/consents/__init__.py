"""Consent (授权): what a party allowed, what it took back, and what of it is live at an instant.

`record_consent` takes a record (`records`): consent given, or withdrawn, for sources (by the names of their
contracts) and purposes, with its wording, its channel and where the evidence of it is. Records are never
changed; a withdrawal ends all that was given before it, and only what is given later is live again.
Many at once are taken by `record_consents` (`bulk`), as `read_consent_file` (`files`) reads them.
`cover_states` derives what holds of a party, `consenting_parties` asks the database who consents to a source.
The door (`data.access`) asks in the very statement that reads the rows, so a withdrawal stops the next read.
"""

from creditloop.data.consents.bulk import BulkRecorded, record_consents
from creditloop.data.consents.files import ConsentFile, read_consent_file
from creditloop.data.consents.live import (
    CoverState,
    LiveState,
    consenting_parties,
    consenting_query,
    cover_states,
)
from creditloop.data.consents.records import (
    ConsentGiven,
    ConsentRecord,
    ConsentWithdrawn,
    RecordedConsent,
    consent_records,
    record_consent,
)

__all__ = [
    "BulkRecorded",
    "ConsentFile",
    "ConsentGiven",
    "ConsentRecord",
    "ConsentWithdrawn",
    "CoverState",
    "LiveState",
    "RecordedConsent",
    "consent_records",
    "consenting_parties",
    "consenting_query",
    "cover_states",
    "read_consent_file",
    "record_consent",
    "record_consents",
]
