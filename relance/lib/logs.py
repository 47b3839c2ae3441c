"""What processes write about themselves: ids and places, never addresses, tokens, passwords or words of a mail (X16).

Programmes write what they like into an error, so the words of one are told only where they cannot hold data: faults of
programming, the numbers of the operating system, the names that the database gives.
"""

from __future__ import annotations

import copy
import logging
import logging.config
import re
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType

SHAPE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LEFT_OUT = "[…]"
CODE_FAULTS = (
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ZeroDivisionError,
)
"""Errors whose words name code only."""
NAMES = ("sqlstate", "table_name", "column_name", "constraint_name")
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\brelance_[0-9a-f]{8}_[\w-]{16,}", LEFT_OUT),
        (r"\b(\w[\w+.-]*://)[^\s/@]*@", rf"\1{LEFT_OUT}@"),
        (r"\b(DETAIL|CONTEXT|HINT): .*", rf"\1: {LEFT_OUT}"),
        (r"\b(Bearer|Basic|AUTH PLAIN|AUTH LOGIN|AUTH XOAUTH2|AUTHENTICATE PLAIN) [\w+/=.~-]{4,}", rf"\1 {LEFT_OUT}"),
        (
            r"(?i)\b(\w*(?:password|passwd|secret|token|authorization|cookie|api_?key))(['\"]?\s*[=:]\s*)"
            r"(\"[^\"]*\"|'[^']*'|[^\s,;)}&]+)",
            rf"\1\2{LEFT_OUT}",
        ),
        (r"\?[^\s\"'<>?]*=[^\s\"'<>]*", f"?{LEFT_OUT}"),
        (r"(://[\w.:\[\]-]+|(?<![\w.-]))/(o|c|f|u|unsubscribe|feeds|forms)/[^\s/\"'?<>]+", rf"\1/\2/{LEFT_OUT}"),
        (r"(/accounts/[\w/-]*?key)/[^\s\"'?<>]+", rf"\1/{LEFT_OUT}"),
        (r"(\"[^\"\n]{1,64}\"|[^\s<>\"'(),:;\[\]@/=?&]{1,64})(@|%40)[\w-]+(\.[\w-]+)*", f"{LEFT_OUT}"),
    )
)
"""Keys of the API, passwords in addresses of servers, rows that the database quotes, what follows AUTH, whatever is
called a password or a token, queries, doors that a token opens, and addresses of people."""


class Discreet(logging.Formatter):
    """The one shape of a line of the log."""

    def format(self, record: logging.LogRecord) -> str:
        """A record in words, without what is nobody's business."""
        own = copy.copy(record)
        own.exc_text = None  # another handler may have told everything
        if isinstance(own.args, tuple):
            own.args = tuple(_Told(each) if isinstance(each, BaseException) else each for each in own.args)
        return discreet(super().format(own))

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Where an error happened and of what kind it is; its words only where they cannot hold data."""
        return "\n".join(_story(ei[1], set())) if ei[1] is not None else ""


class _Told:
    """An error among the arguments of a line."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        return in_short(self.error)

    __repr__ = __str__


def discreet(text: str) -> str:
    """A text without addresses, tokens and passwords. *(pure)*"""
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return text


def in_short(error: BaseException) -> str:
    """An error by its kind, and by its words where they cannot hold data. *(pure)*"""
    kind = type(error)
    name = (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
    words = _words(error)
    return f"{name}: {words}" if words else name


def _words(error: BaseException) -> str:
    if isinstance(error, CODE_FAULTS):
        return discreet(str(error))
    if isinstance(error, OSError) and error.errno is not None:
        return f"[Errno {error.errno}] {error.strerror}"
    names = [getattr(getattr(error, "diag", None), name, None) for name in NAMES]
    return " ".join(str(each) for each in names if each)


def _story(error: BaseException, told: set[int]) -> Iterator[str]:
    """An error after the one that it follows from, each with its places."""
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in told:
        yield from _story(before, told)
        yield "followed by:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    yield in_short(error)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            if id(each) not in told:
                yield from _story(each, told)


def configuration(level: str) -> Mapping[str, object]:
    """The logging of every process, on the standard error output.

    Below INFO only our own code speaks: libraries write whole requests, queries and contexts of pages there.
    """
    asked = logging.getLevelNamesMapping().get(level.upper(), logging.WARNING)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"discreet": {"()": "relance.lib.logs.Discreet", "fmt": SHAPE}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "discreet"}},
        "root": {"handlers": ["stderr"], "level": max(asked, logging.INFO)},
        "loggers": {
            "relance": {"level": asked},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.db.backends": {"level": "INFO"},
        },
    }


def configure(level: str) -> None:
    """For a process without Django."""
    logging.config.dictConfig(dict(configuration(level)))


SERVER: dict[str, object] = {
    "formatters": {
        name: {"()": "relance.lib.logs.Discreet", "fmt": "[%(levelname)s] %(message)s"}
        for name in ("generic", "access")
    }
}
"""What the server of the pages takes for its own lines."""
