"""Single sign-on: one OpenID Connect provider of the organisation, named in the environment (ADM-05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROVIDER = "sso"
VARIABLES = ("RELANCE_SSO_URL", "RELANCE_SSO_CLIENT", "RELANCE_SSO_SECRET", "RELANCE_SSO_NAME")


def providers(told: Mapping[str, str]) -> dict[str, dict[str, Any]]:  # Any: allauth's own form
    """The provider as allauth takes it; nothing where none is named.

    `RELANCE_SSO_URL`, `_CLIENT` and `_SECRET` name it, `RELANCE_SSO_NAME` is what the button says.
    """
    if not told.get("RELANCE_SSO_URL"):
        return {}
    app = {
        "provider_id": PROVIDER,
        "name": told.get("RELANCE_SSO_NAME") or "SSO",
        "client_id": told.get("RELANCE_SSO_CLIENT", ""),
        "secret": told.get("RELANCE_SSO_SECRET", ""),
        "settings": {"server_url": told["RELANCE_SSO_URL"]},
    }
    return {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
