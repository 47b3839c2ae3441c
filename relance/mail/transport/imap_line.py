"""The bytes of one IMAP connection: reached at a permitted address, under TLS, read under a deadline."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic

from relance.lib.reach import IPAddress, any_address
from relance.mail.transport import tls
from relance.mail.transport.check import Finding
from relance.mail.transport.relay import Security

LONGEST_LINE = 20_000_000  # the UIDs of two million mails
LONGEST_LITERAL = 200_000_000
TO_CONNECT, TO_ANSWER = 20.0, 60.0  # seconds
TO_END_A_LINE = 5.0  # of a server that began one by itself
LITERAL = re.compile(rb"\{(\d{1,12})\}$")


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where a mailbox is read: the server, under which security, as whom, and which addresses are permitted (X6)."""

    host: str
    port: int = 993
    security: Security = Security.TLS
    username: str = ""
    password: str = field(default="", repr=False)
    access_token: Callable[[bool], str] | None = field(default=None, repr=False)
    """Instead of a password (XOAUTH2); True asks for a new one. Raises NoImap."""
    ca_file: str | None = None
    allows: Callable[[IPAddress], bool] = any_address
    patience: float = TO_ANSWER


class NoImap(Exception):
    """The dialogue cannot go on: the finding, and the server's words (a stranger's text) where it gave some."""

    def __init__(self, finding: Finding, said: str = "") -> None:
        super().__init__(f"{finding}: {said}" if said else str(finding))
        self.finding = finding
        self.said = said


@dataclass(frozen=True, slots=True)
class Response:
    """One response: its text without the line end, and its literals in their order."""

    text: bytes
    literals: tuple[bytes, ...] = ()


class Line:
    """An open connection. Raises NoImap for whatever breaks it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._socket = _connect(server)
        self._rest = bytearray()
        self._due = monotonic() + server.patience
        if server.security is Security.TLS:
            self.secure()

    def secure(self) -> None:
        """Put TLS on the connection; words that came before it are an injection (CVE-2011-0411)."""
        if self._rest:
            raise NoImap(Finding.TLS_FAILED, "the server spoke before the handshake")
        context = tls.context(self.server.ca_file)
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=self.server.host)
        except OSError as error:  # ssl.SSLError and TimeoutError are OSErrors
            self.close()
            raise NoImap(Finding(tls.cause_of(error))) from None

    def say(self, data: bytes, *, patience: float | None = None) -> None:
        """Send bytes; the answer is due within `patience` seconds."""
        self._due = monotonic() + (self.server.patience if patience is None else patience)
        try:
            self._socket.settimeout(self.server.patience)
            self._socket.sendall(data)
        except OSError as error:
            raise _broken(error) from None

    def response(self) -> Response:
        """The next response, with the literals that stand in it."""
        line = self._line()
        found = LITERAL.search(line)
        if found is None:
            return Response(line)
        texts, literals = [], []
        while found is not None:
            texts.append(line[: found.start()])
            literals.append(self._literal(int(found[1])))
            line = self._line()
            found = LITERAL.search(line)
        return Response(b"".join([*texts, line]), tuple(literals))

    def waiting(self) -> Iterator[Response]:
        """What has come by itself, one response at least: called when a selector says that data wait."""
        self._due = monotonic() + min(TO_END_A_LINE, self.server.patience)
        if not self._rest:
            data = self._come()
            if not data:
                return  # of TLS: a record that carries nothing
            self._rest += data
        while self._rest:
            yield self.response()

    def _come(self) -> bytes:
        """All that waits; a selector does not see what TLS has read already."""
        data = b""
        self._socket.settimeout(0.0)
        try:
            while len(data) < 1_000_000 and (more := self._socket.recv(65_536)):
                data += more
            if not data:
                raise NoImap(Finding.CLOSED)
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        except OSError as error:
            raise _broken(error) from None
        return data

    @property
    def has_rest(self) -> bool:
        """Whether something was read that nobody has asked for yet: a selector does not tell of it."""
        return bool(self._rest)

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    def close(self) -> None:
        """Drop the connection."""
        self._socket.close()

    def _line(self) -> bytes:
        start = 0
        while (end := self._rest.find(b"\n", start)) < 0:
            start = len(self._rest)
            if start > LONGEST_LINE:
                raise NoImap(Finding.NOT_SMTP, "an endless line")
            self._rest += self._receive(65_536)
        line = bytes(self._rest[:end]).rstrip(b"\r")
        del self._rest[: end + 1]
        return line

    def _literal(self, size: int) -> bytes:
        if size > LONGEST_LITERAL:
            raise NoImap(Finding.NOT_SMTP, "an endless literal")
        held = self._rest[:size]
        del self._rest[:size]
        while len(held) < size:
            held += self._receive(min(size - len(held), 1_000_000))
        return bytes(held)

    def _receive(self, most: int) -> bytes:
        left = self._due - monotonic()
        if left <= 0:
            raise NoImap(Finding.TIMEOUT)
        try:
            self._socket.settimeout(min(left, self.server.patience))
            data = self._socket.recv(most)
        except OSError as error:
            raise _broken(error) from None
        if not data:
            raise NoImap(Finding.CLOSED)
        return data


def _broken(error: OSError) -> NoImap:
    return NoImap(Finding.TIMEOUT if isinstance(error, TimeoutError) else Finding.CLOSED)


def _connect(server: Server) -> socket.socket:
    """Resolve once, and connect to an address that is permitted."""
    failure = Finding.UNREACHABLE
    for address in _resolve(server):
        try:
            return socket.create_connection((str(address), server.port), timeout=min(TO_CONNECT, server.patience))
        except ConnectionRefusedError:
            failure = Finding.CONNECTION_REFUSED
        except TimeoutError:
            failure = Finding.TIMEOUT
        except OSError:
            failure = Finding.UNREACHABLE
    raise NoImap(failure)


def _resolve(server: Server) -> list[IPAddress]:
    try:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NoImap(Finding.NAME_NOT_FOUND) from None
    addresses = list(dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in found))
    allowed = [address for address in addresses if server.allows(address)]
    if not allowed:
        raise NoImap(Finding.ADDRESS_NOT_ALLOWED)
    return allowed
