"""The log of a campaign: what went out, what came of it, what did not go out and why (CAMP-04, CAMP-06)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.campaigns.models import Campaign, TrackedLink
from relance.campaigns.reasons import reason_word
from relance.mail.models import LinkCount, Message, Recipient

EVENTS: Mapping[str, str | Promise] = {
    "sent": pgettext_lazy("one mail", "Sent"),
    "opened": pgettext_lazy("one mail", "Opened"),
    "clicked": pgettext_lazy("one mail", "Clicked"),
    "replied": pgettext_lazy("one mail", "Replied"),
    "opted_out": pgettext_lazy("one mail", "Opted out"),
    "complained": _("Complained"),
    "hard_bounced": _("Bounced, hard"),
    "soft_bounced": _("Bounced, soft"),
    "failed": _("Not accepted"),
    "left_out": pgettext_lazy("one mail", "Left out"),
}
# How each event is found among the copies `r`: when it happened, which copies, and the word that explains it.
OF_COPIES = {
    # As in the figures of a mail (MASS-08): what was refused for good because of its address was sent, and bounced.
    "sent": (
        "coalesce(r.sent_at, r.bounced_at)",
        "(r.state = 'sent' AND r.sent_at IS NOT NULL OR r.state = 'failed' AND r.bounced_at IS NOT NULL)",
        "''",
    ),
    "opened": ("r.first_opened_at", "r.first_opened_at IS NOT NULL", "''"),
    "replied": ("r.replied_at", "r.replied_at IS NOT NULL", "''"),
    "opted_out": ("r.opted_out_at", "r.opted_out_at IS NOT NULL", "''"),
    "complained": ("r.complained_at", "r.complained_at IS NOT NULL", "''"),
    "hard_bounced": ("r.bounced_at", "r.bounced_at IS NOT NULL AND r.bounce_kind = 'hard'", "r.bounce_text"),
    "soft_bounced": ("r.bounced_at", "r.bounced_at IS NOT NULL AND r.bounce_kind <> 'hard'", "r.bounce_text"),
    "failed": (
        "r.failed_at",
        "r.state = 'failed' AND r.bounced_at IS NULL AND r.failed_at IS NOT NULL",
        "r.reply_text",
    ),
    "left_out": ("r.queued_at", "r.state = 'refused'", "r.refused_because"),
}
COPIES = """
SELECT r.id, r.message_id, r.person_id, r.name, r.email, '{event}' AS event, {at} AS at, NULL::integer AS link,
  {why} AS why
FROM mail_recipient r WHERE r.message_id = ANY(%s) AND {where}
"""
CLICKS = """
SELECT r.id, r.message_id, r.person_id, r.name, r.email, 'clicked' AS event, i.at AS at, i.link AS link, '' AS why
FROM mail_interaction i JOIN mail_recipient r ON r.id = i.recipient_id
WHERE i.message_id = ANY(%s) AND i.kind = 'click' AND i.verdict <> 'machine' AND (%s::text[] IS NULL OR
  EXISTS (SELECT FROM mail_content c JOIN mail_message m ON m.content_id = c.id,
          jsonb_array_elements(c.links) AS one
          WHERE m.id = i.message_id AND (one ->> 'number')::integer = i.link AND one ->> 'url' = ANY(%s)))
"""
COLUMNS = (_("When"), _("Event"), _("Mail"), _("Name"), _("E-mail address"), _("Link"), _("Detail"))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is looked for in a log: one event or all, one mail or all, the clicks of one address."""

    event: str = ""
    mail_id: int | None = None
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a log."""

    recipient_id: int
    message_id: int
    person_id: int | None
    name: str
    email: str
    event: str
    at: datetime
    link: int | None
    why: str

    @property
    def word(self) -> str:
        """The event in words."""
        return str(EVENTS[self.event])

    @property
    def detail(self) -> str:
        """Why, where there is a reason."""
        return reason_word(self.why) if self.event == "left_out" else self.why


def messages(campaign: Campaign, mail_id: int | None = None) -> dict[int, tuple[int, str]]:
    """The messages of the campaign's mails, follow-ups among them: id of the mail and its name."""
    rows = campaign.all_mails().filter(message__isnull=False)
    if mail_id is not None:
        rows = rows.filter(pk=mail_id)
    return {message: (pk, name) for message, pk, name in rows.values_list("message_id", "pk", "name")}


def lines(campaign: Campaign, asked: Asked, *, before: str = "", limit: int = 50) -> list[Line]:
    """A page of the log, newest first, from before the place that `mark` gave."""
    sql, parameters = _asked(campaign, asked)
    if not sql:
        return []
    told = f"SELECT * FROM ({sql}) AS log"
    if place := _place(before):
        told += " WHERE (at, id, event) < (%s, %s, %s)"
        parameters += place
    with connection.cursor() as cursor:
        cursor.execute(f"{told} ORDER BY at DESC, id DESC, event DESC LIMIT %s", [*parameters, limit])
        return [_line(row) for row in cursor.fetchall()]


def mark(line: Line) -> str:
    """Where the next page begins."""
    return f"{line.at.isoformat()}~{line.recipient_id}~{line.event}"


def _place(text: str) -> list[Any]:
    parts = text.split("~")
    try:
        if len(parts) == 3 and parts[2] in EVENTS:
            return [datetime.fromisoformat(parts[0]), int(parts[1]), parts[2]]
    except ValueError:
        pass
    return []


def _line(row: Sequence[object]) -> Line:
    names = ("recipient_id", "message_id", "person_id", "name", "email", "event", "at", "link", "why")
    return Line(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]


def _asked(campaign: Campaign, asked: Asked) -> tuple[str, list[Any]]:
    ids = list(messages(campaign, asked.mail_id))
    if not ids or (asked.event and asked.event not in EVENTS):
        return "", []
    told: list[str] = []
    parameters: list[Any] = []
    for event in [asked.event] if asked.event else EVENTS:
        if event == "clicked":
            urls = [asked.url] if asked.url else None
            told.append(CLICKS)
            parameters += [ids, urls, urls]
        else:
            at, where, why = OF_COPIES[event]
            told.append(COPIES.format(event=event, at=at, where=where, why=why))
            parameters.append(ids)
    return " UNION ALL ".join(told), parameters


def counts(campaign: Campaign) -> dict[str, int]:
    """How many lines of each event."""
    sql, parameters = _asked(campaign, Asked())
    if not sql:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT event, count(*) FROM ({sql}) AS log GROUP BY event", parameters)
        return dict(cursor.fetchall())


def copies(campaign: Campaign, asked: Asked) -> QuerySet[Recipient]:
    """The copies behind these lines, once each: a target list is made of those they were written for."""
    sql, parameters = _asked(campaign, asked)
    if not sql:
        return Recipient.objects.none()
    return Recipient.objects.filter(pk__in=RawSQL(f"SELECT log.id FROM ({sql}) AS log", parameters))


def csv_rows(campaign: Campaign, asked: Asked) -> Iterator[list[str]]:
    """The whole log as rows of a table, with a head."""
    yield [
        str(each) for each in (_("When"), _("Event"), _("Mail"), _("Name"), _("E-mail address"), _("Link"), _("Detail"))
    ]
    known = messages(campaign)
    address = urls(known)
    before = ""
    while found := lines(campaign, asked, before=before, limit=5000):
        for line in found:
            url = address.get((line.message_id, line.link or 0), "")
            mail = known[line.message_id][1]
            yield [line.at.isoformat(timespec="seconds"), line.word, mail, line.name, line.email, url, line.detail]
        before = mark(found[-1])


def urls(known: Mapping[int, tuple[int, str]]) -> dict[tuple[int, int], str]:
    """The addresses of the links of these messages, by message and number."""
    rows = Message.objects.filter(pk__in=known).select_related("content")
    return {(row.pk, int(link["number"])): str(link["url"]) for row in rows for link in row.content.links}


@dataclass(frozen=True, kw_only=True)
class LinkClicks:
    """A link of the campaign and its clicks over all mails."""

    link: TrackedLink
    people: int
    clicks: int
    machine: int


def link_clicks(campaign: Campaign) -> list[LinkClicks]:
    """The links with codes, each with who clicked it; a person counts once a mail."""
    address = urls(messages(campaign))
    rows = LinkCount.objects.filter(message__in={message for message, _number in address})
    sums: dict[str, list[int]] = {}
    for row in rows:
        url = address.get((row.message_id, row.link), "")
        before = sums.get(url, [0, 0, 0])
        sums[url] = [before[0] + row.people, before[1] + row.clicks, before[2] + row.machine]
    found = [(link, sums.get(link.url, [0, 0, 0])) for link in campaign.links.all()]
    return [LinkClicks(link=link, people=told[0], clicks=told[1], machine=told[2]) for link, told in found]
