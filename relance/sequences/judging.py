"""Who may be enrolled, and who not and why: one judgement for the dry run, for enrolling and before each mail (SEQ-14).

The reasons are tested in the order of `mail.outbound.recipients`, then: already in this sequence, same address twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "no_address": _("No address"),
    "invalid": _("Address not valid"),
    "opted_out": _("Opted out"),
    "bounced": _("Address bounced"),
    "already": _("Already in this sequence"),
    "duplicate": _("Same address twice"),
    "not_seen": _("Not there any more, or not visible to you"),
}

JUDGED = """
WITH candidate AS (
  SELECT p.id, p.name, coalesce(a.email, '') AS email, coalesce(a.normal, '') AS normal, a.state, w.since,
    w.invalid, w.opted_out
  FROM people_person p
  LEFT JOIN LATERAL (SELECT * FROM people_address a WHERE a.person_id = p.id ORDER BY position, id LIMIT 1) a ON true
  LEFT JOIN LATERAL (
    SELECT bool_or(scope = 'invalid') AS invalid, bool_or(scope <> 'invalid') AS opted_out, min(at) AS since
    FROM people_suppression s WHERE s.normal = a.normal AND s.lifted_at IS NULL
      AND s.scope IN ('everything', 'marketing', 'sequences', 'invalid')
  ) w ON true
  WHERE p.id = ANY(%(people)s)
), judged AS (
  SELECT c.*, CASE WHEN normal = '' THEN 'no_address'
    WHEN c.state = 'invalid' OR c.invalid THEN 'invalid'
    WHEN c.opted_out THEN 'opted_out'
    WHEN c.state = 'bounced' THEN 'bounced'
    WHEN t.is_in OR n.is_in THEN 'already'
  END AS refusal FROM candidate c
  -- By the person and by the address, each in its own index; "+ 0" keeps the planner from taking that of the sequence,
  -- which it believes empty while it is being filled, and so from reading everybody in it, for everybody.
  LEFT JOIN LATERAL (SELECT true AS is_in FROM sequences_enrolment e WHERE e.sequence_id + 0 = %(sequence)s
    AND e.state IN ('active', 'paused') AND e.person_id = c.id LIMIT 1) t ON true
  LEFT JOIN LATERAL (SELECT true AS is_in FROM sequences_enrolment e WHERE e.sequence_id + 0 = %(sequence)s
    AND e.state IN ('active', 'paused') AND e.normal = c.normal LIMIT 1) n ON true
)
SELECT id, name, email, normal, since, coalesce(refusal,
  CASE WHEN row_number() OVER (PARTITION BY normal, refusal IS NULL ORDER BY id) > 1 THEN 'duplicate' ELSE '' END)
FROM judged ORDER BY id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One person: the address to write to, or `refusal`, the reason why not."""

    person_id: int
    name: str
    email: str
    normal: str
    since: datetime | None
    refusal: str


def judge(people: Sequence[int], *, sequence_id: int | None) -> list[Judged]:
    """A word on each of these people, in the order of their ids; without a sequence, whether they can be written to."""
    with connection.cursor() as cursor:
        cursor.execute(JUDGED, {"people": list(people), "sequence": sequence_id})
        return [
            Judged(person_id=pk, name=name, email=email, normal=normal, since=since, refusal=refusal)
            for pk, name, email, normal, since, refusal in cursor.fetchall()
        ]


def words(refusal: str) -> str:
    """The reason as people read it."""
    return str(WORDS.get(refusal, refusal))
