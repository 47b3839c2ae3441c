"""A reader leaves what one mail belongs to, and nothing else: its target list, or the sequences (UNSUB-05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from relance.campaigns import choosing, lists
from relance.campaigns.models import ListMember, MassMail, MemberCopy
from relance.events import PersonOptedOut
from relance.mail import actions as outbox
from relance.mail.models import Message, Recipient
from relance.mail.outbound.recipients import Refusal
from relance.mail.tracking import wishes
from relance.mail.tracking.wishes import Keep, Topic
from relance.people.models import Account, Person, Suppression

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


def refuse_left(batch: Sequence[PersonOptedOut]) -> None:
    """What waits for whoever has just left a list goes no more, unless another list of that mail still holds her.

    A reaction, safe to run twice. Whoever left all mail is seen to where mails leave (`mail.outbound.out_of_bounds`).
    """
    left = Suppression.objects.filter(pk__in=[event.suppression_id for event in batch], scope=Scope.LIST)
    for line in left.filter(lifted_at=None).order_by("pk"):
        waiting = Recipient.objects.filter(normal=line.normal, state__in=("queued", "deferred", "leased"))
        waiting = waiting.filter(member_copy__member__target_list=line.list_id)
        ids = [copy.pk for copy in waiting.order_by("pk") if not _is_held_elsewhere(copy, line)]
        outbox.leave_out(ids, Refusal.OPTED_OUT)


def _is_held_elsewhere(copy: Recipient, line: Suppression) -> bool:
    """Whether the mail goes to another list on which this address still stands."""
    mail = MassMail.objects.select_related("parent").filter(message=copy.message_id).first()
    others = set(choosing.lists_of(mail.parent or mail)) - {line.list_id} if mail is not None else set()
    return ListMember.objects.filter(_by(line.normal), target_list__in=others, opted_out_at=None).exists()


def _by(normal: str) -> Q:
    """Whoever is written to by this address."""
    held = Q(**{"addresses__normal": normal, "addresses__position": 0})
    people, accounts = Person.objects.filter(held).values("pk"), Account.objects.filter(held).values("pk")
    own = Q(normal=normal) | Q(colleague__email__iexact=normal) | Q(record__normal=normal)
    return own | Q(person__in=people) | Q(account__in=accounts)
