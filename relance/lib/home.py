"""Where an installation keeps its things, and what that says of its database and secret *(pure: it only looks)*.

Everything that runs must give the same answers: the settings, the public edge, the commands.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SHARED = Path("/var/lib/relance")
PERSONAL = Path("~/.local/share/relance")
# Where the clusters of homes that the database's user cannot reach are kept (root only).
FALLBACK = Path("/var/lib/relance-postgres")
SUPERUSER = DATABASE = "relance"
# sun_path holds 108 bytes with the final NUL; the server adds this, and keeps a lock file beside it.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")
UNSET = "insecure: no secret has been made yet; `relance up` makes one"


def home_folder(environment: Mapping[str, str]) -> Path:
    """`RELANCE_HOME`; else `/var/lib/relance` for root and `~/.local/share/relance` for everybody else."""
    if named := environment.get("RELANCE_HOME"):
        return Path(named).expanduser().absolute()
    return SHARED if os.geteuid() == 0 else PERSONAL.expanduser()


def demo_folder(environment: Mapping[str, str]) -> Path:
    """The demo's own folder beside it, so that the example company never mixes with real work."""
    home = home_folder(environment)
    return home if environment.get("RELANCE_HOME") else home.with_name("relance-demo")


def secret_of(environment: Mapping[str, str], home: Path) -> str:
    """The installation's secret: from the environment, from the file that it names, or from the home folder."""
    if given := environment.get("RELANCE_SECRET_KEY"):
        return given
    file = Path(environment.get("RELANCE_SECRET_KEY_FILE") or home / "secret.key")
    try:
        return file.read_text().strip()
    except OSError:
        return UNSET


def database_url(environment: Mapping[str, str], home: Path) -> str:
    """`DATABASE_URL`, or else the socket of the embedded server of this home."""
    return environment.get("DATABASE_URL") or embedded_url(home)


def embedded_url(home: Path) -> str:
    """The address of the embedded database of a home, whether it runs or not."""
    return f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(place_of(home).socket), safe='')}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The folders and files of one embedded cluster."""

    root: Path
    socket: Path

    @property
    def folder(self) -> Path:
        """Owned by the database's user, closed to everyone else."""
        return self.root / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def binaries(self) -> Path:
        """The copy of the server's programs that root hands to the database's user."""
        return self.root / "postgres-server"

    @property
    def lock(self) -> Path:
        return self.root / "postgres.lock"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"


def place_of(home: Path) -> Place:
    """The place of a home's cluster: always the same answer for the same home."""
    home = home.expanduser().resolve()
    root = _root_of(home)
    socket = root / "postgres" / "run"
    if len(os.fsencode(socket)) > LONGEST_SOCKET_FOLDER:
        socket = Path("/tmp") / f"relance-{os.geteuid()}-{_digest(home)}"
    return Place(root=root, socket=socket)


def _root_of(home: Path) -> Path:
    elsewhere = FALLBACK / _digest(home)
    if os.geteuid() != 0 or (home / "postgres").exists():
        return home
    if (elsewhere / "postgres").exists() or not open_to_others(home):
        return elsewhere
    return home


def open_to_others(path: Path) -> bool:
    """Whether any user may pass through every folder of the path that exists already."""
    existing = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
