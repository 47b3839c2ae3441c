"""The page behind every unsubscribe link: opening it changes nothing, its buttons do, and what they do can be undone.

The token in the address is the whole authority, so the forms need neither a session nor a cookie (UNSUB-01).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from relance.campaigns import leaving
from relance.lib import addresses, clock, keys, tokens
from relance.lib.tokens import Kind
from relance.mail.models import Recipient
from relance.mail.tracking import wishes
from relance.mail.tracking.goodbyes import GOODBYES, language_in, masked
from relance.mail.tracking.wishes import Keep, Topic
from relance.team.models import Organisation, User
from relance.team.workspace import organisation

NEAR = ("fr", "en", "de")  # beside the name of the house there is room for three; all seven stand below
FOLLOWING = (Organisation.Tracking.BY_DEFAULT, Organisation.Tracking.CONSENT)


@dataclass(frozen=True)
class Visit:
    """Whose link it is, and in which language to speak."""

    recipient: Recipient
    house: Organisation
    language: str

    @property
    def words(self) -> dict[str, str]:
        """The sentences of the page."""
        return GOODBYES[self.language].filled(
            house=self.house.name or self.recipient.message.mailbox.address.rpartition("@")[2],
            sender=self.recipient.message.sender.name,
            address=masked(self.recipient.email),
        )

    @cached_property
    def topic(self) -> Topic | None:
        """What the mail belongs to and can be left alone: its target list, or the sequences."""
        return leaving.topic_of(self.recipient)

    @property
    def may_be_followed(self) -> bool:
        """Whether this house follows named people at all, so that consent means something."""
        return self.house.tracking in FOLLOWING and self.recipient.person is not None

    @property
    def is_followed(self) -> bool:
        """Whether mail to this person is followed as things stand."""
        person = self.recipient.person
        if person is None or person.tracking_consent == "denied":
            return False
        return person.tracking_consent == "granted" or self.house.tracking == Organisation.Tracking.BY_DEFAULT


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask (GET), or do what a button says (POST)."""
    visit = _visit(request, token)
    if visit is None:
        return _nowhere(request)
    with translation.override(visit.language):
        if request.method == "POST" and not is_colleague(request, visit.recipient):
            return _back(visit, token, _wish(request, visit))
        return render(request, "unsubscribe/page.html", _context(request, visit))


def _visit(request: HttpRequest, token: str) -> Visit | None:
    read = tokens.read(keys.derive(settings.SECRET, "tokens"), token)
    if read is None or read.kind is not Kind.UNSUBSCRIBE:
        return None
    rows = Recipient.objects.select_related("person", "message__content", "message__mailbox", "message__sender")
    recipient = rows.filter(pk=read.id).first()
    if recipient is None:
        return None
    language = language_in(request.GET.get("lang", "")) or language_in(recipient.message.content.language)
    return Visit(recipient, organisation(), language or "en")


def is_colleague(request: HttpRequest, recipient: Recipient) -> bool:
    """Whether a colleague opens somebody else's link: then nobody is unsubscribed (UNSUB-02)."""
    return isinstance(request.user, User) and addresses.normal(request.user.email) != recipient.normal


def _wish(request: HttpRequest, visit: Visit) -> str:
    """Do what was pressed; the name of the sentence that says so."""
    words, now, said = visit.words, clock.now(), request.POST.get("keep", "")
    if said not in frozenset(Keep):
        return ""
    wanted, chosen = Keep(said), "choices" in request.POST
    was = wishes.kept(visit.recipient, visit.topic)
    pressed = words["save"] if chosen else words["undo"] if wanted is Keep.ALL else words["leave"]
    leaving.keep(visit.recipient, wanted, words=f"{words['title']} / {pressed}", now=now)
    if chosen and visit.may_be_followed:
        agreed = "follow" in request.POST
        if agreed != visit.is_followed:
            wishes.follow(visit.recipient, agreed, words=words["follow"], now=now)
    if wanted is Keep.ALL and was is not Keep.ALL:
        return "back"
    return "saved" if chosen else ""


def _back(visit: Visit, token: str, said: str) -> HttpResponse:
    """To the page again, so that reloading it presses nothing."""
    query = urlencode({"lang": visit.language, **({"said": said} if said else {})})
    return redirect(f"{reverse('unsubscribe', args=[token])}?{query}")


def _context(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    said = request.GET.get("said", "")
    return {
        "words": visit.words,
        "languages": [(code, each.name) for code, each in GOODBYES.items()],
        "near": [(code, GOODBYES[code].name) for code in dict.fromkeys((visit.language, *NEAR))][:3],
        "spoken": visit.language,
        "kept": wishes.kept(visit.recipient, visit.topic),
        "topic": visit.topic,
        "may_be_followed": visit.may_be_followed,
        "is_followed": visit.is_followed,
        "said": visit.words[said] if said in ("back", "saved") else "",
        "colleague": request.user if is_colleague(request, visit.recipient) else None,
        "address": masked(visit.recipient.email),
        "house": visit.house,
    }


def _nowhere(request: HttpRequest) -> HttpResponse:
    """The link was damaged: say so in the browser's language, and that nothing has changed."""
    accepted = request.headers.get("Accept-Language", "").split(",")
    found = (language_in(part.partition(";")[0].strip()) for part in accepted)
    language = next((code for code in found if code), "en")
    with translation.override(language):
        words = GOODBYES[language].filled(house="", sender="", address="")
        return render(request, "unsubscribe/nowhere.html", {"words": words}, status=404)
