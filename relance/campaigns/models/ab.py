"""A test of two templates on a share of those who get a mass mail; the rest gets the better one (+)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from relance.campaigns.models.mass_mail import MassMail
from relance.mail.models import Template


class Contest(models.Model):
    """The mail's own template is A. Judged once, at `decide_at`: a sample fixed beforehand, no peeking."""

    class Measure(models.TextChoices):
        REPLIED = "replied", _("Replies")
        CLICKED = "clicked", _("Clicks")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        DECIDED = "decided", _("Decided")

    mass_mail = models.OneToOneField(MassMail, on_delete=models.CASCADE, related_name="contest")
    template_b = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="+", verbose_name=_("Template B"))
    share = models.PositiveSmallIntegerField(_("Share that takes part, in percent"), default=20)
    hours = models.PositiveSmallIntegerField(_("Hours until it is judged"), default=24)
    measure = models.CharField(_("Judged by"), max_length=7, choices=Measure.choices, default=Measure.REPLIED)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT)
    began_at = models.DateTimeField(null=True, blank=True, editable=False)
    decide_at = models.DateTimeField(null=True, blank=True, editable=False)
    winner = models.CharField(max_length=1, default="", blank=True, editable=False)
    clear = models.BooleanField(default=False, editable=False)
    why = models.CharField(max_length=40, default="", blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.mass_mail_id} {self.state}"


class Arm(models.Model):
    """A mail of one side of the test."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="arms")
    letter = models.CharField(max_length=1)
    mass_mail = models.OneToOneField(MassMail, on_delete=models.CASCADE, related_name="arm")

    class Meta:
        ordering: ClassVar = ["letter"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["contest", "letter"], name="one_arm_a_letter")]

    def __str__(self) -> str:
        return f"{self.contest_id}{self.letter}"
