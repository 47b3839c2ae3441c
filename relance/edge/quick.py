"""The usual opening read in few steps: from the bytes of a request straight to the hit that `Edge` would make of it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from relance.edge import visitors
from relance.lib import tokens
from relance.lib.tokens import Kind, Token
from relance.mail.tracking.hits import NOTHING, Hit, HitKind, hit_id

WINDOW_SECONDS = 10  # the same request within this time is the same hit (T1)
OPENINGS = frozenset({Kind.OPEN, Kind.OPEN_AGGREGATE})
PREFETCH = frozenset(name.encode() for name in visitors.PREFETCH)
USUAL = len("/o/.gif") + tokens.LENGTH
REMEMBERED = 4_096


class Raw(Protocol):
    """A request as it came."""

    client: str
    method: str
    url: bytes
    raw: dict[bytes, bytes]

    @property
    def headers(self) -> visitors.Headers:
        """The same as words."""


class Quick:
    """Reads openings; remembers the names of mail programs, which are few."""

    def __init__(self, key: bytes, proxies: visitors.Proxies) -> None:
        self.key, self.proxies = key, proxies
        self.read = tokens.reader(key)
        self.agents: dict[bytes, str] = {}

    def hit(self, request: Raw, at: datetime) -> Hit | None:
        """The opening that this request is, if its token is one of ours."""
        token = self._token(request.url)
        if token is None:
            return None
        raw = request.raw
        session = visitors.session_of(request.headers) if b"cookie" in raw else ""
        prefetch = not PREFETCH.isdisjoint(raw) and visitors.is_prefetch(request.headers)
        forwarded = raw.get(b"x-forwarded-for", b"").decode("utf-8", "replace")
        network = visitors.network_of(visitors.peer_of(request.client), forwarded, self.proxies)
        agent, id, method = self._agent(request), token.id, request.method
        about = f"{token.kind:d}\0{id}\0{token.link}\0{method}\0{agent}\0{network}"
        known = hit_id(self.key, about, window=int(at.timestamp()) // WINDOW_SECONDS)
        whose, content = (None, id) if token.kind is Kind.OPEN_AGGREGATE else (id, None)
        return Hit(
            known,
            HitKind.OPEN,
            at,
            whose,
            content,
            token.link or None,
            method,
            agent,
            network,
            prefetch,
            session,
            NOTHING,
        )

    def _token(self, url: bytes) -> Token | None:
        if len(url) == USUAL and url.endswith(b".gif"):
            token = self.read(url[3:-4])
        else:
            token = self.read(url.partition(b"?")[0][3:].removesuffix(b".gif"))
        return token if token is not None and token.kind in OPENINGS else None

    def _agent(self, request: Raw) -> str:
        name = request.raw.get(b"user-agent", b"")
        agent = self.agents.get(name)
        if agent is None:
            if len(self.agents) >= REMEMBERED:
                self.agents.clear()
            agent = self.agents[name] = visitors.agent_of(request.headers)
        return agent
