"""An installation of its own for a benchmark: embedded PostgreSQL with its durable defaults."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relance.ops.postgres import Embedded

SECRET = "bench-only-" + "b" * 53


@contextmanager
def installation(keep: Path | None = None) -> Iterator[Embedded]:
    """Start a server and make Django use it; `keep` is a folder that is used again by the next run."""
    home = keep or Path(tempfile.mkdtemp(prefix="relance-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    server = Embedded(home)
    os.environ |= {
        "RELANCE_HOME": str(home),
        "RELANCE_SECRET_KEY": SECRET,
        "DATABASE_URL": server.url,
        "RELANCE_URL": "http://testserver",
        "DJANGO_SETTINGS_MODULE": "relance.config.settings",
    }
    server.start()
    try:
        yield server
    finally:
        server.stop()
        if keep is None:
            shutil.rmtree(home, ignore_errors=True)
