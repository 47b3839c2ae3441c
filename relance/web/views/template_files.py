"""The files of a template: added and taken out without leaving its editor (TPL-01)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import enclosing, templates
from relance.mail.files import Given
from relance.mail.models import Template
from relance.web.signed_in import user_of
from relance.web.toast import problem


@require_POST
def enclose(request: HttpRequest, template_id: int) -> HttpResponse:
    """Add the files that were chosen."""
    template, user = _found(request, template_id), user_of(request)
    for file in request.FILES.getlist("files"):
        given = Given(name=file.name or "", content_type=file.content_type or "", data=file.read())
        try:
            enclosing.enclose(template, given, by=user, now=clock.now())
        except Refused as refused:
            problem(request, str(refused))
    return _shown(request, template)


@require_POST
def take_out(request: HttpRequest, template_id: int, number: int) -> HttpResponse:
    """The mails to come go without it."""
    template = _found(request, template_id)
    try:
        enclosing.take_out(get_object_or_404(template.attachments, number=number), by=user_of(request))
    except Refused as refused:
        problem(request, str(refused))
    return _shown(request, template)


def _shown(request: HttpRequest, template: Template) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("template", template.pk)
    known = {"enclosed": enclosing.of(template), "may_edit": templates.may_edit(template, user_of(request))}
    return render(request, "mail_templates/files.html", {"template": template, **known})


def _found(request: HttpRequest, template_id: int) -> Template:
    return get_object_or_404(Template.objects.visible_to(user_of(request)), pk=template_id)
