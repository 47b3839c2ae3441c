"""The first start: the organisation, you, the mailbox, sample data (ADM-01, UNSUB-06)."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from relance.campaigns.samples import add_samples
from relance.lib import clock
from relance.lib.figures import locale_of
from relance.mail import mailboxes
from relance.mail.transport.words import sentence
from relance.team.actions import FirstStart, set_up
from relance.team.models import User
from relance.team.policy import require
from relance.team.workspace import organisation
from relance.web.forms.first_start import AdministratorForm, OrganisationForm, country_of
from relance.web.forms.settings import MailboxForm
from relance.web.toast import toast

ANSWERS = "first-start"
BACKEND = "relance.web.sign_in.Backend"


@dataclass(frozen=True)
class Step:
    """One step of the wizard."""

    label: str | Promise
    href: str
    done: bool
    here: bool


STEPS = (
    (_("Organisation"), "first_start"),
    (_("You"), "first-start-you"),
    (_("Mailbox"), "first-start-mailbox"),
    (_("Sample data"), "first-start-samples"),
)


def steps(here: int) -> list[Step]:
    """The wizard at one of its steps; what is set up cannot be gone back to."""
    return [
        Step(label, reverse(name) if here == 1 else "", done=number < here, here=number == here)
        for number, (label, name) in enumerate(STEPS)
    ]


def organisation_step(request: HttpRequest) -> HttpResponse:
    """Who you are, and how mail is followed."""
    if User.objects.exists():
        return redirect("today")
    read = {
        "language": locale_of(get_language())[:2],
        "country": country_of(request.headers.get("Accept-Language", "")),
    }
    answers = request.POST or request.session.get(ANSWERS) or None
    form = OrganisationForm(answers, instance=organisation(), initial=read)
    if request.method == "POST" and form.is_valid():
        request.session[ANSWERS] = form.cleaned_data
        return redirect("first-start-you")
    status = 422 if request.method == "POST" else 200
    return render(request, "first_start/organisation.html", {"form": form, "steps": steps(0)}, status=status)


def you_step(request: HttpRequest) -> HttpResponse:
    """The first administrator."""
    answers = request.session.get(ANSWERS)
    if User.objects.exists():
        return redirect("today")
    if not answers:
        return redirect("first_start")
    form = AdministratorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        you = form.cleaned_data
        start = FirstStart(
            organisation=answers["name"], name=you["name"], email=you["email"], password=you["password"],
            language=answers["language"], time_zone=answers["time_zone"], country=answers["country"],
            tracking=answers["tracking"],
        )  # fmt: skip
        user = set_up(start, now=clock.now())
        login(request, user, backend=BACKEND)
        return redirect("first-start-mailbox")
    status = 422 if request.method == "POST" else 200
    return render(request, "first_start/you.html", {"form": form, "steps": steps(1)}, status=status)


def mailbox_step(request: HttpRequest) -> HttpResponse:
    """The mailbox that sends, tried at once."""
    if not request.user.is_authenticated:
        return redirect("first_start")
    require(request.user.is_administrator)
    user, present = request.user, mailboxes.default_mailbox()
    first = {"name": organisation().name, "address": user.email, "from_name": organisation().name}
    form = MailboxForm(request.POST or None, instance=present, initial=first)
    check = None
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        saved = mailboxes.edit_mailbox(present, draft, by=user) if present else mailboxes.add_mailbox(draft, by=user)
        check = mailboxes.check_mailbox(saved, now=clock.now())
        if check.works:
            toast(request, sentence(check))
            return redirect("first-start-samples")
    context = {"form": form, "steps": steps(2), "check": check, "sentence": sentence(check) if check else ""}
    status = 422 if request.method == "POST" else 200
    return render(request, "first_start/mailbox.html", context, status=status)


def samples_step(request: HttpRequest) -> HttpResponse:
    """Sample people and templates, or an empty house."""
    if not request.user.is_authenticated:
        return redirect("first_start")
    require(request.user.is_administrator)
    if request.method == "POST":
        if request.POST.get("samples") == "yes":
            add_samples(by=request.user, now=clock.now())
            toast(request, _("Sample people and templates are there. They can be deleted at any time."))
        return redirect("today")
    return render(request, "first_start/samples.html", {"steps": steps(3)})
