"""What T2 is held against: a Django view that writes one row for each opening, served by granian (WSGI)."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import django
import environ
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

settings.configure(
    SECRET_KEY="bench-only",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes"],
    MIDDLEWARE=[],
    USE_TZ=True,
    DATABASES={"default": {**environ.Env.db_url_config(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": None}},
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


class Opening(models.Model):
    """One opening."""

    token = models.CharField(max_length=32)
    at = models.DateTimeField()
    user_agent = models.CharField(max_length=300)
    network = models.CharField(max_length=48)

    class Meta:
        app_label = "plain"
        db_table = "plain_opening"

    def __str__(self) -> str:
        return self.token


def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Write the row, then show the dot."""
    Opening._default_manager.create(
        token=token,
        at=datetime.now(UTC),
        user_agent=request.headers["User-Agent"],
        network=request.headers["X-Forwarded-For"],
    )
    return HttpResponse(GIF, content_type="image/gif")


urlpatterns = [re_path(r"^o/(.{32})\.gif$", opened)]
application = get_wsgi_application()
