"""Imports and the rows that did not go in as they were (REC-08)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.lib.states import Moves
from relance.team.models import Module, User


class Imports(models.QuerySet["Import"]):
    """Reading vocabulary of imports."""

    def visible_to(self, user: User) -> Imports:
        """One's own imports; administrators see everybody's."""
        return self if user.is_administrator else self.filter(by=user)

    def newest_first(self) -> Imports:
        """As the list shows them."""
        return self.order_by("-created_at", "-id")


class Import(models.Model):
    """One file on its way in. `reached` is the last row that is settled: a worker that dies goes on from there."""

    class State(models.TextChoices):
        MAPPING = "mapping", pgettext_lazy("import", "being prepared")
        CHECKING = "checking", pgettext_lazy("import", "being checked")
        CHECKED = "checked", pgettext_lazy("import", "ready")
        RUNNING = "running", pgettext_lazy("import", "running")
        DONE = "done", pgettext_lazy("import", "finished")
        FAILED = "failed", pgettext_lazy("import", "interrupted")
        CANCELLED = "cancelled", pgettext_lazy("import", "cancelled")
        UNDONE = "undone", pgettext_lazy("import", "undone")

    class Rule(models.TextChoices):
        """What to do with a row whose address is known already."""

        SKIP = "skip", _("Leave the existing record as it is")
        UPDATE = "update", _("Update the existing record")
        CREATE = "create", _("Create another record")

    MOVES: ClassVar[Moves] = {
        State.MAPPING: frozenset({State.CHECKING, State.CHECKED, State.CANCELLED}),
        State.CHECKING: frozenset({State.MAPPING, State.CHECKED, State.CANCELLED}),
        State.CHECKED: frozenset({State.MAPPING, State.CHECKING, State.RUNNING, State.CANCELLED}),
        State.RUNNING: frozenset({State.DONE, State.FAILED, State.CANCELLED}),
        State.FAILED: frozenset({State.RUNNING, State.CANCELLED, State.UNDONE}),
        State.CANCELLED: frozenset({State.UNDONE}),
        State.DONE: frozenset({State.UNDONE}),
    }

    module = models.CharField(_("Into"), max_length=20, choices=Module.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.MAPPING)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="imports")
    owner = models.ForeignKey(
        User, verbose_name=_("Owner of the new records"), on_delete=models.SET_NULL, null=True, blank=True,
        related_name="+",
    )  # fmt: skip

    name = models.CharField(_("File"), max_length=255)
    file = models.CharField(max_length=64, default="", help_text=_("A random name under the folder of files."))
    size = models.PositiveBigIntegerField(default=0)
    shape = models.JSONField(default=dict, help_text=_("How the file was understood."))
    choices = models.JSONField(default=dict, help_text=_("What a person chose instead."))
    mapping = models.JSONField(default=list)
    duplicates = models.CharField(_("Addresses known already"), max_length=8, choices=Rule.choices, default=Rule.SKIP)

    total = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    treated = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    forecast = models.JSONField(default=dict, help_text=_("The counts of the last check."))
    error = models.JSONField(default=dict)
    undone = models.JSONField(default=dict)

    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = Imports.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at", "-id"], name="import_by_created")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Where the uploaded file lies until the import is over."""
        return Path(settings.MEDIA_ROOT) / "imports" / self.file

    @property
    def copy_path(self) -> Path:
        """The rows of a workbook as text: read once with all its limits, then cheaply again and again."""
        return self.path.with_suffix(".rows")

    def remove_files(self) -> None:
        """Nothing of the upload stays."""
        self.path.unlink(missing_ok=True)
        self.copy_path.unlink(missing_ok=True)


class ImportRow(models.Model):
    """A row that was rejected or skipped, or taken with a remark; `reason` and `data` make its sentence."""

    class Outcome(models.TextChoices):
        REJECTED = "rejected", pgettext_lazy("rows", "rejected")
        SKIPPED = "skipped", pgettext_lazy("rows", "skipped")
        NOTED = "noted", pgettext_lazy("rows", "taken with a remark")

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    cells = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["number", "id"]
        indexes: ClassVar = [models.Index(fields=["of_import", "outcome", "number", "id"], name="import_row_in_order")]

    def __str__(self) -> str:
        return f"{self.of_import_id}/{self.number}"
