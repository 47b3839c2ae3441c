"""What to look at in a mail before it leaves, whoever writes it: checks with what to do *(no tables)*.

`relance.campaigns.preflight` and `relance.mail.writing.preflight` put them together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from relance.lib.figures import figure
from relance.mail.models import Mailbox
from relance.mail.models.template import SenderChoice
from relance.team.models import Organisation

OK, WARN, BAD = "ok", "warn", "bad"
IMAGE_WITHOUT_WORDS = re.compile(r"<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>", re.IGNORECASE)
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1", ""}
CLIPPED = 102_000
"""Bytes of HTML of which large providers show no more."""
_LINK = re.compile(r'<a\b[^>]*\bhref="(?P<href>[^"]*)"[^>]*>(?P<words>.*?)</a>', re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"^(?:https?://)?(?P<host>(?:[\w-]+\.)+[a-z]{2,24})(?:[/:?#]\S*)?$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at. `remedy`: the step where it is put right; only `bad` keeps the mail back."""

    key: str
    level: str
    sentence: str
    detail: str = ""
    remedy: str = ""


def shown(count: int) -> str:
    """A count as the page's language writes it."""
    return figure(count, get_language())


def images(html: str, *, remedy: str = "") -> Iterator[Check]:
    """Pictures that say nothing where they are not shown."""
    count = len(IMAGE_WITHOUT_WORDS.findall(html))
    if count:
        said = ngettext(
            "%(count)s image has no words in its place", "%(count)s images have no words in their place", count
        )
        yield Check(
            key="images", level=WARN, sentence=said % {"count": shown(count)}, remedy=remedy,
            detail=_("Many mail programs show no images until they are asked to."),
        )  # fmt: skip


def lying_links(html: str, *, remedy: str = "") -> Iterator[Check]:
    """Links whose words name another site than the one they lead to: what a fraud looks like."""
    for link in _LINK.finditer(html):
        words = " ".join(unescape(re.sub(r"<[^>]*>", "", link["words"])).split())
        named, target = _HOST.match(words), (urlsplit(unescape(link["href"])).hostname or "").lower()
        if named and target and not _same(named["host"].lower(), target):
            yield Check(
                key="lying_link", level=WARN, remedy=remedy,
                sentence=_("A link says %(words)s and leads to %(target)s") % {"words": words[:60], "target": target},
                detail=_("Mail programs warn their readers about such links. Write other words on it."),
            )  # fmt: skip


def _same(named: str, target: str) -> bool:
    bare = [host.removeprefix("www.") for host in (named, target)]
    return bare[0] == bare[1] or bare[1].endswith(f".{bare[0]}")


def size(html: str, *, remedy: str = "") -> Iterator[Check]:
    """A text so long that its end is hidden."""
    octets = len(html.encode())
    if octets > CLIPPED:
        yield Check(
            key="size", level=WARN, remedy=remedy,
            sentence=_("The text is %(count)s kB long") % {"count": shown(octets // 1000)},
            detail=_("Some providers hide what comes after 102 kB, the end of the mail included."),
        )  # fmt: skip


def header(subject: str, *, remedy: str = "") -> Iterator[Check]:
    """A subject that is empty, or of which no list shows the end."""
    if not subject.strip():
        yield Check(
            key="subject", level=BAD, sentence=_("The subject is empty."), remedy=remedy,
            detail=_("A mail without one is taken for spam."),
        )  # fmt: skip
    elif len(subject.encode()) > 180:
        yield Check(
            key="subject", level=WARN, sentence=_("The subject is very long"), remedy=remedy,
            detail=_("Lists of mails show about sixty characters of it."),
        )  # fmt: skip


def mailbox(box: Mailbox | None) -> Iterator[Check]:
    """Whether there is a mailbox that works."""
    if box is None:
        yield Check(
            key="mailbox", level=BAD, sentence=_("There is no mailbox to send by."), remedy="mailboxes",
            detail=_("Enter the server of your mail provider in the settings."),
        )  # fmt: skip
        return
    words = {"mailbox": box.name}
    if not box.is_active or box.state == Mailbox.State.BROKEN:
        yield Check(
            key="mailbox", level=BAD, sentence=_("The mailbox %(mailbox)s does not work.") % words,
            detail=box.state_detail, remedy="mailboxes",
        )  # fmt: skip
    elif box.state == Mailbox.State.UNTESTED:
        yield Check(
            key="mailbox", level=WARN, remedy="mailboxes",
            sentence=_("The mailbox %(mailbox)s was never tested") % words,
            detail=_("Test it now, it takes a second and sends nothing."),
        )  # fmt: skip
    else:
        yield Check(key="mailbox", level=OK, sentence=_("The mailbox %(mailbox)s works") % words)


def domain(address: str, box: Mailbox | None, *, remedy: str = "") -> Iterator[Check]:
    """A sender of another domain than the mailbox."""
    ours = box.address.rpartition("@")[2].lower() if box else ""
    if ours and address.rpartition("@")[2].lower() != ours:
        yield Check(
            key="sender", level=WARN, remedy=remedy,
            sentence=_("%(address)s does not belong to %(domain)s") % {"address": address, "domain": ours},
            detail=_("Servers may refuse a mail whose sender is of another domain than the mailbox."),
        )  # fmt: skip


def organisation_address(choices: Collection[str], known: Organisation, *, remedy: str = "") -> Iterator[Check]:
    """A mail in the name of the organisation, which has no address."""
    if SenderChoice.ORGANISATION in choices and not known.mail_address:
        yield Check(
            key="sender", level=BAD, sentence=_("The organisation has no sender address yet."), remedy=remedy,
            detail=_("Enter it in the settings, or choose your own address."),
        )  # fmt: skip


def edge(known: Organisation) -> Iterator[Check]:
    """Links that nobody outside can follow."""
    local = (urlsplit(settings.RELANCE_EDGE_URL).hostname or "") in LOCAL_HOSTS
    if local and known.workspace == Organisation.Workspace.PRODUCTION:
        yield Check(
            key="edge", level=WARN, sentence=_("Its links lead to this machine only"),
            detail=_("Set RELANCE_EDGE_URL to an address that recipients can reach, for links and unsubscribing."),
        )  # fmt: skip
