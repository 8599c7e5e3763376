import pytest
from tests.evidence.network.node.lab import Lab


@pytest.fixture
def lab() -> Lab:
    """Five nodes that have heard of each other."""
    made = Lab()
    made.let_pass(500)
    return made
