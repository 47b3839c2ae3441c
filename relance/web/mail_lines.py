"""Mails and what came of them as lines of a history (ENG-02, ENG-08)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from relance.insights.history import Told
from relance.lib import clock
from relance.mail.models import Interaction, Message, Received, Recipient
from relance.records.history import Entry
from relance.web import mail_states
from relance.web.inbox_page import KINDS
from relance.web.timeline import Day, Hit, Line, by_day

Words = str | Promise
HITS: dict[str, tuple[str, str]] = {  # icon, tone
    Interaction.Kind.OPEN: ("mail-open", "accent"),
    Interaction.Kind.CLICK: ("mouse-pointer-click", "accent"),
    Interaction.Kind.FILE: ("paperclip", "accent"),
    Interaction.Kind.REPLY: ("reply", "good"),
    Interaction.Kind.AUTO_REPLY: ("bot", "machine"),
    Interaction.Kind.BOUNCE: ("mail-x", "bad"),
    Interaction.Kind.COMPLAINT: ("shield-ban", "bad"),
    Interaction.Kind.OPT_OUT: ("bell-off", "bad"),
    Interaction.Kind.OPT_IN: ("bell", "good"),
    Interaction.Kind.DELAY: ("hourglass", ""),
}
JUDGED = (Interaction.Kind.OPEN, Interaction.Kind.CLICK, Interaction.Kind.FILE)


def mail(entry: Entry) -> Line:
    """A mail, with its hits to unfold."""
    told: Told = entry.fact
    copy = told.copy
    links = {link["number"]: link for link in copy.message.content.links}
    return Line(
        at=entry.at,
        icon="send",
        tone="accent" if copy.sent_at else "",
        said=told.subject,
        copy=copy,
        href=_page_of(copy),
        state=mail_states.of(copy, now=clock.now()),
        hits=tuple(_hit(hit, links) for hit in told.hits),
    )


def engagement(entry: Entry) -> Line:
    """One interaction by itself, with the mail that it concerns."""
    hit: Interaction = entry.fact
    copy = hit.recipient
    assert copy is not None  # the source asks for copies
    content, mass_mail = copy.message.content, getattr(copy.message, "mass_mail", None)
    drawn = _hit(hit, {link["number"]: link for link in content.links})
    return Line(
        at=hit.at,
        icon=drawn.icon,
        tone=drawn.tone,
        said=drawn.said,
        rest=mass_mail.name if mass_mail else content.subject,
        href=_page_of(copy),
        detail=drawn.detail,
        verdict=drawn.verdict,
        who=str(copy.person or copy.email),
    )


def _page_of(copy: Recipient) -> str:
    """The page of a copy: of a mass mail its own, of any other mail the mail's."""
    mass_mail = getattr(copy.message, "mass_mail", None)
    return (
        reverse("mass-mail-copy", args=[mass_mail.pk, copy.pk])
        if mass_mail
        else reverse("mail", args=[copy.message_id])
    )


def activity_lines(
    message: Message, copies: Sequence[Recipient], hits: Sequence[Interaction], *, people_only: bool
) -> list[Day]:
    """What recipients did with one mail, newest first, and when it left; several hits of a machine are one line."""
    links = {link["number"]: link for link in message.content.links}
    names = {copy.pk: copy.name or copy.email for copy in copies}
    lines = [
        _activity(hit, links, names) for hit in hits if not people_only or hit.verdict != Interaction.Verdict.MACHINE
    ]
    lines += [_left(copy, names) for copy in copies if copy.sent_at]
    return by_day(sorted(lines, key=lambda line: line.at, reverse=True))


def _activity(hit: Interaction, links: Mapping[int, Mapping[str, str]], names: Mapping[int, str]) -> Line:
    drawn = _hit(hit, links)
    return Line(
        at=hit.at, icon=drawn.icon, tone=drawn.tone, said=drawn.said, rest=names.get(hit.recipient_id or 0, ""),
        detail=drawn.detail, verdict=drawn.verdict, why=hit.why if drawn.verdict else "",
        agent=hit.user_agent if drawn.verdict else "",
    )  # fmt: skip


def _left(copy: Recipient, names: Mapping[int, str]) -> Line:
    assert copy.sent_at is not None
    return Line(at=copy.sent_at, icon="send", tone="accent", said=pgettext("one mail", "Sent"), rest=names[copy.pk])


def _hit(hit: Interaction, links: Mapping[int, Mapping[str, str]]) -> Hit:
    icon, tone = HITS.get(hit.kind, ("circle-dot", ""))
    judged = hit.kind in JUDGED
    machine = judged and hit.verdict == Interaction.Verdict.MACHINE
    link = links.get(hit.link or 0)
    detail = f"{link['label']} {link['url']}".strip() if link else str(hit.detail.get("text", ""))
    return Hit(
        at=hit.at,
        icon="bot" if machine else icon,
        tone="machine" if machine else tone,
        said=_said(hit),
        detail=detail,
        verdict=hit.verdict if judged else "",
    )


def _said(hit: Interaction) -> Words:
    """*Opened* only for a person; *machine* never "opened" (DESIGN section 6)."""
    if hit.kind == Interaction.Kind.OPEN and hit.verdict == Interaction.Verdict.MACHINE:
        return _("Fetched by a machine")
    if hit.kind == Interaction.Kind.OPEN and hit.verdict == Interaction.Verdict.UNKNOWN:
        return _("Opened, perhaps")
    if hit.kind == Interaction.Kind.CLICK and hit.verdict == Interaction.Verdict.MACHINE:
        return _("Link followed by a machine")
    return hit.get_kind_display()


def received(entry: Entry) -> Line:
    """A mail that came in, or that was written in a mailbox; it leads to its conversation."""
    mail: Received = entry.fact
    word, icon, tone = KINDS.get(mail.kind) or (_("Received"), "mail", "accent")
    if mail.is_outgoing:
        word, icon, tone = pgettext("one mail", "Sent"), "send", ""
    return Line(
        at=entry.at,
        icon=icon,
        tone=tone,
        said=mail.subject or _("(no subject)"),
        rest=word,
        href=reverse("inbox-mail", args=[mail.pk]),
        detail=mail.snippet,
        who=mail.from_name or mail.from_email,
    )


DRAWN = {
    "received": received,
    "linked": received,
    "mail": mail,
    "mail_elsewhere": mail,
    "engagement": engagement,
    "machine": engagement,
}
