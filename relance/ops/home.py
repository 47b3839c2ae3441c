"""Make what an installation keeps on disk: its data folder and its secret."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def make_home(home: Path) -> None:
    """Create the folder if it is missing: private, save that the database's user can pass through root's."""
    for folder in reversed([path for path in (home, *home.parents) if not path.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755 if folder != home else 0o711 if os.geteuid() == 0 else 0o700)


def make_secret(home: Path) -> bool:
    """Write the installation's secret (0600) unless there is one; True when it is new."""
    try:
        handle = os.open(home / "secret.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return True
