"""What is held and asks first (`mail.outbound.held`), and a person's answer: let it leave, or stop it (D16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Min, QuerySet
from django.utils.translation import gettext as _

from relance.lib import live
from relance.lib.refusal import Refused
from relance.mail import actions
from relance.mail.models import Message, Recipient
from relance.mail.outbound import held
from relance.team.models import User
from relance.team.policy import require

WAITING = ("waiting", "deferred")


class NothingHeld(Refused):
    """Somebody else has answered already."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What is held now. `is_restored`: these data come from another installation, so nothing leaves at all."""

    is_restored: bool
    messages: int
    copies: int
    since: datetime | None

    @property
    def reason(self) -> str:
        """`late` or `restored`."""
        return held.RESTORED if self.is_restored else held.LATE

    @property
    def sentence(self) -> str:
        """What happened and what is safe."""
        if self.is_restored:
            return _(
                "These data come from a backup or another installation, so nothing leaves by itself. "
                "Some of it may have left from there already."
            )
        return _("Relance was not running when these mails should have left, so they ask first.")


def standing() -> Hold | None:
    """What asks for an answer; None when mail leaves freely."""
    is_restored = held.is_foreign()
    found = _held().aggregate(messages=Count("pk"), since=Min("deliver_at"))
    if not is_restored and not found["messages"]:
        return None
    copies = Recipient.objects.filter(message__in=_held(), standing__in=WAITING).count()
    return Hold(is_restored=is_restored, messages=found["messages"], copies=copies, since=found["since"])


def is_held(message: Message | None) -> bool:
    """Whether it waits for this answer, and not only because somebody paused it."""
    return message is not None and message.state == Message.State.PAUSED and message.state_why in held.REASONS


@transaction.atomic
def release(*, by: User, now: datetime) -> int:
    """Let everything leave that is held, and mail leave from here; how many messages. Raises Forbidden, NothingHeld."""
    _answer(by)
    return sum(actions.resume(message, now=now) for message in _held())


@transaction.atomic
def stop(*, by: User, now: datetime) -> int:
    """Never send what is held, and let only new mail leave; how many messages. Raises Forbidden, NothingHeld."""
    _answer(by)
    return sum(actions.stop(message, why=_("Held, then stopped."), now=now) is not None for message in _held())


def _answer(by: User) -> None:
    require(by.is_administrator, _("Only an administrator can decide this."))
    if standing() is None:
        raise NothingHeld(_("Nothing is held any more. Load the page again."))
    held.adopt()
    with connection.cursor() as cursor:
        live.tell(cursor, "today")


def _held() -> QuerySet[Message]:
    return Message.objects.filter(state=Message.State.PAUSED, state_why__in=held.REASONS).order_by("deliver_at", "id")
