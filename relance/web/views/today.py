"""Today: what to do first, what just happened, what is leaving."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest) -> HttpResponse:
    """The home page."""
    return render(request, "today/page.html", {"live_topics": ["news"]})


def news(request: HttpRequest) -> HttpResponse:
    """What just happened, fetched again when something does."""
    return render(request, "today/news.html")
