"""A mail shown in a frame of its own: nothing in it runs, sends or reaches the page around it (X8)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from relance.mail.outbound.render import Preview

RULES = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; font-src http: https:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
)


def framed(request: HttpRequest, shown: Preview | None, *, sender: str, to: str, plain: bool = False) -> HttpResponse:
    """The document of the frame: the subject, who writes to whom, and the mail. `shown` is None where there is none."""
    context = {"shown": shown, "sender": sender, "to": to, "plain": plain}
    response = render(request, "mail/frame.html", context)
    response["Content-Security-Policy"] = RULES
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
