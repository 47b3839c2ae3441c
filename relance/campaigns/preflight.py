"""What to look at before a mass mail leaves: checks with their sentences and remedies (MASS-02, UNSUB-03, ESPC-02)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from relance.campaigns import audience
from relance.campaigns.models import MassMail
from relance.campaigns.sources import source_of
from relance.campaigns.triggers import misfits
from relance.lib.figures import figure
from relance.mail import preflight as looks
from relance.mail.catalogue import Subject, by_name, catalogue
from relance.mail.mailboxes import default_mailbox
from relance.mail.models import Mailbox, Template
from relance.mail.models.template import SenderChoice
from relance.mail.outbound.placeholders import UNSUBSCRIBE, PlaceholderErrors, Slot, names, parse
from relance.mail.preflight import BAD, OK, WARN, Check
from relance.mail.templates import Parts, faults
from relance.team.models import Organisation
from relance.team.workspace import organisation

LONG = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A field that is empty for some of those who get the mail; without a fallback its place stays empty."""

    field: str
    people: int
    fallback: bool


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """The audience and everything that was looked at."""

    audience: audience.Count
    checks: tuple[Check, ...]
    missing: tuple[Missing, ...]

    @property
    def problems(self) -> tuple[Check, ...]:
        """What keeps the mail from leaving."""
        return tuple(check for check in self.checks if check.level == BAD)

    @property
    def ready(self) -> bool:
        """Whether it may leave."""
        return not self.problems


def examine(mass_mail: MassMail, *, now: datetime) -> Preflight:
    """Look at everything as it stands now."""
    counted = audience.count(mass_mail, now=now)
    missing = tuple(_missing(mass_mail, now)) if mass_mail.template else ()
    return Preflight(audience=counted, checks=_checks(mass_mail, counted, missing, now), missing=missing)


def problems(mass_mail: MassMail, *, now: datetime) -> tuple[Check, ...]:
    """What keeps it from leaving now, without counting everybody."""
    found = int(_is_first(mass_mail) and audience.anybody(mass_mail, now=now))
    checks = _checks(mass_mail, audience.Count(matched=found, accepted=found), (), now)
    return tuple(check for check in checks if check.level == BAD)


def _checks(
    mass_mail: MassMail, counted: audience.Count, missing: tuple[Missing, ...], now: datetime
) -> tuple[Check, ...]:
    known = organisation()
    return (
        _recipients(counted) if _is_first(mass_mail) else _later(mass_mail),
        *_follow_ups(mass_mail, now),
        *_triggers(mass_mail),
        *_template(mass_mail.template, missing),
        *_opt_out(mass_mail.template, known),
        *_mailbox(mailbox_of(mass_mail), counted.accepted, known),
        *_sender(mass_mail, mailbox_of(mass_mail), known),
        *looks.edge(known),
        *_text(mass_mail.template),
    )


def mailbox_of(mass_mail: MassMail) -> Mailbox | None:
    """The mailbox it leaves by: the one that was chosen, else the default."""
    return mass_mail.mailbox or default_mailbox(mass_mail.creator)


def _figure(count: int) -> str:
    return figure(count, get_language())


def _recipients(counted: audience.Count) -> Check:
    if not counted.accepted:
        return Check(
            key="recipients", level=BAD, sentence=_("Nobody would receive it."), remedy="recipients",
            detail=_("Choose other people, or see why these are left out."),
        )  # fmt: skip
    got = ngettext("%(count)s person receives it", "%(count)s people receive it", counted.accepted)
    out = (
        ngettext("%(count)s left out", "%(count)s left out", counted.refused)
        if counted.refused
        else _("Nobody is left out")
    )
    return Check(
        key="recipients", level=OK, sentence=got % {"count": _figure(counted.accepted)}, remedy="recipients",
        detail=out % {"count": _figure(counted.refused)},
    )  # fmt: skip


def _is_first(mass_mail: MassMail) -> bool:
    """Whether who gets it is chosen before it leaves; others find their readers one after another."""
    return mass_mail.parent is None and mass_mail.responder_id is None


def _later(mass_mail: MassMail) -> Check:
    """A follow-up may find nobody: who gets it is decided when it leaves."""
    return Check(
        key="recipients",
        level=OK,
        sentence=mass_mail.get_follow_display() or mass_mail.name,
        detail=_("Decided when it leaves"),
    )


def _follow_ups(mass_mail: MassMail, now: datetime) -> Iterator[Check]:
    if mass_mail.pk is None or mass_mail.message_id is not None:
        return
    leaves = max(mass_mail.scheduled_at or now, now)
    for follow_up in mass_mail.follow_ups.filter(deleted_at=None).select_related("template"):
        if follow_up.template is None:
            said = _("%(name)s has no template yet.")
        elif faults(Parts.of(follow_up.template)):
            said = _("The template of %(name)s has faults.")
        elif follow_up.scheduled_at is not None and follow_up.scheduled_at <= leaves:
            said = _("%(name)s would leave before the first mail.")
        else:
            continue
        yield Check(key="follow_up", level=BAD, sentence=said % {"name": follow_up.name}, remedy="follow_ups")


def _triggers(mass_mail: MassMail) -> Iterator[Check]:
    """A field that was retired, or that the module which the mail goes to now does not have."""
    if not mass_mail.pk:
        return
    later = mass_mail.follow_ups.filter(deleted_at=None) if mass_mail.message_id is None else ()
    for each in (mass_mail, *later):
        for field in misfits(each):
            yield Check(
                key="trigger", level=BAD, remedy="follow_ups",
                sentence=_("%(name)s would update the field “%(field)s”, which is not there.")
                % {"name": each.name, "field": field},
                detail=_("Choose another field, or take it out of what the mail sets off."),
            )  # fmt: skip


def _template(template: Template | None, missing: tuple[Missing, ...]) -> Iterator[Check]:
    if template is None:
        yield Check(key="template", level=BAD, sentence=_("No template is chosen yet."), remedy="message")
        return
    wrong = faults(Parts.of(template))
    if wrong:
        said = " ".join(fault.sentence for fault in wrong[:3])
        yield Check(key="template", level=BAD, sentence=_("The template has faults."), detail=said, remedy="template")
        return
    count = len(used_fields(template))
    yield Check(
        key="fields", level=OK, sentence=_("Every field of the template exists"),
        detail=ngettext("%(count)s field", "%(count)s fields", count) % {"count": _figure(count)},
    )  # fmt: skip
    yield from _lacking(missing)


def _lacking(missing: tuple[Missing, ...]) -> Iterator[Check]:
    for lack in missing:
        words = {"field": lack.field, "count": _figure(lack.people)}
        if lack.fallback:
            said = ngettext(
                "%(field)s is empty for %(count)s person, who reads the fallback",
                "%(field)s is empty for %(count)s people, who read the fallback", lack.people,
            )  # fmt: skip
            yield Check(key="fallback", level=OK, sentence=said % words)
        else:
            said = ngettext(
                "%(field)s is empty for %(count)s person, and has no fallback",
                "%(field)s is empty for %(count)s people, and has no fallback", lack.people,
            )  # fmt: skip
            hint = _("Write {%(field)s|words} to say something in its place.") % words
            yield Check(key="missing", level=WARN, sentence=said % words, detail=hint, remedy="template")


def _opt_out(template: Template | None, known: Organisation) -> Iterator[Check]:
    if template is None:
        return
    own = UNSUBSCRIBE in names(template.html + template.text)
    if own or known.opt_out_required:
        where = (
            _("Where the template places it, and one click in the mail program")
            if own
            else _("At the foot of the mail, and one click in the mail program")
        )
        yield Check(key="opt_out", level=OK, sentence=_("An unsubscribe link is present"), detail=where)
    else:
        yield Check(
            key="opt_out", level=WARN, sentence=_("The mail has no unsubscribe link"), remedy="template",
            detail=_("Your organisation does not require it; the law may."),
        )  # fmt: skip


def _mailbox(mailbox: Mailbox | None, people: int, known: Organisation) -> Iterator[Check]:
    yield from looks.mailbox(mailbox)
    if mailbox is not None:
        yield from _duration(mailbox, people, known)


def _duration(mailbox: Mailbox, people: int, known: Organisation) -> Iterator[Check]:
    caps = [cap for cap in (mailbox.per_hour, known.sends_per_hour) if cap]
    takes = timedelta(hours=people / min(caps)) if caps else timedelta(0)
    if takes > LONG:
        hours, minutes = divmod(int(takes.total_seconds() // 60), 60)
        yield Check(
            key="duration", level=WARN,
            sentence=_("The sending takes %(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes},
            detail=_("At most %(count)s mails in an hour leave by this mailbox.") % {"count": _figure(min(caps))},
        )  # fmt: skip


def _sender(mass_mail: MassMail, mailbox: Mailbox | None, known: Organisation) -> Iterator[Check]:
    choices = (mass_mail.from_choice, mass_mail.reply_choice)
    if missing := list(looks.organisation_address(choices, known, remedy="organisation")):
        yield from missing
        return
    address = known.mail_address if mass_mail.from_choice == SenderChoice.ORGANISATION else mass_mail.creator.email
    yield from looks.domain(address, mailbox, remedy="message")


def _text(template: Template | None) -> Iterator[Check]:
    if template is not None:
        yield from looks.images(template.html, remedy="template")
        yield from looks.lying_links(template.html, remedy="template")
        yield from looks.size(template.html, remedy="template")


def used_fields(template: Template) -> dict[str, bool]:
    """The fields that a template uses, and whether each has a fallback wherever it stands."""
    used: dict[str, bool] = {}
    known = catalogue()
    for part in (template.subject, template.html, template.text):
        try:
            pieces = parse(part, known)
        except PlaceholderErrors:
            continue
        for slot in pieces:
            if isinstance(slot, Slot) and slot.name in known:
                used[slot.name] = used.get(slot.name, True) and bool(slot.fallback)
    return used


def _missing(mass_mail: MassMail, now: datetime) -> Iterator[Missing]:
    assert mass_mail.template is not None
    used = used_fields(mass_mail.template)
    fields, about = by_name(), source_of(mass_mail.module).about
    ours = Subject(kind=about, id=0) if about else None
    columns = {
        name: fields[name].sql("j.id" if fields[name].tells_of(ours) else "NULL")
        for name in used
        if fields[name].of_person
    }
    for name, people in audience.lacking(mass_mail, columns, now=now).items():
        if people:
            yield Missing(field=name, people=people, fallback=used[name])
