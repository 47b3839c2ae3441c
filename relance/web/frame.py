"""A mail shown in a frame of its own: nothing in it runs, sends or reaches the page around it (X8)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from relance.mail.outbound.render import Preview

RULES = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; font-src http: https:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
)


RECEIVED_RULES = (
    "default-src 'none'; img-src data:{images}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def framed_mail(request: HttpRequest, html: str, *, images: bool) -> HttpResponse:
    """The document of a received mail: no script, nothing loaded but, when asked for, remote images (X1, X4)."""
    response = render(request, "inbox/frame.html", {"html": html})
    response["Content-Security-Policy"] = RECEIVED_RULES.format(images=" http: https:" if images else "")
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def framed(
    request: HttpRequest, shown: Preview | None, *, sender: str, to: str, plain: bool = False, bare: bool = False
) -> HttpResponse:
    """The document of the frame: the subject, who writes to whom, and the mail. `shown` is None where there is none.

    `bare`: the mail alone, without its heads.
    """
    context = {"shown": shown, "sender": sender, "to": to, "plain": plain, "bare": bare}
    response = render(request, "mail/frame.html", context)
    response["Content-Security-Policy"] = RULES
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response
