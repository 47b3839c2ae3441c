"""The style guide, in debug only: every component in every state, in the theme of one's choice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest) -> HttpResponse:
    """All components; `?theme=dark` shows the other light."""
    return render(request, "styleguide/page.html")
