"""What a command settles before Django reads its settings: environment, data folder, secret, database."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from relance.lib.home import demo_folder, home_folder
from relance.ops.command import Refused
from relance.ops.home import make_home, make_secret
from relance.ops.postgres import Embedded, is_running

DOTENV = Path(__file__).resolve().parents[2] / ".env"


def read_environment() -> None:
    """Read `.env` as the settings will, and DATABASE_URL_FILE, so that commands and settings agree."""
    if DOTENV.is_file():
        import environ

        environ.Env.read_env(DOTENV)
    if (file := os.environ.get("DATABASE_URL_FILE")) and "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = _read(Path(file))


def settle_home(data: Path | None, *, demo: bool = False) -> Path:
    """The data folder to work on, made known to the settings and to child processes through RELANCE_HOME."""
    if data is not None:
        os.environ["RELANCE_HOME"] = str(data.expanduser().absolute())
    home = demo_folder(os.environ) if demo else home_folder(os.environ)
    os.environ["RELANCE_HOME"] = str(home)
    return home


def find_home(data: Path | None) -> Path:
    """The same for a command beside a running server: the demo's folder if only the demo is there."""
    explicit = data is not None or any(os.environ.get(name) for name in ("RELANCE_HOME", "DATABASE_URL"))
    if not explicit and _demo_is_meant(home_folder(os.environ), demo_folder(os.environ)):
        data = demo_folder(os.environ)
        print(f"(the demo's workspace, in {data})", file=sys.stderr)
    return settle_home(data)


def _demo_is_meant(home: Path, demo: Path) -> bool:
    if is_running(home):
        return False
    return is_running(demo) or (demo.exists() and not home.exists())


@contextmanager
def workspace(home: Path) -> Iterator[None]:
    """Django with its database: one's own, the running embedded one, or that one started for this while."""
    prepare_home(home)
    if os.environ.get("DATABASE_URL") or is_running(home):
        use_django()
        yield
        return
    with Embedded(home):
        use_django()
        yield


def prepare_home(home: Path) -> None:
    """Make the data folder and, unless one is given, the installation's secret. Raises Refused."""
    try:
        make_home(home)
        if not _secret_is_given():
            make_secret(home)
    except OSError as problem:
        raise Refused(
            f"The data folder {home} cannot be used: {problem.strerror}. Choose another with --data."
        ) from problem
    require_secret(home)


def require_secret(home: Path) -> None:
    """Refuse to work without the secret that signs links and seals passwords; all machines need the same."""
    if os.environ.get("RELANCE_SECRET_KEY"):
        return
    file = Path(os.environ.get("RELANCE_SECRET_KEY_FILE") or home / "secret.key")
    if not _read(file):
        raise Refused(f"The secret in {file} is empty. Restore it, or set RELANCE_SECRET_KEY.")


def _secret_is_given() -> bool:
    return bool(os.environ.get("RELANCE_SECRET_KEY") or os.environ.get("RELANCE_SECRET_KEY_FILE"))


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as problem:
        raise Refused(
            f"{file} cannot be read: {problem.strerror}. Relance needs it, the same on every machine: "
            "set RELANCE_SECRET_KEY or RELANCE_SECRET_KEY_FILE, or start as the owner of the data folder."
        ) from problem


def use_django() -> None:
    """Load the settings and the applications; from here on the environment is final."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.config.settings")
    import django

    django.setup()
