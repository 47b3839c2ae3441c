"""How a mail begins: empty with a signature, from a template filled in, as an answer, as a forward (INBOX-03)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import formataddr, getaddresses
from html import escape
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from relance.lib import addresses, zones
from relance.mail import answering, contents, enclosing, safe_html
from relance.mail.catalogue import Subject, by_name, signature_html, values_of
from relance.mail.inbound.parse import Mail, parse
from relance.mail.models import Received, Recipient, SavedDraft, Template
from relance.mail.outbound.render import Preview
from relance.mail.templates import Parts, is_told, require_sound
from relance.mail.writing import drafts
from relance.people.models import Account, Person
from relance.team.models import User

Mode = SavedDraft.Mode


@dataclass(frozen=True, kw_only=True)
class Start:
    """From where somebody writes: to whom, about what, in answer to what."""

    to: str = ""
    person: Person | None = None
    about: Subject | None = None
    template: Template | None = None
    answers: Received | None = None
    follows: Recipient | None = None
    mode: str = Mode.NEW.value
    key: UUID | None = None


@transaction.atomic
def begin(start: Start, *, by: User, now: datetime) -> SavedDraft:
    """A mail with what is known of it already, kept. Raises Forbidden, BadTemplate."""
    fresh = unsaved(start, by=by, now=now)
    values = {name: getattr(fresh, name) for name in drafts.FIELDS}
    draft = drafts.begin(values, by=by, now=now, key=start.key, mode=start.mode)
    if (start.answers or start.follows) and not (draft.answers_id or draft.follows_id):
        draft.answers, draft.follows = start.answers, start.follows
        draft.save(update_fields=["answers", "follows"])
    if start.template is not None:
        enclosing.hand_on(start.template, draft, now=now)
    return draft


def unsaved(start: Start, *, by: User, now: datetime) -> SavedDraft:
    """The same as it would be shown before anything is kept. Raises BadTemplate."""
    draft = SavedDraft(author=by, mode=start.mode, created_at=now, updated_at=now)
    draft.to = start.to or _first_address(start)
    draft.person, draft.html = start.person, signed(by)
    if start.about is not None:
        draft.about_kind, draft.about_id = start.about.kind, start.about.id
    if start.answers is not None:
        _put(draft, answer(start.answers, mode=start.mode, by=by))
    elif start.follows is not None:
        _put(draft, follow_up(start.follows))
    if start.template is not None:
        shown = filled(Parts.of(start.template), draft, by=by)
        draft.subject, draft.html, draft.template = draft.subject or shown.subject, shown.html, start.template
    return draft


def _first_address(start: Start) -> str:
    """Of the person, else of the account whose page it is."""
    if start.person is not None:
        return written(start.person.name, start.person.primary_email)
    if start.about is not None and start.about.kind == "Account":
        account = Account.objects.get(pk=start.about.id)
        return written(account.name, account.primary_email)
    return ""


def _put(draft: SavedDraft, values: dict[str, object]) -> None:
    for name, value in values.items():
        setattr(draft, name, value)


def signed(user: User) -> str:
    """An empty mail that ends with its author's signature."""
    signature = signature_html(user.signature)
    return f"<p><br></p><p>{signature}</p>" if signature else "<p><br></p>"


@transaction.atomic
def use_template(draft: SavedDraft, template: Template, *, by: User, now: datetime) -> SavedDraft:
    """Put a template's words and files into the mail, its fields filled in for the person; those of the one before go.

    Raises BadTemplate, AlreadySent.
    """
    shown = filled(Parts.of(template), draft, by=by)
    values = {"subject": draft.subject if draft.answers_id else shown.subject, "html": shown.html, "template": template}
    before = drafts.hold(draft, by=by).template
    saved = drafts.save(draft, values, by=by, now=now)
    if before is not None and before.pk != template.pk:
        enclosing.take_back(before, saved)
    enclosing.hand_on(template, saved, now=now)
    return saved


def filled(parts: Parts, draft: SavedDraft, *, by: User) -> Preview:
    """A text with its fields as they stand for this mail; of nobody in particular they stay. Raises BadTemplate."""
    subject = Subject(kind=draft.about_kind, id=draft.about_id) if draft.about_kind and draft.about_id else None
    known, fields = values_of(draft.person, sender=by, subject=subject), by_name()
    values = {
        name: value if is_told(fields[name], draft.person, subject) else f"{{{name}}}" for name, value in known.items()
    }
    return require_sound(parts).preview(values)


def answer(received: Received, *, mode: str, by: User) -> dict[str, object]:
    """An answer, to all or to one, or a forward: whom it goes to, its subject, and the mail that it quotes."""
    mail = parse(received.content)
    if mode == Mode.FORWARD:
        return {
            "to": "", "subject": answering.answer_subject(mail.subject, mark="Fwd: "), "quoted": _forwarded(mail, by),
        }  # fmt: skip
    back = mail.addresses("reply-to") or mail.addresses("from")
    ours = {addresses.normal(each) for each in (by.email, received.mailbox.address)}
    values: dict[str, object] = {
        "to": _list(_names(mail), back),
        "subject": answering.answer_subject(mail.subject),
        "quoted": _quoted(mail, by),
    }
    if mode == Mode.ALL:
        known = {addresses.normal(each) for each in back} | ours
        rest = [each for each in mail.addresses("to", "cc") if addresses.normal(each) not in known]
        values["cc"] = _list(_names(mail), dict.fromkeys(rest))
    return values


def follow_up(copy: Recipient) -> dict[str, object]:
    """A mail that goes on from one of ours, in its thread."""
    subject = contents.subject_of(copy)
    return {
        "to": written(copy.name, copy.email), "person": copy.person,
        "subject": answering.answer_subject(subject),
        "about_kind": copy.message.about_kind, "about_id": copy.message.about_id,
    }  # fmt: skip


def _names(mail: Mail) -> dict[str, str]:
    headers = [value for name in ("from", "reply-to", "to", "cc") for value in mail.all(name)]
    return {address.lower(): name for name, address in getaddresses(headers) if address}


def _list(names: dict[str, str], found: Iterable[str]) -> str:
    return ", ".join(written(names.get(each.lower(), ""), each) for each in found)


def written(name: str, address: str) -> str:
    """A name beside its address, quoted where it has to be; nothing without an address."""
    if not address:
        return ""
    return (
        formataddr((addresses.one_line(name), address), charset="utf-8")
        if name.isascii()
        else (f'"{addresses.one_line(name)}" <{address}>'.replace('""', ""))
    )


def _said(mail: Mail) -> str:
    """What the mail says, as HTML that may be shown."""
    part = mail.part("text/html")
    if part is not None and part.text.strip():
        return safe_html.clean(part.text)
    return "<br>".join(escape(line) for line in mail.text.strip().splitlines())


def _quoted(mail: Mail, by: User) -> str:
    who = escape(mail.header("from") or mail.sender)
    at = mail.date.astimezone(zones.zone(by.time_zone)) if mail.date else None
    when = at.strftime("%d/%m/%Y %H:%M") if at else ""
    said = _("On %(when)s, %(who)s wrote:") % {"when": when, "who": who} if when else _("%(who)s wrote:") % {"who": who}
    return f"<p>{said}</p><blockquote>{_said(mail)}</blockquote>"


def _forwarded(mail: Mail, by: User) -> str:  # noqa: ARG001
    lines = [
        f"<b>{escape(name)}</b> {escape(value)}"
        for name, value in (
            (_("From:"), mail.header("from")), (_("Date:"), mail.header("date")),
            (_("Subject:"), mail.subject), (_("To:"), mail.header("to")),
        )
        if value
    ]  # fmt: skip
    head = _("Forwarded message")
    return f"<p>---------- {head} ----------<br>{'<br>'.join(lines)}</p><div>{_said(mail)}</div>"
