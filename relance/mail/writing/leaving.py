"""Send a written mail now or at its hour, and take it back until a dispatcher has claimed it (ENG-01, ENG-04)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib.refusal import Refused
from relance.mail import actions, answering, contents, senders
from relance.mail.actions import Addressee
from relance.mail.answering import Thread
from relance.mail.models import Attachment, Content, Message, SavedDraft
from relance.mail.models import Recipient as Copy
from relance.mail.outbound.render import Preview
from relance.mail.preflight import Check
from relance.mail.templates import Parts, compile_parts
from relance.mail.writing import addressing, drafts, preflight
from relance.mail.writing.addressing import Recipient
from relance.mail.writing.attaching import linked, require_room
from relance.team.models import User
from relance.team.workspace import organisation

TO_UNDO = timedelta(seconds=10)
"""How long a mail waits after *Send* in the pages, so that it can be taken back."""
FURTHEST = timedelta(days=366)


class NotReady(Refused):
    """What keeps the mail from leaving; `problems` says each with what to do."""

    def __init__(self, problems: Sequence[Check]) -> None:
        super().__init__(" ".join(each.sentence for each in problems))
        self.problems = tuple(problems)


class TooFarAway(Refused):
    """An hour beyond a year."""


class Gone(Refused):
    """It is leaving or has left: it cannot be taken back any more."""


@transaction.atomic
def send(draft: SavedDraft, *, by: User, now: datetime, undo: timedelta = timedelta(0)) -> Message:
    """Give it to the dispatchers, at its hour if it has one; else at once, or after `undo`.

    Frozen now: its text, its tracking. Raises Forbidden, AlreadySent, NotReady, TooFarAway, TooLarge.
    """
    held = drafts.hold(draft, by=by)
    if wrong := preflight.problems(preflight.examine(held)):
        raise NotReady(wrong)
    leaves_at = held.deliver_at if held.deliver_at and held.deliver_at > now else now + undo
    if leaves_at - now > FURTHEST:
        raise TooFarAway(_("A mail can wait for a year at most."))
    people = addressing.recipients(held, by=by)
    held.sendings += 1
    message = actions.send_to(_draft(held, people, by=by, at=leaves_at), map(_addressee, people), now=now)
    held.message, held.updated_at = message, now
    held.save(update_fields=["message", "sendings", "updated_at"])
    draft.refresh_from_db()
    return message


def preview(draft: SavedDraft, *, by: User) -> Preview:
    """The mail as it would be delivered, with clean links and no pixel."""
    return compile_parts(_parts(draft, draft.attached, by)).preview({})


def sender_of(draft: SavedDraft) -> tuple[str, str]:
    """The name and address that will stand in its From: its author's, unless its template says another's (TPL-01)."""
    return _shown(draft, senders.senders_of(draft.template).from_choice)


def replies_to(draft: SavedDraft) -> str:
    """The address in its Reply-To; empty if that is the one in From."""
    address = _shown(draft, senders.senders_of(draft.template).reply_choice)[1]
    return "" if address == sender_of(draft)[1] else address


def _shown(draft: SavedDraft, choice: str) -> tuple[str, str]:
    owner = draft.person.owner if draft.person else None
    return senders.shown(choice, sender=draft.author, owner=owner, mailbox=drafts.mailbox_of(draft))


def _draft(held: SavedDraft, people: Sequence[Recipient], *, by: User, at: datetime) -> actions.Draft:
    box, house, thread = drafts.mailbox_of(held), organisation(), thread_of(held)
    assert box is not None  # the preflight has seen to it
    attachments = list(held.attachments.select_related("file"))
    signs = senders.senders_of(held.template)
    require_room(attachments)
    return actions.Draft(
        kind=Message.Kind.PERSONAL,
        send_key=f"draft:{held.pk}:{held.sendings}",
        content=_content(held, attachments, by),
        mailbox=box,
        sender=by,
        from_choice=signs.from_choice,
        reply_choice=signs.reply_choice,
        deliver_at=at,
        track=held.track,
        track_opens=house.track_opens,
        tracking=house.tracking,
        opt_out_link=False,
        in_reply_to=thread.in_reply_to,
        references=thread.references,
        shown_to=[each.shown for each in people if each.typed.field == "to"],
        shown_cc=[each.shown for each in people if each.typed.field == "cc"],
        about_kind=held.about_kind,
        about_id=held.about_id,
    )


def _content(held: SavedDraft, attachments: Sequence[Attachment], by: User) -> Content:
    parts = _parts(held, attachments, by)
    return contents.freeze(parts, list_headers=False, footer=False, template=held.template, attachments=attachments)


def _parts(held: SavedDraft, attachments: Sequence[Attachment], by: User) -> Parts:
    html = f"{held.html}{linked(attachments)}{held.quoted}"
    return Parts(subject=held.subject, html=html, language=by.language, is_literal=True)


def _addressee(recipient: Recipient) -> Addressee:
    typed, person = recipient.typed, recipient.person
    name = typed.name or (person.name if person else "")
    return Addressee(email=typed.email, normal=typed.normal, name=name, person_id=person.pk if person else None)


def thread_of(draft: SavedDraft) -> Thread:
    """Into which thread it goes; a forward begins one of its own."""
    if draft.mode == SavedDraft.Mode.FORWARD:
        return Thread()
    if draft.answers is not None:
        return answering.after_received(draft.answers)
    return answering.after_copy(draft.follows) if draft.follows is not None else Thread()


@transaction.atomic
def take_back(draft: SavedDraft, *, by: User, now: datetime) -> SavedDraft:
    """Make it a draft again while nothing of it has begun to leave: undo, change the hour, cancel. Raises Gone."""
    drafts.require_writer(by)
    held = SavedDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk, author=by)
    if held.message_id is None:
        return held
    message = Message.objects.select_for_update().get(pk=held.message_id)
    copies = Copy.objects.select_for_update().filter(message=message).order_by("id")
    if any(copy.state != Copy.State.QUEUED for copy in copies) or message.started_at is not None:
        raise Gone(_("This mail is leaving or has left. It cannot be taken back."))
    held.message, held.updated_at = None, now
    held.version += 1
    held.save(update_fields=["message", "updated_at", "version"])
    actions.forget(message)
    return held


def may_take_back(message: Message) -> bool:
    """Whether it still waits for its hour, all of it."""
    return message.started_at is None and message.state in (Message.State.SENDING, Message.State.PAUSED)
