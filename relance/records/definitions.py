"""What somebody defined and nearly everybody reads: fields, modules, views. Each is read once while it is remembered.

A request that knows the edition of the definitions shares its memory with all requests of the same edition in this
process; a changed row is another edition. `forget` is for whoever changes them: from there on she reads anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

Told = TypeVar("Told")
Memory = dict[Hashable, Any]  # Any: whatever was read under a key

MOST_EDITIONS = 100
# Every change of a row makes another `ctid` and another `xmin`, whoever writes it and however.
EDITION = """
(SELECT bit_xor(hashtextextended(ctid::text || xmin::text, 1)) FROM records_customfield),
(SELECT bit_xor(hashtextextended(ctid::text || xmin::text, 2)) FROM records_custommodule),
(SELECT bit_xor(hashtextextended(ctid::text || xmin::text, 3)) FROM records_view WHERE owner_id = %s OR is_shared)
"""
"""The columns of a statement that tell which edition a colleague reads; the value is her id."""

_memory: ContextVar[Memory | None] = ContextVar("relance_definitions", default=None)
_editions: dict[Hashable, Memory] = {}
_meanwhile: ContextVar[Memory | None] = ContextVar("relance_meanwhile", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Read each definition once in here, for as long as one request or one job takes."""
    token, beside = _memory.set({}), _meanwhile.set({})
    try:
        yield
    finally:
        _memory.reset(token)
        _meanwhile.reset(beside)


def begin(edition: Hashable) -> None:
    """From here on, until the end of `remembering`, the definitions are those of this edition."""
    if _memory.get() is None:
        return
    if edition not in _editions and len(_editions) >= MOST_EDITIONS:
        _editions.clear()
    _memory.set(_editions.setdefault(edition, {}))


def forget() -> None:
    """The definitions have changed: whoever remembers them reads them again, and shares them with nobody."""
    if _memory.get() is not None:
        _memory.set({})
        _meanwhile.set({})


def once(key: Hashable, read: Callable[[], Told]) -> Told:
    """What was read under this key, or what is read now. Nobody may change what it holds."""
    return _kept(_memory.get(), key, read)


def meanwhile(key: Hashable, read: Callable[[], Told]) -> Told:
    """The same for what no edition tells of: kept for this request or job alone."""
    return _kept(_meanwhile.get(), key, read)


def _kept(memory: Memory | None, key: Hashable, read: Callable[[], Told]) -> Told:
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    return cast(Told, memory[key])
