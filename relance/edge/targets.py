"""Where links lead: only ever to the address that was stored with the mail's content (T5).

Kept in memory by content, and which content each recipient was sent, so that a redirect works while the database is
away once somebody has opened or clicked (T8).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, LiteralString, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from relance.edge.files import FILE_OF, File
from relance.edge.pens import connect
from relance.lib.tokens import Token
from relance.mail.tracking.stamp import is_trackable

RECIPIENTS = 200_000
CONTENTS = 2_000
PATIENCE_SECONDS = 2.0
CONTENT_OF = "SELECT m.content_id FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id WHERE r.id = %s"
LINKS_OF = "SELECT links FROM mail_content WHERE id = %s"
SAFE = "%/:=&?~#+!$,;'@()*[]"

Links = dict[int, str]
T = TypeVar("T")


class Unreachable(Exception):
    """The database does not answer, and the link is not known yet."""


class Targets:
    """The links of contents, read on demand by one thread."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.contents: dict[int, int] = {}  # recipient -> content
        self.links: dict[int, Links] = {}  # content -> number -> address
        self.reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="targets")
        self.connection: psycopg.Connection | None = None
        self.asked: set[int] = set()

    async def find(self, token: Token) -> str | None:
        """The address behind a link, ready for a Location header; None if there is none. Raises Unreachable."""
        content = token.id if token.is_aggregate else self.contents.get(token.id)
        known = self.links.get(content) if content is not None else None
        if known is None:
            known = await self._ask(token)
        url = known.get(token.link)
        return location(url) if url is not None and is_trackable(url) else None

    async def file(self, token: Token) -> File | None:
        """What a file's token leads to now: asked anew each time, so that an ended link ends. Raises Unreachable."""
        found = await self._in_time(lambda: (self._row(FILE_OF, token.link, token.id),))
        if found is None:
            raise Unreachable
        return File.of(found[0]) if found[0] else None

    def learn(self, contents: Mapping[int, int]) -> None:
        """Recipients who have just been heard of may click next; read their links now."""
        self.contents.update(contents)
        _trim(self.contents, RECIPIENTS)
        for content in {*contents.values()} - self.links.keys() - self.asked:
            self.asked.add(content)
            self.reader.submit(self._read_ahead, content)

    async def is_reachable(self) -> bool:
        """Whether the database answers."""
        return await self._in_time(self._answers) is True

    def close(self) -> None:
        """End the reading thread."""
        self.reader.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, token: Token) -> Links:
        found = await self._in_time(lambda: self._read(token))
        if found is None:
            raise Unreachable
        return found

    async def _in_time(self, call: Callable[[], T]) -> T | None:
        """What the reading thread finds, or None if the database is slow or away."""
        task = asyncio.get_running_loop().run_in_executor(self.reader, call)
        try:
            return await asyncio.wait_for(task, PATIENCE_SECONDS)
        except (psycopg.Error, TimeoutError):
            return None

    def _read(self, token: Token) -> Links:
        if token.is_aggregate:
            return self._links(token.id)
        row = self._row(CONTENT_OF, token.id)
        if row is None:
            return {}
        self.contents[token.id] = row[0]
        _trim(self.contents, RECIPIENTS)
        return self._links(row[0])

    def _links(self, content: int) -> Links:
        if content not in self.links:
            row = self._row(LINKS_OF, content)
            if row is None:
                return {}
            self.links[content] = {link["number"]: link["url"] for link in row[0]}
            _trim(self.links, CONTENTS)
        return self.links[content]

    def _read_ahead(self, content: int) -> None:
        with suppress(psycopg.Error):
            self._links(content)
        self.asked.discard(content)

    def _answers(self) -> bool:
        return self._row("SELECT %s", 1) is not None

    def _row(self, sql: LiteralString, *parameters: int) -> tuple[Any, ...] | None:
        """One row; a connection that was lost while idle is opened again."""
        if self.connection is None or self.connection.closed or self.connection.broken:
            self.connection = connect(self.database)
        try:
            return self.connection.execute(sql, parameters).fetchone()
        except psycopg.OperationalError:
            self.connection = connect(self.database)
            return self.connection.execute(sql, parameters).fetchone()


def location(url: str) -> str | None:
    """An address as a header may carry it: its host in ASCII, the rest percent-encoded once; None if it cannot."""
    parts = urlsplit(url)
    try:
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except UnicodeError:
        return None
    rest = (quote(part, safe=SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, *rest))


def _trim(known: dict[int, Any], size: int) -> None:
    while len(known) > size:
        del known[next(iter(known))]
