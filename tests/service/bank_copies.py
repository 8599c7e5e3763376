"""A bank of one's own, copied from one that was made once: its database, its folder, its evidence."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql
from tests.databases import copy_database
from tests.service.small_bank import places_of

from creditloop.evidence import EvidenceFolder
from creditloop.service.bank import Bank


@contextmanager
def database_like(server_url: str, original: str) -> Iterator[str]:
    """Copy a database for a while; give its address."""
    name = f"copy_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        copy_database(server, name, original=original)
        yield psycopg.conninfo.make_conninfo(server_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def bank_like(original: Bank, *, folder: Path, server_url: str) -> Iterator[Bank]:
    """Copy a bank into another folder for a while, with a database of its own."""
    shutil.copytree(original.places.documents.parent, folder, dirs_exist_ok=True)
    with database_like(server_url, original.evidence.path.name) as url:
        evidence = folder / "state" / "evidence" / name_of(url)
        (evidence.parent / original.evidence.path.name).rename(evidence)
        yield replace(original, url=url, places=places_of(folder, url), evidence=EvidenceFolder(evidence))


def name_of(url: str) -> str:
    """Return the name of the database at an address."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
