"""How long the fault tests run: `--kills 200 --restarts 10 --opt-outs 200` for the long forms."""

from __future__ import annotations

import pytest

OPTIONS = {
    "--kills": (12, "kill -9 in the middle of a list; beyond 50, a list of 10,000 (G1)"),
    "--restarts": (3, "restarts of the database under a running mass mail (G3)"),
    "--opt-outs": (50, "opt-outs while a mass mail runs (G5)"),
}


def add(parser: pytest.Parser) -> None:
    """Declare them."""
    group = parser.getgroup("relance", "how hard to try")
    for name, (default, words) in OPTIONS.items():
        group.addoption(name, type=int, default=default, metavar="N", help=f"{words}; default {default}")
