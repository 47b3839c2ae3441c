"""Who gets a mass mail, who is left out and why (MASS-01, CAMP-03): one SQL judgement for count, lists and launch.

The reasons are tested in the order of `mail.outbound.recipients`: no address, invalid, excluded, opted out, bounced,
duplicate. A test compares both over made-up worlds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import ngettext

from relance.campaigns import choosing, contests, judging
from relance.campaigns.choosing import selection_of as selection_of
from relance.campaigns.models import MassMail
from relance.campaigns.reasons import reason_word as reason_word
from relance.campaigns.sources import filled, source_of
from relance.mail.outbound.gate import Consent, Policy, TrackingFacts, effective_mode
from relance.mail.outbound.recipients import Refusal
from relance.mail.people_at_once import people_at_once
from relance.people.models import Person
from relance.team.workspace import organisation

# One row a person, a deal with its primary contact, or a record with an address (sources): `because` is null for those
# who get the mail. The first of those with one address gets it.
JUDGED = """
WITH wish AS (
  SELECT normal, bool_or(scope = 'invalid') AS invalid, bool_or(scope <> 'invalid') AS opted_out, min(at) AS since
  FROM people_suppression WHERE lifted_at IS NULL AND scope IN ('everything', 'marketing', 'invalid') GROUP BY normal
) {barring}, candidate AS (
  SELECT {key} AS id, p.id AS person_id, {name} AS name, p.company, {owner} AS owner_id,
    {consent} AS tracking_consent,
    a.email, a.normal, a.state_why, w.since,
    CASE WHEN a.normal IS NULL THEN 'no_address'
         WHEN a.state = 'invalid' OR w.invalid THEN 'invalid'
         {barred}
         WHEN w.opted_out OR {left} THEN 'opted_out'
         WHEN a.state = 'bounced' THEN 'bounced' END AS refusal
  FROM {rows}
  {address}
  LEFT JOIN wish w ON w.normal = a.normal
  {joined}
  WHERE {key} IN ({selection}) {arm}
), judged AS (
  SELECT *, coalesce(refusal, CASE WHEN row_number() OVER same > 1 THEN 'duplicate' END) AS because{sharing}
  FROM candidate WINDOW same AS (PARTITION BY normal, refusal IS NULL ORDER BY id)
)
"""
SHARING = ", count(*) OVER (PARTITION BY normal, refusal IS NULL) AS sharing"  # which the writing does not need
# Exclusion is by address: whoever shares any address with any of an excluded record is excluded (CAMP-03).
BARRING = """
, barred AS MATERIALIZED (
  SELECT normal FROM (
    SELECT a.normal FROM campaigns_listmember m JOIN people_address a ON a.person_id = m.person_id
    WHERE m.target_list_id = ANY(%s)
    UNION ALL SELECT a.normal FROM campaigns_listmember m JOIN people_address a ON a.account_id = m.account_id
    WHERE m.target_list_id = ANY(%s)
    UNION ALL SELECT lower(v.email) FROM campaigns_listmember m JOIN team_user v ON v.id = m.colleague_id
    WHERE m.target_list_id = ANY(%s)
    UNION ALL SELECT q.normal FROM campaigns_listmember m JOIN records_record q ON q.id = m.record_id
    WHERE m.target_list_id = ANY(%s)
    UNION ALL SELECT m.normal FROM campaigns_listmember m WHERE m.target_list_id = ANY(%s)
  ) AS known WHERE normal <> '' GROUP BY normal
), barred_person AS MATERIALIZED (
  SELECT DISTINCT a.person_id FROM people_address a JOIN barred USING (normal) WHERE a.person_id IS NOT NULL
)
"""
BARRED = "WHEN x.normal IS NOT NULL OR y.person_id IS NOT NULL THEN 'excluded'"
JOINED = "LEFT JOIN barred x ON x.normal = a.normal LEFT JOIN barred_person y ON y.person_id = p.id"
# Each address has one place, so it lies in one arm of a test; the rest leaves out who got either mail (contests).
ARM = "AND (hashtextextended(coalesce(a.normal, ''), %s) & 65535) BETWEEN %s AND %s"
REST = """AND NOT EXISTS (SELECT FROM mail_recipient had
    WHERE had.message_id = ANY(%s) AND had.state <> 'refused' AND had.person_id = p.id)
  AND NOT EXISTS (SELECT FROM mail_recipient had
    WHERE had.message_id = ANY(%s) AND had.state <> 'refused' AND had.normal = a.normal)"""
COUNTED = """
SELECT because, tracking_consent, count(*), min(id) FROM judged GROUP BY 1, 2
"""
ANYBODY = "SELECT EXISTS (SELECT FROM candidate WHERE refusal IS NULL)"
LISTED = """
SELECT id, person_id, name, company, email, because, since, state_why, sharing FROM judged
WHERE because IS NOT NULL AND (%s::text IS NULL OR because = %s) AND id > %s ORDER BY id LIMIT %s
"""
ACCEPTED = """
SELECT id, person_id, name, company, email FROM judged WHERE because IS NULL AND id > %s ORDER BY id LIMIT %s
"""
READERS = """
, reader AS (
  SELECT id, person_id, name, company, email, lag(id) OVER ordered AS before, lead(id) OVER ordered AS after,
    row_number() OVER ordered AS place
  FROM judged WHERE because IS NULL WINDOW ordered AS (ORDER BY id)
)
SELECT * FROM reader WHERE id >= %s ORDER BY id LIMIT 1
"""
EXAMPLES = """
SELECT DISTINCT ON (because) id, person_id, name, company, email, because, since, state_why, sharing FROM judged
WHERE because IS NOT NULL ORDER BY because, id
"""
LACKING = """
SELECT {counts} FROM judged j LEFT JOIN people_person p ON p.id = j.person_id
LEFT JOIN people_account c ON c.id = p.account_id
CROSS JOIN (SELECT %s::bigint AS sender_id) m CROSS JOIN LATERAL (SELECT m.sender_id AS id) u
WHERE j.because IS NULL
"""
WRITTEN = """
INSERT INTO mail_recipient
  (message_id, person_id, sender_id, email, normal, name, state, refused_because, track, queued_at)
SELECT %s, j.person_id, CASE WHEN %s AND u.is_active THEN j.owner_id END, coalesce(j.email, ''),
  CASE WHEN because IS NULL THEN j.normal END, j.name,
  CASE WHEN because IS NULL THEN 'queued' ELSE 'refused' END, coalesce(because, ''),
  CASE j.tracking_consent WHEN 'granted' THEN %s WHEN 'denied' THEN %s ELSE %s END, %s
FROM judged j LEFT JOIN team_user u ON u.id = j.owner_id ORDER BY j.id
ON CONFLICT DO NOTHING
"""
# The same for deals and records: each copy that leaves is tied to its row.
WRITTEN_ABOUT = f""",
written AS ({WRITTEN.replace("ON CONFLICT DO NOTHING", "ON CONFLICT DO NOTHING RETURNING id, normal")})
INSERT INTO {{copies}}
SELECT written.id, j.id FROM written JOIN judged j ON j.normal = written.normal AND j.because IS NULL
"""


@dataclass(frozen=True, kw_only=True)
class Excluded:
    """Somebody who is left out, with the reason and what is known of it; `id` is the chosen row's own."""

    id: int
    person_id: int | None
    name: str
    company: str
    email: str
    reason: str
    since: datetime | None
    why: str
    sharing: int

    @property
    def detail(self) -> str:
        """The reason in this very case, in words."""
        if self.reason == Refusal.DUPLICATE:
            return ngettext(
                "%(email)s is on %(count)d record, it goes once",
                "%(email)s is on %(count)d records, it goes once",
                self.sharing,
            ) % {"email": self.email, "count": self.sharing}
        return self.why or self.email or self.company


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Somebody who gets the mail; `id` is the chosen row's own."""

    id: int
    person_id: int
    name: str
    company: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Reader(Accepted):
    """One of those who get it: his place among them from 1, and who comes before and after."""

    before: int | None
    after: int | None
    place: int


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """How many are left out for one reason, and one of them."""

    reason: str
    people: int
    example: Excluded


@dataclass(frozen=True, kw_only=True)
class Count:
    """The audience at this moment; counted again and frozen at the launch."""

    matched: int = 0
    accepted: int = 0
    left_out: tuple[LeftOut, ...] = ()
    modes: dict[str, int] = field(default_factory=dict)
    granted: int = 0

    @property
    def refused(self) -> int:
        """How many are left out."""
        return self.matched - self.accepted


def count(mass_mail: MassMail, *, now: datetime) -> Count:
    """How many match, get it, and are left out for which reason; and how the copies would be followed."""
    rows = _ask(mass_mail, COUNTED, now=now)
    modes = modes_of(wanted=mass_mail.track, opens=None if follows_opens(mass_mail) else False)
    got = [(consent, people) for because, consent, people, _first in rows if because is None]
    counted: dict[str, int] = {}
    for consent, people in got:
        counted[modes[consent]] = counted.get(modes[consent], 0) + people
    return Count(
        matched=sum(people for _because, _consent, people, _first in rows),
        accepted=sum(people for _consent, people in got),
        left_out=_by_reason(mass_mail, rows, now=now),
        modes=counted,
        granted=sum(people for consent, people in got if consent == Person.Consent.GRANTED),
    )


def anybody(mass_mail: MassMail, *, now: datetime) -> bool:
    """Whether anybody would get it at all: a question that stops at the first who does."""
    return bool(_ask(mass_mail, ANYBODY, now=now)[0][0])


def _by_reason(mass_mail: MassMail, rows: Sequence[tuple[Any, ...]], *, now: datetime) -> tuple[LeftOut, ...]:
    people: dict[str, int] = {}
    for because, _consent, number, _first in rows:
        if because is not None:
            people[because] = people.get(because, 0) + number
    examples = {one.reason: one for one in map(_excluded, _ask(mass_mail, EXAMPLES, now=now))} if people else {}
    found = [LeftOut(reason=reason, people=people[reason], example=examples[reason]) for reason in people]
    return tuple(sorted(found, key=lambda one: (-one.people, one.reason)))


def left_out(
    mass_mail: MassMail, *, now: datetime, reason: str | None = None, after: int = 0, limit: int = 50
) -> list[Excluded]:
    """Those who would be left out, in the order of their keys after `after`."""
    rows = _ask(mass_mail, LISTED, [reason, reason, after, limit], now=now)
    return [_excluded(row) for row in rows]


def _excluded(row: tuple[Any, ...]) -> Excluded:
    names = ("id", "person_id", "name", "company", "email", "reason", "since", "why", "sharing")
    return Excluded(**dict(zip(names, _whole(row), strict=True)))


def accepted(mass_mail: MassMail, *, now: datetime, after: int = 0, limit: int = 50) -> list[Accepted]:
    """Those who would get it, in the order of their keys after `after`."""
    rows = _ask(mass_mail, ACCEPTED, [after, limit], now=now)
    return [Accepted(id=row[0], person_id=row[1], name=row[2], company=row[3], email=row[4]) for row in rows]


def reader(mass_mail: MassMail, row_id: int, *, now: datetime) -> Reader | None:
    """This row among those who get it, else the next one; None where there is none."""
    rows = _ask(mass_mail, READERS, [row_id], now=now)
    names = ("id", "person_id", "name", "company", "email", "before", "after", "place")
    return Reader(**dict(zip(names, rows[0], strict=True))) if rows else None


def lacking(mass_mail: MassMail, columns: dict[str, str], *, now: datetime) -> dict[str, int]:
    """For how many of those who get it each of these fields is empty; `columns`: name -> SQL of the catalogue."""
    if not columns:
        return {}
    counts = ", ".join(f"count(*) FILTER (WHERE coalesce({sql}, '') = '')" for sql in columns.values())
    found = _ask(mass_mail, LACKING.format(counts=counts), [mass_mail.creator_id], now=now)
    return dict(zip(columns, found[0], strict=True))


def write(
    mass_mail: MassMail,
    message_id: int,
    *,
    owner_signs: bool,
    modes: dict[str, str],
    now: datetime,
    only: Collection[int] | None = None,
) -> int:
    """Write every candidate as a recipient of the message, those left out with their reason; how many were written."""
    sql, chosen = _judged(mass_mail, now, only, sharing="")
    tracks = [modes[consent] for consent in (Person.Consent.GRANTED, Person.Consent.DENIED, Person.Consent.UNKNOWN)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")  # a hundred thousand people are sorted twice
        # The planner cannot guess how many were written: a loop over both sides would take their product.
        cursor.execute("SET LOCAL enable_nestloop = off")
        copies = source_of(mass_mail.module).copies
        written = WRITTEN_ABOUT.replace("{copies}", copies) if copies else WRITTEN
        with people_at_once(message_id):
            cursor.execute(sql + written, [*chosen, message_id, owner_signs, *tracks, now])
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
        cursor.execute("SELECT count(*) FROM mail_recipient WHERE message_id = %s", [message_id])
        return int(cursor.fetchone()[0])


def follows_opens(mass_mail: MassMail) -> bool:
    """A campaign follows openings only if it says so; its follow-ups do as it does (CAMP-07)."""
    campaign = mass_mail.campaign or (mass_mail.parent.campaign if mass_mail.parent else None)
    return campaign is None or campaign.track_opens


def modes_of(*, wanted: bool, policy: str | None = None, opens: bool | None = None) -> dict[str, str]:
    """How a copy is followed, by the person's consent (ENG-01); by the organisation's present settings unless given."""
    known = organisation()
    facts = {
        "wanted": wanted,
        "policy": Policy(policy or known.tracking),
        "opens_allowed": known.track_opens if opens is None else opens,
    }
    return {
        consent: effective_mode(TrackingFacts(consent=Consent(consent), **facts)).value  # type: ignore[arg-type]
        for consent in Person.Consent.values
    }


def _ask(mass_mail: MassMail, sql: str, parameters: Iterable[Any] = (), *, now: datetime) -> list[tuple[Any, ...]]:
    judged, chosen = _judged(mass_mail, now)
    with connection.cursor() as cursor:
        cursor.execute(judged + sql, [*chosen, *parameters])
        return list(cursor.fetchall())


def _judged(
    mass_mail: MassMail, now: datetime, only: Collection[int] | None = None, *, sharing: str = SHARING
) -> tuple[str, list[Any]]:
    """The judgement over the rows which the mail's creator may see and has chosen."""
    chosen = choosing.rows(mass_mail, now=now, only=only)
    lists = choosing.excluded_lists(mass_mail)
    barring = {"barring": BARRING, "barred": BARRED, "joined": JOINED} if lists else {}
    judged = JUDGED.replace("{sharing}", sharing)
    for name in ("barring", "barred", "joined"):
        judged = judged.replace(f"{{{name}}}", barring.get(name, ""))
    arm, place = _arm(mass_mail)
    sql, parameters = filled(judged.replace("{arm}", arm), mass_mail.module, chosen, by=mass_mail.creator)
    return sql, [*([lists] * BARRING.count("%s") if lists else ()), *parameters, *place]


def _arm(mass_mail: MassMail) -> tuple[str, list[Any]]:
    """Which part of a test's readers the mail goes to; everybody without a test."""
    found = contests.arm_of(mass_mail)
    if found is None:
        return "", []
    contest, letter = found
    first, after = judging.stretch(letter, share=contest.share)
    told: list[Any] = [contest.pk, first, after - 1]
    had = contests.messages_of(contest)
    return (ARM, told) if letter else (f"{ARM} {REST}", [*told, had, had])


def _whole(row: tuple[Any, ...]) -> list[Any]:
    """Empty words instead of nothing, except for the person and the date."""
    return [value if value is not None or place in (1, 6) else "" for place, value in enumerate(row)]
