"""The form by which a web form is made, and the one that strangers see (API-03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from relance.campaigns.models import Responder, TargetList
from relance.sequences.models import Sequence
from relance.team.models import User
from relance.web.forms.controls import control
from relance.webforms import actions
from relance.webforms.models import WebForm
from relance.webforms.taking import Sent, Written

TRAP = "website"
AGREE, FOLLOW, SHOWN = "agree", "follow", "shown"
FILLED_IN = {
    "first_name": "given-name", "last_name": "family-name", "company": "organization", "job_title":
    "organization-title", "phone": "tel", "mobile": "tel", "street": "street-address", "postcode": "postal-code",
    "city": "address-level2", "country": "country-name",
}  # fmt: skip


class WebFormForm(forms.ModelForm):
    """What a form asks, what it says, and what follows."""

    ask = forms.MultipleChoiceField(required=False)
    need = forms.MultipleChoiceField(required=False)

    class Meta:
        model = WebForm
        fields: ClassVar = [
            "name", "language", "title", "intro", "button", "agree_words", "follow_words", "thanks", "thanks_url",
            "source", "owners", "makes_task", "target_list", "responder", "sequence",
        ]  # fmt: skip
        widgets: ClassVar = {
            **{name: forms.Textarea(attrs={"rows": 2}) for name in ("intro", "thanks", "agree_words", "follow_words")},
            "owners": forms.CheckboxSelectMultiple,
        }
        help_texts: ClassVar = {
            "agree_words": gettext_lazy("One box that must be ticked, such as your privacy notice; empty for none."),
            "follow_words": gettext_lazy(
                "A box that may stay empty; whoever ticks it consents with these words. Empty for none."
            ),
            "thanks_url": gettext_lazy("Where one is led afterwards, with https://."),
            "source": gettext_lazy("Stands in each lead; the name of the form if empty."),
            "owners": gettext_lazy("Several take their turns. Nobody: you."),
            "responder": gettext_lazy("One that answers when “a web form names it”."),
            "sequence": gettext_lazy("Starts for each new lead, in the name of whoever it goes to."),
        }

    def __init__(self, data: object, *, form: WebForm | None, user: User) -> None:
        asked = form.fields if form else [{"key": key} for key in ("first_name", "last_name", "company", "note")]
        initial = {
            "ask": [each["key"] for each in asked],
            "need": [each["key"] for each in asked if each.get("required")],
            "language": user.language,
        }
        if form is not None:
            initial["language"] = form.language
        super().__init__(data, instance=form, initial=initial)  # type: ignore[arg-type]
        choices = [(key, str(public_label(key, field.label))) for key, field in actions.offered().items()]
        self.fields["ask"].choices = self.fields["need"].choices = choices  # type: ignore[attr-defined]
        rows = {
            "owners": User.objects.filter(is_active=True).order_by("name"),
            "target_list": TargetList.objects.visible_to(user),
            "responder": Responder.objects.visible_to(user).filter(event=Responder.Event.NAMED),
            "sequence": Sequence.objects.filter(Q(deleted_at=None)).order_by("name"),
        }
        for name, choices_of in rows.items():
            self.fields[name].queryset = choices_of  # type: ignore[attr-defined]
            self.fields[name].required = False
        for name in ("target_list", "responder", "sequence"):
            self.fields[name].empty_label = pgettext("a list", "None")  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The verb judges what stands together; the row is not touched here."""

    def lines(self) -> list[tuple[str, str, bool, bool]]:
        """Each field that may be asked: its key, its name, whether it is asked, and whether it must be filled in."""
        ask, need = (set(self[name].value() or ()) for name in ("ask", "need"))
        choices = self.fields["ask"].choices  # type: ignore[attr-defined]
        return [(key, label, key in ask | need, key in need) for key, label in choices]

    def draft(self) -> actions.FormDraft:
        """What was filled in."""
        told = self.cleaned_data
        need = set(told["need"])
        wanted = [key for key, _label in self.fields["ask"].choices if key in {*told["ask"], *need}]  # type: ignore[attr-defined]
        values = {name: told[name] for name in actions.FIELDS if name != "fields"}
        values["fields"] = [{"key": key, "required": key in need} for key in wanted]
        return actions.FormDraft(values=values, owners=list(told["owners"]))


def public_label(key: str, label: object) -> str:
    """As strangers read it: what is a note for colleagues is their message."""
    return _("Message") if key == "note" else str(label)


class PublicForm(forms.Form):
    """The controls of one web form; what they hold is judged by `webforms.taking`."""

    def __init__(self, form: WebForm, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.form = form
        self.use_required_attribute = True
        made = forms.EmailField(label=_("E-mail address"), max_length=254)
        made.widget.attrs["autocomplete"] = "email"
        for field in actions.asked(form):
            shown = control(field, None)
            shown.label = public_label(field.key, field.label)
            if field.key in FILLED_IN:
                shown.widget.attrs["autocomplete"] = FILLED_IN[field.key]
            if field.key == "note":
                self.fields["email"] = made
            self.fields[field.key] = shown
        self.fields.setdefault("email", made)
        for name, words, needed in ((AGREE, form.agree_words, True), (FOLLOW, form.follow_words, False)):
            if words:
                self.fields[name] = forms.BooleanField(label=words, required=needed)

    def full_clean(self) -> None:
        """`webforms.taking` says what is wrong."""
        self._errors, self.cleaned_data = forms.utils.ErrorDict(), {}

    def written(self) -> Written:
        """What stands in the fields, as it was written."""
        told: dict[str, str | list[str]] = {}
        for field in actions.asked(self.form):
            value = self.fields[field.key].widget.value_from_datadict(self.data, self.files, field.key)
            told[field.key] = [str(each) for each in value] if isinstance(value, list) else str(value or "")
        return told

    def sent(self, *, shown_at: object, network: str) -> Sent:
        """What came with them."""
        return Sent(
            agreed=bool(self.data.get(AGREE)), follows=bool(self.data.get(FOLLOW)),
            trap=str(self.data.get(TRAP, "")), shown_at=shown_at, network=network,  # type: ignore[arg-type]
        )  # fmt: skip

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Say beside each field what is wrong."""
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)
