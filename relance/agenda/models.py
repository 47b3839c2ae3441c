"""Tasks, calls, cases and notes (REC-09), each about some record; and the private calendar feeds (API-05).

Who is to do a task is its `owner`, so that rights, filters and bulk changes work as they do everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.deals.models import Deal
from relance.mail.models import Message, Recipient
from relance.people.models import Account, Person
from relance.records.models import Record
from relance.records.models.base import Kept
from relance.team import policy
from relance.team.models import Module, User

NO_DATE = datetime(2999, 12, 31, tzinfo=UTC)
"""Where what has no date stands in an order by date: last."""


class Priority(models.TextChoices):
    """How much it matters."""

    HIGH = "high", pgettext_lazy("priority", "High")
    NORMAL = "normal", pgettext_lazy("priority", "Normal")
    LOW = "low", pgettext_lazy("priority", "Low")


class About(Kept):
    """What the four kinds share: a subject to find it by, and the records that it is about.

    Without these records a task still is to be done; a note has nothing left to say and goes with them.
    """

    subject = models.CharField(_("Subject"), max_length=200)
    name_folded = models.CharField(max_length=200, db_collation="C", editable=False)
    search = models.TextField(default="", editable=False)
    person = models.ForeignKey(
        Person,
        verbose_name=_("Person"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)ss",
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("Account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)ss",
    )
    deal = models.ForeignKey(
        Deal, verbose_name=_("Deal"), on_delete=models.SET_NULL, null=True, blank=True, related_name="%(class)ss"
    )
    record = models.ForeignKey(
        Record,
        verbose_name=_("Record"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="%(class)ss",
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.subject


class Cases(models.QuerySet["Case"]):
    """Reading vocabulary of cases."""

    def visible_to(self, user: User) -> Cases:
        """The cases that this colleague may see."""
        return self.filter(policy.scope(user, Module.CASE))

    def open(self) -> Cases:
        """Those that are not closed."""
        return self.filter(done_at=None)


class Case(About):
    """A question or complaint of a client, with a number to speak of it by: its key."""

    class Status(models.TextChoices):
        NEW = "new", pgettext_lazy("case", "New")
        OPEN = "open", pgettext_lazy("case", "Open")
        WAITING = "waiting", pgettext_lazy("case", "Waiting for an answer")
        SOLVED = "solved", pgettext_lazy("case", "Solved")
        CLOSED = "closed", pgettext_lazy("case", "Closed")

    status = models.CharField(_("Status"), max_length=8, choices=Status.choices, default=Status.NEW)
    priority = models.CharField(_("Priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    description = models.TextField(_("Description"), default="", blank=True)
    done_at = models.DateTimeField(_("Closed"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = Cases.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_folded", "id"], include=["search"], name="case_by_name"),
            models.Index(fields=["created_at", "id"], name="case_by_created"),
            models.Index(fields=["updated_at", "id"], name="case_by_updated"),
            models.Index(fields=["owner", "created_at", "id"], name="case_open_by_owner", condition=Q(done_at=None)),
            models.Index(fields=["import_id"], name="case_by_import", condition=Q(import_id__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at=None) ^ Q(status__in=("solved", "closed")), name="case_closed_has_its_date"
            )
        ]

    @property
    def number(self) -> int:
        """What clients and colleagues call it by."""
        return self.pk


class Tasks(models.QuerySet["Task"]):
    """Reading vocabulary of tasks."""

    def visible_to(self, user: User) -> Tasks:
        """The tasks that this colleague may see."""
        return self.filter(policy.scope(user, Module.TASK))

    def open(self) -> Tasks:
        """Those still to be done."""
        return self.filter(done_at=None)


class Task(About):
    """Something to be done, by its owner, by a date or by none."""

    class Status(models.TextChoices):
        TODO = "todo", pgettext_lazy("task", "To do")
        DOING = "doing", pgettext_lazy("task", "In progress")
        WAITING = "waiting", pgettext_lazy("task", "Waiting for somebody")
        DONE = "done", pgettext_lazy("task", "Done")
        DROPPED = "dropped", pgettext_lazy("task", "Dropped")

    case = models.ForeignKey(
        Case, verbose_name=_("Case"), on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    due_at = models.DateTimeField(_("Due"), null=True, blank=True)
    due_order = models.GeneratedField(
        expression=Coalesce("due_at", NO_DATE), output_field=models.DateTimeField(), db_persist=True
    )
    status = models.CharField(_("Status"), max_length=8, choices=Status.choices, default=Status.TODO)
    priority = models.CharField(_("Priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    note = models.TextField(_("Note"), default="", blank=True)
    done_at = models.DateTimeField(_("Done"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = Tasks.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_order", "id"], name="task_by_due"),
            models.Index(fields=["name_folded", "id"], include=["search"], name="task_by_name"),
            models.Index(fields=["created_at", "id"], name="task_by_created"),
            models.Index(fields=["updated_at", "id"], name="task_by_updated"),
            models.Index(fields=["owner", "due_order", "id"], name="task_open_by_owner", condition=Q(done_at=None)),
            models.Index(fields=["import_id"], name="task_by_import", condition=Q(import_id__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at=None) ^ Q(status__in=("done", "dropped")), name="task_done_has_its_date"
            )
        ]


class Calls(models.QuerySet["Call"]):
    """Reading vocabulary of calls."""

    def visible_to(self, user: User) -> Calls:
        """The calls that this colleague may see."""
        return self.filter(policy.scope(user, Module.CALL))

    def open(self) -> Calls:
        """Those still to be made."""
        return self.filter(done_at=None)


class Call(About):
    """A telephone call: planned, then made or dropped; or written down once it is over."""

    class Status(models.TextChoices):
        TODO = "todo", pgettext_lazy("call", "Planned")
        DONE = "done", pgettext_lazy("call", "Made")
        DROPPED = "dropped", pgettext_lazy("call", "Dropped")

    class Direction(models.TextChoices):
        OUT = "out", pgettext_lazy("call", "We call")
        IN = "in", pgettext_lazy("call", "They called")

    class Result(models.TextChoices):
        """What became of it; empty while nobody knows."""

        TALKED = "talked", pgettext_lazy("call", "Talked")
        NO_ANSWER = "no_answer", pgettext_lazy("call", "No answer")
        MESSAGE = "message", pgettext_lazy("call", "Left a message")
        BUSY = "busy", pgettext_lazy("call", "Busy")
        WRONG = "wrong", pgettext_lazy("call", "Wrong number")

    case = models.ForeignKey(
        Case, verbose_name=_("Case"), on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    due_at = models.DateTimeField(_("Starts"))
    minutes = models.PositiveSmallIntegerField(_("Minutes"), default=15)
    direction = models.CharField(_("Direction"), max_length=3, choices=Direction.choices, default=Direction.OUT)
    status = models.CharField(_("Status"), max_length=8, choices=Status.choices, default=Status.TODO)
    result = models.CharField(_("Result"), max_length=10, choices=Result.choices, default="", blank=True)
    priority = models.CharField(_("Priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    note = models.TextField(_("Note"), default="", blank=True)
    done_at = models.DateTimeField(_("Made"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = Calls.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="call_by_start"),
            models.Index(fields=["name_folded", "id"], include=["search"], name="call_by_name"),
            models.Index(fields=["created_at", "id"], name="call_by_created"),
            models.Index(fields=["updated_at", "id"], name="call_by_updated"),
            models.Index(fields=["owner", "due_at", "id"], name="call_open_by_owner", condition=Q(done_at=None)),
            models.Index(fields=["import_id"], name="call_by_import", condition=Q(import_id__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(done_at=None) ^ Q(status__in=("done", "dropped")), name="call_made_has_its_date"
            )
        ]


class Notes(models.QuerySet["Note"]):
    """Reading vocabulary of notes."""

    def visible_to(self, user: User) -> Notes:
        """The notes that this colleague may see."""
        return self.filter(policy.scope(user, Module.NOTE))


class Note(About):
    """What somebody wants to be remembered of a record. Its subject is its first line; a pinned one stays on top."""

    case = models.ForeignKey(
        Case, verbose_name=_("Case"), on_delete=models.CASCADE, null=True, blank=True, related_name="notes"
    )
    person = models.ForeignKey(
        Person, verbose_name=_("Person"), on_delete=models.CASCADE, null=True, blank=True, related_name="notes"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, null=True, blank=True, related_name="notes"
    )
    deal = models.ForeignKey(
        Deal, verbose_name=_("Deal"), on_delete=models.CASCADE, null=True, blank=True, related_name="notes"
    )
    record = models.ForeignKey(
        Record, verbose_name=_("Record"), on_delete=models.CASCADE, null=True, blank=True, related_name="notes"
    )
    text = models.TextField(_("Note"))
    is_pinned = models.BooleanField(_("Pinned"), default=False)

    objects = Notes.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["name_folded", "id"], include=["search"], name="note_by_name"),
            models.Index(fields=["created_at", "id"], name="note_by_created"),
            models.Index(fields=["updated_at", "id"], name="note_by_updated"),
            models.Index(fields=["import_id"], name="note_by_import", condition=Q(import_id__isnull=False)),
        ]


class CalendarFeed(models.Model):
    """The private address of a colleague's calendar. It is computed from `nonce`; a new nonce ends the old address."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    nonce = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}"


class Reminders(models.QuerySet["Reminder"]):
    """Reading vocabulary of follow-up reminders."""

    def visible_to(self, user: User) -> Reminders:
        """One's own."""
        return self.filter(owner=user)

    def waiting(self) -> Reminders:
        """Those whose time has not come, and that nothing has settled."""
        return self.filter(state=Reminder.State.WAITING)

    def due(self) -> Reminders:
        """Those that ask for something now."""
        return self.filter(state=Reminder.State.DUE)


class Reminder(models.Model):
    """What to be told if a mail has not had its effect by a certain time (ENG-05). Written by `agenda.reminders`."""

    class Condition(models.TextChoices):
        NO_REPLY = "no_reply", _("If no reply by then")
        NOT_OPENED = "not_opened", _("If not opened by then")
        ANYWAY = "anyway", _("Remind me anyway")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("reminder", "Waiting")
        DUE = "due", pgettext_lazy("reminder", "Due")
        SETTLED = "settled", pgettext_lazy("reminder", "Settled by itself")
        DONE = "done", pgettext_lazy("reminder", "Done")

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="reminders")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reminders")
    condition = models.CharField(_("Condition"), max_length=10, choices=Condition.choices)
    due_at = models.DateTimeField(_("When"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    settled_by = models.CharField(max_length=10, default="", blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = Reminders.as_manager()

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="reminder_waiting", condition=Q(state="waiting")),
            models.Index(fields=["owner", "due_at"], name="reminder_due", condition=Q(state="due")),
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.message_id}"


class Alert(models.Model):
    """Something that a recipient did for the first time, told to the sender once (ENG-03)."""

    class Kind(models.TextChoices):
        OPENED = "opened", pgettext_lazy("alert", "Opened for the first time")
        REPLIED = "replied", pgettext_lazy("alert", "Replied")
        BOUNCED = "bounced", pgettext_lazy("alert", "Came back")

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="alerts")
    recipient = models.ForeignKey(Recipient, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True, help_text="When an open page has shown it.")
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["recipient", "kind"], name="alert_once_a_copy")]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-at"], name="alert_of_owner"),
            models.Index(fields=["owner"], name="alert_not_shown", condition=Q(shown_at=None)),
            models.Index(fields=["at"], name="alert_to_tell", condition=Q(shown_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient_id}"


class AlertChoice(models.Model):
    """How a colleague wants to be told besides in the page."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="alert_choice")
    by_mail = models.BooleanField(_("Tell me by mail when somebody opens my mail for the first time"), default=False)

    def __str__(self) -> str:
        return f"{self.user_id}"


class Aside(models.Model):
    """A card of the Assistant that its reader put off, until a time or for good (ENG-06)."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="asides")
    key = models.CharField(max_length=60, help_text="Which card: reminder:5, deal:7:2026-11-01.")
    until = models.DateTimeField(null=True, blank=True, help_text="Null: for good.")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "key"], name="aside_once")]

    def __str__(self) -> str:
        return self.key
