"""Who may do what in the bank (岗位与权限): the whole table, in one place.

Duties are kept apart: who proposes a change never approves it, who manages people sees no customer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from creditloop.kernel.errors import InputError
from creditloop.service.doors.refusals import NotAllowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role's name on screens."""

    zh: str
    en: str


ROLES: Mapping[str, Role] = {
    "strategist": Role(zh="策略岗", en="strategist"),
    "modeller": Role(zh="建模岗", en="modeller"),
    "approver": Role(zh="审批岗", en="approver"),
    "postloan": Role(zh="贷后岗", en="post-loan officer"),
    "collector": Role(zh="清收岗", en="collector"),
    "auditor": Role(zh="审计岗", en="auditor"),
    "admin": Role(zh="系统管理岗", en="administrator"),
}
"""The roles a person may have, several at once."""

ACTIONS: Mapping[str, frozenset[str]] = {
    "see_overview": frozenset(ROLES),
    "see_customer": frozenset({"approver", "postloan", "collector", "auditor"}),
    "see_decision": frozenset({"strategist", "approver", "postloan", "auditor"}),
    "see_reviews": frozenset({"strategist", "approver", "auditor"}),
    "decide_review": frozenset({"approver"}),
    "see_warnings": frozenset({"strategist", "postloan", "auditor"}),
    "see_cases": frozenset({"postloan", "collector", "auditor"}),
    "note_contact": frozenset({"collector"}),
    "close_break": frozenset({"postloan", "approver"}),
    "see_models": frozenset({"strategist", "modeller", "approver", "auditor"}),
    "validate_model": frozenset({"modeller"}),
    "propose_change": frozenset({"strategist", "modeller"}),
    "approve_change": frozenset({"approver"}),
    "verify_evidence": frozenset({"auditor", "admin"}),
    "see_evidence_network": frozenset({"approver", "postloan", "auditor", "admin"}),
    "manage_people": frozenset({"admin"}),
    "manage_keys": frozenset({"admin"}),
}
"""What is done, and the roles that may do it."""


class HasRoles(Protocol):
    """Whoever has a login and roles."""

    @property
    def login(self) -> str:
        """The name signed in with."""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles in force."""


def roles_allow(person: HasRoles, action: str) -> bool:
    """Return whether one of a person's roles may do an action.

    Raises: InputError if the table has no such action.
    """
    if action not in ACTIONS:
        raise InputError("no such action", got=action, expected=sorted(ACTIONS))
    return not ACTIONS[action].isdisjoint(person.roles)


def check_allowed(person: HasRoles, action: str) -> None:
    """Refuse an action that none of a person's roles may do.

    Raises: NotAllowed naming the action and the roles that may.
    """
    if not roles_allow(person, action):
        raise NotAllowed(
            "none of your roles may do this",
            got=", ".join(person.roles),
            expected=" or ".join(sorted(ACTIONS[action])),
            where={"action": action, "person": person.login},
        )


def read_roles(names: Sequence[str]) -> tuple[str, ...]:
    """Return roles in the order of `ROLES`, each once.

    Raises: InputError for none, or a name that is no role.
    """
    unknown = sorted(set(names) - set(ROLES))
    if unknown or not names:
        raise InputError("not the roles of a person", got=unknown or "none", expected=list(ROLES))
    return tuple(role for role in ROLES if role in names)
