"""Deals as they declare themselves."""

from __future__ import annotations


def declare_module() -> None:
    """Make deals known."""
