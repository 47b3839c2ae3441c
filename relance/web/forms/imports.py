"""The forms of an import: the file, how it is read, what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from relance.records.imports import cards
from relance.records.imports.limits import Unreadable
from relance.records.imports.opening import open_import
from relance.records.imports.reading import Choices
from relance.records.imports.target import target, targets
from relance.records.imports.text import DELIMITERS, ENCODINGS
from relance.records.models import Import
from relance.team.models import User

ENCODING_NAMES: dict[str, str | Promise] = {
    "utf-8": "UTF-8",
    "cp1252": _("Windows, Western Europe (cp1252)"),
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "iso8859-15": _("Western Europe with euro (ISO 8859-15)"),
    "mac_roman": _("Old Mac (Mac Roman)"),
    "cp850": _("DOS, Western Europe (cp850)"),
    "cp1250": _("Windows, Central Europe (cp1250)"),
    "cp1251": _("Windows, Cyrillic (cp1251)"),
}
DELIMITER_NAMES: dict[str, str | Promise] = {
    ";": _("Semicolon ;"),
    ",": _("Comma ,"),
    "\t": _("Tab"),
    "|": _("Bar |"),
}
SAMPLES = 3


class UploadForm(forms.Form):
    """A file and the module that it goes into."""

    module = forms.ChoiceField(label=_("Into"))
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX or address cards (VCF), up to 50 MB and 200,000 rows."),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("The file is empty. Nothing was imported. Choose another file."),
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.vcf"}),
    )

    def __init__(self, *args: object, user: User, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        choices = [(goal.key, goal.label) for goal in targets() if goal.may_write(user)]
        self.fields["module"].choices = choices  # type: ignore[attr-defined]


class ReadingForm(forms.Form):
    """How the file is read, when the guess is wrong."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Columns are separated by"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    has_header = forms.BooleanField(label=_("The first row names the columns"), required=False)

    def __init__(self, data: object, *, row: Import) -> None:
        shape = row.shape
        initial = {name: shape[name] for name in ("encoding", "delimiter", "sheet", "has_header")}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        self._offer("encoding", [(name, ENCODING_NAMES[name]) for name in ENCODINGS])
        self._offer("delimiter", [(mark, DELIMITER_NAMES.get(mark, mark)) for mark in DELIMITERS])
        self._offer("sheet", [(name, name) for name in shape["sheets"]])
        unused = ("encoding", "delimiter") if shape["kind"] == "workbook" else ("sheet",)
        for name in (*unused, *(["sheet"] if len(shape["sheets"]) == 1 else [])):
            self.fields.pop(name, None)

    def _offer(self, name: str, choices: list[tuple[str, object]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def choices(self) -> Choices:
        """What was chosen, for the reader."""
        given = self.cleaned_data
        return Choices(
            encoding=given.get("encoding") or None,
            delimiter=given.get("delimiter") or None,
            sheet=given.get("sheet") or None,
            has_header=given["has_header"],
        )


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the file on the page: its name, some of its cells, the choice of its field."""

    name: str
    samples: Sequence[str]
    choice: BoundField


class MappingForm(forms.Form):
    """A field for each column, what to do with known addresses, who owns new records."""

    duplicates = forms.ChoiceField(
        label=_("An address is known already"), choices=Import.Rule.choices, widget=forms.RadioSelect
    )
    owner = forms.ModelChoiceField(
        label=_("Owner of the new records"),
        queryset=User.objects.filter(is_active=True),
        empty_label=None,
        help_text=_("For rows that name nobody."),
    )

    def __init__(self, data: object, *, row: Import) -> None:
        initial: dict[str, object] = {"duplicates": row.duplicates, "owner": row.owner_id or row.by_id}
        initial |= {f"column_{index}": key for index, key in enumerate(row.mapping)}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        self._row = row
        fields = [(field.key, field.label) for field in target(row.module).fields()]
        self._names = [self._told(name) for name in row.shape["header"]]
        for index, name in enumerate(self._names):
            self.fields[f"column_{index}"] = forms.ChoiceField(
                label=name or _("Column without name"),
                required=False,
                choices=[("", _("Leave out")), *fields],
                widget=forms.Select(attrs={"class": "select small", "aria-label": name or _("Column without name")}),
            )

    @property
    def mapping(self) -> list[str]:
        """The field of each column, empty where it is left out."""
        return [self.cleaned_data.get(f"column_{index}", "") for index in range(len(self._row.shape["header"]))]

    def columns(self) -> list[Column]:
        """The columns with their first cells."""
        cells = self._samples()
        return [
            Column(
                name=name,
                samples=[line[index] for line in cells if index < len(line) and line[index].strip()],
                choice=self[f"column_{index}"],
            )
            for index, name in enumerate(self._names)
        ]

    def _told(self, name: str) -> str:
        """Address cards name no columns: theirs are the keys of fields, told as the fields are."""
        if tuple(self._row.shape["header"]) != cards.COLUMNS:
            return name
        return str(next((field.label for field in target(self._row.module).fields() if field.key == name), name))

    def _samples(self) -> list[tuple[str, ...]]:
        try:
            with open_import(self._row) as table:
                return [line.cells for line in islice(table.rows(), SAMPLES)]
        except Unreadable:
            return []
