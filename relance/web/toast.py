"""Say what was just done: a toast with Undo on the next page, or at the end of an htmx answer (DESIGN section 5).

What went wrong is said with `problem`: it stays in the page, in a banner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.utils.functional import Promise

UNDO = "undo:"


def toast(request: HttpRequest, text: str | Promise, *, undo: str = "") -> None:
    """Say what was done. `undo` is an address that takes it back when posted to."""
    messages.success(request, str(text), extra_tags=f"{UNDO}{undo}" if undo else "")


def problem(request: HttpRequest, text: str | Promise) -> None:
    """Say what did not work; it is shown in the page until the next one."""
    messages.error(request, str(text))


@dataclass(frozen=True)
class Said:
    """One message as templates show it."""

    text: str
    undo: str = ""
    tone: str = "accent"
    icon: str = "info"

    def __str__(self) -> str:
        return self.text


class Heard:
    """The messages waiting for this person, read once and only when a template asks for them."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _messages(self) -> list[Message]:
        return list(messages.get_messages(self._request))

    @property
    def toasts(self) -> Iterator[Said]:
        """What was done. Only the last one is shown."""
        done = [message for message in self._messages if message.level <= messages.SUCCESS]
        return iter([_done(message) for message in done[-1:]])

    @property
    def problems(self) -> Iterator[Said]:
        """What went wrong."""
        return (_problem(message) for message in self._messages if message.level > messages.SUCCESS)


def _done(message: Message) -> Said:
    tags = message.extra_tags or ""
    undo = tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""
    return Said(text=str(message.message), undo=undo)


def _problem(message: Message) -> Said:
    if message.level >= messages.ERROR:
        return Said(text=str(message.message), tone="bad", icon="circle-alert")
    return Said(text=str(message.message), tone="warn", icon="triangle-alert")
