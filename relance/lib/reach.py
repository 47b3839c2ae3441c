"""Which addresses of the network we connect to: the one rule against being led inside (X6) *(pure)*.

    public_address(ip_address("169.254.169.254"))    # False

Whoever connects resolves a name once, asks the rule about each address, and connects to that very address: a name that
answers differently a moment later leads nowhere else. How a host was written (`0177.0.0.1`, `2130706433`) does not
matter, since the rule sees what it was resolved to.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

IPAddress = IPv4Address | IPv6Address

CLOTHES = tuple(
    ip_network(text)
    for text in (
        "::/96",  # IPv4-compatible (RFC 4291 2.5.5.1)
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 of one's own (RFC 8215)
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "100::/64",  # discard
        "fec0::/10",  # site-local, long withdrawn and still routed here and there
    )
)
"""IPv6 that carries an IPv4 address inside, or leads nowhere that a stranger's server could stand."""
NOWHERE = tuple(ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24"))
"""IPv4 that Python's own list lets pass, wholly or in part: protocol assignments, the old 6to4 relays."""


def any_address(address: IPAddress) -> bool:
    """The rule where an administrator named the server: one on loopback or in the house is usual."""
    return not address.is_unspecified and not address.is_multicast


def public_address(address: IPAddress) -> bool:
    """The rule where anybody else did: no private, loopback, link-local, reserved or mapped one."""
    if any(address in network for network in (CLOTHES if address.version == 6 else NOWHERE)):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_link_local)
