"""The page of a web form, for strangers: in a frame of one's site, by its own address, or asked by a script (API-03).

Its key is the whole authority: no session, no cookie, any site may send it. What looks like a program's is answered in
the same words.
"""

from __future__ import annotations

from datetime import datetime

from csp.decorators import csp_replace
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.team.workspace import organisation
from relance.web.forms.web_forms import SHOWN, TRAP, PublicForm
from relance.web.visiting import network_of
from relance.webforms import taking
from relance.webforms.models import WebForm

SALT = "web form shown"
ANYWHERE = {"frame-ancestors": ["*"], "form-action": ["'self'", "https:"]}


@csrf_exempt
@never_cache
@xframe_options_exempt
@csp_replace(ANYWHERE)  # type: ignore[arg-type]  # its own types know no arguments of pages
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask (GET), or take what was filled in (POST)."""
    form = WebForm.objects.filter(key=token, deleted_at=None).first()
    if form is None or form.open_since is None:
        return _nothing(request, form)
    with translation.override(form.language):
        answer = _taken(request, form) if request.method == "POST" else _asked(request, form, PublicForm(form))
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def _asked(request: HttpRequest, form: WebForm, shown: PublicForm, status: int = 200) -> HttpResponse:
    context = {
        "form": shown, "row": form, "house": organisation(), "trap": TRAP, "shown": SHOWN,
        "shown_at": signing.dumps(clock.now().isoformat(), salt=SALT),
    }  # fmt: skip
    return render(request, "web_forms/public.html", context, status=status)


def _taken(request: HttpRequest, form: WebForm) -> HttpResponse:
    shown = PublicForm(form, request.POST)
    sent = shown.sent(shown_at=_shown_at(request.POST.get(SHOWN, "")), network=network_of(request))
    is_script = "application/json" in request.headers.get("Accept", "")
    try:
        taking.submit(form, request.POST.get("email", ""), shown.written(), sent, now=clock.now())
    except taking.NotTaken as bad:
        if is_script:
            return JsonResponse({"errors": dict(bad.errors)}, status=422)
        shown.refuse(bad.errors)
        return _asked(request, form, shown, 422)
    except Refused as refused:
        status = 429 if isinstance(refused, taking.TooMany) else 409
        if is_script:
            return JsonResponse({"errors": {"": str(refused)}}, status=status)
        return _said(request, form, str(refused), status=status)
    if is_script:
        return JsonResponse({"thanks": _thanks(form)}, status=201)
    return redirect(form.thanks_url) if form.thanks_url else _said(request, form, _thanks(form))


def _thanks(form: WebForm) -> str:
    return form.thanks or _("Thank you. Your answer has arrived.")


def _said(request: HttpRequest, form: WebForm | None, sentence: str, *, status: int = 200) -> HttpResponse:
    context = {"row": form, "house": organisation(), "sentence": sentence, "is_good": status == 200}
    return render(request, "web_forms/said.html", context, status=status)


def _nothing(request: HttpRequest, form: WebForm | None) -> HttpResponse:
    with translation.override(form.language if form else translation.get_language()):
        sentence = _("This form takes no answers any more.") if form else _("This form does not exist.")
        return _said(request, None, sentence, status=410 if form else 404)


def _shown_at(text: str) -> datetime | None:
    """When the page was shown to whoever fills it in; None for a form of the site's own."""
    try:
        return datetime.fromisoformat(signing.loads(text, salt=SALT, max_age=None))
    except (signing.BadSignature, ValueError, TypeError):
        return None
