"""Where an installation keeps its things, and what that says of the database and the secret. Pure reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from relance.ops.cluster import embedded_url
from relance.ops.home import home_folder

__all__ = ["database_url", "home_folder", "secret_of"]

UNSET = "insecure: no secret has been made yet; `relance up` makes one"


def database_url(environment: Mapping[str, str], home: Path) -> str:
    """`DATABASE_URL`, or else the socket of the embedded server of this home."""
    return environment.get("DATABASE_URL") or embedded_url(home)


def secret_of(environment: Mapping[str, str], home: Path) -> str:
    """The installation's secret: from the environment, from the file that it names, or from the home folder."""
    if given := environment.get("RELANCE_SECRET_KEY"):
        return given
    file = Path(environment.get("RELANCE_SECRET_KEY_FILE") or home / "secret.key")
    try:
        return file.read_text().strip()
    except OSError:
        return UNSET
