"""People a bank has let in."""

from creditloop.service.bank import Bank
from creditloop.service.doors import Person, create_person

PASSWORD = "correct horse battery"


def let_in(bank: Bank, login: str, *roles: str) -> Person:
    """Let a person in; the screen's name is the login."""
    with bank.work() as work:
        person = create_person(
            work.connection,
            login=login,
            display_name=login,
            roles=roles,
            password=PASSWORD,
            by="test",
            now=work.now,
        )
        work.recorded(person.batch_id)
    return person
