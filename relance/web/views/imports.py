"""Imports: choose a file, say what its columns are, look at what would happen, run, read the rows left out, undo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.records import registry, values
from relance.records.fields import Kind
from relance.records.imports import actions
from relance.records.imports.checking import Preview, PreviewRow, preview
from relance.records.imports.limits import USUAL
from relance.records.imports.refusals import FileRefused
from relance.records.imports.rejects import as_csv
from relance.records.imports.typed import in_a_file
from relance.records.imports.words import file_sentence, short
from relance.records.models import Import, ImportRow
from relance.records.registry import UnknownModule
from relance.web import format as fmt
from relance.web import record_cells
from relance.web.forms.imports import MappingForm, ReadingForm, UploadForm
from relance.web.left_out import page_of
from relance.web.places import Place, place_of
from relance.web.signed_in import user_of
from relance.web.toast import problem, toast
from relance.web.uploads import TOO_LARGE

State = Import.State
DRESSED = frozenset({Kind.YES_NO, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.MOMENT})
LISTED = 100


def page_list(request: HttpRequest) -> HttpResponse:
    """The imports of oneself; an administrator sees everybody's."""
    _require(request)
    rows = Import.objects.visible_to(user_of(request)).newest_first().select_related("by")[:LISTED]
    return render(request, "imports/list.html", {"rows": rows})


def _require(request: HttpRequest) -> None:
    if not actions.may_import(user_of(request)):
        raise PermissionDenied(_("Your role does not import. An administrator can change it."))


def _found(request: HttpRequest, import_id: int) -> Import:
    _require(request)
    rows = Import.objects.visible_to(user_of(request)).select_related("by__role", "owner")
    return get_object_or_404(rows, pk=import_id)


def new(request: HttpRequest) -> HttpResponse:
    """Choose a file."""
    _require(request)
    user = user_of(request)
    if request.method != "POST":
        return render(request, "imports/new.html", {"form": UploadForm(initial=_wanted(request), user=user)})
    form = UploadForm(request.POST, request.FILES, user=user)
    if request.META.get(TOO_LARGE):
        form.errors.pop("file", None)
        form.add_error("file", file_sentence("too_large", {"limit": USUAL.file_bytes // (1024 * 1024)}))
    elif form.is_valid():
        try:
            return redirect("import", _uploaded(form, request).pk)
        except FileRefused as refused:
            form.add_error("file", str(refused))
    return render(request, "imports/new.html", {"form": form}, status=422)


def _wanted(request: HttpRequest) -> dict[str, str]:
    return {"module": request.GET.get("module", "lead")}


def _uploaded(form: UploadForm, request: HttpRequest) -> Import:
    file: UploadedFile = form.cleaned_data["file"]
    upload = actions.Upload(name=file.name or "", chunks=file.chunks())
    return actions.start(upload, module=form.cleaned_data["module"], by=user_of(request), now=clock.now())


def page(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import, at whichever step it is."""
    row = _found(request, import_id)
    if row.state == State.MAPPING:
        return columns(request, import_id)
    return render(request, "imports/page.html", _known(request, row))


def state(request: HttpRequest, import_id: int) -> HttpResponse:
    """The same without its frame, fetched again while the import goes on."""
    return render(request, "imports/state.html", _known(request, _found(request, import_id)))


def _known(request: HttpRequest, row: Import) -> dict[str, object]:
    known: dict[str, object] = {"row": row, "live_topics": [f"import:{row.pk}"]}
    if row.state == State.CHECKED:
        known |= {"reasons": _counted(row, "reasons"), "notes": _counted(row, "notes"), **_previewed(row)}
    elif row.state == State.FAILED:
        known["sentence"] = file_sentence(row.error.get("reason", ""), row.error.get("data", {}))
    if row.started_at:
        known |= {"left_out": page_of(row, request.GET), "place": _place(row)}
    return known


def _place(row: Import) -> Place | None:
    """Where its records are listed; nowhere, if the module was retired since."""
    with suppress(UnknownModule):
        return place_of(row.module)
    return None


def _counted(row: Import, what: str) -> list[tuple[str, int]]:
    return [(short(reason), count) for reason, count in sorted(row.forecast.get(what, {}).items())]


def _previewed(row: Import) -> dict[str, Preview | str]:
    try:
        return {"preview": _in_words(row.module, preview(row))}
    except FileRefused as refused:
        return {"refused": str(refused)}


def _in_words(module: str, shown: Preview) -> Preview:
    """Its days, numbers, yes and no as the reader's lists will show them; rejected rows stay as the file has them."""
    fields, habits = {field.key: field for field in registry.fields(module)}, in_a_file()

    def dressed(key: str, text: str) -> str:
        field = fields.get(key)
        if not text or field is None or field.kind not in DRESSED:
            return text
        value = values.read(field, text, habits)
        if isinstance(value, datetime):
            return fmt.moment(value, get_language(), habits.zone)
        return record_cells.told(field, value)

    def row(line: PreviewRow) -> PreviewRow:
        told = tuple(dressed(key, text) for key, text in zip(shown.keys, line.values, strict=True))
        return replace(line, values=told) if line.fate != "reject" else line

    return replace(shown, rows=tuple(row(line) for line in shown.rows))


def columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """What each column is. Posting settles it and counts what would happen."""
    row = _found(request, import_id)
    if row.state not in (State.MAPPING, State.CHECKED):
        return redirect("import", row.pk)
    form = MappingForm(request.POST if request.method == "POST" else None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            _settle(row, form, request)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("import", row.pk)
    return _columns_page(request, row, form, ReadingForm(None, row=row))


def _settle(row: Import, form: MappingForm, request: HttpRequest) -> None:
    user = user_of(request)
    given = form.cleaned_data
    actions.set_mapping(row, form.mapping, duplicates=given["duplicates"], owner=given["owner"], by=user)
    actions.check(row, by=user)


def _columns_page(request: HttpRequest, row: Import, form: MappingForm, reading: ReadingForm) -> HttpResponse:
    known = {"row": row, "form": form, "reading": reading, "columns": form.columns(), **_previewed(row)}
    return render(request, "imports/columns.html", known, status=422 if form.errors or reading.errors else 200)


@require_POST
def look(request: HttpRequest, import_id: int) -> HttpResponse:
    """The first rows under the columns as they are chosen now; nothing is stored."""
    row = _found(request, import_id)
    form = MappingForm(request.POST, row=row)
    form.is_valid()
    row.mapping, row.duplicates = form.mapping, form.cleaned_data.get("duplicates", row.duplicates)
    return render(request, "imports/preview.html", {"row": row, **_previewed(row)})


@require_POST
def read(request: HttpRequest, import_id: int) -> HttpResponse:
    """Read the file another way."""
    row = _found(request, import_id)
    form = ReadingForm(request.POST, row=row)
    if form.is_valid():
        try:
            actions.reread(row, form.choices(), by=user_of(request))
            return redirect("import-columns", row.pk)
        except Refused as refused:
            form.add_error(None, str(refused))
    return _columns_page(request, row, MappingForm(None, row=row), form)


Act = Callable[[HttpRequest, Import], str]


def _done(act: Act) -> Callable[[HttpRequest, int], HttpResponse]:
    """A page that does one thing to an import, says so, and goes back to it."""

    def view(request: HttpRequest, import_id: int) -> HttpResponse:
        row = _found(request, import_id)
        try:
            if said := act(request, row):
                toast(request, said)
        except Refused as refused:
            problem(request, str(refused))
        return redirect("import", row.pk)

    return require_POST(view)


def _run(request: HttpRequest, row: Import) -> str:
    actions.run(row, by=user_of(request), now=clock.now())
    return ""


def _cancel(request: HttpRequest, row: Import) -> str:
    actions.cancel(row, by=user_of(request), now=clock.now())
    return _("Import cancelled. What is in stays until you undo it.")


def _figure(count: int) -> str:
    return fmt.figure(count, get_language())


def _undo(request: HttpRequest, row: Import) -> str:
    gone = actions.undo(row, by=user_of(request), now=clock.now())
    told = {"count": _figure(gone.removed)}
    said = ngettext("%(count)s record removed.", "%(count)s records removed.", gone.removed) % told
    if not gone.kept:
        return said
    kept = ngettext(
        "%(count)s stays, since it was used.", "%(count)s stay, since they were used.", gone.kept
    ) % {"count": _figure(gone.kept)}  # fmt: skip
    return f"{said} {kept}"


run = _done(_run)
cancel = _done(_cancel)
undo = _done(_undo)


def rows_file(request: HttpRequest, import_id: int, outcome: str) -> HttpResponseBase:
    """The rows left out, with the reason beside each, as a CSV file."""
    row = _found(request, import_id)
    if outcome not in ImportRow.Outcome.values:
        raise Http404
    delimiter = ";" if get_language() == "fr" else ","
    answer = StreamingHttpResponse(
        as_csv(row, outcome=outcome, delimiter=delimiter), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="import-{row.pk}-{outcome}.csv"'
    return answer
