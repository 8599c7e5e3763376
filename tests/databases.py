"""Copies of databases on the tests' server; a thousand tests and more have one of their own."""

import os

import psycopg
from psycopg import sql

STATE = "CREDITLOOP_TEST_STATE"
"""Names the folder of the tests' own server, for all workers; unset where another server was given."""
MEMORY = "/dev/shm"
"""The folder kept in memory, where there is one."""


def copy_database(server: psycopg.Connection[tuple[object, ...]], name: str, *, original: str) -> None:
    """Make a database that is like another; who is connected to that one and does nothing is cut off."""
    server.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [original]
    )
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}").format(
            sql.Identifier(name), sql.Identifier(original), sql.SQL(_strategy())
        )
    )


def _strategy() -> str:
    """Choose how: in memory, copied files take two thirds of the time; on a disk each is waited for."""
    return "FILE_COPY" if os.environ.get(STATE, "").startswith(f"{MEMORY}/") else "WAL_LOG"
