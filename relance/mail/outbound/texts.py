"""The compiled texts of what is being sent, and the key that signs it, from where Django may be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from django.conf import settings
from django.db import close_old_connections

from relance.lib import keys
from relance.mail.catalogue import remember
from relance.mail.contents import compiled
from relance.mail.files import Unreadable
from relance.mail.models import Content
from relance.mail.outbound.due import Mail
from relance.mail.outbound.render import Compiled, Unwritable

MOST = 64
LONGEST_KEPT = 1_000_000
"""Bytes of attachments: a text with more is compiled anew for each chunk, so that memory stays small."""


class InDjango(Protocol):
    """Runs something in the thread that may use Django."""

    async def __call__(self, work: Callable[[], Compiled], /) -> Compiled:
        """Its result."""


class Texts:
    """Contents never change once they are frozen, so a compiled one is kept (D18)."""

    def __init__(self, in_django: InDjango) -> None:
        self._known: dict[tuple[int, bool, bool], Compiled] = {}
        self._in_django = in_django

    async def of(self, mails: Iterable[Mail]) -> dict[int, Compiled]:
        """The texts of these messages by their ids. Raises what reading or compiling raises."""
        return {mail.id: await self._one(mail.text_key) for mail in mails}

    async def _one(self, key: tuple[int, bool, bool]) -> Compiled:
        if key not in self._known:
            text = await self._in_django(partial(_read, *key))
            if not text.is_kept(LONGEST_KEPT):
                return text
            if len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            self._known[key] = text
        return self._known[key]


def signing_key() -> bytes:
    """What signs the tokens, Message-IDs and envelope senders of this installation."""
    return keys.derive(settings.SECRET, "tokens")


def _read(content_id: int, list_headers: bool, footer: bool) -> Compiled:
    close_old_connections()
    try:
        text = compiled(Content.objects.get(pk=content_id), list_headers=list_headers, footer=footer)
    except Unreadable as problem:
        return Unwritable(str(problem))
    remember(text.fields)
    return text
