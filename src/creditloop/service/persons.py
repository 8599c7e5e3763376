"""Who acts for the bank (经办人): a person it has let in, or a script, which is then marked as one.

The console and the HTTP API know who acts: whoever signed in, or holds the key. At the command line somebody
is named; the name must be the login of a person who may do this, or the act is marked simulated.
"""

from creditloop.kernel.errors import UnknownId
from creditloop.service.doors import NotAllowed, check_allowed, find_person
from creditloop.service.work import Work


def acting_person(work: Work, *, name: str, action: str, simulated: bool) -> str:
    """Return under which name somebody acts: the login of a person who may, or the name in a script.

    Args:
        action: one of `doors.ACTIONS`.
        simulated: the person is made up; the name is taken as it stands.
    Raises: UnknownId if the bank has no such person; NotAllowed if it is one who may not.
    """
    if simulated:
        return name
    try:
        person = find_person(work.connection, login=name.strip())
    except UnknownId as error:
        raise UnknownId(
            "the bank has no person with this login",
            got=name,
            hint="creditloop people add lets one in; --simulated marks the act as made up",
        ) from error
    if not person.active:
        raise NotAllowed("this person is let in no more", got=person.login)
    check_allowed(person, action)
    return person.login
