"""Addresses of pages that nearly every page names: found once, not looked for among all patterns each time (L1)."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse


def href(name: str, *args: int | str) -> str:
    """As `reverse`. Raises NoReverseMatch."""
    return _found(name, args, get_urlconf(), get_script_prefix())


@lru_cache(1024)
def _found(name: str, args: tuple[int | str, ...], urlconf: str | None, _prefix: str) -> str:
    return reverse(name, urlconf, args)
