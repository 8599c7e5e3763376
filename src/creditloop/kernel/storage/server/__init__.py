"""The embedded PostgreSQL: found, made, started, stopped.

For trial, tests and a single branch; a bank names its own server in CREDITLOOP_DATABASE_URL and nothing here
starts. `ensure_running` takes a state folder and the environment's variables and returns a `Server` that
answered; `database_url` and `create_database` lead from there to a database.

How a start flows: `binaries` chooses a PostgreSQL, `account` the user it runs as, `reachable` lets that user
run it, `folders` says where things stand and who may enter, `cluster` makes the data folder, `process`
launches and asks, `launcher` holds the order and the ifs. `locks` keeps one start at a time and knows when
the last process of a killed server is gone; `running` reads the operating system's processes; `logs` keeps
the log small; `database` is the server as the rest of the product sees it. Linux is tested; macOS runs the
same code and is untested.
"""

from creditloop.kernel.storage.server.database import Server, create_database, database_url
from creditloop.kernel.storage.server.folders import default_state_folder, make_state_folder
from creditloop.kernel.storage.server.launcher import Status, StatusKind, ensure_running, status, stop
from creditloop.kernel.storage.server.process import StopKind, Stopped

__all__ = [
    "Server",
    "Status",
    "StatusKind",
    "StopKind",
    "Stopped",
    "create_database",
    "database_url",
    "default_state_folder",
    "ensure_running",
    "make_state_folder",
    "status",
    "stop",
]
