"""A running edge for the tests of this folder."""

import pytest

from tests.edge.running import Edge, database_url


@pytest.fixture
def edge(transactional_db, tmp_path):
    running = Edge(home=tmp_path, database=database_url())
    running.start()
    yield running
    running.stop()
