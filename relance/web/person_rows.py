"""The rows of a list of people as they are drawn: who, where, the last mail and whether one may write."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from relance.insights.history import Glimpse, LastMail, glimpses
from relance.mail.models import Recipient
from relance.people.models import Suppression
from relance.people.wishes import NOTHING, Reach, reach_of
from relance.records.lists import Row
from relance.web.wish_words import subjects_of, wish_words


class PersonRow(NamedTuple):
    """One row."""

    row: Row
    mail: Glimpse | None
    reach: Reach
    subject: str = ""

    @property
    def name(self) -> str:
        """The name, or the address of somebody without one."""
        name: str = self.row["name"] or self.row["primary_email"]
        return name

    @property
    def wish(self) -> Suppression | None:
        """The line of the ledger that keeps mail away, if one stands."""
        return self.reach.wish

    @property
    def wish_told(self) -> str:
        """The wish in words."""
        return wish_words(self.reach.wish, self.subject) if self.reach.wish else ""

    @property
    def opened_at(self) -> datetime | None:
        """When she last opened a mail."""
        return self.mail.last_opened_at if self.mail else None

    @property
    def state(self) -> str:
        """Where one stands with this person, as a word of `relance.web.words`."""
        if self.reach.wish is not None:
            return "opted_out"
        if self.reach.dead is not None:
            return "hard_bounced" if self.reach.dead.state == "bounced" else "invalid"
        if not self.row["primary_email"]:
            return "no_address"
        return _of_mail(self.mail.last) if self.mail else "new"


def _of_mail(copy: LastMail) -> str:
    steps = (
        ("replied", copy.replied_at),
        ("bounced", copy.bounced_at),
        ("clicked", copy.first_clicked_at),
        ("opened", copy.first_opened_at),
    )
    done = next((word for word, at in steps if at), "")
    if done or copy.sent_at is None:
        return done or copy.state
    return "not_opened" if copy.track == Recipient.Track.FULL else "sent"


def rows_of(rows: list[Row]) -> list[PersonRow]:
    """The rows with what mail and the ledger know of them; at most five queries."""
    ids = [row["id"] for row in rows]
    mail, reach = glimpses(ids), reach_of(ids)
    told = subjects_of(known.wish for known in reach.values())
    return [
        PersonRow(row, mail.get(row["id"]), known, told.get(known.wish.recipient_id, "") if known.wish else "")
        for row in rows
        for known in (reach.get(row["id"], NOTHING),)
    ]
