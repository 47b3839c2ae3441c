"""The addresses of the pages, a section per resource."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from relance.web.views import styleguide, today

urlpatterns: list[URLPattern | URLResolver] = [
    # Today
    path("", today.page, name="today"),
    path("today/news", today.news, name="today-news"),
]

if settings.DEBUG:
    urlpatterns += [
        # Style guide
        path("styleguide", styleguide.page, name="styleguide"),
    ]
