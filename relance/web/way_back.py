"""Where a form leads back to: the page that it names, if it is one of ours (T5)."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request: HttpRequest, field: str, otherwise: str) -> str:
    """The address in a posted field when it lies on this host, or else the page given."""
    where = request.POST.get(field, "")
    if url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure()):
        return where
    return otherwise
