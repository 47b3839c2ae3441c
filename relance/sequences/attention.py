"""What stands still in sequences until somebody sees to it: a broken mailbox, a sender who has left, a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from relance.sequences.models import Enrolment, Sequence
from relance.team.models import User

Reason = Enrolment.Reason
ASKING = (Reason.MAILBOX, Reason.SENDER, Reason.FAILED, Reason.TASK, Reason.TEMPLATE)
"""The pauses that end by somebody's hand; the others end by themselves, or somebody has wished them."""
MOST = 10


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """So many people of one colleague who stand still in one sequence for one reason."""

    sequence: Sequence
    sender: User
    reason: str
    people: int
    since: datetime

    @property
    def why(self) -> str:
        """The reason in words."""
        return str(Reason(self.reason).label)


def stuck(user: User) -> list[Stuck]:
    """What stands still of this colleague's; of those who have left, for whoever defines sequences (SEQ-08)."""
    mine = Q(user=user)
    if user.may_define_sequences:
        mine |= Q(user__is_active=False)
    paused = Enrolment.objects.filter(mine, state=Enrolment.State.PAUSED, reason__in=ASKING)
    groups = (
        paused.filter(sequence__deleted_at=None)
        .values_list("sequence_id", "user_id", "reason")
        .annotate(people=Count("pk", distinct=True), since=Max("traces__at", filter=Q(traces__what="paused")))
        .order_by("-since", "sequence_id", "user_id", "reason")[:MOST]
    )
    found = list(groups)
    sequences = Sequence.objects.in_bulk({sequence for sequence, *_rest in found})
    senders = User.objects.in_bulk({sender for _sequence, sender, *_rest in found})
    return [
        Stuck(sequence=sequences[sequence], sender=senders[sender], reason=reason, people=people, since=since)
        for sequence, sender, reason, people, since in found
        if since is not None
    ]
