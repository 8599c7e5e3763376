"""Hundreds of attacks by someone who owns the whole database, but not the key and the folder outside it.

Every attack is drawn from a seed, carried out with triggers and foreign keys switched off, and must be found
and named: the problem's place is the place attacked, and nothing else is accused. Between attacks nothing is
found.
"""

import os
import random
from collections.abc import Sequence

import pytest
from attacker import Attacker
from attacks import ATTACKS

from creditloop.evidence import verify

BLOCKS = int(os.environ.get("CREDITLOOP_TAMPERING_BLOCKS", "5"))
"""A hundred attacks each: `CREDITLOOP_TAMPERING_BLOCKS=100` makes ten thousand."""
ATTACKS_PER_BLOCK = 100


@pytest.fixture
def database(standing_database):
    return standing_database


@pytest.fixture
def world(standing_world):
    return standing_world


@pytest.mark.outside
@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_attack_is_found_and_named(database, world, block, monkeypatch):
    # windows so small that attacks fall on their borders, too
    monkeypatch.setattr("creditloop.evidence.check_rows._WINDOW_CHUNKS", (256, 2)[block % 2])
    draw = random.Random(f"tampering {block}")
    for number, attack in enumerate(plan(draw, ATTACKS_PER_BLOCK)):
        with database.transaction(force_rollback=True):
            attacker = Attacker(database, world, draw)
            target = attack(attacker)
            problems = verify(database, folder=world.folder, tables=world.tables).problems
        named = [problem for problem in problems if target.is_named_by(problem)]
        assert named, f"{attack.__name__}: {target} is not named by {problems}"
        others = [problem for problem in problems if not target.may_be_named_by(problem)]
        assert not others, f"{attack.__name__}: {target}, but also {others}"
        if number % 4 == 0:
            assert verify(database, folder=world.folder, tables=world.tables).problems == ()
        database.rollback()


def plan(draw: random.Random, count: int) -> Sequence:
    """Attacks in random order, every one of the catalogue as often as any other."""
    rounds = [draw.sample(ATTACKS, len(ATTACKS)) for _ in range(-(-count // len(ATTACKS)))]
    return [attack for one in rounds for attack in one][:count]


def test_the_catalogue_covers_every_column(world, database):
    """Every column of the listed tables and of the log's own is edited by some attack."""
    edited = {
        attack.__name__.removeprefix("edit ") for attack in ATTACKS if attack.__name__.startswith("edit ")
    }
    rows = database.execute(
        "SELECT table_schema || '.' || table_name || '.' || column_name FROM information_schema.columns"
        " WHERE table_schema IN ('sealed_example', 'evidence')"
    ).fetchall()
    assert edited == {name for (name,) in rows} - {"sealed_example.letter.arrival"}
