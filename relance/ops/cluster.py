"""Who owns an embedded cluster, and the making of its folders. Only our own folders are ever changed."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from relance.lib.home import Place
from relance.ops.home import make_home


class ClusterError(Exception):
    """The embedded database cannot be used; the text says what happened and what to do."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The system user that runs the server."""

    name: str
    uid: int
    gid: int


def account_for(place: Place) -> Account | None:
    """The user that must run the server, or None when it is ourselves: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    if place.folder.exists():
        return _owner_of(place.folder)
    return _known("postgres") or _known("relance") or _created("relance")


def _owner_of(folder: Path) -> Account:
    owner = folder.stat()
    if owner.st_uid == 0:
        raise ClusterError(f"{folder} belongs to root, and PostgreSQL refuses to run as root. Move it aside.")
    return Account(name=pwd.getpwuid(owner.st_uid).pw_name, uid=owner.st_uid, gid=owner.st_gid)


def _known(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)


def _created(name: str) -> Account:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", name]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise ClusterError(
            "PostgreSQL refuses to run as root, and the system user 'relance' could not be created. "
            "Create it, start Relance as a normal user, or set DATABASE_URL."
        ) from problem
    account = _known(name)
    assert account is not None
    return account


def make_folders(place: Place, account: Account | None) -> None:
    """Create what is missing, 0700 for the database user; folders that exist keep their permissions.

    Raises ClusterError when the socket folder belongs to somebody else.
    """
    make_home(place.root)
    for folder in (place.folder, place.socket):
        _make_private(folder, account)


def _make_private(folder: Path, account: Account | None) -> None:
    uid = os.geteuid() if account is None else account.uid
    try:
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
            raise ClusterError(f"{folder} is not a private folder of the database's user. Move it aside.") from None
