"""The engine's SQL. Every write says whose lease it acts under; leases run by the database's clock.

Rows are locked in the order of their ids, recipients before messages, as `mail.tracking.book` does.
"""

from __future__ import annotations

from relance.mail.tracking.facts import COUNTERS

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

# Up to `limit` copies of this mailbox that are due, most urgent first. Two dispatchers never get the same one.
CLAIM = """
WITH live AS MATERIALIZED (
    SELECT id, priority, deliver_at FROM mail_message
    WHERE mailbox_id = %(mailbox)s AND state = 'sending' AND deliver_at <= %(now)s AND priority <= %(priority)s
), due AS MATERIALIZED (
    SELECT w.id FROM (SELECT * FROM live ORDER BY priority, deliver_at, id) m
    CROSS JOIN LATERAL (
        SELECT r.id FROM mail_recipient r
        WHERE r.message_id = m.id AND r.state IN ('queued', 'deferred')
          AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= %(now)s)
        ORDER BY r.id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    ) w
    LIMIT %(limit)s
), taken AS (
    UPDATE mail_recipient r
    SET state = 'leased', lease_token = %(token)s, lease_until = clock_timestamp() + %(lease)s
    FROM due WHERE r.id = due.id
    RETURNING r.id, r.message_id
), begun AS (
    UPDATE mail_message SET started_at = %(now)s
    WHERE started_at IS NULL AND id IN (SELECT message_id FROM taken)
)
SELECT id FROM taken
"""

LOCK_CAPS = "SELECT pg_advisory_xact_lock(hashtext('relance hourly caps'))"

# What left a mailbox, or the whole house, since a moment; what is on its way counts as gone.
USED = """
SELECT count(*) FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id
WHERE (m.finished_at IS NULL OR m.finished_at > %(since)s)
  AND (%(mailbox)s::bigint IS NULL OR m.mailbox_id = %(mailbox)s)
  AND (r.state IN ('leased', 'in_data')
    OR (r.state IN ('sent', 'unknown') AND coalesce(r.sent_at, %(now)s) > %(since)s))
"""

FACTS = """
SELECT r.id, r.message_id, r.lease_token, r.email, r.normal, r.name, r.person_id, r.attempts, r.queued_at,
    m.kind, m.state AS message_state, m.send_key, m.priority, m.content_id, m.deliver_at, m.opt_out_link,
    m.from_choice, m.reply_choice, m.track AS wanted, m.track_opens, m.tracking,
    s.name AS sender_name, s.email AS sender_email, s.is_active AS sender_active,
    w.name AS owner_name, w.email AS owner_email,
    coalesce(nullif(o.mail_name, ''), o.name, '') AS house_name, coalesce(o.mail_address, '') AS house_email,
    coalesce(o.tracking, 'off') AS house_tracking, coalesce(o.retry_hours, 48) AS retry_hours,
    coalesce(p.tracking_consent, 'unknown') AS consent,
    (SELECT max(a.state) FROM people_address a WHERE a.normal = r.normal AND a.state <> 'valid') AS address_state,
    (SELECT array_agg(x.scope || ' ' || x.route) FROM people_suppression x
     WHERE x.normal = r.normal AND x.lifted_at IS NULL) AS suppressions
FROM mail_recipient r
JOIN mail_message m ON m.id = r.message_id
JOIN team_user s ON s.id = m.sender_id
LEFT JOIN people_person p ON p.id = r.person_id
LEFT JOIN team_user w ON w.id = coalesce(r.sender_id, p.owner_id)
LEFT JOIN team_organisation o ON o.id = 1
WHERE r.id = ANY(%s)
ORDER BY m.priority, m.deliver_at, r.id
"""

COUNTED = ", ".join(
    f"({rule.replace('state', 'r.state').replace('bounced_at', 'r.bounced_at')}) AS {name}"
    for name, rule in COUNTERS.items()
    if name not in ("replied", "opted_out", "complained")
)
"""What a row counts for now. Before, it was on its way and counted for nothing save an early bounce."""

BECAUSE = """CASE WHEN x.route IS NULL THEN '' WHEN x.route IN ('bounce', 'bounced') THEN 'bounced'
    WHEN x.route = 'complaint' THEN 'complained' WHEN x.route = 'invalid' THEN 'invalid' ELSE 'opted_out' END"""
"""The reason that is kept of a copy whose address is out of bounds by `x.route` (CAMP-03)."""

# Those who did not pass, each to where it belongs.
TURN_BACK = f"""
WITH kept AS (
    SELECT r.id, m.state AS of_message, r.bounced_at IS NOT NULL AS was_bounced,
        (SELECT q.route FROM ({SUPPRESSED}) q LIMIT 1) AS route
    FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS x(id, token)
    JOIN mail_recipient r ON r.id = x.id
    JOIN mail_message m ON m.id = r.message_id
    WHERE r.lease_token = x.token AND r.state = 'leased'
    ORDER BY r.id FOR NO KEY UPDATE OF r
)
UPDATE mail_recipient r SET
    state = CASE WHEN x.route IS NOT NULL THEN 'refused' WHEN x.of_message = 'stopped' THEN 'cancelled'
                 ELSE 'queued' END,
    refused_because = {BECAUSE},
    lease_token = NULL, lease_until = NULL
FROM kept x WHERE r.id = x.id
RETURNING r.id, r.message_id, r.state, 'leased' AS was, x.was_bounced, {COUNTED}
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
), summed AS (
    SELECT message_id, count(*)::int AS refused FROM refused GROUP BY message_id
), locked AS (
    SELECT id FROM mail_message WHERE id IN (SELECT message_id FROM summed) ORDER BY id FOR NO KEY UPDATE
)
UPDATE mail_message m SET refused = m.refused + x.refused
FROM summed x JOIN locked ON locked.id = x.message_id WHERE m.id = x.message_id
RETURNING m.id, x.refused
"""

COUNTERS_OF_STATE = ("sent", "failed", "unknown", "cancelled", "refused")
OWN_SUMS = (*COUNTERS_OF_STATE, "bounced")
CHANGED = (*COUNTERS_OF_STATE, "bounced", "bounced_late", "opened", "clicked", "untracked_opens", "untracked_clicks")

SUMS = {
    **{
        name: f"(count(*) FILTER (WHERE state = '{name}') - count(*) FILTER (WHERE was = '{name}'))::int AS {name}"
        for name in COUNTERS_OF_STATE
    },
    "failed": "count(*) FILTER (WHERE state = 'failed' AND NOT bounced)::int AS failed",
    "bounced": "(count(*) FILTER (WHERE bounced) - count(*) FILTER (WHERE was_bounced))::int AS bounced",
    **{name: f"count(*) FILTER (WHERE {name})::int AS {name}" for name in CHANGED if name not in OWN_SUMS},
}
"""What a batch adds to its messages. A bounce in the dialogue is no failure (MASS-08)."""

COUNT = f"""
WITH locked AS (
    SELECT id FROM mail_message WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE
)
UPDATE mail_message m SET {", ".join(f"{name} = m.{name} + x.{name}" for name in CHANGED)}
FROM unnest(%(ids)s::bigint[], {", ".join(f"%({name})s::int[]" for name in CHANGED)}) AS x(id, {", ".join(CHANGED)})
JOIN locked ON locked.id = x.id
WHERE m.id = x.id
"""

BY_KEY = ("SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off")
"""A batch names its rows; a plan made while the table was small must not read the whole of it later."""

# The second commit, for all connections at once. `entering`: the relay waits for their content; whoever opted out, was
# stopped or lost its lease does not pass. `records`: what became of others, added to the counters of their messages.
FLUSH = f"""
WITH entered AS (
    UPDATE mail_recipient r SET state = 'in_data', track = x.track, lease_until = clock_timestamp() + %(lease)s
    FROM jsonb_to_recordset(%(entering)s::jsonb) AS x(id bigint, token uuid, track text), mail_message m
    WHERE r.id = x.id AND r.lease_token = x.token AND r.state = 'leased' AND r.lease_until > clock_timestamp()
      AND m.id = r.message_id AND m.state = 'sending'
      AND NOT EXISTS ({SUPPRESSED})
    RETURNING r.id
), said AS (
    SELECT x.*, r.state AS was, r.bounced_at IS NOT NULL AS was_bounced
    FROM jsonb_to_recordset(%(records)s::jsonb) AS x(
        id bigint, token uuid, state text, code int, text text, tried int, next_at timestamptz, bounce text,
        because text, at timestamptz)
    JOIN mail_recipient r ON r.id = x.id
    WHERE r.lease_token = x.token AND r.state IN ('leased', 'in_data', 'unknown')
    ORDER BY r.id FOR NO KEY UPDATE OF r
), written AS (
    UPDATE mail_recipient r SET
        state = x.state, lease_token = NULL, lease_until = NULL,
        attempts = r.attempts + x.tried, next_attempt_at = x.next_at,
        reply_code = coalesce(x.code, r.reply_code), reply_text = coalesce(x.text, r.reply_text),
        refused_because = x.because,
        sent_at = CASE WHEN x.state = 'sent' THEN x.at ELSE r.sent_at END,
        failed_at = CASE WHEN x.state = 'failed' THEN x.at ELSE r.failed_at END,
        bounced_at = CASE WHEN x.bounce <> '' THEN coalesce(r.bounced_at, x.at) ELSE r.bounced_at END,
        bounce_kind = CASE WHEN x.bounce <> '' THEN x.bounce ELSE r.bounce_kind END,
        bounce_text = CASE WHEN x.bounce <> '' THEN coalesce(x.text, '') ELSE r.bounce_text END
    FROM said x WHERE r.id = x.id
    RETURNING r.id, r.message_id, r.state, x.was, x.was_bounced, {COUNTED}
), summed AS (
    SELECT message_id, {", ".join(SUMS.values())} FROM written GROUP BY message_id
), locked AS (
    SELECT id FROM mail_message WHERE id IN (SELECT message_id FROM summed) ORDER BY id FOR NO KEY UPDATE
), added AS (
    UPDATE mail_message m SET {", ".join(f"{name} = m.{name} + x.{name}" for name in CHANGED)}
    FROM summed x JOIN locked ON locked.id = x.message_id
    WHERE m.id = x.message_id
)
SELECT id, NULL::bigint AS message_id, '' AS state, false AS was_bounced, false AS bounced FROM entered
UNION ALL
SELECT id, message_id, state, was_bounced, bounced FROM written
"""

RENEW = """
UPDATE mail_recipient r SET lease_until = clock_timestamp() + %(lease)s
FROM unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS x(id, token)
WHERE r.id = x.id AND r.lease_token = x.token AND r.state IN ('leased', 'in_data')
"""

# A lapsed lease before the content is safe to try again; after it, nobody can know (RFC 1047). The token stays, so
# that its owner may still tell the answer if it was only slow.
SWEEP = f"""
WITH lapsed AS (
    SELECT id, state AS was, bounced_at IS NOT NULL AS was_bounced FROM mail_recipient
    WHERE state IN ('leased', 'in_data') AND lease_until < clock_timestamp()
    ORDER BY id LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE mail_recipient r SET
    state = CASE x.was WHEN 'leased' THEN 'queued' ELSE 'unknown' END,
    lease_token = CASE x.was WHEN 'leased' THEN NULL ELSE r.lease_token END,
    lease_until = NULL, attempts = r.attempts + (x.was = 'in_data')::int
FROM lapsed x WHERE r.id = x.id
RETURNING r.id, r.message_id, r.state, x.was, x.was_bounced, {COUNTED}
"""

FINISH = """
UPDATE mail_message m SET state = 'done', finished_at = %(now)s
WHERE m.state = 'sending' AND m.deliver_at <= %(now)s AND NOT EXISTS (
    SELECT 1 FROM mail_recipient r
    WHERE r.message_id = m.id AND r.state IN ('queued', 'leased', 'in_data', 'deferred')
)
RETURNING m.id
"""

LANES = """
SELECT b.id, b.kind, b.address, b.host, b.port, b.security, b.ca_file, b.username, b.secret, b.bounce_domain,
    b.maildir, b.connections, b.per_hour, b.state, b.state_code, b.state_at, b.paused_until
FROM mail_mailbox b
WHERE b.is_active AND EXISTS (
    SELECT 1 FROM mail_message m WHERE m.mailbox_id = b.id AND m.state = 'sending' AND m.deliver_at <= %(now)s
)
"""

HALTED = "SELECT id FROM mail_message WHERE id = ANY(%s) AND state <> 'sending'"
HOUSE = "SELECT clock_offset, workspace, sends_per_hour FROM team_organisation WHERE id = 1"

PAUSE_MAILBOX = """
UPDATE mail_mailbox SET paused_until = %(until)s, state = coalesce(%(state)s, state), state_code = %(code)s,
    state_detail = %(detail)s, state_at = %(now)s
WHERE id = %(mailbox)s
"""

MAILBOX_WORKS = """
UPDATE mail_mailbox SET paused_until = NULL, state = 'working', state_code = 'works', state_detail = '',
    state_at = %(now)s
WHERE id = %(mailbox)s AND (state <> 'working' OR paused_until IS NOT NULL)
"""

PAUSE_MESSAGE = """
UPDATE mail_message SET state = 'paused', state_why = %(why)s WHERE id = %(message)s AND state = 'sending'
"""
