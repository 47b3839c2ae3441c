"""Take chosen leads or contacts away as a file (REC-08); a right of its own."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.people.exports import header, lines
from relance.people.models import Person
from relance.people.selection import resolve
from relance.records.exports import Form, csv_pieces, workbook
from relance.records.selection import Selection
from relance.team.models import Module
from relance.web.signed_in import user_of

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, module: str, form: str) -> HttpResponseBase:
    """The selection of a list, or of its address, as CSV or XLSX."""
    if module not in Person.Kind.values or form not in tuple(Form):
        raise Http404
    user, now = user_of(request), clock.now()
    chosen = Selection.read(module, request.POST if request.method == "POST" else request.GET)
    try:
        found = lines(resolve(chosen, user=user, now=now), by=user)
    except Refused as refused:
        raise PermissionDenied(str(refused)) from refused
    return _file(f"{module}s-{now:%Y-%m-%d}", str(Module(module).label), found, Form(form))


def _file(name: str, title: str, found: Iterable[list[str]], form: Form) -> HttpResponseBase:
    if form is Form.XLSX:
        book = workbook(title, header(), found)
        return FileResponse(book, as_attachment=True, filename=f"{name}.xlsx", content_type=WORKBOOK)
    delimiter = ";" if get_language() == "fr" else ","
    answer = StreamingHttpResponse(
        csv_pieces(header(), found, delimiter=delimiter), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
