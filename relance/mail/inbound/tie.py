"""To which of our copies an incoming mail belongs: only what we have signed counts, so a forged mail ties to nothing.

In this order: the signed address that it was sent to (VERP, unsubscribe), a signed address inside the mail that a
report returns, a Message-ID of ours together with the right person (R11, R15), and for an answer in a mail program
that names nothing: the sender's own address, if we wrote there lately (R12).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from relance.lib import addresses, keys, tokens
from relance.mail.inbound.classify import Classified, Kind
from relance.mail.inbound.parse import Mail
from relance.mail.models import Mailbox, Recipient

REPORTED_WITHIN = timedelta(days=14)
ANSWERED_WITHIN = timedelta(days=30)
MOST_LOOKED_AT = 500
NOBODY = "nobody we wrote to lately"
SIGNED = re.compile(rf"[\w.!#$%&'*/=?^`{{|}}~-]{{1,64}}\+[0-9a-fA-F]{{{tokens.ADDRESS}}}@[\w.-]{{1,253}}")


@dataclass(frozen=True)
class Tie:
    """The copy of ours, and how it was found; without one, why not."""

    recipient: Recipient | None
    how: str
    is_opt_out: bool = False


NOTHING = Tie(None, "")


def acquainted(senders: Iterable[str]) -> frozenset[str]:
    """Those of these senders to whom we have ever written, so that the others need not be looked for one by one."""
    known = _sent().filter(normal__in=set(_normals(senders))).order_by()
    return frozenset(normal for normal in known.values_list("normal", flat=True) if normal)


def tie(
    mail: Mail, found: Classified, mailbox: Mailbox, *, now: datetime, acquainted: frozenset[str] | None = None
) -> Tie:
    """The copy that an incoming mail belongs to. `acquainted`: the senders that we have written to."""
    key = keys.derive(settings.SECRET, "tokens")
    for address in mail.written_to:
        if (id := tokens.read_unsubscribe_address(key, address)) is not None:
            return Tie(_copy(id), "unsubscribe address", is_opt_out=found.kind in LEAVING)
    ids = [id for address in mail.written_to if (id := tokens.read_verp(key, address)) is not None]
    if found.kind in REPORTS:
        return _of_report(key, mail, found, ids, now)
    return _of_answer(key, mail, ids, mailbox, now, acquainted)


LEAVING = (Kind.UNSUBSCRIBE, Kind.REPLY, Kind.AUTO_REPLY, Kind.OTHER)
REPORTS = (Kind.BOUNCE, Kind.DELAY, Kind.DELIVERED, Kind.COMPLAINT)


def _of_report(key: bytes, mail: Mail, found: Classified, ids: list[int], now: datetime) -> Tie:
    """A report acts with our signature, for a mail sent lately; by Message-ID only about that very address (R15)."""
    ids += [id for text in _texts(mail) for id in _signed_in(key, text)]
    recipient, how = (_copy(ids[0]), "signed address") if ids else (None, "")
    if recipient is None and found.returned is not None:
        about = {*_normals(address for fate in found.fates for address in fate.addresses), *_normals(found.returned.to)}
        among = _sent().filter(normal__in=about)
        recipient, how = _by_message_id(key, found.returned.message_ids, among), "message id"
    if recipient is None:
        return Tie(None, "unrelated: nothing of ours in it")
    if recipient.sent_at is not None and now - recipient.sent_at > REPORTED_WITHIN:
        return Tie(None, "too late to be believed")
    return Tie(recipient, how)


def _texts(mail: Mail) -> Iterable[str]:
    return (part.text[:100_000] for part in mail.parts if part.text)


def _signed_in(key: bytes, text: str) -> list[int]:
    """The copies whose signed addresses stand in a text."""
    found = []
    for address in SIGNED.findall(text)[:50]:
        id = tokens.read_verp(key, address) or tokens.read_unsubscribe_address(key, address)
        found += [id] if id is not None else []
    return found


def _of_answer(
    key: bytes, mail: Mail, ids: list[int], mailbox: Mailbox, now: datetime, acquainted: frozenset[str] | None
) -> Tie:
    """An answer counts from the person herself, or from a colleague at the same company's domain (R11)."""
    sender = addresses.normal(mail.sender)
    if sender is None:
        return Tie(None, "no sender")
    ours = [id for id in reversed(mail.references) if tokens.reads_as_ours(key, id)]
    domain = sender.rpartition("@")[2]
    for candidate in (_copy(id) for id in ids):
        if candidate is not None and _may_answer(sender, candidate):
            return Tie(candidate, "signed address")
    if ours:
        same = _sent().filter(normal=sender)
        if recipient := _by_message_id(key, ours, same):
            return Tie(recipient, "message id")
        colleagues = _sent().filter(normal__endswith=f"@{domain}")
        if domain not in addresses.PUBLIC_DOMAINS and (recipient := _by_message_id(key, ours, colleagues)):
            return Tie(recipient, "message id, a colleague")
        return Tie(None, "possible reply: another sender than the one we wrote to")
    if mail.references or ids:
        return Tie(None, "answers something else")
    if acquainted is not None and sender not in acquainted:
        return Tie(None, NOBODY)
    recent = _sent().filter(normal=sender, sent_at__gt=now - ANSWERED_WITHIN, message__mailbox=mailbox).first()
    return Tie(recipient=recent, how="sender" if recent else NOBODY)


def _may_answer(sender: str, recipient: Recipient) -> bool:
    domain = sender.rpartition("@")[2]
    normal = recipient.normal or ""
    return sender == normal or (domain not in addresses.PUBLIC_DOMAINS and normal.endswith(f"@{domain}"))


def _sent() -> QuerySet[Recipient]:
    """Copies that may have arrived, the latest first."""
    rows = Recipient.objects.filter(state__in=["sent", "unknown", "in_data", "leased"]).select_related("message")
    return rows.order_by("-id")


def _copy(id: int) -> Recipient | None:
    return Recipient.objects.select_related("message").filter(pk=id).first()


def _by_message_id(key: bytes, ids: Sequence[str], among: QuerySet[Recipient]) -> Recipient | None:
    """Whose copy carried one of these Message-IDs; they are signed, so each is computed again and compared."""
    wanted = {_left(id) for id in ids if tokens.reads_as_ours(key, id)}
    if not wanted:
        return None
    for recipient in among[:MOST_LOOKED_AT]:
        own = tokens.message_id(key, f"{recipient.message.send_key} {recipient.normal}", "relance")
        if _left(own) in wanted:
            return recipient
    return None


def _left(message_id: str) -> str:
    return message_id.strip().strip("<>").partition("@")[0].lower()


def _normals(written: Iterable[str]) -> list[str]:
    return [normal for address in written if (normal := addresses.normal(address)) is not None]
