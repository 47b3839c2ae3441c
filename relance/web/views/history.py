"""The History panel alone, for filters and further pages (REC-07)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from relance.records import registry
from relance.records.registry import UnknownModule
from relance.web.history import page_of, panel
from relance.web.signed_in import user_of


def fragment(request: HttpRequest, module: str, record_id: int) -> HttpResponse:
    """The panel of a record which this colleague may see, or with `more` its next lines; 404 otherwise (X8)."""
    user = user_of(request)
    try:
        listed = registry.module(module)
    except UnknownModule:
        raise Http404 from None
    record = get_object_or_404(listed.visible(user), pk=record_id)
    shown = panel(module, record.pk, user=user, query=request.GET, page_href=page_of(module, record.pk))
    template = "history/days.html" if "more" in request.GET else "history/panel.html"
    return render(request, template, {"history": shown})
