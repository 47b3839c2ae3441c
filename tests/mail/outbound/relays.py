"""Real relays on loopback, apart from the machine's own: a Postfix in a folder of its own, and smtp-sink."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests import debian

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = /dev/null
maillog_file_prefixes = /dev
myhostname = relay.helionne.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_transport = error:nobody here
virtual_mailbox_domains = static:all
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
message_size_limit = 10240000
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)


def wait_for_port(port: int) -> None:
    """Until somebody greets there."""
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
            if line.recv(10):
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody answers on {port}")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Postfix:
    """A running Postfix that delivers everything into one Maildir."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port

    def copies(self) -> Counter[bytes]:
        """How often each Message-ID was delivered."""
        found: Counter[bytes] = Counter()
        for file in (self.home / "mail/all/new").iterdir():
            found[MESSAGE_ID.search(file.read_bytes())[1]] += 1
        return found

    def delivered(self) -> int:
        """How many mails lie in the Maildir."""
        folder = self.home / "mail/all/new"
        return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


@contextmanager
def postfix() -> Iterator[Postfix]:
    """A Postfix of our own; skipped where it is not installed, or where we are not root."""
    program = debian.find("postfix")
    if program is None or os.geteuid() != 0:
        pytest.skip("Postfix is not here, or may not be started")
    user = pwd.getpwnam("postfix")
    home = Path(tempfile.mkdtemp(prefix="relance-postfix-"))
    home.chmod(0o755)
    port = free_port()
    for name in ("etc", "spool", "data", "mail"):
        (home / name).mkdir()
    for name in ("data", "mail"):
        os.chown(home / name, user.pw_uid, user.pw_gid)
    (home / "etc/main.cf").write_text(MAIN.format(home=home, uid=user.pw_uid, gid=user.pw_gid))
    (home / "etc/master.cf").write_text(MASTER.format(port=port))
    command = [str(program), "-c", str(home / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        wait_for_port(port)
        yield Postfix(home, port)
    finally:
        subprocess.run([*command, "stop"], capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


class Sink:
    """A running smtp-sink that writes all it takes to one file."""

    def __init__(self, port: int, file: Path) -> None:
        self.port, self.file = port, file

    def copies(self) -> Counter[bytes]:
        """How often each Message-ID was taken."""
        return Counter(found[1] for found in MESSAGE_ID.finditer(self.file.read_bytes()))


@contextmanager
def sink() -> Iterator[Sink]:
    """Debian's smtp-sink; skipped where it is not installed."""
    program = debian.find("smtp-sink")
    if program is None:
        pytest.skip("smtp-sink is not here")
    folder = Path(tempfile.mkdtemp(prefix="relance-sink-"))
    as_somebody = ["-u", "nobody"] if os.geteuid() == 0 else []
    if as_somebody:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    port, file = free_port(), folder / "taken"
    process = subprocess.Popen([str(program), *as_somebody, "-D", str(file), f"127.0.0.1:{port}", "200"])
    try:
        wait_for_port(port)
        yield Sink(port, file)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
