"""Certificates of the day for talks with the fake relay."""

from __future__ import annotations

import pytest

from tests.mail.certificates import Certificates


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
