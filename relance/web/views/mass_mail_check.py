"""The last steps of a mass mail: what they read, the checks, now or later (MASS-02, MASS-03)."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.campaigns import actions, audience, preflight, rules
from relance.campaigns.actions import AlreadyLaunched
from relance.campaigns.models import MassMail
from relance.campaigns.sources import LIST, source_of
from relance.campaigns.words import why
from relance.lib import clock
from relance.lib.refusal import Refused
from relance.mail import templates
from relance.mail.catalogue import Subject
from relance.mail.models import Recipient, Template
from relance.mail.outbound.render import Preview
from relance.mail.templates import BadTemplate, Parts
from relance.mail.trial import send_trial
from relance.people.models import Person
from relance.records import registry
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web.forms.mass_mails import MessageForm, SendForm, proposed
from relance.web.frame import framed
from relance.web.mass_mail_steps import edit, found, mine, steps, user_of
from relance.web.numbers import number
from relance.web.toast import problem, toast

RESULTS = {"ok": "ok", "warn": "warn", "bad": "no"}


def message(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """The second step: what they read, and from whom."""
    mass_mail = mine(request, mass_mail_id)
    if isinstance(mass_mail, HttpResponse):
        return mass_mail
    form = MessageForm(request.POST or None, mass_mail=mass_mail, user=user_of(request))
    if request.method == "POST" and form.is_valid():
        edit(request, mass_mail, form.values())
        return redirect("mass-mail-check", mass_mail.pk)
    counted = audience.count(mass_mail, now=clock.now())
    context = {
        "form": form,
        "mass_mail": mass_mail,
        "steps": steps(mass_mail, "message"),
        "counted": counted,
        "modes": [(Recipient.Track(mode).label, people) for mode, people in counted.modes.items()],
        "policy": organisation(),
        **_look(mass_mail, mass_mail.template_id),
    }
    return render(request, "mass_mails/message.html", context, status=422 if request.method == "POST" else 200)


def look(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """A template as it reads, while one chooses among them."""
    mass_mail, template_id = found(request, mass_mail_id), number(request.GET.get("template", ""))
    return render(request, "mass_mails/look.html", {"mass_mail": mass_mail, **_look(mass_mail, template_id)})


def _look(mass_mail: MassMail, template_id: int | None) -> dict[str, object]:
    reader = next(iter(audience.accepted(mass_mail, now=clock.now(), limit=1)), None)
    return {"template_id": template_id, "reader": reader, "about": source_of(mass_mail.module).about}


def check(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """The last step: what they will read, what to look at, now or later."""
    mass_mail = found(request, mass_mail_id)
    if mass_mail.message_id:
        return redirect("mass-mail", mass_mail.pk)
    zone = ZoneInfo(organisation().time_zone)
    return _check(request, mass_mail, SendForm(initial=proposed(clock.now(), zone, mass_mail.scheduled_at)))


def _check(request: HttpRequest, mass_mail: MassMail, form: SendForm, status: int = 200) -> HttpResponse:
    now, known = clock.now(), organisation()
    looked = preflight.examine(mass_mail, now=now)
    started, planned = actions.taken(now, module=mass_mail.module)
    user = user_of(request)
    context = {
        "mass_mail": mass_mail,
        "form": form,
        "steps": steps(mass_mail, "check"),
        "looked": looked,
        "counted": looked.audience,
        "checks": [(each, RESULTS[each.level], _remedy(mass_mail, each.remedy)) for each in looked.checks],
        "why": why(mass_mail),
        "zone": known.time_zone,
        "starts_left": max(known.mass_starts_per_hour - started, 0),
        "starts": known.mass_starts_per_hour,
        "planned": planned,
        "freeze": known.freeze_minutes,
        "frozen_from": mass_mail.scheduled_at and mass_mail.scheduled_at - timedelta(minutes=known.freeze_minutes),
        "mine": rules.may_act(creator_id=mass_mail.creator_id, user_id=user.pk),
        "may_stop": rules.may_stop(
            creator_id=mass_mail.creator_id, user_id=user.pk, administers=user.is_administrator
        ),
        "may_delete": actions.may_delete(mass_mail, user),
        **_reader(request, mass_mail),
    }  # fmt: skip
    return render(request, "mass_mails/check.html", context, status=status)


def _remedy(mass_mail: MassMail, where: str) -> str:
    """The page on which something is put right."""
    match where:
        case "recipients" | "message" | "follow_ups":
            return reverse(f"mass-mail-{where}", args=[mass_mail.pk])
        case "template" if mass_mail.template_id:
            return f"{reverse('template', args=[mass_mail.template_id])}?mass_mail={mass_mail.pk}"
        case "mailboxes":
            return reverse("settings-mailboxes")
        case "organisation":
            return reverse("settings")
    return ""


def _reader(request: HttpRequest, mass_mail: MassMail) -> dict[str, object]:
    """On whom the mail is shown, and who comes before and after."""
    wanted = number(request.GET.get("person", "")) or 0
    about = source_of(mass_mail.module).about
    return {"reader": audience.reader(mass_mail, wanted, now=clock.now()), "about": about}


def preview(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """The mail as one of its recipients would read it, in its frame."""
    mass_mail = found(request, mass_mail_id)
    person, template = _person(request, request.GET), mass_mail.template
    if key := number(request.GET.get("template", "")):
        template = Template.objects.visible_to(user_of(request)).filter(pk=key).first()
    try:
        about = _about(request, request.GET, mass_mail)
        shown = _shown(template, person, mass_mail.creator, about) if template else None
    except BadTemplate:
        shown = None
    return framed(request, shown, sender=mass_mail.creator.name, to=str(person or _("an example")))


def _shown(template: Template, person: Person | None, sender: User, about: Subject | None) -> Preview:
    footer = organisation().opt_out_required
    return templates.preview(Parts.of(template), person, sender=sender, footer=footer, subject=about)


@require_POST
def trial(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """Send oneself the mail as the reader shown would get it."""
    mass_mail, user = found(request, mass_mail_id), user_of(request)
    person = _person(request, request.POST)
    try:
        actions.require_right(user)
        if mass_mail.template is not None:
            footer, mailbox = organisation().opt_out_required, mass_mail.mailbox
            parts = Parts.of(mass_mail.template)
            about = _about(request, request.POST, mass_mail)
            send_trial(parts, person=person, by=user, now=clock.now(), mailbox=mailbox, footer=footer, subject=about)
            toast(request, _("A test is on its way to %(email)s.") % {"email": user.email})
    except Refused as refused:
        problem(request, str(refused))
    return redirect("mass-mail-check", mass_mail.pk)


def _person(request: HttpRequest, given: QueryDict) -> Person | None:
    key = number(given.get("person", ""))
    return Person.objects.visible_to(user_of(request)).filter(pk=key).first() if key else None


def _about(request: HttpRequest, given: QueryDict, mass_mail: MassMail) -> Subject | None:
    """The deal or the record that a mass mail to such is shown with, if the reader may see it."""
    kind, key = source_of(mass_mail.module).about, number(given.get("about", ""))
    if not kind or not key or mass_mail.module == LIST:
        return None
    seen = registry.module(mass_mail.module).visible(user_of(request)).filter(pk=key).exists()
    return Subject(kind=kind, id=key) if seen else None


@require_POST
def send(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """Launch or schedule it."""
    mass_mail, user, now = found(request, mass_mail_id), user_of(request), clock.now()
    form = SendForm(request.POST)
    if not form.is_valid():
        return _check(request, mass_mail, form, status=422)
    at = form.moment(ZoneInfo(organisation().time_zone))
    try:
        if at is None:
            actions.launch(mass_mail, by=user, now=now)
            return redirect("mass-mail", mass_mail.pk)
        actions.schedule(mass_mail, at, by=user, now=now)
    except AlreadyLaunched as launched:
        return _launched(request, mass_mail, launched)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _check(request, mass_mail, form, status=422)
    if rules.is_frozen(at, now=now, minutes=organisation().freeze_minutes):
        toast(request, _("Scheduled. It leaves so soon that a change stops it."))
    else:
        toast(request, _("Scheduled. It can be changed until shortly before it leaves."))
    return redirect(f"{reverse('mass-mails')}?tab=scheduled")


def _launched(request: HttpRequest, mass_mail: MassMail, refused: AlreadyLaunched) -> HttpResponse:
    """To its results; pressing Send twice is no mistake to be told of."""
    if request.POST.get("when") == "later":
        problem(request, str(refused))
    return redirect("mass-mail", mass_mail.pk)


@require_POST
def open_for_edit(request: HttpRequest, mass_mail_id: int) -> HttpResponse:
    """Begin to edit; in its last minutes this stops it (ZMM-30)."""
    mass_mail = found(request, mass_mail_id)
    try:
        if actions.open_for_edit(mass_mail, by=user_of(request), now=clock.now()):
            toast(request, _("Stopped, since it was about to leave. Launch it when it is ready."))
    except Refused as refused:
        problem(request, str(refused))
    return redirect("mass-mail-recipients", mass_mail.pk)
