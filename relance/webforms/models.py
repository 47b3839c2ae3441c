"""Web forms and what was sent through them (API-03). A submission's `state` is written by `webforms.taking` only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.campaigns.models import Responder, TargetList
from relance.lib.states import Moves
from relance.people.models import Person
from relance.sequences.models import Sequence
from relance.team import policy
from relance.team.models import Module, User


class WebForms(models.QuerySet["WebForm"]):
    """Reading vocabulary of web forms."""

    def visible_to(self, user: User) -> WebForms:
        """The forms that this colleague may see: they follow mass mail."""
        return self.filter(policy.scope(user, Module.MASS_MAIL, owner="creator"), deleted_at=None)


class WebForm(models.Model):
    """A form for strangers: what it asks, what it says, and what follows. It takes answers while `open_since` is set.

    `fields`: a list of {"key", "required"} of the fields of leads beside the address, which is always asked.
    """

    class Language(models.TextChoices):
        FRENCH = "fr", "Français"
        ENGLISH = "en", "English"

    key = models.CharField(max_length=32, unique=True, editable=False, help_text="In its public address.")
    name = models.CharField(_("Name"), max_length=160)
    language = models.CharField(
        _("Language of the form"), max_length=2, choices=Language.choices, default=Language.ENGLISH
    )
    title = models.CharField(_("Title"), max_length=160, default="", blank=True)
    intro = models.TextField(_("Introduction"), default="", blank=True, max_length=2000)
    button = models.CharField(_("Button"), max_length=60, default="", blank=True)
    thanks = models.TextField(_("Thanks"), default="", blank=True, max_length=2000)
    thanks_url = models.CharField(_("Or a page of your site"), max_length=500, default="", blank=True)
    fields = models.JSONField(default=list)
    agree_words = models.TextField(_("What one must agree to"), default="", blank=True, max_length=1000)
    follow_words = models.TextField(_("Consent to being followed"), default="", blank=True, max_length=1000)
    source = models.CharField(_("Source"), max_length=120, default="", blank=True)
    owners = models.ManyToManyField(User, verbose_name=_("Goes to"), related_name="+", blank=True)
    makes_task = models.BooleanField(_("A task for whoever it goes to"), default=True)
    target_list = models.ForeignKey(
        TargetList, verbose_name=_("Target list"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    responder = models.ForeignKey(
        Responder, verbose_name=_("Auto-responder"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sequence = models.ForeignKey(
        Sequence, verbose_name=_("Sequence"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_owner = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    open_since = models.DateTimeField(null=True, blank=True, editable=False)
    creator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="web_forms")
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WebForms.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Submission(models.Model):
    """What one stranger sent, as it came. What looks like a program's is held until a colleague has looked at it."""

    class State(models.TextChoices):
        LEAD = "lead", pgettext_lazy("submission", "New lead")
        KNOWN = "known", pgettext_lazy("submission", "Known already")
        HELD = "held", pgettext_lazy("submission", "Held")
        DROPPED = "dropped", pgettext_lazy("submission", "Dropped")

    class Why(models.TextChoices):
        """Why it is held."""

        TRAP = "trap", _("It filled in what people cannot see.")
        FAST = "fast", _("It was filled in within two seconds.")
        LINKS = "links", _("It holds many links.")
        NETWORK = "network", _("Very many came from the same network.")
        ADDRESS = "address", _("The same address came many times.")
        REFUSED = "refused", _("It could not be made a lead.")

    MOVES: ClassVar[Moves] = {
        State.HELD: frozenset({State.LEAD, State.KNOWN, State.DROPPED}),
        State.DROPPED: frozenset({State.LEAD, State.KNOWN}),
    }

    form = models.ForeignKey(WebForm, on_delete=models.CASCADE, related_name="submissions")
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices)
    why = models.CharField(max_length=8, choices=Why.choices, default="", blank=True)
    told = models.CharField(max_length=300, default="", blank=True, help_text="What did not follow, and why.")
    written = models.JSONField(default=dict, help_text="By the keys of the fields, as it was written.")
    email = models.CharField(max_length=254)
    normal = models.CharField(max_length=254, db_collation="C")
    network = models.CharField(max_length=50, default="", blank=True)
    agreed = models.TextField(default="", blank=True, help_text="The words that were agreed to.")
    follow = models.TextField(default="", blank=True, help_text="The words of consent to being followed.")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="submissions")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["form", "-id"], name="submission_of_form"),
            models.Index(fields=["form", "-id"], name="submission_held", condition=Q(state="held")),
            models.Index(fields=["normal", "at"], name="submission_by_address"),
            models.Index(fields=["network", "at"], name="submission_by_network"),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} {self.email}"
