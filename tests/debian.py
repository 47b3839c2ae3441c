"""The programs that some tests drive, as Debian brings them. Standard library only: start.py uses it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDERS = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
POLICY = Path("/usr/sbin/policy-rc.d")
ANSWERS = "postfix postfix/main_mailer_type select Local only\n"


@dataclass(frozen=True)
class Tool:
    """A program, the packages that may bring it (the first known is taken), and what it serves to show."""

    program: str
    packages: tuple[str, ...]
    shows: str


TOOLS = (
    Tool("chromium", ("chromium",), "the pages in a real browser"),
    Tool("postfix", ("postfix",), "sending through a real mail server"),
    Tool("dovecot", ("dovecot-imapd",), "reading a real mailbox"),
    Tool("postgres", ("postgresql-15", "postgresql"), "a PostgreSQL server of one's own"),
    Tool("xgettext", ("gettext",), "the translation check"),
)


def find(program: str) -> Path | None:
    """Where a program is; Debian keeps its server programs out of everybody's way."""
    if program == "postgres":
        servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        return servers[0] if servers else None
    found = shutil.which(program, path=FOLDERS)
    return Path(found) if found else None


def provide(tools: Sequence[Tool] = TOOLS, *, missing_is_loud: bool = True) -> None:
    """Install what is missing where we may; their system services are never started."""
    missing = [tool for tool in tools if find(tool.program) is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
        missing = [tool for tool in missing if find(tool.program) is None]
    if missing and missing_is_loud:
        for tool in missing:
            print(
                f"! {tool.program} is not here, so {tool.shows} will be skipped "
                f"(Debian: apt-get install {tool.packages[0]})"
            )


def _install(missing: list[Tool]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    print("· Installing for the tests:", ", ".join(tool.program for tool in missing), flush=True)
    subprocess.run([*apt, "update"], env=environment, stdout=subprocess.DEVNULL)
    with no_services():
        if any(tool.program == "postfix" for tool in missing):
            subprocess.run(["debconf-set-selections"], input=ANSWERS, text=True, stderr=subprocess.DEVNULL)
        for tool in missing:
            command = [*apt, "install", "-y", "--no-install-recommends", _known(tool.packages)]
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)


def _known(packages: tuple[str, ...]) -> str:
    for name in packages:
        answer = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True).stdout
        if "Candidate:" in answer and "Candidate: (none)" not in answer:
            return name
    return packages[-1]


@contextmanager
def no_services() -> Iterator[None]:
    """Tell Debian to start nothing while packages are installed; the machine's own rule comes back."""
    kept = POLICY.with_name("policy-rc.d.kept-by-relance")
    if POLICY.exists() or POLICY.is_symlink():
        POLICY.rename(kept)
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
        if kept.exists() or kept.is_symlink():
            kept.rename(POLICY)
