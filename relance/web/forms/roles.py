"""The form of a role: a reach for each module, and the rights that stand alone (REC-03)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django import forms
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from relance.records.fields import Words
from relance.team.models import Level, Role
from relance.team.roles import ALONE, Reach, RoleDraft, reach_of

ACTS = ("read", "edit", "delete")


class RoleForm(forms.Form):
    """One role. Fields are called `lead-read`, `lead-edit`, and so on for the modules given."""

    name = forms.CharField(label=_("Name"), max_length=120)

    def __init__(
        self, data: object = None, *, modules: Sequence[tuple[str, Words]], role: Role | None, like: Role | None = None
    ) -> None:
        shown = role or like
        first: dict[str, object] = {"name": str(role) if role else ""}
        reach = reach_of(shown) if shown else {}
        super().__init__(data, initial=first)  # type: ignore[arg-type]
        self.modules = modules
        for module, _words in modules:
            given = reach.get(module, Reach())
            for act in ACTS:
                self.fields[f"{module}-{act}"] = forms.TypedChoiceField(
                    choices=Level.choices, coerce=int, initial=getattr(given, act),
                    widget=forms.Select(attrs={"class": "select"}),
                )  # fmt: skip
        for right in ALONE:
            held = bool(shown and getattr(shown, right))
            self.fields[right] = forms.BooleanField(label=str(named(right)), required=False, initial=held)

    def rows(self) -> Iterator[tuple[Words, list[forms.BoundField]]]:
        """Each module with its three choices."""
        for module, label in self.modules:
            yield label, [self[f"{module}-{act}"] for act in ACTS]

    def rights(self) -> list[forms.BoundField]:
        """The rights that stand alone."""
        return [self[right] for right in ALONE]

    def draft(self) -> RoleDraft:
        """What was filled in."""
        said = self.cleaned_data
        reach = {
            module: Reach(**{act: Level(said[f"{module}-{act}"]) for act in ACTS}) for module, _words in self.modules
        }
        return RoleDraft(name=said["name"], reach=reach, rights={right: said[right] for right in ALONE})


def named(right: str) -> Words:
    """What people call a right that stands alone."""
    column = Role._meta.get_field(right)
    assert isinstance(column, Field)
    return column.verbose_name
