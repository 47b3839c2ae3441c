"""Who asks: the network, shortened before it is written; the mail program; whether it only fetches ahead. *(pure)*"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton
from typing import Protocol

from relance.edge.config import Network

SHORT = {4: 24, 6: 48}
AGENT_LENGTH = 300
PREFETCH = ("purpose", "sec-purpose", "x-purpose", "x-moz")
SESSION_COOKIE = "sessionid"
REMEMBERED = 1_000


class Headers(Protocol):
    """The headers of a request."""

    def get(self, key: str, default: str = "") -> str:
        """One header, by its name in lower case."""


class Proxies:
    """The machines that may say for whom they ask."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self.networks = tuple(networks)
        self.known: dict[str, bool] = {}

    def __contains__(self, hop: str) -> bool:
        known = self.known.get(hop)
        if known is None:
            address = _address(hop)
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            known = self.known[hop] = address is not None and any(address in each for each in self.networks)
        return known


def network_of(peer: str, forwarded: str, proxies: Proxies) -> str:
    """The visitor's network, /24 or /48; only proxies of ours may say for whom they ask."""
    network = _shortened(peer)
    for hop in reversed(forwarded.split(",")) if forwarded else ():
        if not network or peer not in proxies:
            break
        if found := _shortened(hop):
            peer, network = hop, found
    return network


@lru_cache(maxsize=4096)
def _shortened(hop: str) -> str:
    """The network of an address; nothing for what is none."""
    try:
        first, second, third, _ = inet_pton(AF_INET, hop.strip())
    except (OSError, ValueError):
        address = _address(hop)
        return str(ip_network(f"{address}/{SHORT[address.version]}", strict=False)) if address else ""
    return f"{first}.{second}.{third}.0/{SHORT[4]}"


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
    agent = (headers.get("user-agent") or "")[:AGENT_LENGTH]
    return agent if agent.isprintable() else "".join(letter for letter in agent if letter.isprintable())


def is_prefetch(headers: Headers) -> bool:
    """Whether the program says that nobody looks yet."""
    return any("prefetch" in said.lower() for name in PREFETCH if (said := headers.get(name)))


def session_of(headers: Headers) -> str:
    """The session of a colleague's browser, where the web face shares our host (T6)."""
    if not (cookies := headers.get("cookie")):
        return ""
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        if name == SESSION_COOKIE:
            return value[:40]
    return ""
