"""Five running nodes, shared by the tests of a file that ask one by hand."""

from collections.abc import Iterator

import pytest
from tests.service.evidence_node.asking_nodes import BANK, Running, make_authority
from tests.service.evidence_node.five_nodes import Submitting, five_nodes

from creditloop.service.evidence_node import NodeClient


@pytest.fixture(scope="module")
def running(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The payment party's certificate is one that could sign others."""
    with five_nodes(tmp_path_factory.mktemp("five"), server_url=server_url) as nodes:
        authority = make_authority(nodes)
        nodes.start()
        client = NodeClient(nodes.folders[BANK])
        running = Running(nodes, client, Submitting(client=client, loans=7), authority)
        running.submitting.submit(20, name="first")
        yield running
        client.close()
