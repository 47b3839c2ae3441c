"""Reach the relay: resolve once, connect to that address, and put TLS on the connection."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

from relance.lib.reach import IPAddress
from relance.mail.transport import tls
from relance.mail.transport.outcome import Cause, NoSession, Stage
from relance.mail.transport.relay import Relay
from relance.mail.transport.wire import Wire


async def dial(relay: Relay) -> Wire:
    """An open connection without TLS. All addresses are tried within one deadline. Raises NoSession."""
    addresses = await _resolve(relay)
    try:
        async with asyncio.timeout(relay.patience[Stage.CONNECT]):
            return await _first_that_answers(relay, addresses)
    except TimeoutError:
        raise NoSession(Stage.CONNECT, Cause.TIMEOUT) from None


async def _resolve(relay: Relay) -> list[IPAddress]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(relay.patience[Stage.NAME]):
            found = await loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise NoSession(Stage.NAME, Cause.TIMEOUT) from None
    except (OSError, UnicodeError) as error:
        raise NoSession(Stage.NAME, Cause.NAME_NOT_FOUND, detail=str(error)) from None
    addresses = list(dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in found))
    allowed = [address for address in addresses if relay.allows(address)]
    if not allowed:
        raise NoSession(Stage.NAME, Cause.ADDRESS_NOT_ALLOWED)
    return allowed


async def _first_that_answers(relay: Relay, addresses: list[IPAddress]) -> Wire:
    loop = asyncio.get_running_loop()
    failure = NoSession(Stage.CONNECT, Cause.UNREACHABLE)
    for address in addresses:
        try:
            _, wire = await loop.create_connection(lambda: Wire(relay.patience), str(address), relay.port)
        except ConnectionRefusedError as error:
            failure = NoSession(Stage.CONNECT, Cause.CONNECTION_REFUSED, detail=str(error))
        except ConnectionError as error:  # taken, and dropped at once
            failure = NoSession(Stage.GREETING, Cause.CLOSED, detail=str(error))
        except OSError as error:
            failure = NoSession(Stage.CONNECT, Cause.UNREACHABLE, detail=str(error))
        else:
            return wire
    raise failure


async def secure(wire: Wire, relay: Relay) -> None:
    """Put TLS on the connection and verify the relay's certificate. Raises NoSession naming the cause."""
    if wire.has_unread:  # plaintext smuggled in before the handshake (CVE-2011-0411)
        raise NoSession(Stage.TLS, Cause.TLS_FAILED, detail="the relay spoke before the handshake")
    if wire.transport is None or not wire.is_open:
        raise NoSession(Stage.TLS, Cause.CLOSED)
    try:
        async with asyncio.timeout(relay.patience[Stage.TLS]):
            wire.transport = await wire.loop.start_tls(
                wire.transport, wire, tls.context(relay.ca_file), server_hostname=relay.host
            )
    except OSError as error:  # ssl.SSLError and TimeoutError are OSErrors
        raise NoSession(Stage.TLS, tls.cause_of(error), detail=str(error).partition(" (_ssl.c:")[0]) from None
