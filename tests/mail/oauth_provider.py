"""A small OAuth 2.0 provider on loopback: who signs in consents at once, unless it is told otherwise.

It knows one client, holds to PKCE (RFC 7636), gives each refresh token once, and tells Dovecot whose a token is
(RFC 7662).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "relance-client", "a-client-secret"


class Provider:
    """What it has given, and how it behaves."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.life = 3600
        self.who = "ann@helionne.example"
        self.refuses = self.is_away = False
        self.subject, self.is_verified = "subject-1", True
        self.codes: dict[str, tuple[str, str, str]] = {}
        self.refreshing: dict[str, str] = {}
        self.access: dict[str, str] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service(self) -> dict[str, str]:
        """As an administrator describes it."""
        return {
            "preset": "own", "name": "Maison", "authorize_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token", "scopes": "mail.read mail.send", "client_id": CLIENT,
        }  # fmt: skip

    def revoke(self) -> None:
        """She takes her consent back: nothing that was given is good any more."""
        self.refreshing.clear()
        self.access.clear()

    def forget_access(self) -> None:
        """Access tokens end before their time; the refresh token is still good."""
        self.access.clear()

    def authorize(self, told: dict[str, str]) -> str:
        back = told["redirect_uri"]
        if told.get("client_id") != CLIENT or told.get("code_challenge_method") != "S256" or not told.get("state"):
            return f"{back}?{urlencode({'error': 'invalid_request', 'state': told.get('state', '')})}"
        if self.refuses:
            return f"{back}?{urlencode({'error': 'access_denied', 'state': told['state']})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = told["code_challenge"], back, told.get("login_hint", self.who)
        return f"{back}?{urlencode({'code': code, 'state': told['state']})}"

    def token(self, told: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.asked.append(told.get("grant_type", ""))
        if told.get("client_id") != CLIENT or told.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        if told["grant_type"] == "authorization_code":
            challenge, back, who = self.codes.pop(told.get("code", ""), ("", "", ""))
            digest = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
            if not who or back != told.get("redirect_uri"):
                return 400, {"error": "invalid_grant"}
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
                return 400, {"error": "invalid_grant"}
        else:
            who = self.refreshing.pop(told.get("refresh_token", ""), "")
            if not who:
                return 400, {"error": "invalid_grant"}
        access, again = f"at-{secrets.token_urlsafe(24)}", f"rt-{secrets.token_urlsafe(24)}"
        self.access[access], self.refreshing[again] = who, who
        return 200, {"access_token": access, "refresh_token": again, "expires_in": self.life, "token_type": "Bearer"}

    @property
    def described(self) -> dict[str, object]:
        """Itself, as OpenID Connect Discovery has it."""
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys", "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip

    def userinfo(self, token: str) -> dict[str, object]:
        who = self.access.get(token)
        return {"sub": self.subject, "email": who, "email_verified": self.is_verified} if who else {}

    def introspect(self, token: str) -> dict[str, object]:
        who = self.access.get(token)
        return {"active": True, "email": who, "username": who} if who else {"active": False}


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = urlsplit(self.path)
        told = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if asked.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(told))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif asked.path == "/.well-known/openid-configuration":
            self._say(200, self.provider.described)
        elif asked.path == "/userinfo":
            self._say(200, self.provider.userinfo(self.headers.get("Authorization", "").removeprefix("Bearer ")))
        elif asked.path == "/introspect":
            self._say(200, self.provider.introspect(told.get("token", "")))
        else:
            self._say(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.provider.is_away:
            return self._say(503, {"error": "temporarily_unavailable"})
        return self._say(*self.provider.token({name: values[0] for name, values in parse_qs(body).items()}))

    def _say(self, status, told):
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def oauth_provider():
    """A running provider."""
    handler = type("OwnHandler", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.provider = Provider(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield handler.provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
