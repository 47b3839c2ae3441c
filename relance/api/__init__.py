"""The REST face (API-01)."""

from __future__ import annotations

from ninja import NinjaAPI

api = NinjaAPI(title="Relance", version="1", urls_namespace="api")
