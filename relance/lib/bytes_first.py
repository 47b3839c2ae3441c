"""First the bytes, then the rows: a transaction that begins when what takes its time is over. *(pure)*

    with then_rows(transaction.atomic) as begun:   # around a request
        ...
        begin()                                    # whoever has written the bytes: the rows follow
        ...

A file store may take seconds; meanwhile no transaction is held open, and none that is undone leaves bytes unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar

_begin: ContextVar[Callable[[], None] | None] = ContextVar("relance_bytes_first", default=None)


@contextmanager
def then_rows(transaction: Callable[[], AbstractContextManager[object]]) -> Iterator[Callable[[], bool]]:
    """Inside, `begin` opens this transaction, once; it ends with the block. Gives whether it has begun."""
    with ExitStack() as stack:
        opened: list[object] = []

        def begin_once() -> None:
            if not opened:
                opened.append(stack.enter_context(transaction()))

        token = _begin.set(begin_once)
        try:
            yield lambda: bool(opened)
        finally:
            _begin.reset(token)


def begin() -> None:
    """The bytes are written, the rows follow. Does nothing where nobody waits for it."""
    if (waiting := _begin.get()) is not None:
        waiting()
