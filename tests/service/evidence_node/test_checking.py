"""A node's database is attacked by somebody who owns it: every attack is named, an untouched one is whole."""

from pathlib import Path

from tests.service.evidence_node.store_attacks import attack_many, standing_node

COUNT = 150


def test_attacks_on_a_nodes_database_are_all_found_and_named(server_url: str, tmp_path: Path) -> None:
    with standing_node(server_url, tmp_path) as standing:
        sorts, missed = attack_many(standing, count=COUNT, seed=1)
    assert missed == []
    assert len(sorts) > 20
