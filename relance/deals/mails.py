"""Which deal a mail belongs to: predicted when it comes or goes, changed by hand, forgotten with its mailbox.

    on_sent, on_received                    # reactions: each new mail is predicted once (DEAL-01, DEAL-02)
    link(mail, deal, by=, now=)             # by hand, or another deal than before (DEAL-04)
    unlink(mail, by=, now=)                 # a tombstone stays: no prediction links it again (DEAL-05)
    dissolve(mailbox), predict_again(mailbox)   # disconnected, connected again (DEAL-08)

What the mail is made of is read by `relance.deals.mail_facts`; the rules are in `relance.deals.prediction`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from relance import events
from relance.deals import mail_facts, suggesting
from relance.deals.mail_facts import Mail
from relance.deals.models import Deal, DealMail
from relance.deals.prediction import predict
from relance.lib import clock, live
from relance.lib.refusal import Refused
from relance.mail.models import Message, Received, Recipient
from relance.team import policy
from relance.team.models import Module, User

Rule = DealMail.Rule


class NotOfTheContact(Refused):
    """Only deals of the mail's people can be chosen (DEAL-04)."""


class NotLinkable(Refused):
    """This mail has no part in deals: its mailbox is private, or is not connected (DEAL-07)."""


def mail_of(row: Received | Message) -> Mail:
    """A mail as deals see it. Raises NotLinkable."""
    many = (
        mail_facts.of_received([row])
        if isinstance(row, Received)
        else mail_facts.of_messages(Message.objects.filter(pk=row.pk))
    )
    if not many:
        raise NotLinkable(
            _("Mail of a private or disconnected mailbox belongs to no deal. Connect and share the mailbox first.")
        )
    return many[0]


def on_sent(batch: Sequence[events.MessageSent]) -> None:
    """Mail that Relance has sent belongs to a deal."""
    ids = Recipient.objects.filter(pk__in=[event.recipient_id for event in batch]).values("message_id")
    messages = Message.objects.filter(pk__in=ids, kind__in=mail_facts.KINDS)
    associate(mail_facts.of_messages(messages), now=clock.now())


def on_received(batch: Sequence[events.MessageReceived]) -> None:
    """Mail that has come belongs to a deal."""
    rows = Received.objects.filter(pk__in=[event.received_id for event in batch])
    associate(mail_facts.of_received(rows), now=clock.now())


def on_connected(batch: Sequence[events.MailboxConnected]) -> None:
    """The mail of a mailbox that is read again is predicted afresh."""
    for event in batch:
        predict_again(event.mailbox_id, now=clock.now())


def on_disconnected(batch: Sequence[events.MailboxDisconnected]) -> None:
    """The mail of a mailbox that is read no longer belongs to no deal."""
    for event in batch:
        dissolve(event.mailbox_id)


@transaction.atomic
def associate(mails: Iterable[Mail], *, now: datetime) -> int:
    """Predict the deal of mails that have none yet; how many were linked. What has been decided is left alone."""
    many = {mail.key: mail for mail in mails}
    decided = DealMail.objects.filter(key__in=many).exclude(rule=Rule.DISSOLVED).values_list("key", flat=True)
    for key in list(decided):
        del many[key]
    rows = []
    for key, facts in mail_facts.facts(list(many.values())).items():
        found = predict(facts)
        if found.deal is not None:
            rows.append(DealMail(**many[key].named, deal_id=found.deal, rule=found.rule, at=now))
    DealMail.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["key"], update_fields=["deal", "rule", "at"]
    )
    for deal_id in {row.deal_id for row in rows}:
        _tell(deal_id)
    return len(rows)


@transaction.atomic
def link(mail: Mail, deal: Deal, *, by: User, now: datetime) -> DealMail:
    """This mail belongs to this deal, whatever is predicted. Raises NotOfTheContact, Forbidden."""
    mail_facts.require_mailbox(by)
    policy.require(policy.allows(by, Module.DEAL, "edit", deal))
    if not mail_facts.offered(mail, by=by).filter(pk=deal.pk).exists():
        raise NotOfTheContact(
            _("%(deal)s is not a deal of the people of this mail. Add them to the deal first.") % {"deal": deal}
        )
    return _decide(mail, deal, by=by, now=now)


@transaction.atomic
def unlink(mail: Mail, *, by: User, now: datetime) -> DealMail:
    """This mail belongs to no deal, whatever is predicted. Raises Forbidden."""
    mail_facts.require_mailbox(by)
    row = DealMail.objects.select_related("deal").filter(key=mail.key).first()
    if row is not None and row.deal is not None:
        policy.require(policy.allows(by, Module.DEAL, "edit", row.deal))
    return _decide(mail, None, by=by, now=now)


def _decide(mail: Mail, deal: Deal | None, *, by: User, now: datetime) -> DealMail:
    before = DealMail.objects.filter(key=mail.key).values_list("deal_id", flat=True).first()
    said = suggesting.opinions(mail) if deal is not None else suggesting.NONE
    row, _made = DealMail.objects.update_or_create(
        key=mail.key,
        defaults={
            **mail.named, "deal": deal, "rule": Rule.HAND, "by": by, "at": now, "offered": None, "is_offered": False,
            "ruled": said.ruled, "ranked": said.ranked,
        },
    )  # fmt: skip
    _tell(before)
    _tell(row.deal_id)
    return row


@transaction.atomic
def dissolve(mailbox_id: int) -> int:
    """The mail of a disconnected mailbox is unlinked, unless it also lies in one that is read; how many were.

    What was chosen by hand is kept, to be offered when the mailbox is connected again.
    """
    rows = DealMail.objects.filter(
        Q(message__mailbox=mailbox_id)
        | Q(same__in=Received.objects.filter(mailbox=mailbox_id).values("same"), message=None)
    ).exclude(rule=Rule.DISSOLVED)
    still = Received.objects.filter(mail_facts.IN_A_READ_MAILBOX).exclude(mailbox=mailbox_id).exclude(same="")
    rows = rows.exclude(same__in=still.values("same"))
    ids = list(rows.values_list("pk", flat=True))
    gone = DealMail.objects.filter(pk__in=ids)
    for deal in set(gone.exclude(deal=None).values_list("deal_id", flat=True)):
        _tell(deal)
    gone.filter(is_offered=True).update(deal=None, rule=Rule.DISSOLVED)
    gone.filter(rule=Rule.HAND).update(offered=F("deal"), is_offered=True, deal=None, rule=Rule.DISSOLVED)
    gone.exclude(rule=Rule.DISSOLVED).delete()
    return len(ids)


def predict_again(mailbox_id: int, *, now: datetime) -> int:
    """The mail of a mailbox that has been connected again, by the rule for past mail; how many were linked."""
    linked, after = 0, 0
    while rows := list(Received.objects.filter(mailbox=mailbox_id, pk__gt=after).order_by("pk")[:1000]):
        linked += associate(mail_facts.of_received(rows), now=now)
        after = rows[-1].pk
    messages = Message.objects.filter(mailbox=mailbox_id, kind__in=mail_facts.KINDS, sent__gt=0)
    return linked + associate(mail_facts.of_messages(messages), now=now)


@transaction.atomic
def take_back(row: DealMail, *, by: User, now: datetime) -> DealMail:
    """What was chosen by hand before the mailbox was disconnected is chosen again (DEAL-08). Raises Forbidden."""
    mail_facts.require_mailbox(by)
    if row.offered is not None:
        policy.require(policy.allows(by, Module.DEAL, "edit", row.offered))
    before = row.deal_id
    row.deal, row.rule, row.by, row.at = row.offered, Rule.HAND, by, now
    row.offered, row.is_offered = None, False
    row.save()
    _tell(before)
    _tell(row.deal_id)
    return row


@transaction.atomic
def decline(row: DealMail) -> None:
    """What was chosen before is forgotten; what is predicted stays."""
    if row.deal_id is None and row.rule == Rule.DISSOLVED:
        row.delete()
        return
    row.offered, row.is_offered = None, False
    row.save(update_fields=["offered", "is_offered"])


def _tell(deal_id: int | None) -> None:
    if deal_id is not None:
        with connection.cursor() as cursor:
            live.tell(cursor, f"deal:{deal_id}")
