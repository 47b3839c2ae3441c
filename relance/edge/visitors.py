"""Who asks: the network, shortened before it is written; the mail program; whether it only fetches ahead. *(pure)*"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

from relance.edge.config import Network

SHORT = {4: 24, 6: 48}
AGENT_LENGTH = 300
PREFETCH = ("purpose", "sec-purpose", "x-purpose", "x-moz")
SESSION_COOKIE = "sessionid"


class Headers(Protocol):
    """The headers of a request."""

    def get(self, key: str, default: str = "") -> str:
        """One header, by its name in lower case."""


def network_of(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """The visitor's network, /24 or /48; only proxies of ours may say for whom they ask."""
    address = _address(peer)
    for hop in reversed(forwarded.split(",")):
        if address is None or not any(address in proxy for proxy in proxies):
            break
        address = _address(hop) or address
    if address is None:
        return ""
    return str(ip_network(f"{address}/{SHORT[address.version]}", strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address of `1.2.3.4`, `1.2.3.4:5`, `[::1]:5` or `::1`; one inside another is taken out."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def peer_of(client: str) -> str:
    """The address of the connection: the server writes `address:port` without brackets."""
    return client.rpartition(":")[0] or client


def agent_of(headers: Headers) -> str:
    """The User-Agent, clipped, without control characters."""
    agent = headers.get("user-agent") or ""
    return "".join(letter for letter in agent[:AGENT_LENGTH] if letter.isprintable())


def is_prefetch(headers: Headers) -> bool:
    """Whether the program says that nobody looks yet."""
    return any("prefetch" in (headers.get(name) or "").lower() for name in PREFETCH)


def session_of(headers: Headers) -> str:
    """The session of a colleague's browser, where the web face shares our host (T6)."""
    for part in (headers.get("cookie") or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == SESSION_COOKIE:
            return value[:40]
    return ""
