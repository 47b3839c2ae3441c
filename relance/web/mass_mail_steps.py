"""The steps of a mass mail before it leaves, and what each of their pages asks first."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.campaigns import actions, rules
from relance.campaigns.actions import MassMailDraft
from relance.campaigns.models import MassMail
from relance.campaigns.words import why
from relance.lib import clock
from relance.team.models import User
from relance.team.workspace import organisation
from relance.web.toast import problem

# Each reason for leaving somebody out: its drawing and its tone.
SIGNS = {
    "opted_out": ("bell-off", ""),
    "duplicate": ("copy", ""),
    "bounced": ("mail-x", "bad"),
    "invalid": ("circle-x", "bad"),
    "excluded": ("list-x", ""),
    "no_address": ("circle-dashed", "warn"),
    "complained": ("shield-ban", "bad"),
}


def sign(reason: str) -> tuple[str, str]:
    """The drawing and the tone of a reason."""
    return SIGNS.get(reason, ("circle-slash", ""))


def steps(mass_mail: MassMail, here: str) -> list[dict[str, object]]:
    """The steps, those behind as links."""
    names = [
        ("recipients", _("Recipients")),
        ("message", _("Message")),
        ("follow_ups", _("Follow-ups and triggers")),
        ("check", _("Check and send")),
    ]
    place = [key for key, _word in names].index(here)
    return [
        {
            "label": word, "here": key == here, "done": number < place,
            "href": reverse(f"mass-mail-{key}", args=[mass_mail.pk]) if mass_mail.pk else "",
        }
        for number, (key, word) in enumerate(names)
    ]  # fmt: skip


def mine(request: HttpRequest, mass_mail_id: int) -> MassMail | HttpResponse:
    """The mail to edit; or where to go instead: others only look, and what is about to leave is opened on purpose."""
    mass_mail = found(request, mass_mail_id)
    if mass_mail.message_id:
        return redirect("mass-mail", mass_mail.pk)
    if not rules.may_act(creator_id=mass_mail.creator_id, user_id=user_of(request).pk):
        return redirect("mass-mail-check", mass_mail.pk)
    if request.method == "GET" and is_about_to_leave(mass_mail):
        return redirect("mass-mail-check", mass_mail.pk)
    return mass_mail


def is_about_to_leave(mass_mail: MassMail) -> bool:
    """Whether opening it for edit would stop it."""
    at = mass_mail.scheduled_at
    if mass_mail.state != MassMail.State.SCHEDULED or at is None:
        return False
    return rules.is_frozen(at, now=clock.now(), minutes=organisation().freeze_minutes)


def found(request: HttpRequest, mass_mail_id: int) -> MassMail:
    rows = MassMail.objects.visible_to(user_of(request)).select_related(
        "template", "mailbox", "message", "creator__role"
    )
    return get_object_or_404(rows, pk=mass_mail_id)


def user_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def edit(request: HttpRequest, mass_mail: MassMail, values: dict[str, object]) -> None:
    was = mass_mail.state
    edited = actions.edit_mass_mail(mass_mail, MassMailDraft(values=values), by=user_of(request), now=clock.now())
    if was == MassMail.State.SCHEDULED and edited.state == MassMail.State.STOPPED:
        problem(request, why(edited))
