"""The engine's SQL. Every write says whose lease it acts under; leases run by the database's clock.

Rows are locked in the order of their ids, recipients before messages, as `mail.tracking.book` does. What is said every
hundred copies (`leasing`) has numbered values, for `line`.
"""

from __future__ import annotations

from relance.mail.catalogue import ROWS
from relance.mail.outbound.revoking import places
from relance.mail.outbound.sums import ADD_UP, COUNTED

# Up to $4 copies of this mailbox that are due, most urgent first. Two dispatchers never get the same one: they are ours
# until the transaction ends, and in it they are leased.
FIND = """
WITH live AS MATERIALIZED (
    SELECT id, priority, deliver_at FROM mail_message
    WHERE mailbox_id = $1 AND state = 'sending' AND deliver_at <= $2 AND priority <= $3
)
SELECT w.id, w.message_id FROM (SELECT * FROM live ORDER BY priority, deliver_at, id) m
CROSS JOIN LATERAL (
    SELECT id, message_id FROM (
        SELECT r.id, r.message_id FROM mail_recipient r
        WHERE (r.message_id, r.standing, r.id) > (m.id, 'waiting', 0)
          AND (r.message_id, r.standing) <= (m.id, 'waiting') AND r.state = 'queued'
          AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= $2)
        ORDER BY r.message_id, r.standing, r.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
    ) fresh
    UNION ALL
    SELECT id, message_id FROM (
        SELECT r.id, r.message_id FROM mail_recipient r
        WHERE (r.message_id, r.standing, r.id) > (m.id, 'deferred', 0)
          AND (r.message_id, r.standing) <= (m.id, 'deferred') AND r.next_attempt_at <= $2
        ORDER BY r.message_id, r.standing, r.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
    ) again
) w
LIMIT $4
"""

# How each is followed is frozen here, before its first byte is written (ENG-01).
LEASE = """
WITH taken AS (
    UPDATE mail_recipient r SET state = 'leased', lease_token = $1, track = x.track
    FROM unnest($2::bigint[], $3::text[]) AS x(id, track) WHERE r.id = x.id
), begun AS (
    UPDATE mail_message SET started_at = $5 WHERE started_at IS NULL AND id = ANY($4::bigint[])
)
INSERT INTO mail_lease (token, until, messages, recipients, entered, taken, revoked)
VALUES ($1, clock_timestamp() + $6::interval, $4, $2, '{}', '{}', '{}')
"""

LOCK_CAPS = "SELECT pg_advisory_xact_lock(hashtext('relance hourly caps'))"

# What left a mailbox, or the whole house, since a moment; what is on its way counts as gone.
USED = """
SELECT count(*) FROM mail_recipient r JOIN mail_message m ON m.id = r.message_id
WHERE (m.finished_at IS NULL OR m.finished_at > $1::timestamptz)
  AND ($3 = '' OR m.mailbox_id = nullif($3, '')::bigint)
  AND (r.state IN ('leased', 'in_data')
    OR (r.state IN ('sent', 'unknown') AND coalesce(r.sent_at, $2::timestamptz) > $1::timestamptz))
"""

# What all copies of a message have in common.
MESSAGES = """
SELECT m.id, m.kind, m.state, m.send_key, m.priority, m.content_id, m.deliver_at, m.opt_out_link,
    m.from_choice, m.reply_choice, m.track AS wanted, m.track_opens, m.tracking,
    m.in_reply_to, m."references", m.shown_to, m.shown_cc,
    s.name AS sender_name, s.email AS sender_email, s.is_active AS sender_active,
    coalesce(nullif(o.mail_name, ''), o.name, '') AS house_name, coalesce(o.mail_address, '') AS house_email,
    coalesce(o.tracking, 'off') AS house_tracking, coalesce(o.retry_hours, 48) AS retry_hours
FROM mail_message m
JOIN team_user s ON s.id = m.sender_id
LEFT JOIN team_organisation o ON o.id = 1
WHERE m.id = ANY($1)
"""

# What differs from copy to copy, and the values of the fields in `columns`.
COPIES = f"""
SELECT r.id, r.message_id, r.email, r.normal, r.name, {{is_there}}, r.attempts,
    extract(epoch FROM greatest(r.queued_at, m.deliver_at))::bigint, w.name, w.email,
    coalesce(p.tracking_consent, (SELECT h.tracking_consent FROM people_address b JOIN people_person h
      ON h.id = b.person_id AND h.tracking_consent = 'denied' WHERE b.normal = r.normal LIMIT 1), 'unknown'),
    a.state, coalesce(a.is_sore, false),
    (SELECT array_agg(x.scope || ' ' || x.route) FROM people_suppression x
     WHERE x.normal = r.normal AND x.lifted_at IS NULL),
    {{columns}}
{ROWS}
LEFT JOIN team_user w ON w.id = CASE WHEN 'owner' IN (m.from_choice, m.reply_choice)
    THEN coalesce(r.sender_id, p.owner_id) END
CROSS JOIN LATERAL (
    SELECT max(a.state) FILTER (WHERE a.state <> 'valid') AS state, bool_or(a.soft_bounces > 0) AS is_sore
    FROM people_address a WHERE a.normal = r.normal
) a
WHERE r.id = ANY($1)
ORDER BY m.priority, m.deliver_at, r.id
"""

# What is just being written is renewed by that, and nobody waits for it.
RENEW = """
WITH mine AS (
    SELECT token FROM mail_lease WHERE token = ANY(%(tokens)s::uuid[]) ORDER BY token FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE mail_lease l SET until = clock_timestamp() + %(lease)s FROM mine WHERE l.token = mine.token
"""

# A relay takes its time: what has entered and is not through yet is shown as what it is.
SHOW_LEAVING = """
WITH inside AS (
    SELECT r.id FROM mail_lease l CROSS JOIN LATERAL unnest(l.entered) AS x(place)
    JOIN mail_recipient r ON r.id = l.recipients[x.place + 1] AND r.lease_token = l.token AND r.state = 'leased'
    WHERE l.token = ANY(%(tokens)s::uuid[]) AND x.place <> ALL(l.taken)
    ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
)
UPDATE mail_recipient r SET state = 'in_data' FROM inside WHERE r.id = inside.id
"""

# Leases of which nothing is left to be said; what is not through stays, and lapses. Gives the tokens that stay.
CLOSE = """
WITH over AS (
    DELETE FROM mail_lease l WHERE l.token = ANY(%(tokens)s::uuid[]) AND NOT EXISTS (
        SELECT 1 FROM unnest(l.recipients) AS x(id) JOIN mail_recipient r ON r.id = x.id
        WHERE r.lease_token = l.token AND r.state IN ('leased', 'in_data')
    ) RETURNING l.token
)
SELECT token::text FROM mail_lease WHERE token = ANY(%(tokens)s::uuid[]) AND token NOT IN (SELECT token FROM over)
"""

LAPSED = "SELECT token FROM mail_lease WHERE until < clock_timestamp() ORDER BY until LIMIT 20"
# Its copies are locked before it is: that is the order of whoever stops a message.
HOLD_LAPSED = """
SELECT r.id FROM mail_lease l CROSS JOIN LATERAL unnest(l.recipients) AS x(id) JOIN mail_recipient r ON r.id = x.id
WHERE l.token = %(token)s AND r.lease_token = l.token ORDER BY r.id FOR NO KEY UPDATE OF r
"""
CATCH_LAPSED = """
SELECT token FROM mail_lease WHERE token = %(token)s AND until < clock_timestamp() FOR UPDATE
"""
# A copy that had not entered is safe to try again; of one that had, nobody can know (RFC 1047), unless the relay's 250
# is written in the lease and may be `believed`. The token of the unknown stays, so that its owner may still tell the
# answer if it was only slow.
SWEEP = f"""
WITH gone AS (
    DELETE FROM mail_lease WHERE token = %(token)s RETURNING token, recipients, entered, taken
), lapsed AS (
    SELECT r.id, r.state AS was, r.bounced_at IS NOT NULL AS was_bounced,
        CASE WHEN x.place = ANY(g.taken) AND %(believed)s THEN 'sent'
             WHEN x.place = ANY(g.entered) OR r.state = 'in_data' THEN 'unknown'
             WHEN (SELECT m.state FROM mail_message m WHERE m.id = r.message_id) = 'stopped' THEN 'cancelled'
             ELSE 'queued' END AS becomes
    FROM gone g CROSS JOIN LATERAL {places("g")} x JOIN mail_recipient r ON r.id = x.id
    WHERE r.lease_token = g.token AND r.state IN ('leased', 'in_data')
), written AS (
    UPDATE mail_recipient r SET
        state = x.becomes,
        lease_token = CASE x.becomes WHEN 'unknown' THEN r.lease_token END,
        attempts = r.attempts + (x.becomes IN ('sent', 'unknown'))::int,
        sent_at = CASE x.becomes WHEN 'sent' THEN %(now)s ELSE r.sent_at END,
        next_attempt_at = CASE x.becomes WHEN 'sent' THEN NULL ELSE r.next_attempt_at END,
        doubted_at = CASE x.becomes WHEN 'unknown' THEN %(now)s ELSE r.doubted_at END
    FROM lapsed x WHERE r.id = x.id
    RETURNING r.id, r.message_id, r.state, x.was, x.was_bounced, {COUNTED}
), {ADD_UP}
SELECT id, message_id, state FROM written
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

# Only whoever knows of a pause ends it: the relay may just have told another process to wait.
MAILBOX_WORKS = """
UPDATE mail_mailbox SET paused_until = NULL, state = 'working', state_code = 'works', state_detail = '',
    state_at = %(now)s
WHERE id = %(mailbox)s AND (state <> 'working' OR paused_until IS NOT NULL)
    AND paused_until IS NOT DISTINCT FROM %(seen)s
"""

PAUSE_MESSAGE = """
UPDATE mail_message SET state = 'paused', state_why = %(why)s WHERE id = %(message)s AND state = 'sending'
"""
