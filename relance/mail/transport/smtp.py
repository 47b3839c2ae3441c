"""A reused SMTP connection: sign in once, then one transaction after another (RFC 5321, RFC 2920)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from relance.mail.transport.dial import dial, secure
from relance.mail.transport.outcome import Cause, NoSession, Outcome, Refused, Reply, Stage
from relance.mail.transport.relay import Relay, Security
from relance.mail.transport.transaction import Awaited, Letter, Transaction, Watcher
from relance.mail.transport.wire import Listener, Wire

PROMISES_BY_US = {
    "size": Reply(552, "5.3.4 The mail is larger than this relay takes"),
    "utf8": Reply(553, "5.6.7 This relay does not take addresses outside ASCII"),
    "8bit": Reply(554, "5.6.3 This relay does not take mail outside ASCII"),
}
"""What we answer in the relay's place when its EHLO says that it would refuse."""


@asynccontextmanager
async def session(relay: Relay) -> AsyncIterator[Session]:
    """A session, said goodbye to at the end. Raises NoSession when the relay cannot be used."""
    opened = await open_session(relay)
    try:
        yield opened
    except BaseException:
        opened.close()
        raise
    else:
        await opened.quit()


async def open_session(relay: Relay) -> Session:
    """Connect, greet, protect and sign in. Raises NoSession with stage, cause and the relay's reply."""
    wire = await dial(relay)
    opened = Session(wire, relay)
    try:
        await opened.greet()
    except BaseException:
        opened.close()
        raise
    return opened


class Session:
    """One connection ready for mail. Use `send`, or `begin` and its transaction to overlap two letters."""

    def __init__(self, wire: Wire, relay: Relay) -> None:
        self.relay = relay
        self.extensions: Mapping[str, str] = {}
        self.begun = 0
        self._wire = wire
        self._needs_reset = False
        self._current: Transaction | None = None
        self._next: Transaction | None = None  # of a relay that wants one thing after the other
        self._over: asyncio.Event = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Another letter may begin here."""
        return self._wire.is_open

    @property
    def is_pipelined(self) -> bool:
        """The relay lets us say several commands before it answers (RFC 2920)."""
        return "PIPELINING" in self.extensions

    async def send(self, letter: Letter, *, before_content: Callable[[], Awaitable[bool]]) -> Outcome:
        """Hand over one letter. After 354 `before_content` is awaited: False withholds it."""
        answers = Awaited(self._wire.loop)
        transaction = self.begin(letter, answers)
        if await answers.ready:
            try:
                may_go = await before_content()
            except BaseException:
                transaction.withhold()
                raise
            if not may_go:
                transaction.withhold()
            else:
                await transaction.send_content()
        return await answers.done

    def begin(self, letter: Letter, watcher: Watcher) -> Transaction:
        """Offer a letter. On a pipelining relay this may follow straight on the content of the one before."""
        is_pipelined = self.is_pipelined
        transaction = Transaction(self._wire, letter, (self, watcher), is_pipelined=is_pipelined)
        if refusal := self._foreseen_refusal(letter):
            transaction.settle(refusal)
            return transaction
        self.begun += 1
        before, self._current = self._current, transaction
        self._over.clear()
        if before is None or before.outcome is not None or is_pipelined:
            transaction.start(self._steps(letter))
        else:
            self._next = transaction
        return transaction

    def relay_waits(self, transaction: Transaction) -> None:
        """Whoever sends the letter decides."""

    def ended(self, transaction: Transaction, outcome: Outcome) -> None:
        """The next letter may begin."""
        if isinstance(outcome, Refused):
            if outcome.by_us:
                return
            self._needs_reset = self._needs_reset or outcome.stage is not Stage.DOT
        if transaction is self._current:
            self._over.set()
        if self._next and self._next is not transaction:
            following, self._next = self._next, None
            self._wire.loop.call_soon(lambda: following.start(self._steps(following.letter)))

    async def quit(self) -> None:
        """Wait for the last letter's outcome, say goodbye, and close whatever the answer."""
        if self._current and self._current.outcome is None:
            await self._over.wait()
        if self.is_open:
            with suppress(NoSession):
                await self._ask(Stage.QUIT, b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        """Close without a word; whatever is under way is lost."""
        self._wire.fail(Cause.CLOSED)

    async def check_sender(self, sender: str) -> Reply:
        """Ask whether the relay takes mail from this address, and send none. Raises NoSession."""
        reply = await self._ask(Stage.MAIL, f"MAIL FROM:<{sender}>\r\n".encode())
        await self._ask(Stage.RSET, b"RSET\r\n")
        return reply

    async def greet(self) -> None:
        """The part of the dialogue before the first mail. Raises NoSession."""
        if self.relay.security is Security.TLS:
            await secure(self._wire, self.relay)
        self._must(Stage.GREETING, await self._wire.greeting.reply)
        await self._say_hello()
        if self.relay.security is Security.STARTTLS:
            await self._start_tls()
        if self.relay.signs_in:
            await self._sign_in()

    async def _say_hello(self) -> None:
        name = self.relay.helo.encode("ascii", "replace")
        reply = await self._ask(Stage.EHLO, b"EHLO %b\r\n" % name)
        if reply.code in (500, 502):  # an old server that knows no extensions
            self._must(Stage.EHLO, await self._ask(Stage.EHLO, b"HELO %b\r\n" % name))
            self.extensions = {}
            return
        self._must(Stage.EHLO, reply)
        self.extensions = read_extensions(reply)

    async def _start_tls(self) -> None:
        if "STARTTLS" not in self.extensions:
            raise NoSession(Stage.STARTTLS, Cause.STARTTLS_NOT_OFFERED)
        self._must(Stage.STARTTLS, await self._ask(Stage.STARTTLS, b"STARTTLS\r\n"))
        await secure(self._wire, self.relay)
        await self._say_hello()

    async def _sign_in(self) -> None:
        relay, methods = self.relay, self.extensions.get("AUTH", "").upper().split()
        if relay.access_token and "XOAUTH2" in methods:
            token = f"user={relay.username}\x01auth=Bearer {await relay.access_token()}\x01\x01"
            reply = await self._ask(Stage.AUTH, b"AUTH XOAUTH2 %b\r\n" % _base64(token))
            if reply.code == 334:  # the reason comes as a challenge; an empty answer ends it
                reply = await self._ask(Stage.AUTH, b"\r\n")
        elif relay.access_token:  # there is no password to fall back on
            raise NoSession(Stage.AUTH, Cause.AUTH_NOT_OFFERED)
        elif "PLAIN" in methods:
            secret = _base64(f"\0{relay.username}\0{relay.password}")
            reply = await self._ask(Stage.AUTH, b"AUTH PLAIN %b\r\n" % secret)
        elif "LOGIN" in methods:
            reply = await self._login()
        else:
            raise NoSession(Stage.AUTH, Cause.AUTH_NOT_OFFERED)
        self._must(Stage.AUTH, reply)

    async def _login(self) -> Reply:
        reply = await self._ask(Stage.AUTH, b"AUTH LOGIN\r\n")
        for secret in (self.relay.username, self.relay.password):
            if reply.code != 334:
                break
            reply = await self._ask(Stage.AUTH, _base64(secret) + b"\r\n")
        return reply

    async def _ask(self, stage: Stage, line: bytes) -> Reply:
        self._wire.say(line)
        listener = Listener(self._wire.loop)
        self._wire.expect(stage, listener)
        return await listener.reply

    def _must(self, stage: Stage, reply: Reply) -> None:
        if not reply.is_ok:
            raise NoSession(stage, Cause.REPLIED, reply)

    def _steps(self, letter: Letter) -> list[tuple[Stage, bytes]]:
        mail, rcpt = (
            b"MAIL FROM:<%b>" % letter.sender.encode(),
            b"RCPT TO:<%b>\r\n" % letter.recipient.encode(),
        )
        if "SIZE" in self.extensions:
            mail += b" SIZE=%d" % len(letter.content)
        if not letter.content.isascii():
            mail += b" BODY=8BITMIME"
        if not (letter.sender + letter.recipient).isascii():
            mail += b" SMTPUTF8"
        steps = [(Stage.MAIL, mail + b"\r\n"), (Stage.RCPT, rcpt), (Stage.DATA, b"DATA\r\n")]
        if self._needs_reset:
            self._needs_reset = False
            steps.insert(0, (Stage.RSET, b"RSET\r\n"))
        return steps

    def _foreseen_refusal(self, letter: Letter) -> Refused | None:
        limit = self.extensions.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(letter.content):
            return Refused(Stage.MAIL, PROMISES_BY_US["size"], by_us=True)
        if "SMTPUTF8" not in self.extensions and not (letter.sender + letter.recipient).isascii():
            return Refused(Stage.MAIL, PROMISES_BY_US["utf8"], by_us=True)
        if "8BITMIME" not in self.extensions and not letter.content.isascii():
            return Refused(Stage.MAIL, PROMISES_BY_US["8bit"], by_us=True)
        return None


def read_extensions(reply: Reply) -> dict[str, str]:
    """Keyword to parameters of an EHLO answer (RFC 5321 4.1.1.1); `AUTH=LOGIN` of old servers is AUTH."""
    found: dict[str, str] = {}
    for line in reply.text.splitlines()[1:]:
        keyword, _, rest = line.replace("=", " ", 1).strip().partition(" ")
        found[keyword.upper()] = f"{found.get(keyword.upper(), '')} {rest}".strip()
    return found


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())
