"""Send one request, and look at how it is answered: all within one deadline, from the name to the answer (X6, X20).

    answer = await post(target, headers, body, allows=rule)     # Answer(status=200, why="", took_ms=41)

A name is resolved once; we connect to an address that the rule allows, and follow no redirect. What counts is the
status line: of the rest a few kilobytes are read for politeness and kept nowhere, so that nothing of a server inside
can be learnt through us.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from time import monotonic

from relance.lib.reach import IPAddress
from relance.mail.transport import tls
from relance.webhooks.rules import Target

DEADLINE = 10.0
POLITE = 1.0
"""How long the rest of an answer is waited for, in seconds."""
MOST_HEAD, MOST_REST = 16_384, 4_096
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: |\r?\n)")
RETRY_AFTER = re.compile(rb"^retry-after:[ \t]*(\d{1,6})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)

_resolver = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook-names")
"""Threads of its own: a loop that ends waits for those that it brought along, however long a resolver hangs."""
_looking_up: dict[tuple[str, int], asyncio.Future[list[IPAddress]]] = {}
"""One question for a name at a time: a resolver that hangs holds one thread, however many wait for it."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How it went: the status if one came, a word of `Delivery.Why` unless it was taken, and the time in between."""

    status: int | None = None
    why: str = ""
    took_ms: int = 0
    wished: timedelta | None = None


class _Failed(Exception):
    """It went no further; `args[0]` is a word of `Delivery.Why`."""


async def post(
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    *,
    allows: Callable[[IPAddress], bool],
    deadline: float = DEADLINE,
    ca_file: str | None = None,
) -> Answer:
    """Send a body, and tell how it was answered. Raises nothing that a receiver can bring about."""
    began = monotonic()
    status, why, wished = None, "", None
    try:
        async with asyncio.timeout(deadline):
            head = await _exchange(target, _request(target, headers, body), allows=allows, ca_file=ca_file)
        status, why, wished = _judged(head)
    except _Failed as failed:
        why = failed.args[0]
    except TimeoutError:
        why = "timeout"
    return Answer(status=status, why=why, took_ms=int((monotonic() - began) * 1000), wished=wished)


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = {
        "Host": target.authority, "User-Agent": "Relance-Webhooks/1", "Accept": "*/*", "Connection": "close",
        "Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body)), **headers,
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def _judged(head: bytes) -> tuple[int, str, timedelta | None]:
    """What a head means: its status, what is wrong with it, and how long we are asked to wait."""
    found = STATUS.match(head)
    if found is None:
        raise _Failed("no_http")
    status = int(found[1])
    after = RETRY_AFTER.search(head)
    wished = timedelta(seconds=int(after[1])) if after else None
    if 200 <= status < 300:
        return status, "", None
    if status == 410:
        return status, "gone", None
    return status, "redirect" if 300 <= status < 400 else "status", wished


async def _exchange(
    target: Target, request: bytes, *, allows: Callable[[IPAddress], bool], ca_file: str | None
) -> bytes:
    """Connect, send, and read the head of the answer."""
    reader, writer = await _connected(target, allows=allows, ca_file=ca_file)
    try:
        writer.write(request)
        with suppress(ConnectionError):  # it may have answered before it had read all
            await writer.drain()
        head = await _head(reader)
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(POLITE):
                await _rest(reader, head)
        return head
    finally:
        writer.transport.abort()


async def _connected(
    target: Target, *, allows: Callable[[IPAddress], bool], ca_file: str | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first address that is allowed and answers."""
    allowed = [address for address in await _resolved(target.host, target.port) if allows(address)]
    if not allowed:
        raise _Failed("inner")
    context, name = (tls.context(ca_file), target.host) if target.secure else (None, None)
    why = "no_way"
    for address in allowed:
        try:
            return await asyncio.open_connection(
                str(address), target.port, limit=MOST_HEAD, ssl=context, server_hostname=name
            )
        except ssl.SSLError:
            why = "tls"
        except OSError:
            continue
    raise _Failed(why)


async def _resolved(host: str, port: int) -> list[IPAddress]:
    """Every address of a name, in the order of the resolver."""
    waiting = _looking_up.get((host, port))
    if waiting is None or waiting.get_loop() is not asyncio.get_running_loop():
        waiting = asyncio.ensure_future(_look_up(host, port))
        _looking_up[host, port] = waiting
        waiting.add_done_callback(lambda done: _looked_up((host, port), done))
    return await asyncio.shield(waiting)


def _looked_up(name: tuple[str, int], done: asyncio.Future[list[IPAddress]]) -> None:
    if _looking_up.get(name) is done:
        del _looking_up[name]
    if not done.cancelled():
        done.exception()  # seen, even if nobody waits for it any more


async def _look_up(host: str, port: int) -> list[IPAddress]:
    try:
        found = await asyncio.get_running_loop().run_in_executor(
            _resolver, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError):
        raise _Failed("name") from None
    return list(dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in found))


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The head of the final answer; what comes before it (100, 103) is passed over."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as cut:
            raise _Failed("no_http" if cut.partial else "broken") from None
        except asyncio.LimitOverrunError:
            raise _Failed("no_http") from None
        except OSError:
            raise _Failed("broken") from None
        found = STATUS.match(head)
        if found is None or found[1][:1] != b"1":
            return head


async def _rest(reader: asyncio.StreamReader, head: bytes) -> None:
    """Let the receiver finish its answer, if it is short."""
    length = LENGTH.search(head)
    left = min(int(length[1]) if length else MOST_REST, MOST_REST)
    while left > 0 and (read := await reader.read(left)):
        left -= len(read)
        if not length and read.endswith(b"0\r\n\r\n"):
            return
