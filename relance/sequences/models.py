"""Sequences, their versions and steps, and the people who are in them (SEQ-01 to SEQ-15).

A version never changes once it is written. An enrolment's `state` is written by `relance.sequences.course` only.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.agenda.models import Task
from relance.lib.states import Moves
from relance.mail.models import Content, Mailbox, Message, Template
from relance.people.models import Person
from relance.team.models import User


class FooterLanguage(models.TextChoices):
    """The languages of the unsubscribe link and its page (SEQ-09)."""

    FRENCH = "fr", "Français"
    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    SPANISH = "es", "Español"
    ITALIAN = "it", "Italiano"
    DUTCH = "nl", "Nederlands"
    PORTUGUESE = "pt", "Português"


class Sequence(models.Model):
    """A named series of steps. Every colleague may use it; a deleted one keeps its statistics (SEQ-13)."""

    name = models.CharField(_("Name"), max_length=120)
    opt_out_link = models.BooleanField(_("Unsubscribe link in every mail"), default=True)
    language = models.CharField(
        _("Language of the link"), max_length=2, choices=FooterLanguage.choices, default=FooterLanguage.ENGLISH
    )
    stops_company = models.BooleanField(_("An answer stops the colleagues too"), default=False)
    creator = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="sequences")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> Version:
        """The version that new people follow."""
        return self.versions.order_by("-number")[0]


class Version(models.Model):
    """The steps of a sequence as they stood between two savings (SEQ-12)."""

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["sequence", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.sequence_id}/{self.number}"


class Step(models.Model):
    """An automatic mail, or a task. `key` is the same step in every version, `thread` that of the step it answers."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("Mail")
        TASK = "task", _("Task")

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(help_text="From 1.")
    key = models.CharField(max_length=32)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    name = models.CharField(_("Name"), max_length=160)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, null=True, related_name="+")
    wait_minutes = models.PositiveIntegerField(default=0, help_text="Of a mail: by the watch.")
    wait_days = models.PositiveSmallIntegerField(default=0, help_text="Of a task: working days until it is due.")
    hour = models.TimeField(null=True, blank=True)
    thread = models.CharField(max_length=32, default="", blank=True)
    frozen = models.ForeignKey(
        Content, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Its text as it last left."
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="step_of_a_position"),
            models.UniqueConstraint(fields=["version", "key"], name="step_of_a_key"),
            models.CheckConstraint(
                condition=Q(kind="task", template=None) | Q(kind="mail", template__isnull=False),
                name="mail_step_has_its_template",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_mail(self) -> bool:
        """Whether it is a mail."""
        return self.kind == self.Kind.MAIL


class Enrolment(models.Model):
    """One person's way through a sequence: the step that comes next, when, and how it ended."""

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("enrolment", "Active")
        PAUSED = "paused", pgettext_lazy("enrolment", "Paused")
        FINISHED = "finished", pgettext_lazy("enrolment", "Finished")
        STOPPED = "stopped", pgettext_lazy("enrolment", "Stopped")

    class Reason(models.TextChoices):
        """Why it ended, or why it is paused."""

        COMPLETED = "completed", _("Reached the end")
        REPLIED = "replied", pgettext_lazy("exit", "Replied")
        COLLEAGUE = "colleague", _("A colleague replied")
        CONVERTED = "converted", pgettext_lazy("exit", "Converted")
        OPTED_OUT = "opted_out", pgettext_lazy("exit", "Opted out")
        BOUNCED = "bounced", _("Address bounced")
        GONE = "gone", _("Record deleted or merged")
        REMOVED = "removed", _("Removed by hand")
        DELETED = "deleted", _("Sequence deleted")
        NO_ADDRESS = "no_address", _("No address")
        BY_HAND = "by_hand", _("Paused by hand")
        AWAY = "away", _("Away")
        MAILBOX = "mailbox", _("Mailbox broken")
        SENDER = "sender", _("The sender has left")
        FAILED = "failed", _("A mail could not be sent")
        TASK = "task", _("The task was dropped")
        TEMPLATE = "template", _("Its template has faults")

    class Waits(models.TextChoices):
        """For what, when not for a date."""

        TIME = "", _("A date")
        MAIL = "mail", _("That its mail leaves")
        TASK = "task", _("That its task is done")

    MOVES: ClassVar[Moves] = {
        State.ACTIVE: frozenset({State.PAUSED, State.FINISHED, State.STOPPED}),
        State.PAUSED: frozenset({State.ACTIVE, State.FINISHED, State.STOPPED}),
        State.FINISHED: frozenset(),
        State.STOPPED: frozenset(),
    }
    GOING: ClassVar = (State.ACTIVE, State.PAUSED)

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="enrolments")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="enrolments")
    moves_to = models.ForeignKey(
        Version, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The version it goes over to after the step that is scheduled.",
    )  # fmt: skip
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="enrolments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="+")
    normal = models.CharField(max_length=254, db_collation="C", help_text="The address, as compared.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    reason = models.CharField(max_length=12, choices=Reason.choices, default="", blank=True)
    position = models.PositiveSmallIntegerField(default=1, help_text="The step that comes next.")
    waits = models.CharField(max_length=4, choices=Waits.choices, default=Waits.TIME, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    is_booked = models.BooleanField(default=False, help_text="Its place within the daily limit is taken.")
    resumes_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "sequence"], name="in_a_sequence_once", condition=Q(state__in=("active", "paused"))
            ),
            models.UniqueConstraint(
                fields=["sequence", "normal"], name="address_in_a_sequence_once",
                condition=Q(state__in=("active", "paused")),
            ),
            models.CheckConstraint(
                condition=Q(state__in=("active", "paused"), ended_at=None)
                | Q(state__in=("finished", "stopped"), ended_at__isnull=False),
                name="ended_has_its_date",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="enrolment_due", condition=Q(state="active")),
            models.Index(fields=["resumes_at"], name="enrolment_resumes", condition=Q(state="paused")),
            models.Index(fields=["reason", "id"], name="enrolment_paused", condition=Q(state="paused")),
            models.Index(fields=["waits", "id"], name="enrolment_waiting", condition=~Q(waits="")),
            models.Index(fields=["id"], name="enrolment_of_nobody", condition=Q(person=None, ended_at=None)),
            models.Index(fields=["normal"], name="enrolment_by_address"),
            models.Index(fields=["sequence", "state", "-id"], name="enrolment_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.sequence_id}"


class StepRun(models.Model):
    """One step of one person, done once: the database says so."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="runs")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="runs")
    message = models.OneToOneField(Message, on_delete=models.SET_NULL, null=True, related_name="step_run")
    task = models.OneToOneField(Task, on_delete=models.SET_NULL, null=True, related_name="step_run")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["enrolment", "step"], name="a_step_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}/{self.step_id}"


class Trace(models.Model):
    """What was decided of an enrolment, and why: the answer to *why?*"""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="traces")
    at = models.DateTimeField()
    what = models.CharField(max_length=20)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.what}"


class Pace(models.Model):
    """How fast sequences leave from a mailbox (SEQ-15), and the places taken so far."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, primary_key=True, related_name="sequence_pace")
    per_day = models.PositiveIntegerField(_("Mails of sequences in a day, at most"), null=True, blank=True)
    gap = models.PositiveIntegerField(_("Seconds between two of them"), default=0)
    next_at = models.DateTimeField(null=True, blank=True, editable=False)
    day = models.DateField(null=True, blank=True, editable=False)
    taken = models.PositiveIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return f"{self.mailbox_id}"


class Enrolling(models.Model):
    """Many people being enrolled: how far it is, how many were left out and why. `reached` is the last id settled."""

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="enrollings")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    module = models.CharField(max_length=20)
    kind = models.CharField(max_length=8)
    criteria = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    reached = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0)
    enrolled = models.PositiveIntegerField(default=0)
    left = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.sequence_id} {self.reached}"
