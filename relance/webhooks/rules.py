"""What is told, how it is signed, where it may go, and when it is tried again. *(pure)*

headers("whsec_…", event_id="msg_1", at=now, body=b"{}")     # the three of Standard Webhooks
next_try(1, after=now, chance=0.5)                           # ten seconds later
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

from relance.lib.reach import IPAddress, public_address

TYPES = (
    "mail.sent", "mail.opened", "mail.clicked", "mail.replied", "mail.bounced", "mail.complained",
    "person.created", "person.unsubscribed", "form.submitted", "sequence.finished",
    "deal.changed", "deal.moved", "deal.won", "deal.lost", "record.created", "record.updated", "record.deleted",
)  # fmt: skip
TEST = "webhook.test"
"""What the button of the page sends; nobody subscribes to it."""

SECRET_BYTES = 32
OLD_SECRET_LASTS = timedelta(days=1)
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 2 * 3600, 5 * 3600, 8 * 3600, 8 * 3600))
"""Before the second try, the third, and so on: nine tries in all, the last one a day after the first."""
JITTER = 0.2
LONGEST_WISH = timedelta(hours=1)
"""The longest that a receiver may put us off with Retry-After."""
PATIENT_WITH = 5
LONGEST_REST = timedelta(minutes=5)
PATIENCE = timedelta(days=3)
"""A webhook to which nothing could be delivered for so long is switched off."""

PORTS = frozenset({443, 8443})
LONGEST_URL = 500
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|[0-9a-f:.]+", re.ASCII)

Network = IPv4Network | IPv6Network


class BadUrl(ValueError):
    """An address that nothing can be sent to; `args[0]` says why in a word: written, scheme, port or account."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to send: `path` with its query, `authority` as it stands in Host."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The host as requests name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Read an address. Raises BadUrl."""
    text = url.strip()
    if not text or len(text) > LONGEST_URL or re.search(r"[\s\\\x00-\x1f\x7f]", text):
        raise BadUrl("written")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadUrl("written") from None
    if parts.scheme not in ("http", "https"):
        raise BadUrl("scheme")
    if "@" in parts.netloc:
        raise BadUrl("account")
    if port == 0:
        raise BadUrl("port")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise BadUrl("written")
    return Target(secure=secure, host=_host(host), port=port or (443 if secure else 80), path=path)


def _host(host: str) -> str:
    """As DNS knows it."""
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise BadUrl("written") from None
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise BadUrl("written")
    return host


def permitted(target: Target, address: IPAddress, networks: Sequence[Network]) -> bool:
    """Whether we connect (X6): to the outer world with TLS and on usual ports; inside only where it was allowed."""
    if any(address in network for network in networks if network.version == address.version):
        return True
    return target.secure and target.port in PORTS and public_address(address)


def body_of(*, event_id: str, kind: str, at: datetime, data: Mapping[str, object]) -> bytes:
    """What is sent; the same bytes at every try."""
    told = {"id": event_id, "type": kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers(secrets: Sequence[str], *, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three of Standard Webhooks; a signature for each secret that is valid."""
    seconds = int(at.timestamp())
    signed = f"{event_id}.{seconds}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()


def secret_of(random: bytes) -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(random).decode()


def next_try(tries: int, *, after: datetime, chance: float, wished: timedelta | None = None) -> datetime | None:
    """When to try again after so many; None: no more. `chance` from 0 to 1 spreads the tries of many deliveries."""
    if tries > len(DELAYS):
        return None
    delay = DELAYS[tries - 1] * (1 + JITTER * (2 * chance - 1))
    return after + max(delay, min(wished or timedelta(), LONGEST_WISH))


def rest(misses: int) -> timedelta:
    """How long a receiver that failed so many times in a row is left alone, whatever waits for it."""
    if misses < PATIENT_WITH:
        return timedelta()
    return min(timedelta(seconds=2 ** min(misses - PATIENT_WITH, 16)), LONGEST_REST)


def has_failed_for_good(failing_since: datetime | None, *, now: datetime) -> bool:
    """Whether it is time to switch a webhook off."""
    return failing_since is not None and now - failing_since >= PATIENCE
