"""A leased recipient becomes a copy ready to leave: rendered, addressed and signed at its turn *(pure)*.

What the copies of a message share is put together once for all that were leased together.
"""

from __future__ import annotations

from relance.lib import tokens
from relance.mail.outbound import headers, identity
from relance.mail.outbound.copy import Copy
from relance.mail.outbound.due import Due, Mail, Sender
from relance.mail.outbound.envelope import Envelope, Letterhead, addressed, identified, letterhead
from relance.mail.outbound.headers import Mailbox
from relance.mail.outbound.writer import Render
from relance.mail.tracking.stamp import TrackMode
from relance.mail.transport.transaction import Letter, fit_sender


class Press:
    """Writes the copies of one message that leave through one mailbox, as they were leased together."""

    def __init__(self, mail: Mail, sender: Sender, key: bytes) -> None:
        self.mail, self._sender = mail, sender
        self._name = tokens.namer(key)
        self._to = addressed(mail.to) if mail.to else b""
        prefix, domain = identity.bounces_at(sender.address, sender.bounce_domain)
        self._bounces = ("", "") if mail.is_notification else (f"{prefix}+", f"@{domain}")
        if any(self._bounces):
            fit_sender(("0" * tokens.ADDRESS).join(self._bounces))
        self._hears_opt_outs = sender.hears_back and mail.is_automatic
        self._opt_out = f", <mailto:{tokens.UNSUBSCRIBE}+", f"@{sender.domain}>"
        self._sheets: dict[tuple[object, ...], _Sheet] = {}

    def copy(self, due: Due) -> Copy:
        """Write one; the same recipient gives the same bytes at every attempt. Raises ValueError if it cannot be."""
        mail = self.mail
        mode = mail.mode(due.consent)
        kind = mode, due.begins, due.owner_name, due.owner_email
        sheet = self._sheets.get(kind) or self._sheets.setdefault(kind, self._sheet(due, mode))
        message_id, bounce, opt_out = self._name(f"{mail.send_key} {due.normal}", due.id)
        content = sheet.write(
            due.values.get,
            sheet.head,
            self._to or headers.mailbox("To", due.name, due.email),
            b"<%b@%b" % (message_id.encode(), sheet.domain),
            due.id,
            opt_out.join(self._opt_out).encode("ascii") if self._hears_opt_outs else b"",
        )
        before, after = self._bounces
        sender = f"{before}{bounce}{after}" if after else ""
        return Copy(due, mode, Letter.rendered(sender, due.email, content))

    def _sheet(self, due: Due, mode: TrackMode) -> _Sheet:
        """What it shares with all that leave in this mode, at this moment, in this person's name."""
        mail = self.mail
        from_ = mail.shown_as(mail.from_choice, due, self._sender)
        reply_to = mail.shown_as(mail.reply_choice, due, self._sender)
        envelope = Envelope(
            sender=from_,
            reply_to=reply_to if reply_to[1] != from_[1] else None,
            date=due.begins_at,
            cc=mail.cc,
            content_id=mail.content_id,
            in_reply_to=mail.in_reply_to or None,
            references=mail.thread,
            auto_submitted=mail.is_notification,
        )
        return _Sheet(due.text.writes(mode), letterhead(envelope), from_)


class _Sheet:
    """The function and the lines of many copies, and the domain of their Message-IDs."""

    __slots__ = ("domain", "head", "write")

    def __init__(self, write: Render, head: Letterhead, from_: Mailbox) -> None:
        self.write, self.head = write, head
        self.domain = identified(f"{from_[1].rpartition('@')[2]}>")
