"""SQL about addresses to which a kind of mail must not go: whoever opted out, complained, or whose address is dead."""

from __future__ import annotations

from relance.mail.outbound.sums import ADD_UP, COUNTED

BLOCKING = "CASE m.kind {} ELSE ARRAY[]::text[] END".format(
    " ".join(
        f"WHEN '{kind}' THEN ARRAY[{', '.join(repr(scope) for scope in scopes)}]"
        for kind, scopes in {
            "mass": ("everything", "marketing", "invalid"),
            "sequence": ("everything", "marketing", "sequences", "invalid"),
        }.items()
    )
)
"""The scopes of suppression that keep a kind of mail back; a personal mail is only warned about (UNSUB-02)."""

SUPPRESSED = f"""
SELECT s.route FROM people_suppression s
WHERE s.normal = r.normal AND s.lifted_at IS NULL AND s.scope = ANY({BLOCKING})
UNION ALL
SELECT a.state FROM people_address a
WHERE a.normal = r.normal AND a.state <> 'valid' AND m.kind IN ('mass', 'sequence')
"""
"""How a copy's address came to be out of bounds: the route of a suppression, or the state of the address."""

BECAUSE = """CASE WHEN x.route IS NULL THEN '' WHEN x.route IN ('bounce', 'bounced') THEN 'bounced'
    WHEN x.route = 'complaint' THEN 'complained' WHEN x.route = 'invalid' THEN 'invalid' ELSE 'opted_out' END"""
"""The reason that is kept of a copy whose address is out of bounds by `x.route` (CAMP-03)."""

COUNT_REFUSED = """summed AS (
    SELECT message_id, count(*)::int AS refused FROM refused GROUP BY message_id
), locked AS (
    SELECT id FROM mail_message WHERE id IN (SELECT message_id FROM summed) ORDER BY id FOR NO KEY UPDATE
)
UPDATE mail_message m SET refused = m.refused + x.refused
FROM summed x JOIN locked ON locked.id = x.message_id WHERE m.id = x.message_id
RETURNING m.id, x.refused"""
"""The end of a statement whose part `refused` gives the message_id of each copy that was left out."""

# Those who did not pass the second commit, each to where it belongs; ids and tokens as arrays.
TURN_BACK = f"""
WITH kept AS (
    SELECT r.id, m.state AS of_message, r.bounced_at IS NOT NULL AS was_bounced,
        (SELECT q.route FROM ({SUPPRESSED}) q LIMIT 1) AS route
    FROM unnest($1::bigint[], $2::uuid[]) AS x(id, token)
    JOIN mail_recipient r ON r.id = x.id
    JOIN mail_message m ON m.id = r.message_id
    WHERE r.lease_token = x.token AND r.state = 'leased'
    ORDER BY r.id FOR NO KEY UPDATE OF r
), written AS (
    UPDATE mail_recipient r SET
        state = CASE WHEN x.route IS NOT NULL THEN 'refused' WHEN x.of_message = 'stopped' THEN 'cancelled'
                     ELSE 'queued' END,
        refused_because = {BECAUSE},
        lease_token = NULL
    FROM kept x WHERE r.id = x.id
    RETURNING r.id, r.message_id, r.state, 'leased' AS was, x.was_bounced, {COUNTED}
), {ADD_UP}
SELECT count(*)::text FROM written
"""

# What waits for these addresses and may not go to them any more. Those being prepared meet the gate.
REFUSE_WAITING = f"""
WITH waiting AS (
    SELECT r.id, r.message_id, (SELECT q.route FROM ({SUPPRESSED}) q LIMIT 1) AS route
    FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id
    WHERE r.normal = ANY(%(normals)s) AND r.state IN ('queued', 'deferred') AND m.state IN ('sending', 'paused')
    ORDER BY r.id FOR NO KEY UPDATE OF r
), refused AS (
    UPDATE mail_recipient r SET state = 'refused', refused_because = {BECAUSE}, next_attempt_at = NULL
    FROM waiting x WHERE r.id = x.id AND x.route IS NOT NULL
    RETURNING r.message_id
), {COUNT_REFUSED}
"""
