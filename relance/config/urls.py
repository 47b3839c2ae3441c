"""The addresses of the web face and of the API."""

from __future__ import annotations

from django.urls import include, path

from relance.api import api
from relance.web.views import health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("relance.web.urls")),
]

handler400 = "relance.web.views.errors.bad_request"
handler403 = "relance.web.views.errors.forbidden"
handler404 = "relance.web.views.errors.not_found"
handler500 = "relance.web.views.errors.server_error"
