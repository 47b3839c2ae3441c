"""The REST face (API-01): the same actions and policy as the pages, under `/api/v1`, with bearer tokens."""

from relance.api.root import api

__all__ = ["api"]
