"""The drawings inlined in pages: Lucide's icons (ISC, part MIT; licence beside them in `icons/`)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "icons"


@cache
def drawing(name: str) -> str:
    """The shapes of an icon, without the svg element around them; raises LookupError for an unknown name."""
    path = FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise LookupError(f"there is no icon called {name!r} in {FOLDER}")
    inner = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    assert inner, f"{path} holds no svg element"
    return inner.group(1).strip().replace(" />", "/>")


def svg(name: str, extra: str = "") -> str:
    """An icon as an inline svg element, hidden from screen readers since a word stands beside it."""
    classes = f"icon {extra}".strip()
    return f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true">{drawing(name)}</svg>'
