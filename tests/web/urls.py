"""The addresses of the product, with the style guide that only debug shows."""

from __future__ import annotations

from django.urls import path

from relance.config.urls import handler400, handler403, handler404, handler500, urlpatterns
from relance.web.views import styleguide

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("styleguide", styleguide.page, name="styleguide"), *urlpatterns]
