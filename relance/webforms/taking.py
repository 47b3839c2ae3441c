"""Take what a stranger sent: hold what looks like a program's, make a lead, and let follow what the form says.

Whoever holds the address already is not changed by it: anybody can write anybody's address (X12).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from relance import events
from relance.agenda import actions as agenda
from relance.agenda.models import Task
from relance.campaigns import lists, responding
from relance.lib.refusal import Refused
from relance.lib.states import Moves, move
from relance.people import actions as people
from relance.people.models import Address, Person
from relance.people.verbs import PeopleVerbs
from relance.records import changes, values
from relance.records.fields import Value, Values
from relance.records.models import Change
from relance.records.values import BadValue, Habits
from relance.sequences import enrolling
from relance.sequences.models import Enrolment
from relance.team import policy
from relance.team.models import User
from relance.webforms import rules
from relance.webforms.actions import asked, require_change
from relance.webforms.models import Submission, WebForm

State, Why = Submission.State, Submission.Why
Written = Mapping[str, str | list[str]]
LONGEST = 5_000
MOST_STORED = 200
"""Of one network in an hour; what comes beyond is not even kept."""


class NotTaken(Refused):
    """What was written does not do; `errors` says it beside each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class FormClosed(Refused):
    """The form takes no answers any more."""


class TooMany(Refused):
    """This network has sent so much that nothing more is kept."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What came with the fields: the boxes that were ticked, and what tells people from programs."""

    agreed: bool = False
    follows: bool = False
    trap: str = ""
    shown_at: datetime | None = None
    network: str = ""


def read(form: WebForm, written: Written) -> Values:
    """What the fields mean. Raises NotTaken."""
    told: dict[str, Value] = {}
    wrong: dict[str, str] = {}
    habits = Habits(language=form.language)
    for field in asked(form):
        text = written.get(field.key, "")
        try:
            value = values.several(field, text, habits) if isinstance(text, list) else values.read(field, text, habits)
            told[field.key] = values.complete(field, value)
        except BadValue as bad:
            wrong[field.key] = str(bad)
    if wrong:
        raise NotTaken(wrong)
    return {key: value for key, value in told.items() if value not in (None, "", ())}


@transaction.atomic
def submit(form: WebForm, email: str, written: Written, sent: Sent, *, now: datetime) -> Submission:
    """Keep what was sent, and take it unless it looks like a program's. Raises FormClosed, NotTaken, TooMany."""
    if form.open_since is None or form.deleted_at is not None:
        raise FormClosed(_("This form takes no answers any more."))
    with override(form.language):
        row = _read(form, email, written, sent, now)
    with connection.cursor() as cursor:  # one address at a time, so that it becomes one lead
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('web form ' || %s, 0))", [row.normal])
    signs = _signs(row, written, sent, now)
    if signs.from_network >= MOST_STORED:
        raise TooMany(_("Very many answers came from your network. Try again in an hour."))
    row.why = rules.suspicion(signs)
    row.state = State.HELD
    row.save()
    if not row.why:
        _take(row, now=now)
    return row


def _read(form: WebForm, email: str, written: Written, sent: Sent, now: datetime) -> Submission:
    """Judged, not saved."""
    wrong: dict[str, str] = {}
    kept = {field.key: _cut(written[field.key]) for field in asked(form) if written.get(field.key)}
    try:
        address = people.parse(email)
    except people.BadAddress as bad:
        wrong["email"] = str(bad) if email.strip() else _("Give your e-mail address.")
    if form.agree_words and not sent.agreed:
        wrong["agree"] = _("Tick the box to go on.")
    try:
        read(form, kept)
    except NotTaken as bad:
        wrong |= bad.errors
    if wrong:
        raise NotTaken(wrong)
    return Submission(
        form=form, at=now, written=kept, email=address.as_written, normal=address.normal, network=sent.network,
        agreed=form.agree_words if sent.agreed else "", follow=form.follow_words if sent.follows else "",
    )  # fmt: skip


def _cut(text: str | list[str]) -> str | list[str]:
    return text[:LONGEST] if isinstance(text, str) else [each[:200] for each in text[:50]]


def _signs(row: Submission, written: Written, sent: Sent, now: datetime) -> rules.Signs:
    of_network = Submission.objects.filter(network=row.network, at__gt=now - timedelta(hours=1)).exclude(network="")
    of_address = Submission.objects.filter(normal=row.normal, at__gt=now - timedelta(days=1))
    texts = [text for each in written.values() for text in ([each] if isinstance(each, str) else each)]
    return rules.Signs(
        trap=sent.trap.strip(),
        seconds=(now - sent.shown_at).total_seconds() if sent.shown_at else None,
        links=rules.links(texts),
        from_network=of_network.count(),
        from_address=of_address.count(),
    )


@transaction.atomic
def accept(row: Submission, *, by: User, now: datetime) -> Submission:
    """A colleague says that somebody wrote it: it is taken as any other. Raises Forbidden, and what making a lead may.

    One that was taken already stays as it is.
    """
    require_change(row.form, by)
    row = Submission.objects.select_for_update(of=("self",)).select_related("form__creator__role").get(pk=row.pk)
    if row.state in (State.HELD, State.DROPPED):
        row.by = by
        row.save(update_fields=["by"])
        _take(row, now=now, loudly=True)
    return row


@transaction.atomic
def drop(row: Submission, *, by: User, now: datetime) -> bool:  # noqa: ARG001
    """A colleague says that a program wrote it; False if it was not held. Raises Forbidden."""
    require_change(row.form, by)
    held: Moves = {State.HELD: Submission.MOVES[State.HELD]}
    return move(Submission.objects.filter(pk=row.pk), "state", held, to=State.DROPPED, by=by)


def _take(row: Submission, *, now: datetime, loudly: bool = False) -> None:
    """Whose address it is becomes a lead if nobody has it; then follows what the form says. Nothing that came is lost:
    what cannot be made a lead is held with the reason, or refused to the colleague who asks."""
    form = WebForm.objects.select_for_update(of=("self",)).select_related("creator__role").get(pk=row.form_id)
    held = Address.objects.filter(normal=row.normal, person__isnull=False).order_by("person_id").first()
    try:
        with transaction.atomic(), changes.through(Change.Way.FORM):
            person = held.person if held is not None else None
            is_new = person is None
            person = person or _add(form, row, now=now)
            told = _follow(form, row, person, now=now)
    except Refused as refused:
        if loudly:
            raise
        Submission.objects.filter(pk=row.pk).update(why=Why.REFUSED, told=str(refused)[:300])
        row.refresh_from_db()
        return
    to = State.LEAD if is_new else State.KNOWN
    if move(Submission.objects.filter(pk=row.pk), "state", Submission.MOVES, to=to, person=person, told=told[:300]):
        events.emit(events.FormSubmitted(row.pk))
    row.refresh_from_db()


def _add(form: WebForm, row: Submission, *, now: datetime) -> Person:
    left = _("%(name)s, in whose name the form makes leads, has left.") % {"name": form.creator.name}
    policy.require(form.creator.is_active, left)
    owner = _next_owner(form)
    told = {**read(form, row.written), "emails": (row.email,), "source": form.source or form.name[:120]}
    told |= {"owner": owner.pk, "language": form.language}
    person = PeopleVerbs(Person.Kind.LEAD).add(told, by=form.creator, now=now)
    if row.follow:
        granted = {"how": "form", "words": row.follow, "source": f"form {form.name}"}
        people.record_consent(person, Person.Consent.GRANTED, by=None, now=row.at, **granted)
    return person


def _next_owner(form: WebForm) -> User:
    """Whose turn it is among those it goes to; its creator where that is nobody."""
    owners = {owner.pk: owner for owner in form.owners.filter(is_active=True).select_related("role")}
    chosen = rules.turn(list(owners), last=form.last_owner_id)
    if chosen is None:
        return form.creator
    WebForm.objects.filter(pk=form.pk).update(last_owner=chosen)
    return owners[chosen]


def _follow(form: WebForm, row: Submission, person: Person, *, now: datetime) -> str:
    """The list, the answer, the sequence, the task; what did not follow, and why."""
    if form.target_list is not None and form.target_list.deleted_at is None:
        lists.fill_people(form.target_list, Person.objects.filter(pk=person.pk), now=now)
    if form.responder is not None:
        responding.ask(form.responder, person.pk, now=now)
    owner = person.owner if person.owner and person.owner.is_active else form.creator
    if form.makes_task:
        _task(form, row, person, owner, now=now)
    if form.sequence is None or Enrolment.objects.filter(sequence=form.sequence, normal=row.normal).exists():
        return ""
    try:
        with transaction.atomic():
            enrolling.enrol_one(form.sequence, person, by=owner, now=now)
    except Refused as refused:
        return str(refused)
    return ""


def _task(form: WebForm, row: Submission, person: Person, owner: User, *, now: datetime) -> None:
    """One at a time: whoever writes ten times does not make ten tasks."""
    with override(owner.language):
        subject = _("Answer %(name)s, who filled in “%(form)s”") % {"name": person, "form": form.name}
    if not Task.objects.filter(subject=subject[:160], person=person, done_at=None).exists():
        note = str(row.written.get("note", ""))
        told: Values = {"subject": subject[:160], "note": note, "due_at": now, "person": person.pk}
        agenda.add(Task, told, by=owner, now=now)
