"""Small facts of Unix processes that the launcher and the supervisor share."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# Loaded once here: between fork and exec nothing may be imported or allocated at leisure.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(kind: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn`: the child receives the signal when we die, however we die (Linux only)."""
    if _LIBC is None:
        return None
    libc, parent, number = _LIBC, os.getpid(), int(kind)

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so that we can end and reap them (Linux)."""
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
