"""From where a request comes; the network of a stranger is shortened before it is kept: /24, or /48."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

SHORT = {4: 24, 6: 48}


def network_of(request: HttpRequest) -> str:
    """The visitor's network; empty where nobody but proxies of ours is named."""
    address = _visitor(request)
    return str(ip_network(f"{address}/{SHORT[address.version]}", strict=False)) if address else ""


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks; that of the connection where nobody but proxies of ours is named."""
    return str(_visitor(request) or request.META.get("REMOTE_ADDR", ""))


def _visitor(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """Only proxies of ours may say for whom they ask."""
    hops = [request.META.get("REMOTE_ADDR", ""), *reversed(request.headers.get("X-Forwarded-For", "").split(","))]
    for address in map(_read, hops):
        if address is None:
            break
        if not any(address in proxies for proxies in settings.TRUSTED_PROXIES):
            return address
    return None


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
