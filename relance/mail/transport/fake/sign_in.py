"""AUTH PLAIN, LOGIN and XOAUTH2 as the fake relay hears them (RFC 4954)."""

from __future__ import annotations

import base64
import binascii

from relance.mail.transport.fake.script import Script

DONE = b"235 2.7.0 Welcome\r\n"
REFUSED = b"535 5.7.8 User name or password not accepted\r\n"
ASK_NAME = b"334 VXNlcm5hbWU6\r\n"
ASK_PASSWORD = b"334 UGFzc3dvcmQ6\r\n"


class SignIn:
    """One attempt to sign in. It is open while the next line is an answer and no command."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.is_open = False
        self.is_done = False
        self._method = b""
        self._heard: list[str] = []

    def begin(self, rest: bytes) -> bytes:
        """Take the arguments of AUTH; the reply."""
        method, _, first = rest.partition(b" ")
        self._method, self._heard = method.upper(), []
        if self._method.decode("ascii", "replace") not in self.script.auth:
            return b"504 5.5.4 Unknown method\r\n"
        if first:
            return self.take(first)
        self.is_open = True
        return ASK_NAME if self._method == b"LOGIN" else b"334 \r\n"

    def take(self, line: bytes) -> bytes:
        """Take one answer of the client; the reply."""
        self._heard.append(_read(line))
        if self._method == b"LOGIN" and len(self._heard) == 1:
            self.is_open = True
            return ASK_PASSWORD
        self.is_open = False
        self.is_done = self._is_right()
        return DONE if self.is_done else REFUSED

    def _is_right(self) -> bool:
        name, secret = self._credentials()
        return self.script.users.get(name) == secret

    def _credentials(self) -> tuple[str, str]:
        if self._method == b"LOGIN":
            return self._heard[0], self._heard[1]
        if self._method == b"PLAIN":
            _, name, secret = [*self._heard[0].split("\0"), "", "", ""][:3]
            return name, secret
        parts = dict(part.partition("=")[::2] for part in self._heard[0].split("\x01") if part)
        return parts.get("user", ""), parts.get("auth", "").removeprefix("Bearer ")


def _read(line: bytes) -> str:
    try:
        return base64.b64decode(line, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
