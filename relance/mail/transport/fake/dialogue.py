"""One connection of the fake relay: commands in, replies out, faults in between (RFC 5321)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from relance.mail.transport.fake import misdeeds
from relance.mail.transport.fake.ledger import Ledger
from relance.mail.transport.fake.misdeeds import Usual, nothing
from relance.mail.transport.fake.script import At, Do, Mail
from relance.mail.transport.fake.sign_in import SignIn

END = b"\r\n.\r\n"
OK = b"250 2.0.0 OK\r\n"
LINGER_SECONDS = 10
"""How long a server that has said its last word reads on, so that no reset overtakes it (RFC 1122 4.2.2.13)."""


class Dialogue(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, ledger: Ledger, live: set[Dialogue]) -> None:
        self.ledger, self.script = ledger, ledger.script
        self.live = live
        self.loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport | None = None
        self.number = ledger.connected()
        self.is_held = False
        self.held: Usual | None = None
        self.is_secure = self.script.is_tls_from_start
        self.sign_in = SignIn(self.script)
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._in_content = False
        self._is_content_judged = False
        self._stored: list[Mail] = []
        self._begun = 0
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._started_at = 0.0
        self._is_lingering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        is_first = self.transport is None
        self.transport = transport
        if is_first:
            self.live.add(self)
            self.answer(At.CONNECT, f"220 {self.script.name} ESMTP\r\n".encode())
            self.flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.is_held = True
        self.live.discard(self)
        self.ledger.disconnected()

    def data_received(self, data: bytes) -> None:
        if not self._is_lingering:
            self._buffer += data
            self.go_on()

    def go_on(self) -> None:
        """Work through what has come, as far as nothing is held back."""
        while self._buffer and not self.is_held:
            if not (self._read_content() if self._in_content else self._read_command()):
                break
        self.flush()

    def answer(self, at: At, usual: bytes, about: str = "", then: Callable[[], None] = nothing) -> None:
        """Say the usual reply and do what follows from it, or commit the fault that is due."""
        fault = self.ledger.strike(at, about) if self.script.faults else None
        if fault is None:
            self._out.append(usual)
            then()
        else:
            misdeeds.commit(self, fault, (usual, then))

    def say(self, reply: bytes) -> None:
        """Queue a reply."""
        self._out.append(reply)

    def flush(self) -> None:
        """Write what has been said, after the delay of a relay far away."""
        if not self._out or self.transport is None or self.transport.is_closing():
            return
        data = b"".join(self._out)
        self._out.clear()
        if self._stored:
            self.loop.call_later(self.script.delay, self.ledger.answered, self._stored)
            self._stored = []
        if self.script.delay:
            self.loop.call_later(self.script.delay, self.transport.write, data)
        else:
            self.transport.write(data)

    def release(self, words: str = "") -> None:
        """Give the reply that a hang holds back, or another one, and go on."""
        if self.held is not None:
            (reply, then), self.held, self.is_held = self.held, None, False
            reply = words.encode() + b"\r\n" if words else reply
            if self.transport:
                self.transport.resume_reading()
            self.say(reply)
            then()
            self.go_on()

    def close(self) -> None:
        """Close once what was said has left."""
        self.is_held = True
        self.flush()
        if self.transport:
            self.loop.call_later(self.script.delay, self.transport.close)

    def linger(self) -> None:
        """Say no more, read on until the peer has closed too, and only then close; for a while at most."""
        self.is_held = self._is_lingering = True
        self._buffer.clear()
        self.flush()
        self.loop.call_later(self.script.delay, self._end_speech)
        self.loop.call_later(self.script.delay + LINGER_SECONDS, self._hang_up)

    def _end_speech(self) -> None:
        if self.transport and self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self._hang_up()  # TLS knows no half a close

    def _hang_up(self) -> None:
        if self.transport:
            self.transport.close()

    def _read_command(self) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if self.sign_in.is_open:
            self._signed(self.sign_in.take(line))
            return True
        verb, _, rest = line.partition(b" ")
        name = verb.upper().decode("ascii", "replace")
        self.ledger.note(name)
        action = COMMANDS.get(name)
        if action:
            action(self, rest)
        else:
            self.say(b"500 5.5.2 Unknown command\r\n")
        return True

    def _ehlo(self, _: bytes) -> None:
        script = self.script
        lines = [script.name, *script.extensions, f"SIZE {script.size_limit}"]
        if script.is_pipelining:
            lines.append("PIPELINING")
        if script.tls and script.offers_starttls and not self.is_secure:
            lines.append("STARTTLS")
        if script.users and (self.is_secure or not script.tls):
            lines.append("AUTH " + " ".join(script.auth))
        text = "".join(f"250{'-' if line is not lines[-1] else ' '}{line}\r\n" for line in lines)
        self.answer(At.EHLO, text.encode())

    def _helo(self, _: bytes) -> None:
        self.answer(At.EHLO, f"250 {self.script.name}\r\n".encode())

    def _starttls(self, _: bytes) -> None:
        if self.script.tls is None or not self.script.offers_starttls:
            self.say(b"502 5.5.1 Not here\r\n")
        else:
            self.answer(At.STARTTLS, b"220 2.0.0 Go ahead\r\n", then=self._secure)

    def _secure(self) -> None:
        self.is_held = True
        self.flush()
        self._buffer.clear()
        self._upgrading = self.loop.create_task(self._upgrade())

    async def _upgrade(self) -> None:
        assert self.transport is not None
        assert self.script.tls is not None
        try:
            upgraded = await self.loop.start_tls(self.transport, self, self.script.tls, server_side=True)
        except OSError:
            return
        if upgraded is not None:
            self.transport = upgraded
            self.is_secure, self.is_held = True, False
            self.go_on()

    def _auth(self, rest: bytes) -> None:
        self._signed(self.sign_in.begin(rest))

    def _signed(self, reply: bytes) -> None:
        self.answer(At.AUTH, reply)

    def _mail(self, rest: bytes) -> None:
        sender = _address(rest)
        if self.script.users and not self.sign_in.is_done:
            self.say(b"530 5.7.0 Sign in first\r\n")
        elif self.script.mails_per_connection and self._begun >= self.script.mails_per_connection:
            self.say(b"421 4.7.0 Too many mails on this connection\r\n")
            self.close()
        else:
            self.answer(At.MAIL, OK, sender, lambda: self._begin(sender))

    def _begin(self, sender: str) -> None:
        self._begun += 1
        self._sender, self._started_at = sender, time.monotonic()

    def _rcpt(self, rest: bytes) -> None:
        recipient = _address(rest)
        self.ledger.attempts[recipient].append(time.monotonic())
        refusal = self.script.refuses(recipient)
        if self._sender is None:
            self.say(b"503 5.5.1 MAIL first\r\n")
        elif refusal:
            self.say(refusal.encode() + b"\r\n")
        elif self.ledger.is_greylisted(self._sender, recipient):
            self.say(b"451 4.7.1 Greylisted, come back later\r\n")
        elif self.ledger.is_over_rate():
            self.say(b"452 4.7.0 Too many mails this minute\r\n")
        else:
            self.answer(At.RCPT, OK, recipient, lambda: self._recipients.append(recipient))

    def _data(self, _: bytes) -> None:
        if not self._recipients and not self.script.takes_data_always:
            self.say(b"503 5.5.1 No valid recipients\r\n")
        else:
            self.answer(At.DATA, b"354 Go ahead\r\n", " ".join(self._recipients), self._open_content)

    def _open_content(self) -> None:
        self._in_content, self._is_content_judged = True, not self.script.faults
        self._buffer[:0] = b"\r\n"  # so that a lone dot is an end like any other

    def _read_content(self) -> bool:
        if not self._is_content_judged and len(self._buffer) > 2:
            self._is_content_judged = True
            self._judge_content()
            return True
        end = self._buffer.find(END)
        if end < 0:
            return False
        content = bytes(self._buffer[2 : end + 2]).replace(b"\r\n..", b"\r\n.")
        del self._buffer[: end + len(END)]
        self._in_content = False
        self._finish(content[1:] if content.startswith(b"..") else content)
        return True

    def _judge_content(self) -> None:
        fault = self.ledger.strike(At.CONTENT, " ".join(self._recipients))
        if fault:
            misdeeds.commit(self, fault, (b"", nothing))

    def _finish(self, content: bytes) -> None:
        if not self._recipients:
            self.say(b"554 5.5.1 No valid recipients\r\n")
            return
        self.ledger.saw(content)
        usual = b"250 2.0.0 Queued as %d\r\n" % (len(self.ledger.mails) + 1)
        about = " ".join(self._recipients)
        fault = self.ledger.strike(At.DOT, about) if self.script.faults else None
        if fault is None:
            self._out.append(usual)
        if fault is None or (fault.stores and fault.do not in (Do.REPLY, Do.REPLY_AND_CLOSE)):
            self._store(content)
        if fault:
            misdeeds.commit(self, fault, (usual, nothing))
        self._forget()

    def _store(self, content: bytes) -> None:
        number = len(self.ledger.mails) + 1
        sender, recipients, at = self._sender or "", tuple(self._recipients), self._started_at
        mail = Mail(number, self.number, sender, recipients, content, at, time.monotonic())
        self._stored.append(mail)
        self.ledger.store(mail)

    def _rset(self, _: bytes) -> None:
        self._forget()
        self.answer(At.RSET, OK)

    def _noop(self, _: bytes) -> None:
        self.say(OK)

    def _quit(self, _: bytes) -> None:
        self.answer(At.QUIT, b"221 2.0.0 Bye\r\n", then=self.close)

    def _forget(self) -> None:
        self._sender, self._recipients, self._started_at = None, [], 0.0


def _address(rest: bytes) -> str:
    return rest.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")


COMMANDS = {
    "EHLO": Dialogue._ehlo,
    "HELO": Dialogue._helo,
    "STARTTLS": Dialogue._starttls,
    "AUTH": Dialogue._auth,
    "MAIL": Dialogue._mail,
    "RCPT": Dialogue._rcpt,
    "DATA": Dialogue._data,
    "RSET": Dialogue._rset,
    "NOOP": Dialogue._noop,
    "QUIT": Dialogue._quit,
}
