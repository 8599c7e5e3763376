"""Steps of the launcher in a process of its own, as root drops to another user first if told.

The argument: {"steps": [...], "state": path, "user": name or null, "variables": {...},
"site": folder to find the wheel in}. Printed: {"result": {...}, "error": record or null}.
"""

import json
import os
import sys
from pathlib import Path

import psycopg
from bench.kill_server import become

from creditloop.kernel.errors import CreditloopError
from creditloop.kernel.storage.server import (
    create_database,
    database_url,
    ensure_running,
    status,
    stop,
)


def main() -> None:
    order = json.loads(sys.argv[1])
    if order.get("site"):
        sys.path.insert(0, order["site"])
    if order.get("user"):
        become(order["user"])
    try:
        result, error = run(order), None
    except CreditloopError as fault:
        result, error = {}, fault.as_record() | {"hint": fault.hint}
    json.dump({"result": result, "error": error}, sys.stdout)


def run(order: dict[str, object]) -> dict[str, object]:
    state = Path(str(order["state"]))
    variables = dict(order.get("variables") or {"PATH": "/usr/bin:/bin"})
    result: dict[str, object] = {"uid": os.geteuid()}
    for step in order["steps"]:
        if step == "up":
            server = ensure_running(state=state, environment=variables)
            result |= {"version": server.version, "origin": server.origin, "pid": server.pid}
            result |= {"started": server.started, "socket_dir": str(server.socket_dir), "url": server.url}
        elif step == "write":
            create_database(server, "trial")
            with psycopg.connect(database_url(server, "trial")) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS mark (at int); INSERT INTO mark VALUES (1)")
                result["marks"] = connection.execute("SELECT count(*) FROM mark").fetchone()[0]
        elif step == "status":
            result["status"] = str(status(state=state).kind)
        elif step == "down":
            result["stopped"] = str(stop(state=state).kind)
    return result


if __name__ == "__main__":
    main()
