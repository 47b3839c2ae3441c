"""The WSGI entry of the web face."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
gc.disable()  # loading throws nothing away: looking for garbage would take a sixth of the time
application = get_wsgi_application()


def settle() -> None:
    """What is loaded by now stays to the end: it is not looked through for garbage while people wait (L1)."""
    assert get_resolver().url_patterns  # the pages and the API are loaded by the first one who asks for them
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


settle()
