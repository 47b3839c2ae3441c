"""Take chosen records of any module away as a file (REC-08); a right of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.people import cards
from relance.people.exports import header, lines
from relance.people.models import People, Person
from relance.people.selection import resolve
from relance.records import registry, selection, tables
from relance.records.exports import Form, csv_pieces, workbook
from relance.records.registry import UnknownModule
from relance.records.selection import Selection
from relance.team import policy
from relance.team.models import User
from relance.web.signed_in import user_of

CARDS = "vcf"
Table = tuple[list[str], Iterator[list[str]]]
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, module: str, form: str) -> HttpResponseBase:
    """The selection of a list, or of its address, as CSV or XLSX; people also as address cards."""
    if form not in ((*Form, CARDS) if module in Person.Kind.values else tuple(Form)):
        raise Http404
    user, now = user_of(request), clock.now()
    try:
        chosen = Selection.read(module, request.POST if request.method == "POST" else request.GET)
        table = _table(chosen, user, now) if form != CARDS else None
    except UnknownModule:
        raise Http404 from None
    except Refused as refused:
        raise PermissionDenied(str(refused)) from refused
    if table is None:
        return _cards(f"{module}s-{now:%Y-%m-%d}", resolve(chosen, user=user, now=now), user)
    return _file(f"{module}-{now:%Y-%m-%d}", str(registry.module(module).label), table, Form(form))


def _table(chosen: Selection, user: User, now: datetime) -> Table:
    """Raises Forbidden, UnknownModule."""
    module = chosen.module
    if module in Person.Kind.values:
        return header(module), lines(module, resolve(chosen, user=user, now=now), by=user)
    rows = selection.rows(chosen, user=user, now=now)
    return tables.header(tables.fields_of(module)), tables.lines(module, rows, by=user)


def _cards(name: str, people: People, user: User) -> HttpResponseBase:
    """The same people as address cards, for telephones and mail programs (API-05)."""
    policy.require(user.may_export, _("Your role does not export. An administrator can change it."))
    answer = StreamingHttpResponse(cards.cards(people, by=user), content_type=cards.TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}.vcf"'
    return answer


def card(request: HttpRequest, kind: str, person_id: int) -> HttpResponseBase:
    """One person whom this colleague may see, as an address card."""
    rows = Person.objects.visible_to(user_of(request)).filter(kind=kind).select_related("account")
    person = get_object_or_404(rows.prefetch_related("addresses"), pk=person_id)
    answer = HttpResponse(cards.card(person), content_type=cards.TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, f"{person}.vcf") or "attachment"
    return answer


def _file(name: str, title: str, table: Table, form: Form) -> HttpResponseBase:
    if form is Form.XLSX:
        book = workbook(title, *table)
        return FileResponse(book, as_attachment=True, filename=f"{name}.xlsx", content_type=WORKBOOK)
    delimiter = ";" if get_language() == "fr" else ","
    answer = StreamingHttpResponse(csv_pieces(*table, delimiter=delimiter), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
