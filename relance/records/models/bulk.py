"""Acts on many records at once, each a job with its progress, and undone as one (REC-05), and the tags in use."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.lib.states import Moves
from relance.team.models import User


class Tag(models.Model):
    """A word that marks records of any module; the rows carry the words themselves."""

    name = models.CharField(_("Tag"), max_length=40, unique=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Bulk(models.Model):
    """One act on a selection. `reached` is the last id that is settled: a worker that dies goes on from there."""

    class Act(models.TextChoices):
        EDIT = "edit", pgettext_lazy("bulk", "Change a field")
        TAG = "tag", pgettext_lazy("bulk", "Add or remove tags")
        DELETE = "delete", pgettext_lazy("bulk", "Delete")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("bulk", "about to begin")
        RUNNING = "running", pgettext_lazy("bulk", "running")
        DONE = "done", pgettext_lazy("bulk", "finished")
        STOPPED = "stopped", pgettext_lazy("bulk", "stopped")
        UNDOING = "undoing", pgettext_lazy("bulk", "being undone")
        UNDONE = "undone", pgettext_lazy("bulk", "undone")

    MOVES: ClassVar[Moves] = {
        State.WAITING: frozenset({State.RUNNING, State.STOPPED}),
        State.RUNNING: frozenset({State.DONE, State.STOPPED}),
        State.DONE: frozenset({State.UNDOING}),
        State.STOPPED: frozenset({State.UNDOING}),
        State.UNDOING: frozenset({State.UNDONE}),
    }

    module = models.CharField(max_length=20)
    act = models.CharField(max_length=8, choices=Act.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bulks")
    kind = models.CharField(max_length=8, help_text=_("How the rows were chosen: see records.selection."))
    criteria = models.JSONField(default=dict)
    values = models.JSONField(default=dict, help_text=_("What is written, by the keys of fields."))
    total = models.PositiveIntegerField(default=0)
    reached = models.BigIntegerField(default=0)
    last = models.BigIntegerField(default=0, help_text=_("Rows that came later are not touched."))
    changed = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0, help_text=_("Refused, or as wished already."))
    why = models.JSONField(default=dict, help_text=_("Why rows were left, with their number."))
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["by", "-id"], name="bulk_by_colleague")]

    def __str__(self) -> str:
        return f"{self.act} {self.module}"
