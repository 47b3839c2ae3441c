"""The public edge: what recipients' mail programs and browsers fetch, and the live stream of open pages.

    relance edge --port 8001

A bare RSGI application that imports neither Django nor the job engine, served by `edge.server`. Everything that it
learns goes through `relance.mail.tracking.note`, and is durable before the answer.

    /o/<token>.gif      an opening: always the same image, whatever the token (T1)
    /c/<token>          a click: on to the address that was stored with the mail, never to one from the request (T5)
    /f/<token>          a followed file, as long as its link is not ended (T7)
    /u/<token>          GET: the page of the web face, which changes nothing; POST: RFC 8058 one-click, at once (T4)
    /live?ticket=       news for the pages of the web face, as server-sent events
    /healthz, /readyz   the process answers; the database does
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs
from uuid import uuid4

from relance.edge import config, files, forms, visitors, words
from relance.edge.ledger import Ledger
from relance.edge.quick import WINDOW_SECONDS, Quick, Raw
from relance.edge.shelf import Shelf
from relance.edge.stream import Page, Stream, Transport
from relance.edge.targets import Targets, Unreachable
from relance.lib import tokens
from relance.lib.tokens import Kind, Token
from relance.mail.tracking.hits import NOTHING, Hit, HitKind, hit_id

GIF = bytes.fromhex(  # one transparent dot, 43 bytes
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
YOUNG = 50_000  # objects between two searches for garbage

FRESH = [("cache-control", "no-store, no-cache, private, max-age=0"), ("referrer-policy", "no-referrer")]
PLAIN = [*FRESH, ("x-content-type-options", "nosniff"), ("x-robots-tag", "noindex")]
IMAGE = [*PLAIN, ("content-type", "image/gif"), ("cross-origin-resource-policy", "cross-origin")]
TEXT = [*PLAIN, ("content-type", "text/plain; charset=utf-8")]
HTML = [
    *PLAIN,
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
]
EVENTS = [("content-type", "text/event-stream"), ("cache-control", "no-store"), ("x-accel-buffering", "no")]


class Scope(Protocol):
    """A request, as the server describes it."""

    proto: str
    client: str
    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> visitors.Headers:
        """The headers."""


class Answer(Protocol):
    """The way to answer."""

    def __aiter__(self) -> Any:
        """The body, piece by piece."""

    def client_disconnect(self) -> Awaitable[None]:
        """Ends when the visitor goes away."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """No body."""

    def response_str(self, status: int, headers: list[tuple[str, str]], body: str) -> None:
        """A text."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Bytes."""

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        """A file of the disk."""

    def response_file_range(self, status: int, headers: list[tuple[str, str]], file: str, start: int, end: int) -> None:
        """Some bytes of it."""

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Transport:
        """A body that is sent bit by bit."""


Door = Callable[[Scope, Answer, str], Awaitable[None]]


class Edge:
    """The application; its threads live from `__rsgi_init__` to `__rsgi_del__`."""

    IMAGE = (200, IMAGE, GIF)
    config: config.Config
    proxies: visitors.Proxies
    quick: Quick
    targets: Targets
    shelf: Shelf
    stream: Stream
    ledger: Ledger

    def __init__(self) -> None:
        self.doors: dict[str, Door] = {
            "o": self.opened, "c": self.clicked, "f": self.file, "u": self.unsubscribe,
        }  # fmt: skip
        self.rooms: dict[str, Door] = {"/live": self.live, "/healthz": self.healthz, "/readyz": self.readyz}

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        gc.freeze()  # what is loaded stays; what a request makes goes by itself, so there is little to look for
        gc.set_threshold(YOUNG)
        self.config = config.read(config.with_env_file(os.environ))
        self.proxies = visitors.Proxies(self.config.proxies)
        self.quick = Quick(self.config.token_key, self.proxies)
        self.targets = Targets(self.config.database)
        self.shelf = Shelf(self.config.files, place=self.config.bucket, copies=self.config.copies)
        self.stream = Stream(self.config.database, loop)
        self.ledger = Ledger(self.config, loop, self.targets.learn)
        self.ledger.start()
        self.stream.listener.start()

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stream.listener.ended.set()
        self.ledger.stop()
        self.targets.close()

    async def __rsgi__(self, scope: Scope, answer: Answer) -> None:
        """Find the door: `/o/<token>.gif` and its like, or one of the rooms."""
        door = self.doors.get(scope.path[1:2]) if scope.path[2:3] == "/" else self.rooms.get(scope.path)
        if scope.proto != "http" or door is None:
            return self.unknown(scope, answer)
        return await door(scope, answer, scope.path[3:])

    def quickly(self, request: Raw, done: Callable[[bool], None]) -> None:
        """Note the opening that this GET of `/o/` is; `done` hears when the image may be shown."""
        self.ledger.put(self.quick.hit(request, self.stream.now()), done)

    async def opened(self, scope: Scope, answer: Answer, name: str) -> None:
        """A pixel was fetched: the same image in the same time, whether the token is one of ours or not."""
        if scope.method not in ("GET", "HEAD"):
            return answer.response_empty(405, [*TEXT, ("allow", "GET, HEAD")])
        token = self._token(name.removesuffix(".gif"), Kind.OPEN, Kind.OPEN_AGGREGATE)
        await self.ledger.note(self._hit(scope, token, HitKind.OPEN) if token else None)
        answer.response_bytes(200, IMAGE, GIF)
        return None

    async def clicked(self, scope: Scope, answer: Answer, name: str) -> None:
        """A link was followed: note it, then lead on."""
        if scope.method not in ("GET", "HEAD"):
            return answer.response_empty(405, [*TEXT, ("allow", "GET, HEAD")])
        token = self._token(name, Kind.CLICK, Kind.CLICK_AGGREGATE)
        try:
            target = await self.targets.find(token) if token else None
        except Unreachable:
            return self._say(scope, answer, 503, words.LATER)
        if token is None or target is None:
            await self.ledger.note(None)
            return self.unknown(scope, answer)
        await self.ledger.note(self._hit(scope, token, HitKind.CLICK))
        return answer.response_empty(302, [*FRESH, ("location", target)])

    async def file(self, scope: Scope, answer: Answer, name: str) -> None:
        """A followed file. What begins at its first byte is an opening: neither HEAD nor the rest of a download."""
        if scope.method not in ("GET", "HEAD"):
            return answer.response_empty(405, [*TEXT, ("allow", "GET, HEAD")])
        token = self._token(name, Kind.FILE)
        try:
            file = await self.targets.file(token) if token else None
        except Unreachable:
            return self._say(scope, answer, 503, words.LATER)
        if token is None or file is None:
            return self.unknown(scope, answer)
        if file.revoked or (file.expires_at and file.expires_at <= self.stream.now()):
            return self._say(scope, answer, 410, words.ENDED)
        return await self._send(scope, answer, token, file)

    async def _send(self, scope: Scope, answer: Answer, token: Token, file: files.File) -> None:
        headers = [*PLAIN, *file.headers()]
        try:
            wanted = files.span(scope.headers.get("range") or "", file.size)
        except ValueError:
            return answer.response_empty(416, [*headers, ("content-range", f"bytes */{file.size}")])
        if scope.method == "HEAD":
            return answer.response_empty(200, [*headers, ("content-length", str(file.size))])
        place = await self.shelf.place(file)
        if place is None:
            return self._say(scope, answer, 503, words.LATER)
        if wanted is None or wanted[0] == 0:
            await self.ledger.note(self._hit(scope, token, HitKind.FILE))
        if wanted is None:
            return answer.response_file(200, headers, place)
        first, end = wanted
        told = [*headers, ("content-range", f"bytes {first}-{end - 1}/{file.size}")]
        return answer.response_file_range(206, told, place, first, end)

    async def unsubscribe(self, scope: Scope, answer: Answer, name: str) -> None:
        """GET and HEAD lead to the page and change nothing; only the body of RFC 8058 does."""
        token = self._token(name, Kind.UNSUBSCRIBE)
        if token is None:
            return self.unknown(scope, answer)
        if scope.method in ("GET", "HEAD"):
            return answer.response_empty(303, [*FRESH, ("location", f"{self.config.web}/unsubscribe/{name}")])
        if scope.method != "POST":
            return answer.response_empty(405, [*TEXT, ("allow", "GET, HEAD, POST")])
        if not await forms.is_one_click(scope.headers.get("content-type") or "", answer):
            return answer.response_str(400, TEXT, "The body must be List-Unsubscribe=One-Click (RFC 8058).\n")
        wish = {"scope": "marketing", "route": "one_click", "words": "List-Unsubscribe=One-Click"}
        durable = await self.ledger.note(self._hit(scope, token, HitKind.OPT_OUT, wish))
        return self._say(scope, answer, 200 if durable else 503, words.DONE if durable else words.LATER)

    async def live(self, scope: Scope, answer: Answer, _name: str) -> None:
        """News of the topics that a signed ticket names."""
        allowed = [("access-control-allow-origin", self.config.origin), ("vary", "origin")]
        ticket = parse_qs(scope.query_string).get("ticket", [""])[0]
        topics = tokens.read_ticket(self.config.ticket_key, ticket, datetime.now(UTC))
        if scope.method != "GET" or topics is None:
            return answer.response_str(401, [*TEXT, *allowed], "This ticket is not valid.\n")
        transport = answer.response_stream(200, [*EVENTS, *allowed])
        gone = asyncio.ensure_future(answer.client_disconnect())
        return await self.stream.follow(Page(topics), transport, gone)

    async def healthz(self, _scope: Scope, answer: Answer, _name: str) -> None:
        """The process answers."""
        answer.response_str(200, TEXT, "ok\n")

    async def readyz(self, _scope: Scope, answer: Answer, _name: str) -> None:
        """The database answers."""
        ready = await self.targets.is_reachable()
        answer.response_str(200 if ready else 503, TEXT, "ok\n" if ready else "the database does not answer\n")

    def unknown(self, scope: Scope, answer: Answer) -> None:
        """404, with a sentence."""
        self._say(scope, answer, 404, words.UNKNOWN)

    def _say(self, scope: Scope, answer: Answer, status: int, sentence: str) -> None:
        headers = [*HTML, ("retry-after", "60")] if status == 503 else HTML
        answer.response_str(status, headers, words.page(sentence, scope.headers.get("accept-language") or ""))

    def _token(self, text: str, *kinds: Kind) -> Token | None:
        """A token of ours of one of these kinds, spelled as we spell it."""
        token = tokens.read(self.config.token_key, text)
        return token if token and token.kind in kinds else None

    def _hit(self, scope: Scope, token: Token, kind: HitKind, detail: dict[str, str] | None = None) -> Hit:
        headers, at, method = scope.headers, self.stream.now(), scope.method
        agent = visitors.agent_of(headers)
        network = visitors.network_of(
            visitors.peer_of(scope.client), headers.get("x-forwarded-for") or "", self.proxies
        )
        about = f"{token.kind:d}\0{token.id}\0{token.link}\0{method}\0{agent}\0{network}"
        window = int(at.timestamp()) // WINDOW_SECONDS
        wish = kind is HitKind.OPT_OUT  # never mistaken for an earlier one, which may have been taken back
        return Hit(
            id=uuid4() if wish else hit_id(self.config.token_key, about, window=window),
            kind=kind,
            at=at,
            recipient_id=None if token.is_aggregate else token.id,
            content_id=token.id if token.is_aggregate else None,
            link=token.link or None,
            method=method,
            user_agent=agent,
            network=network,
            prefetch=visitors.is_prefetch(headers),
            session=visitors.session_of(headers),
            detail=detail or NOTHING,
        )


app = Edge()
