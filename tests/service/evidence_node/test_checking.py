"""A node's database is attacked by somebody who owns it: every attack is named, an untouched one is whole."""

from pathlib import Path

from msgspec.structs import replace
from tests.faults.network.parties import keys_of
from tests.service.evidence_node.store_attacks import PARTY, attack_many, standing_node

from creditloop.evidence.network.node import read_round
from creditloop.kernel.storage import connect

COUNT = 150


def test_attacks_on_a_nodes_database_are_all_found_and_named(server_url: str, tmp_path: Path) -> None:
    with standing_node(server_url, tmp_path) as standing:
        sorts, missed = attack_many(standing, count=COUNT, seed=1)
    assert missed == []
    assert len(sorts) > 20


def test_our_own_cosignature_is_missed_under_another_signing_of_the_same_checkpoint(
    server_url: str, tmp_path: Path
) -> None:
    """A log signs by SM2, so the same checkpoint may have two signatures; its party helps the attacker."""
    with standing_node(server_url, tmp_path) as standing, connect(standing.url) as connection:
        network = standing.network
        (origin,) = (
            name
            for name, after in connection.execute(
                "SELECT origin, max(after) FROM node.round GROUP BY origin"
            ).fetchall()
            if network.party(name).keys_at(name, after).sm2
        )
        first, body, latest = connection.execute(
            "SELECT first, body, latest FROM node.round JOIN node.note USING (origin)"
            " WHERE origin = %s ORDER BY first DESC LIMIT 1",
            [origin],
        ).fetchone()  # type: ignore[misc]
        round_ = read_round(bytes(body))
        opened = network.opened(origin, latest)
        assert f"{PARTY}/witness" in opened.times
        keys = keys_of(origin, len(network.party(origin).former))
        keys.sign(opened.checkpoint)
        again = keys.sign(opened.checkpoint)
        assert again != round_.checkpoint and again.startswith(opened.checkpoint.text())
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "UPDATE node.round SET body = %s WHERE origin = %s AND first = %s",
            [replace(round_, checkpoint=again).body(), origin, first],
        )
        connection.execute("UPDATE node.note SET latest = %s WHERE origin = %s", [again, origin])
        (problem,) = standing.check(connection).problems
        connection.rollback()
    assert (problem.table, problem.row) == ("node.note", origin)
    assert problem.detail == "our own cosignature is gone"
