"""A world that many tests of a file only read: built once for the file, and undone after its last test.

What a test itself writes is undone with the test, as always. Not for files whose tests commit (`transaction=True`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """To be asked for by fixtures of the file's own scope which write to the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)
