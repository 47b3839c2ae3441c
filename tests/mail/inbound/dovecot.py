"""A real IMAP server on loopback, apart from the machine's own, and a way to it that breaks."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from imaplib import IMAP4
from pathlib import Path

import pytest

from tests import debian
from tests.mail.outbound.relays import free_port, wait_for_port

CONF = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {internal}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
{more}passdb {{
  driver = static
  args = password=geheim
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = create
  }}
}}
"""

BY_TOKEN = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2
}}
"""
ASKING = """
introspection_mode = get
introspection_url = {introspect}?token=
username_attribute = email
active_attribute = active
active_value = true
"""


class Dovecot:
    """A running server on which everybody has a mailbox; the password is `geheim`. `user` is whose it is just now."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port, self.count, self.user = home, port, 0, "eve"

    @contextmanager
    def client(self) -> Iterator[IMAP4]:
        """Somebody else who works in the mailbox."""
        with IMAP4("127.0.0.1", self.port) as client:
            client.login(self.user, "geheim")
            yield client

    def fill(self, mails, folder: str = "INBOX", *, at: datetime | None = None) -> None:
        """Put mails into a folder, by its files: quicker than APPEND. `at`: when they came."""
        base = self.home / "mail" / self.user / ("" if folder == "INBOX" else f".{folder}")
        for name in ("", "cur", "new", "tmp"):
            (base / name).mkdir(parents=True, exist_ok=True)
            self._give(base / name)
        for raw in mails:
            self.count += 1
            file = base / "cur" / f"{1_700_000_000 + self.count}.M{self.count}.here,S={len(raw)}:2,S"
            file.write_bytes(raw)
            if at is not None:
                os.utime(file, (at.timestamp(), at.timestamp()))
            self._give(file)

    def _give(self, path: Path) -> None:
        user = pwd.getpwnam("nobody")
        os.chown(path, user.pw_uid, user.pw_gid)

    def renumber(self, folder: str = "INBOX") -> None:
        """A new UIDVALIDITY and new UIDs, as after a restored backup."""
        base = self.home / "mail" / self.user / ("" if folder == "INBOX" else f".{folder}")
        lines = (base / "dovecot-uidlist").read_text().splitlines()
        version, *rest = lines[0].split()
        now = next(int(word[1:]) for word in rest if word.startswith("V"))
        (base / "dovecot-uidlist").write_text(f"{version} V{now + 1} N1\n")
        self._give(base / "dovecot-uidlist")
        for index in base.glob("dovecot.index*"):
            index.unlink()

    def raws(self) -> list[bytes]:
        """Every mail that can be read, as the server gives it."""
        found = []
        with self.client() as client:
            for line in client.list()[1]:
                client.select(line.decode().rpartition(' "/" ')[2], readonly=True)
                _, data = client.fetch("1:*", "(BODY.PEEK[])") if client.search(None, "ALL")[1][0] else ("", [])
                found += [part[1] for part in data if isinstance(part, tuple)]
        return found


@contextmanager
def dovecot(introspect: str = "") -> Iterator[Dovecot]:
    """A Dovecot of our own; skipped where it is not installed, or where we are not root.

    `introspect`: where it asks whose an access token is (XOAUTH2).
    """
    program = debian.find("dovecot")
    if program is None or os.geteuid() != 0:
        pytest.skip("Dovecot is not here, or may not be started")
    home = Path(tempfile.mkdtemp(prefix="relance-dovecot-"))
    home.chmod(0o755)
    port = free_port()
    user = pwd.getpwnam("nobody")
    (home / "mail").mkdir()
    os.chown(home / "mail", user.pw_uid, user.pw_gid)
    more = BY_TOKEN.format(home=home) if introspect else ""
    (home / "oauth2").write_text(ASKING.format(introspect=introspect))
    values = {"home": home, "port": port, "uid": user.pw_uid, "gid": user.pw_gid, "more": more}
    (home / "conf").write_text(CONF.format(internal="dovecot", login="dovenull", **values))
    process = subprocess.Popen([str(program), "-F", "-c", str(home / "conf")])
    try:
        wait_for_port(port)
        yield Dovecot(home, port)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


class BreakingWay:
    """A way to a port that drops each connection after so many bytes of the answers; None lets them live."""

    def __init__(self, to: int, after) -> None:
        self.to, self.after = to, after
        self.cuts = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=self._pass, args=(near, far, None))
        back.start()
        self._pass(far, near, self.after())
        back.join()
        near.close()
        far.close()

    def _pass(self, source: socket.socket, sink: socket.socket, left: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(8_192):
                if left is not None and len(data) >= left:
                    sink.sendall(data[:left])
                    self.cuts += 1
                    break
                left = None if left is None else left - len(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def breaking_way(to: int, *, seed: int, most: int) -> Iterator[BreakingWay]:
    """Drops every connection somewhere before `most` bytes."""
    dice = random.Random(seed)
    way = BreakingWay(to, lambda: dice.randint(1, most))
    try:
        yield way
    finally:
        way.close()
