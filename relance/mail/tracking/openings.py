"""The usual batch: people opened their mail. One statement holds, judges, adds, counts and tells.

What `note` does hit by hit in Python is said here once in SQL for the whole batch; a test lets the same storm loose on
both and compares every row. The verdict stays with `verdict`: it says what a program's opening is worth when it comes
early and when it comes late, PostgreSQL only looks at the time since the delivery.

The state of recipients is set to what it is: of an update that names nothing that a generated column depends on,
PostgreSQL (15 to 18) reads that column's definition again for every row, a tenth of the whole statement.

Many at once are jotted down first, a row a batch (`JOT`): durable, though not counted yet. `NOTE_JOTTED` notes several
of those together a moment later, which costs each opening half as much.

The order of locks is that of `book`: recipients by id, then messages by id, then stretches of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from relance import events
from relance.mail.tracking import verdict
from relance.mail.tracking.arrays import plain, quoted
from relance.mail.tracking.hits import Hit, HitKind

# The columns of a batch, each an array: how it was asked, each way once, then the hits, whose `sort` says which way.
COLUMNS = {
    "method": "text",
    "agent": "text",
    "prefetch": "boolean",
    "limit": "interval",
    "early": "text",
    "early_why": "text",
    "late": "text",
    "late_why": "text",
    "ids": "uuid",
    "whose": "bigint",
    "ats": "timestamptz",
    "networks": "text",
    "sorts": "integer",
}
GIVEN = ", ".join(f'%s::{kind}[] AS "{name}"' for name, kind in COLUMNS.items())
JOTTED = ", ".join(f'told[{place}]::{kind}[] AS "{name}"' for place, (name, kind) in enumerate(COLUMNS.items(), 1))
REST = """
), hit AS MATERIALIZED (
    SELECT DISTINCT ON (h.id) h.id, recipient_id, at, network, method[sort] AS method, agent[sort] AS agent,
        "limit"[sort] AS "limit", early[sort] AS early, early_why[sort] AS early_why, late[sort] AS late,
        late_why[sort] AS late_why
    FROM batch, unnest(ids, whose, ats, networks, sorts) AS h(id, recipient_id, at, network, sort) ORDER BY h.id, at
), held AS MATERIALIZED (
    SELECT r.id AS recipient_id, r.message_id, m.content_id, coalesce(m.started_at, m.created_at) AS began_at,
        r.sent_at, r.state = 'sent' AND r.bounced_at IS NULL AS delivered, r.state IN ('leased', 'in_data') AS leaving,
        r.track <> 'full' AS untracked, r.first_opened_at IS NULL AS unopened,
        coalesce(p.tracking_consent, 'unknown') <> 'denied' AS named
    FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id LEFT JOIN people_person p ON p.id = r.person_id
    WHERE r.id = ANY(ARRAY(SELECT recipient_id FROM hit)) ORDER BY r.id FOR NO KEY UPDATE OF r
), judged AS MATERIALIZED (
    SELECT *, CASE WHEN soon THEN early ELSE late END AS verdict, CASE WHEN soon THEN early_why ELSE late_why END AS why
    FROM (
        SELECT *, CASE WHEN sent_at IS NULL THEN leaving ELSE at - sent_at <= "limit" END AS soon
        FROM hit JOIN held USING (recipient_id)
    ) AS known
), added AS (
    INSERT INTO mail_interaction
        (id, message_id, recipient_id, kind, at, link, verdict, why, method, user_agent, network, detail)
    SELECT id, message_id, CASE WHEN named THEN recipient_id END, 'open', at, NULL, verdict, why, method,
        CASE WHEN named THEN agent ELSE '' END, CASE WHEN named THEN network ELSE '' END, '{}'
    FROM judged
    ON CONFLICT DO NOTHING
    RETURNING id
), fresh AS MATERIALIZED (
    SELECT recipient_id, message_id, began_at, at, verdict, named, unopened, delivered, untracked
    FROM judged JOIN added USING (id)
), copy AS MATERIALIZED (
    SELECT recipient_id, message_id, named, count(*) FILTER (WHERE verdict = 'human') AS human,
        count(*) FILTER (WHERE verdict = 'machine') AS machine, min(at) FILTER (WHERE verdict = 'human') AS first,
        max(at) FILTER (WHERE verdict = 'human') AS last,
        named AND unopened AND bool_or(verdict = 'human') AS is_first, delivered, untracked
    FROM fresh GROUP BY recipient_id, message_id, named, unopened, delivered, untracked
), written AS (
    UPDATE mail_recipient r SET state = r.state, opens = r.opens + c.human, machine_hits = r.machine_hits + c.machine,
        first_opened_at = least(r.first_opened_at, c.first), last_opened_at = greatest(r.last_opened_at, c.last)
    FROM copy c WHERE r.id = c.recipient_id AND c.named AND c.human + c.machine > 0
), mail AS MATERIALIZED (
    SELECT message_id, sum(human) AS human, sum(machine) AS machine,
        count(*) FILTER (WHERE is_first AND delivered) AS opened,
        count(*) FILTER (WHERE is_first AND delivered AND untracked) AS untracked
    FROM copy GROUP BY message_id
), turn AS MATERIALIZED (
    SELECT id FROM mail_message WHERE id = ANY(ARRAY(SELECT message_id FROM mail))
    ORDER BY id FOR NO KEY UPDATE
), counted AS (
    UPDATE mail_message m SET opened = m.opened + c.opened, untracked_opens = m.untracked_opens - c.untracked,
        open_hits = m.open_hits + c.human, machine_hits = m.machine_hits + c.machine
    FROM mail c WHERE m.id = c.message_id AND m.id = ANY(ARRAY(SELECT id FROM turn)) AND c.human + c.machine > 0
), told AS (
    INSERT INTO mail_openingcount AS c (message_id, at, human, unknown, machine)
    SELECT message_id,
        CASE WHEN at < began_at + interval '1 hour' THEN date_trunc('minute', at)
            ELSE date_bin('15 minutes', at, 'epoch'::timestamptz) END,
        count(*) FILTER (WHERE verdict = 'human'), count(*) FILTER (WHERE verdict = 'unknown'),
        count(*) FILTER (WHERE verdict = 'machine')
    FROM fresh WHERE message_id = ANY(ARRAY(SELECT id FROM turn)) GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (message_id, at) DO UPDATE SET human = c.human + excluded.human,
        unknown = c.unknown + excluded.unknown, machine = c.machine + excluded.machine
), news AS MATERIALIZED (
    SELECT array_agg(recipient_id ORDER BY recipient_id) AS ids,
        jsonb_agg(jsonb_build_object('recipient_id', recipient_id) ORDER BY recipient_id) AS packed
    FROM copy WHERE is_first
)
SELECT (SELECT CASE WHEN count(*) < (SELECT count(*) FROM hit) THEN coalesce(array_agg(id), '{}') END FROM added),
    (SELECT coalesce(array_agg(message_id), '{}') FROM mail),
    (SELECT coalesce(array_agg(recipient_id), '{}') FROM held),
    (SELECT coalesce(array_agg(content_id), '{}') FROM held),
    (SELECT coalesce(ids, '{}') FROM news),
    (SELECT CASE WHEN ids IS NOT NULL THEN procrastinate_defer_jobs_v1(ARRAY[ROW(%s::text, %s::text, 0, NULL, NULL,
        jsonb_build_object('news', jsonb_build_object(%s::text, packed)), NULL)]::procrastinate_job_to_defer_v1[])
        END FROM news)
"""
OPENINGS = f"WITH batch AS MATERIALIZED (SELECT {GIVEN}{REST}"
# The same for batches that were jotted down.
NOTE_JOTTED = f"""
WITH jotting AS (
    DELETE FROM mail_jotting WHERE id = ANY(%s::bigint[]) RETURNING told
), batch AS MATERIALIZED (SELECT {JOTTED} FROM jotting{REST}"""
JOT = f"INSERT INTO mail_jotting (told) VALUES (ARRAY[{', '.join(['%s'] * len(COLUMNS))}]::text[]) RETURNING id"
NEWS = (events.QUEUE, events.TASK, events.MessageOpened.__name__)


def is_usual(hit: Hit) -> bool:
    """An opening by somebody with a name, who carries no session of ours."""
    return hit.kind is HitKind.OPEN and hit.recipient_id is not None and not hit.session and not hit.detail


def values_of(hits: Sequence[Hit]) -> tuple[str, ...]:
    """The columns of these hits, none but usual ones; NEWS completes them for OPENINGS."""
    sorts: dict[tuple[str, str, bool], int] = {}
    sort = [sorts.setdefault((hit.method, hit.user_agent, hit.prefetch), len(sorts) + 1) for hit in hits]
    return (
        *map(quoted, zip(*map(_sort, sorts), strict=True)), plain([hit.id.hex for hit in hits]),
        plain([hit.recipient_id for hit in hits]), plain([hit.at for hit in hits]),
        quoted([hit.network[:48] for hit in hits]), plain(sort),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _sort(asked: tuple[str, str, bool]) -> tuple[str, ...]:
    """How it was asked, as it is written; until when an opening is early, and what it is called then and later."""
    method, agent, prefetch = asked
    limit, early, late = verdict.of_opening(method=method, user_agent=agent, prefetch=prefetch)
    return (
        method[:8], agent[:300], str(prefetch), f"{limit.total_seconds()} seconds",
        early.verdict, early.why, late.verdict, late.why,
    )  # fmt: skip


def news_of(recipient_ids: Iterable[int]) -> list[events.Event]:
    """What was told of these first openings."""
    return [events.MessageOpened(id) for id in recipient_ids]
