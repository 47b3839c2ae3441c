"""The form of an auto-responder (MASS-10)."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.campaigns.models import Responder, TargetList
from relance.mail.models import Mailbox, Template
from relance.people.models import Person
from relance.team.models import User


class ResponderForm(forms.ModelForm):
    """To what it answers, to whom, with which template, and from whom."""

    class Meta:
        model = Responder
        fields: ClassVar = ["name", "event", "target_list", "kind", "template", "from_choice", "mailbox"]

    def __init__(self, data: object, *, responder: Responder | None, user: User) -> None:
        super().__init__(data, instance=responder)  # type: ignore[arg-type]
        chosen = responder.template_id if responder else None
        mine = Template.objects.visible_to(user).filter(Q(archived_at=None) | Q(pk=chosen)).order_by("name", "id")
        self.fields["template"].queryset = mine  # type: ignore[attr-defined]
        self.fields["template"].empty_label = _("Choose a template")  # type: ignore[attr-defined]
        self.fields["target_list"].empty_label = pgettext_lazy("a list", "None")  # type: ignore[attr-defined]
        self.fields["target_list"].queryset = TargetList.objects.visible_to(user)  # type: ignore[attr-defined]
        boxes = Mailbox.objects.filter(is_active=True).filter(Q(kind=Mailbox.Kind.SHARED) | Q(user=user))
        self.fields["mailbox"].queryset = boxes  # type: ignore[attr-defined]
        self.fields["mailbox"].empty_label = _("The default mailbox")  # type: ignore[attr-defined]
        self.fields["kind"].label = _("For")
        self.fields["kind"].choices = [("", _("Leads and contacts")), *Person.Kind.choices]  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The verb judges what stands together; the row is not touched here."""
