"""Templates: the list, and the editor with its preview (TPL-01 to TPL-04)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.campaigns.models import MassMail
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import blocks, enclosing, safe_html, templates
from relance.mail.blocks import BadBlocks
from relance.mail.catalogue import UNSUBSCRIBE_FIELD, fields
from relance.mail.models import Message, Template
from relance.mail.templates import BadTemplate, Fault, Parts, TemplateDraft
from relance.mail.trial import send_trial
from relance.people.models import Person
from relance.records.matching import holds
from relance.sequences.models import Sequence
from relance.team import policy
from relance.team.models import Module, User
from relance.web import template_answers
from relance.web.forms.templates import LANGUAGES, TemplateForm
from relance.web.frame import framed
from relance.web.numbers import number
from relance.web.toast import problem, toast

MOST_VERSIONS = 50
MODELS = 12  # people offered for a preview
NOT_SENT = Q(mass_mails__state__in=("draft", "scheduled", "stopped", "late"), mass_mails__deleted_at=None)


def index(request: HttpRequest) -> HttpResponse:
    """The templates that one may use, by folder and name."""
    user = _user(request)
    tab, words = request.GET.get("tab", ""), request.GET.get("q", "").strip()
    mine = Template.objects.visible_to(user)
    rows = _tab(mine, tab, user).annotate(waiting=Count("mass_mails", filter=NOT_SENT, distinct=True))
    rows = rows.filter(holds("search", words))
    context = {
        "rows": rows.select_related("owner").order_by("folder", "name", "id")[:500],
        "tab": tab,
        "q": words,
        "tabs": [(key, word, _tab(mine, key, user).count()) for key, word in _tabs()],
        "may_add": policy.level(user, Module.TEMPLATE, "edit") > policy.NONE,
        "languages": LANGUAGES,
    }
    return render(request, "mail_templates/index.html", context)


def _tabs() -> list[tuple[str, str]]:
    return [("", _("All")), ("mine", _("Mine")), ("archived", _("Archived"))]


def _tab(rows: QuerySet[Template], tab: str, user: User) -> QuerySet[Template]:
    if tab == "archived":
        return rows.exclude(archived_at=None)
    rows = rows.filter(archived_at=None)
    return rows.filter(owner=user) if tab == "mine" else rows


def new(request: HttpRequest) -> HttpResponse:
    """A template to write."""
    user = _user(request)
    policy.require(policy.level(user, Module.TEMPLATE, "edit") > policy.NONE)
    if request.method == "POST":
        return _save(request, None)
    start = {"language": user.language, "shared": True, "html": _start(user.language)}
    layout = _first_blocks(user.language) if request.GET.get("kind") == "blocks" else None
    return _editor(request, TemplateForm(initial=start), None, layout=layout)


def _first_blocks(language: str) -> list[dict[str, object]]:
    """What a new newsletter begins with."""
    hello = "Bonjour {Person.firstName}" if language == "fr" else "Hello {Person.firstName|there}"
    return [
        {"kind": "heading", "text": hello, "align": "left"},
        {"kind": "text", "html": "<p></p>", "align": "left"},
        {"kind": "footer", "html": "<p>{User.signature}</p>"},
    ]


def _start(language: str) -> str:
    hello = "Bonjour {Person.firstName}," if language == "fr" else "Hello {Person.firstName|there},"
    return f"<p>{hello}</p>\n\n<p></p>\n\n<p>{{User.signature}}</p>\n"


def page(request: HttpRequest, template_id: int) -> HttpResponse:
    """The editor of one template."""
    template = _found(request, template_id)
    if request.method == "POST":
        return _save(request, template)
    return _editor(request, TemplateForm.of(template), template, layout=template.layout)


def _save(request: HttpRequest, template: Template | None) -> HttpResponse:
    user, now, form = _user(request), clock.now(), TemplateForm(request.POST)
    values: dict[str, object] = {}
    try:
        layout = _layout(request)
        found = templates.faults(_parts(request))
        if not form.is_valid() or found:
            return _editor(request, form, template, found, status=422, layout=layout)
        values = {**form.cleaned_data, "layout": layout}
        if layout is not None:
            values.pop("html")
        draft = TemplateDraft(values=values)
        if template is None:
            template = templates.add_template(draft, by=user, now=now)
        else:
            templates.edit_template(template, draft, by=user, now=now)
    except BadTemplate as refused:
        return _editor(request, form, template, refused.problems, status=422, layout=values.get("layout"))
    except Refused as refused:
        form.add_error(None, str(refused))
        return _editor(request, form, template, status=422, layout=_first_blocks("en") if _is_blocks(request) else None)
    toast(request, _("Template saved."))
    return redirect(_next(request) or reverse("template", args=[template.pk]))


def _next(request: HttpRequest) -> str:
    """Back to the mass mail for which the template was written."""
    mass_mail = request.GET.get("mass_mail", "")
    return reverse("mass-mail-message", args=[mass_mail]) if number(mass_mail) else ""


def _editor(
    request: HttpRequest,
    form: TemplateForm,
    template: Template | None,
    found: list[Fault] | None = None,
    status: int = 200,
    layout: object = None,
) -> HttpResponse:
    user = _user(request)
    context = {
        "form": form,
        "template": template,
        "faults": found or [],
        "may_edit": template is None or templates.may_edit(template, user),
        "fields": [*fields(), UNSUBSCRIBE_FIELD],
        "people": _people(user),
        "waiting": _waiting(template),
        "sequences": _sequences(template),
        "versions": template.versions.select_related("by")[:MOST_VERSIONS] if template else [],
        "layout": _as_typed(request, layout),
        "results": _results(template),
        "enclosed": enclosing.of(template) if template else [],
        "compared": template_answers.of(template, user, clock.now()) if template else None,
    }
    return render(request, "mail_templates/editor.html", context, status=status)


def _is_blocks(request: HttpRequest) -> bool:
    return "layout" in request.POST


def _layout(request: HttpRequest) -> object:
    """The blocks in the form; None for a text. Raises BadBlocks."""
    if not _is_blocks(request):
        return None
    try:
        return blocks.kept(blocks.read(json.loads(request.POST["layout"] or "[]")))
    except (ValueError, RecursionError) as error:
        raise BadBlocks(_("The list of blocks cannot be read. Reload the page to see it as it was saved.")) from error


def _as_typed(request: HttpRequest, layout: object) -> str | None:
    """The blocks for the page: as they were sent, right or wrong, else as they are kept."""
    if _is_blocks(request):
        return request.POST["layout"]
    return None if layout is None else json.dumps(layout, ensure_ascii=False)


def _sequences(template: Template | None) -> list[Sequence]:
    if template is None:
        return []
    rows = Sequence.objects.filter(deleted_at=None, versions__steps__template=template)
    return list(rows.distinct().order_by("name", "id")[:50])


def _people(user: User) -> list[Person]:
    """A few people on whom to look at it: those who were changed last."""
    rows = Person.objects.visible_to(user).exclude(primary_email="")
    return list(rows.order_by("-updated_at", "-id")[:MODELS])


def _waiting(template: Template | None) -> list[MassMail]:
    if template is None:
        return []
    states = ("draft", "scheduled", "stopped", "late")
    return list(MassMail.objects.filter(template=template, deleted_at=None, state__in=states).order_by("scheduled_at"))


def _results(template: Template | None) -> dict[str, int]:
    """What became of the mails written with it."""
    if template is None:
        return {}
    sums = Message.objects.filter(content__template=template).aggregate(
        delivered=Sum("sent") - Sum("bounced_late"), untracked=Sum("untracked_opens"), opened=Sum("opened"),
        clicked=Sum("clicked"), replied=Sum("replied"),
    )  # fmt: skip
    told = {name: value or 0 for name, value in sums.items()}
    return {**told, "followed": told["delivered"] - told["untracked"]} if told["delivered"] else {}


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The text in the editor as a person would read it, in its frame."""
    user, person = _user(request), _person(request)
    try:
        shown = templates.preview(_cleaned(request), person, sender=user)
    except (BadTemplate, BadBlocks):
        shown = None
    plain = request.POST.get("part") == "text"
    return framed(request, shown, sender=user.name, to=str(person or _("an example")), plain=plain)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What is to be corrected in the text in the editor."""
    try:
        found = [fault for fault in templates.faults(_parts(request)) if fault.code != "empty"]
    except BadBlocks as refused:
        return render(request, "mail_templates/faults.html", {"faults": [], "said": str(refused)})
    return render(request, "mail_templates/faults.html", {"faults": found})


@require_POST
def trial(request: HttpRequest, template_id: int) -> HttpResponse:
    """Send oneself the text in the editor, saved or not; without a text, the saved template."""
    template, user = _found(request, template_id), _user(request)
    try:
        parts = _cleaned(request) if {"html", "layout"} & set(request.POST) else Parts.of(template)
        send_trial(parts, person=_person(request), by=user, now=clock.now(), attachments=enclosing.of(template))
    except Refused as refused:
        problem(request, str(refused))
    else:
        toast(request, _("A test is on its way to %(email)s.") % {"email": user.email})
    if request.headers.get("HX-Request"):
        return render(request, "mail_templates/tried.html")
    return redirect("template", template.pk)


@require_POST
def restore_version(request: HttpRequest, template_id: int, number: int) -> HttpResponse:
    """The words of an earlier version, as a new one."""
    version = get_object_or_404(_found(request, template_id).versions, number=number)
    try:
        templates.restore_version(version, by=_user(request), now=clock.now())
    except Refused as refused:
        problem(request, str(refused))
    else:
        toast(request, _("Version %(number)d restored.") % {"number": number})
    return redirect("template", template_id)


@require_POST
def copy(request: HttpRequest, template_id: int) -> HttpResponse:
    """A copy of one's own."""
    copied = templates.copy_template(_found(request, template_id), by=_user(request), now=clock.now())
    toast(request, _("Copied. The copy is yours alone until you share it."))
    return redirect("template", copied.pk)


@require_POST
def archive(request: HttpRequest, template_id: int) -> HttpResponse:
    """Offer it no more."""
    template = _found(request, template_id)
    templates.archive_template(template, by=_user(request), now=clock.now())
    toast(request, _("Template archived."), undo=reverse("template-restore", args=[template.pk]))
    return redirect("templates")


@require_POST
def restore(request: HttpRequest, template_id: int) -> HttpResponse:
    """Offer it again."""
    templates.restore_template(_found(request, template_id), by=_user(request))
    toast(request, _("Template back in the list."))
    return redirect("templates")


def _found(request: HttpRequest, template_id: int) -> Template:
    return get_object_or_404(Template.objects.visible_to(_user(request)), pk=template_id)


def _parts(request: HttpRequest) -> Parts:
    """The text in the editor. Raises BadBlocks."""
    given, layout = request.POST, _layout(request)
    html = given.get("html", "") if layout is None else blocks.html_of(blocks.read(layout))
    return Parts(
        subject=given.get("subject", ""), html=html, text=given.get("text", ""),
        language=given.get("language", "en"),
    )  # fmt: skip


def _cleaned(request: HttpRequest) -> Parts:
    """The text in the editor as it would be saved."""
    parts = _parts(request)
    return replace(parts, html=safe_html.clean(parts.html))


def _person(request: HttpRequest) -> Person | None:
    key = number(request.POST.get("person", ""))
    return Person.objects.visible_to(_user(request)).filter(pk=key).first() if key else None


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
