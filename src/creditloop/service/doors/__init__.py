"""Doors (门禁): who may come in, and what a caller asked once.

`people` keeps the bank's people, each change a row; `passwords` their scrypt hashes; `roles` is the one table
of who may do what. `sessions` signs people in and out at the console. `keys` are what programs and partners
show at the HTTP API, each for named scopes. `requests` keeps the first answer to each request that changes
something, so that a repeat gets the same bytes and nothing is done twice. Everything that records is
append-only and sealed; sessions pass. The doors decide only who may ask; what is asked is done elsewhere.
"""

from creditloop.service.doors.keys import (
    SCOPES,
    ApiKey,
    check_scope,
    create_key,
    find_keys,
    key_of_secret,
    revoke_key,
)
from creditloop.service.doors.people import (
    Person,
    close_person,
    create_person,
    find_people,
    find_person,
    set_password,
)
from creditloop.service.doors.refusals import NotAllowed, NotSignedIn
from creditloop.service.doors.requests import FirstAnswer, Request, find_answer, record_answer
from creditloop.service.doors.roles import ACTIONS, ROLES, Role, check_allowed, roles_allow
from creditloop.service.doors.sessions import Session, find_session, form_token, sign_in, sign_out
from creditloop.service.doors.tables import TABLES

__all__ = [
    "ACTIONS",
    "ROLES",
    "SCOPES",
    "TABLES",
    "ApiKey",
    "FirstAnswer",
    "NotAllowed",
    "NotSignedIn",
    "Person",
    "Request",
    "Role",
    "Session",
    "check_allowed",
    "check_scope",
    "close_person",
    "create_key",
    "create_person",
    "find_answer",
    "find_keys",
    "find_people",
    "find_person",
    "find_session",
    "form_token",
    "key_of_secret",
    "record_answer",
    "revoke_key",
    "roles_allow",
    "set_password",
    "sign_in",
    "sign_out",
]
