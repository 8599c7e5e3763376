"""Duties are kept apart: the table is read as a whole."""

from dataclasses import dataclass

import pytest

from creditloop.kernel.errors import InputError
from creditloop.service.doors import ACTIONS, ROLES, NotAllowed, check_allowed, roles_allow


@dataclass
class Somebody:
    roles: tuple[str, ...]
    login: str = "chen"


def test_every_role_may_do_something_and_every_action_has_somebody() -> None:
    assert set().union(*ACTIONS.values()) == set(ROLES)
    assert all(ACTIONS.values())
    assert all(role.zh and role.en for role in ROLES.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("propose_change", "approve_change"),
        ("manage_people", "see_customer"),
        ("note_contact", "decide_review"),
    ],
)
def test_duties_that_are_kept_apart(one: str, other: str) -> None:
    assert ACTIONS[one].isdisjoint(ACTIONS[other])


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_and_who_may_not(action: str) -> None:
    for role in ROLES:
        somebody = Somebody((role,))
        if role in ACTIONS[action]:
            assert roles_allow(somebody, action)
            check_allowed(somebody, action)
        else:
            assert not roles_allow(somebody, action)
            with pytest.raises(NotAllowed) as caught:
                check_allowed(somebody, action)
            assert caught.value.where == {"action": action, "person": "chen"}


def test_of_several_roles_one_is_enough_and_of_none_nothing_follows() -> None:
    assert roles_allow(Somebody(("admin", "collector")), "note_contact")
    assert not roles_allow(Somebody(()), "see_overview")
    with pytest.raises(InputError, match="no such action"):
        roles_allow(Somebody(("admin",)), "everything")
