"""However an inner address is written or dressed, it is not taken for one of the outer world (X6)."""

import socket
from ipaddress import ip_address

import pytest

from relance.lib.reach import any_address, public_address

INNER = [
    "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "2130706433", "017700000001", "0177.0.0.1", "0x7f.0.0.1",
    "0x7f000001", "0x7f.1", "localhost", "0.0.0.0", "0", "10.0.0.1", "10.1", "167772161", "172.16.0.1",
    "172.31.255.254", "192.168.1.1", "3232235777", "0xc0a80101", "100.64.0.1", "169.254.169.254", "2852039166",
    "0xa9fea9fe", "169.254.170.2", "192.0.0.8", "192.0.0.9", "192.0.0.192", "198.18.0.1", "192.88.99.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1",
    "::ffff:0:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
]  # fmt: skip
OUTER = [
    "93.184.216.34", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4007:80c::200e",
]  # fmt: skip


def resolved(host):
    """What a program would connect to; a notation that nobody understands leads nowhere."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


@pytest.mark.shows("X6")
@pytest.mark.parametrize("host", INNER)
def test_no_notation_of_an_inner_address_passes_for_a_public_one(host):
    assert not [address for address in resolved(host) if public_address(address)]


@pytest.mark.shows("X6")
@pytest.mark.parametrize("host", OUTER)
def test_the_outer_world_is_reached(host):
    assert [public_address(address) for address in resolved(host)] == [True]


@pytest.mark.shows("X6")
def test_an_administrator_may_name_a_server_in_the_house_but_none_that_is_nowhere():
    allowed = {host: any_address(ip_address(host)) for host in ("127.0.0.1", "10.0.0.1", "0.0.0.0", "224.0.0.1")}

    assert allowed == {"127.0.0.1": True, "10.0.0.1": True, "0.0.0.0": False, "224.0.0.1": False}
