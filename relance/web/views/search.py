"""Search: people and companies, mass mails and templates; a page, and the answers of the palette as HTML options."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.campaigns.models import MassMail
from relance.mail import folders
from relance.mail.models import Template
from relance.records import registry
from relance.records.search import Found, find
from relance.team.models import Module, User
from relance.web import words
from relance.web.hrefs import href
from relance.web.places import Words, place_of
from relance.web.signed_in import user_of

LIMIT, WHOLE = 5, 25
"""So many of each kind in the palette, and on the page."""
LISTS: Mapping[str, tuple[Words, str, Mapping[str, str]]] = {
    "template": (gettext_lazy("Templates"), "templates", {}),
    "received": (gettext_lazy("Mails"), "inbox", {"folder": folders.ALL}),
}
NOT_SEARCHED = frozenset({"mass_mail"})
"""Lists that take no words to look for."""
OF_PEOPLE = frozenset({Module.LEAD, Module.CONTACT, Module.ACCOUNT})


def page(request: HttpRequest) -> HttpResponse:
    """All that answers to `q`; with `palette=1` only the options of the palette."""
    text = request.GET.get("q", "").strip()[:120]
    short = "palette" in request.GET
    found = everything(user_of(request), text, LIMIT if short else WHOLE) if text else []
    if short:
        return render(request, "search/options.html", {"q": text, "groups": found})
    groups = [(word, rows, further(rows, text)) for word, rows in found]
    total = sum(len(rows) for _word, rows in found)
    told = {"q": text, "groups": groups, "total": total, "is_cut": any(links for _word, _rows, links in groups)}
    return render(request, "search/page.html", told)


def further(rows: Iterable[Found], text: str) -> list[tuple[Words, str]]:
    """The lists that hold the rest, where only the first are shown: what they are called, and their address."""
    many = [module for module, count in Counter(one.module for one in rows).items() if count >= WHOLE]
    lists = [_list_of(module) for module in many if module not in NOT_SEARCHED]
    return [(title, f"{address}?{urlencode({'q': text, **more})}") for title, address, more in lists]


def _list_of(module: str) -> tuple[Words, str, Mapping[str, str]]:
    if module in LISTS:
        title, name, more = LISTS[module]
        return title, href(name), more
    place = place_of(module)
    return place.title, place.href, {}


def everything(user: User, text: str, limit: int) -> list[tuple[str, list[Found]]]:
    """What this colleague may see of what answers, by kind; kinds without an answer are left out."""
    groups = [
        *records(user, text, limit),
        (_("Mass mails"), mass_mails(user, text, limit)),
        (_("Templates"), templates(user, text, limit)),
        (_("Mails"), mails(user, text, limit)),
    ]
    return [(word, rows) for word, rows in groups if rows]


def records(user: User, text: str, limit: int) -> list[tuple[str, list[Found]]]:
    """People and companies together, then the other modules, each under its name."""
    found = find(user, text, limit)
    groups = {_("People and companies"): [one for one in found if one.module in OF_PEOPLE]}
    for listed in registry.modules():
        if listed.key not in OF_PEOPLE:
            groups[str(listed.label)] = [one for one in found if one.module == listed.key]
    return list(groups.items())


def mass_mails(user: User, text: str, limit: int) -> list[Found]:
    """Mass mails whose name holds every word of the text, whatever its accents."""
    rows = MassMail.objects.visible_to(user).answering(text).select_related("message")[:limit]
    return [
        Found(module="mass_mail", id=row.pk, name=row.name, detail=str(words.state(row.status).word), icon="mails",
              url_name="mass-mail")
        for row in rows
    ]  # fmt: skip


def mails(user: User, text: str, limit: int) -> list[Found]:
    """Received mails, one a thread, that hold every word of the text."""
    found = folders.page(folders.Asked(folder=folders.ALL, text=text), user, size=limit)
    return [
        Found(
            module="received", id=line.mail.pk, name=line.mail.subject or _("(no subject)"), icon="mail",
            detail=line.mail.from_name or line.mail.from_email, url_name="inbox-mail",
        )
        for line in found.lines
    ]  # fmt: skip


def templates(user: User, text: str, limit: int) -> list[Found]:
    """Templates whose name, subject or folder holds every word of the text."""
    rows = Template.objects.visible_to(user).answering(text)[:limit]
    return [
        Found(module="template", id=row.pk, name=row.name, detail=row.subject, icon="file-text", url_name="template")
        for row in rows
    ]
