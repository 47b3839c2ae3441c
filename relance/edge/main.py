"""What `relance edge` runs."""

from __future__ import annotations

from relance.edge.app import app
from relance.edge.server import serve


def run(*, host: str, port: int) -> None:
    """Serve the edge until told to stop."""
    serve(app, host=host, port=port)
