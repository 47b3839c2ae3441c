"""What the web server loads is ready to serve."""

import gc
import importlib

import pytest


@pytest.fixture
def as_before():
    """What serving changes in this process is undone."""
    thresholds = gc.get_threshold()
    yield
    gc.enable()
    gc.set_threshold(*thresholds)


def test_garbage_is_looked_for_again_once_all_is_loaded(as_before):
    gc.disable()

    importlib.reload(importlib.import_module("relance.config.wsgi"))

    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
