"""Let everybody act who has to act on what was said, and on what they say in turn."""

from creditloop.kernel.errors import StateError
from creditloop.kernel.storage import ATTEMPTS_MAX, connect, find_open_deliveries
from creditloop.service.bank import Bank


def deliver_chain(bank: Bank) -> None:
    """Deliver open facts, then those that were said in answer, until nothing more can be delivered now."""
    done = 1
    while done:
        done, _ = bank.deliver()


def answer_all(bank: Bank) -> None:
    """Deliver until nobody has anything left to act on, but for what a worker beside us holds.

    Raises: StateError if somebody who has to act on a fact could not: what was done before stays done, and
        the delivery is tried again by `creditloop work`.
    """
    deliver_chain(bank)
    with connect(bank.url) as connection:
        # one without an error is held by a worker, or was by one that was killed a few minutes ago; what was
        # tried too often waits for a person, and holds up nobody else
        waiting = [one for one in find_open_deliveries(connection) if one.attempts < ATTEMPTS_MAX]
    failed = [delivery for delivery in waiting if delivery.last_error]
    if failed:
        raise StateError(
            "what was said could not be answered yet",
            got=failed[0].last_error,
            where={"subscriber": failed[0].subscriber, "fact": failed[0].kind, "key": failed[0].key},
            hint="it is tried again a minute later by: creditloop work",
        )
