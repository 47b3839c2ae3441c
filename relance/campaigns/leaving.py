"""A reader leaves what one mail belongs to, and nothing else: its target list, or the sequences (UNSUB-05)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from relance.campaigns import lists
from relance.campaigns.models import ListMember, MemberCopy
from relance.mail.models import Message, Recipient
from relance.mail.tracking import wishes
from relance.mail.tracking.wishes import Keep, Topic
from relance.people.models import Suppression

Scope = Suppression.Scope


def topic_of(copy: Recipient) -> Topic | None:
    """What this copy belongs to; None where it belongs to nothing that one could leave alone."""
    if copy.message.kind == Message.Kind.SEQUENCE:
        return Topic(Scope.SEQUENCES)
    list_id = MemberCopy.objects.filter(recipient=copy).values_list("member__target_list", flat=True).first()
    return Topic(Scope.LIST, list_id) if list_id is not None else None


@transaction.atomic
def keep(copy: Recipient, wanted: Keep, *, words: str, now: datetime) -> bool:
    """Write the wish down, and on the list itself; False if it was so already."""
    topic = topic_of(copy)
    done = wishes.keep(copy, wanted, words=words, now=now, topic=topic)
    if done and topic is not None and topic.list_id is not None:
        left = wanted is Keep.OTHERS
        member = MemberCopy.objects.filter(recipient=copy).values("member")
        lists.mark(ListMember.objects.filter(pk__in=member), left_at=now if left else None)
    return done
