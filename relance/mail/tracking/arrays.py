"""Columns of a batch as PostgreSQL writes arrays: one text a column, which costs less than a value a row. *(pure)*

>>> plain([7, None]), quoted(['say "hi"', None])
('{7,NULL}', '{"say \\"hi\\"",NULL}')
"""

from __future__ import annotations

from collections.abc import Iterable


def plain(values: Iterable[object]) -> str:
    """Numbers, times, ids and words of ours: nothing in them needs quotes, and none is empty."""
    return f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"


def quoted(values: Iterable[object]) -> str:
    """Anything; what PostgreSQL cannot keep is left out (NUL) or becomes a question mark (half of a pair)."""
    text = f"{{{','.join(['NULL' if value is None else _quoted(str(value)) for value in values])}}}"
    return text if text.isascii() and "\0" not in text else text.replace("\0", "").encode("utf-8", "replace").decode()


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
