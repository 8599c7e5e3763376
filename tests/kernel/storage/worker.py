"""A worker process of the outbox tests: delivers until nothing is left, or stops within an act.

Arguments: database address, the moment it is told to be (ISO), number of the act to stop in (0: none).
"""

import json
import sys
import time
from datetime import datetime

from creditloop.kernel.facts import Fact
from creditloop.kernel.storage import Connection, Subscription, connect, deliver


def main(url: str, moment: str, stop_at: str) -> None:
    """Deliver in small lots and print what was done."""
    acts = 0

    def act(connection: Connection, fact: Fact, subscriber: str) -> None:
        nonlocal acts
        acts += 1
        connection.execute("INSERT INTO public.effect VALUES (%s, %s)", (subscriber, fact.key))
        if acts == int(stop_at):
            print("acting", flush=True)  # noqa: T201 -- the test reads it
            time.sleep(60)

    subscriptions = [
        Subscription(
            subscriber=name,
            kind="MonthPosted",
            act=lambda connection, fact, name=name: act(connection, fact, name),
        )
        for name in ("book", "watch")
    ]
    total = {"done": 0, "failed": 0}
    with connect(url) as connection:
        while any(
            lot := deliver(
                connection, subscriptions=subscriptions, most=20, now=datetime.fromisoformat(moment)
            )
        ):
            total = {"done": total["done"] + lot[0], "failed": total["failed"] + lot[1]}
    print(json.dumps(total))  # noqa: T201 -- the test reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
