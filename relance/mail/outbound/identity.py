"""Who a copy is on the wire: its Message-ID and its envelope sender, the same at every attempt *(pure)*."""

from __future__ import annotations

from relance.lib import tokens

LONGEST_PREFIX = 64 - len("+") - tokens.ADDRESS
"""What fits before a signature in a local part of 64 (RFC 5321 4.5.3.1.1)."""


def message_id(key: bytes, *, send_key: str, normal: str, from_address: str) -> str:
    """The Message-ID of one message's copy to one address, at the domain of From (QUALITY 5)."""
    return tokens.message_id(key, f"{send_key} {normal}", from_address.rpartition("@")[2])


def envelope_sender(key: bytes, *, recipient_id: int, mailbox_address: str, bounce_domain: str) -> str:
    """The signed address to which this copy bounces: at the bounce domain, else a plus address of the mailbox."""
    prefix, domain = bounces_at(mailbox_address, bounce_domain)
    return tokens.verp(key, recipient_id, domain, prefix=prefix)


def bounces_at(mailbox_address: str, bounce_domain: str) -> tuple[str, str]:
    """What stands before the signature and after the @ of the addresses to which a mailbox's copies bounce."""
    local, _, domain = mailbox_address.rpartition("@")
    if bounce_domain:
        return tokens.BOUNCE, bounce_domain
    return (local if len(local) <= LONGEST_PREFIX else tokens.BOUNCE), domain
