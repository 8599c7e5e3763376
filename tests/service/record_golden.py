"""Record the demo's golden result anew: `python -m tests.service.record_golden`; then read the difference.

It runs on a database of its own, on the server of CREDITLOOP_TEST_DATABASE_URL or on the embedded one.
"""

import os
import tempfile
import uuid
from pathlib import Path

import psycopg
from psycopg import sql
from tests.service.banks import URL
from tests.service.test_demo import GOLDEN, REPOSITORY, golden_of, result_of

from creditloop.kernel.storage.server import default_state_folder, ensure_running
from creditloop.service.bank import open_bank
from creditloop.service.places import Places


def main() -> None:
    """Run the demo on a fresh database and write its result where the test looks."""
    state = default_state_folder(os.environ, is_root=os.geteuid() == 0)
    server_url = (
        os.environ.get("CREDITLOOP_TEST_DATABASE_URL")
        or ensure_running(state=state, environment=os.environ).url
    )
    database = f"golden_{uuid.uuid4().hex}"
    name = sql.Identifier(database)
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            url = psycopg.conninfo.make_conninfo(server_url, dbname=database)
            places = Places(documents=REPOSITORY, state=Path(folder) / "state", environment={URL: url})
            GOLDEN.write_text(golden_of(result_of(open_bank(places=places))), encoding="utf-8")
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


if __name__ == "__main__":
    main()
