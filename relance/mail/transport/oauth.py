"""Sign in to a mailbox without its password (OAuth 2.0, RFC 6749, with PKCE, RFC 7636).

    begun = begin(client, back_to="https://.../done", hint="ann@example.com")    # send her to begun.url
    grant = exchange(client, code, begun.verifier, back_to="...")                # she came back with a code
    grant = refresh(client, grant)                                               # before it expires

Tokens live by the real clock, not by the workspace's. Nothing here is logged: every text may hold a secret.
oauthlib and requests are imported where they are used: they weigh 8 MB in every process, and few mailboxes need them.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum

PATIENCE = (10.0, 20.0)  # seconds to connect, and to be answered
LONGEST_ANSWER = 100_000
EARLY = 120.0  # seconds before its end from which a token is renewed
USUAL_LIFE = 3600.0
MISTAKEN = ("invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type")


class Why(StrEnum):
    """Why a service gave nothing."""

    REVOKED = "revoked"  # her consent ended, or she never gave it: she has to sign in again
    MISTAKEN = "mistaken"  # it does not know us: an administrator has to look at the client
    AWAY = "away"  # it does not answer: later


class NoGrant(Exception):
    """The service gave no token."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Client:
    """This installation as a service knows it."""

    authorize_url: str
    token_url: str
    client_id: str
    secret: str = field(repr=False)
    scopes: str
    asks_for_long: bool = False
    """Google gives a token for the time after the first hour only to those who ask so."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A sign-in that has begun: where she goes, and what must be known when she comes back."""

    url: str
    state: str
    verifier: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What the service has granted; `until` in seconds since 1970."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    until: float

    def is_fresh(self, *, at: float | None = None) -> bool:
        """Whether its token is good for a while yet."""
        return (time.time() if at is None else at) < self.until - EARLY

    def written(self) -> str:
        """As it is sealed."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Grant:
        """What `written` wrote."""
        return cls(**json.loads(text))


def begin(client: Client, *, back_to: str, hint: str) -> Begun:
    """Where she signs in and consents. Raises NoGrant for an address that is not protected (https)."""
    from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

    state = secrets.token_urlsafe(32)
    known = WebApplicationClient(client.client_id)
    verifier = known.create_code_verifier(64)
    challenge = known.create_code_challenge(verifier, "S256")
    more = {"access_type": "offline", "prompt": "consent"} if client.asks_for_long else {}
    try:
        url = known.prepare_request_uri(
            client.authorize_url, redirect_uri=back_to, scope=client.scopes.split(), state=state,
            code_challenge=challenge, code_challenge_method="S256", login_hint=hint, **more,
        )  # fmt: skip
    except OAuth2Error as error:
        raise NoGrant(Why.MISTAKEN) from error
    return Begun(url=url, state=state, verifier=verifier)


def exchange(client: Client, code: str, verifier: str, *, back_to: str) -> Grant:
    """The first tokens, for the code with which she came back. Raises NoGrant."""
    from oauthlib.oauth2 import WebApplicationClient

    body = WebApplicationClient(client.client_id).prepare_request_body(
        code=code, redirect_uri=back_to, code_verifier=verifier, client_secret=client.secret
    )
    grant = _asked(client, body, before="")
    if not grant.refresh:
        raise NoGrant(Why.MISTAKEN)  # it would end within the hour
    return grant


def refresh(client: Client, grant: Grant) -> Grant:
    """New tokens; some services give another refresh token each time, and only the last one counts. Raises NoGrant."""
    from oauthlib.oauth2 import WebApplicationClient

    body = WebApplicationClient(client.client_id).prepare_refresh_body(
        refresh_token=grant.refresh, client_id=client.client_id, client_secret=client.secret
    )
    return _asked(client, body, before=grant.refresh)


def _asked(client: Client, body: str, *, before: str) -> Grant:
    import requests

    if not client.token_url.startswith("https://") and not _is_loopback(client.token_url):
        raise NoGrant(Why.MISTAKEN)  # a secret never travels in the open
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = requests.post(
            client.token_url, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False, stream=True
        )
        with answer:
            text = answer.raw.read(LONGEST_ANSWER, decode_content=True)
            status = answer.status_code
    except (requests.RequestException, OSError):
        raise NoGrant(Why.AWAY) from None
    return _read(text, status, before)


def _is_loopback(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "http://localhost:", "http://[::1]:"))


def _read(text: bytes, status: int, before: str) -> Grant:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if status >= 500 or not isinstance(told, dict):
        raise NoGrant(Why.AWAY)
    if status != 200 or not isinstance(told.get("access_token"), str):
        raise NoGrant(Why.MISTAKEN if told.get("error") in MISTAKEN else Why.REVOKED)
    again, life = told.get("refresh_token"), told.get("expires_in")
    seconds = float(life) if isinstance(life, int | float | str) and str(life).isdigit() else USUAL_LIFE
    return Grant(
        access=told["access_token"], refresh=again if isinstance(again, str) else before, until=time.time() + seconds
    )


TokenOf = Callable[[bool], str]
"""The present access token; True: a new one, since the server has refused that one. Raises NoGrant."""
