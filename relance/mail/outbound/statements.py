"""The engine's SQL. Every write says whose lease it acts under; leases run by the database's clock.

Rows are locked in the order of their ids, recipients before messages, as `mail.tracking.book` does. What is said every
hundred copies (`leasing`) has numbered values, for `line`.
"""

from __future__ import annotations

from relance.mail.catalogue import ROWS
from relance.mail.outbound.sums import ADD_UP, COUNTED

# Up to $4 copies of this mailbox that are due, most urgent first. Two dispatchers never get the same one.
CLAIM = """
WITH live AS MATERIALIZED (
    SELECT id, priority, deliver_at FROM mail_message
    WHERE mailbox_id = $1 AND state = 'sending' AND deliver_at <= $2 AND priority <= $3
), due AS MATERIALIZED (
    SELECT w.id FROM (SELECT * FROM live ORDER BY priority, deliver_at, id) m
    CROSS JOIN LATERAL (
        SELECT id FROM (
            SELECT r.id FROM mail_recipient r
            WHERE (r.message_id, r.standing, r.id) > (m.id, 'waiting', 0)
              AND (r.message_id, r.standing) <= (m.id, 'waiting') AND r.state = 'queued'
              AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= $2)
            ORDER BY r.message_id, r.standing, r.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
        ) fresh
        UNION ALL
        SELECT id FROM (
            SELECT r.id FROM mail_recipient r
            WHERE (r.message_id, r.standing, r.id) > (m.id, 'deferred', 0)
              AND (r.message_id, r.standing) <= (m.id, 'deferred') AND r.next_attempt_at <= $2
            ORDER BY r.message_id, r.standing, r.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
        ) again
    ) w
    LIMIT $4
), taken AS (
    UPDATE mail_recipient r
    SET state = 'leased', lease_token = $5, lease_until = clock_timestamp() + $6::interval
    FROM due WHERE r.id = due.id
    RETURNING r.id, r.message_id
), begun AS (
    UPDATE mail_message SET started_at = $2
    WHERE started_at IS NULL AND id IN (SELECT message_id FROM taken)
)
SELECT id, message_id FROM taken
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

# What is just being written needs no renewing, and nobody waits for it.
RENEW = """
WITH mine AS (
    SELECT id FROM mail_recipient
    WHERE lease_token = ANY(%(tokens)s::uuid[]) AND lease_until IS NOT NULL AND state IN ('leased', 'in_data')
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE mail_recipient r SET lease_until = clock_timestamp() + %(lease)s FROM mine WHERE r.id = mine.id
"""

# A lapsed lease before the content is safe to try again; after it, nobody can know (RFC 1047). The token stays, so
# that its owner may still tell the answer if it was only slow.
SWEEP = f"""
WITH lapsed AS (
    SELECT id, state AS was, bounced_at IS NOT NULL AS was_bounced FROM mail_recipient
    WHERE state IN ('leased', 'in_data') AND lease_until < clock_timestamp()
    ORDER BY id LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED
), written AS (
    UPDATE mail_recipient r SET
        state = CASE x.was WHEN 'leased' THEN 'queued' ELSE 'unknown' END,
        lease_token = CASE x.was WHEN 'leased' THEN NULL ELSE r.lease_token END,
        lease_until = NULL, attempts = r.attempts + (x.was = 'in_data')::int,
        doubted_at = CASE x.was WHEN 'in_data' THEN %(now)s ELSE r.doubted_at END
    FROM lapsed x WHERE r.id = x.id
    RETURNING r.id, r.message_id, r.state, x.was, x.was_bounced, {COUNTED}
), {ADD_UP}
SELECT id, message_id FROM written
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
