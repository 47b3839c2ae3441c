"""The SQL of what becomes of leased copies, with its fences. Values come as text; lists as arrays, sorted by id."""

from __future__ import annotations

from relance.mail.outbound.bounds import SUPPRESSED
from relance.mail.outbound.sums import ADD_UP, COUNTED

# The second commit, for all connections at once. $1 to $4 enter: the relay waits for their content; whoever opted out,
# was stopped or lost its lease does not pass. $5 and $6 were taken by the relay: 250. Only leases change, one row for
# many copies; who passes stands in them afterwards.
# The message is asked in a subquery, so that the planner finds one way only: by the key.
PASS = f"""
WITH asked AS (
    SELECT token, coalesce(array_agg(place) FILTER (WHERE enters), '{{}}') AS entering,
        coalesce(array_agg(place) FILTER (WHERE NOT enters), '{{}}') AS taken
    FROM (
        SELECT r.token, r.place, true AS enters
        FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], string_to_array($4, chr(1)))
            AS r(token, place, message_id, normal)
        WHERE (SELECT m.state = 'sending' AND NOT EXISTS ({SUPPRESSED}) FROM mail_message m WHERE m.id = r.message_id)
        UNION ALL
        SELECT token, place, false FROM unnest($5::uuid[], $6::smallint[]) AS x(token, place)
    ) AS each GROUP BY token ORDER BY token
)
UPDATE mail_lease l SET taken = l.taken || x.taken,
    until = greatest(l.until, CASE WHEN l.until > clock_timestamp() THEN clock_timestamp() + $7::interval END),
    entered = l.entered || CASE
        WHEN l.until <= clock_timestamp() THEN '{{}}'
        WHEN l.revoked = '{{}}' THEN x.entering
        ELSE ARRAY(SELECT unnest(x.entering) EXCEPT SELECT unnest(l.revoked)) END
FROM asked x WHERE l.token = x.token
RETURNING l.token::text, array_to_string(l.entered, ',')
"""

# The third commit: what the relay took, row by row, a beat later.
WRITE = f"""
WITH written AS (
    UPDATE mail_recipient r SET state = 'sent', lease_token = NULL, attempts = r.attempts + 1, next_attempt_at = NULL,
        reply_code = x.code, reply_text = coalesce(x.text, ''), refused_because = '', sent_at = x.at
    FROM unnest($1::bigint[], $2::uuid[], $3::int[], string_to_array($4, chr(1)), $5::timestamptz[])
        AS x(id, token, code, text, at)
    WHERE r.id = x.id AND r.lease_token = x.token AND r.state IN ('leased', 'in_data')
    RETURNING r.id, r.message_id, r.state, 'in_data' AS was, r.bounced_at IS NOT NULL AS was_bounced, {COUNTED}
), {ADD_UP}
SELECT string_agg(id::text, ',') FROM written
"""

# Whatever else became of recipients: a JSON list of records.
SAY = f"""
WITH said AS (
    SELECT x.*, r.state AS was, r.bounced_at IS NOT NULL AS was_bounced
    FROM jsonb_to_recordset($1::jsonb) AS x(
        id bigint, token uuid, state text, code int, text text, tried int, next_at timestamptz, bounce text,
        because text, at timestamptz)
    JOIN mail_recipient r ON r.id = x.id
    WHERE r.lease_token = x.token AND r.state IN ('leased', 'in_data', 'unknown')
    ORDER BY r.id FOR NO KEY UPDATE OF r
), written AS (
    UPDATE mail_recipient r SET
        state = x.state, lease_token = NULL,
        attempts = r.attempts + x.tried, next_attempt_at = x.next_at,
        reply_code = coalesce(x.code, r.reply_code), reply_text = coalesce(x.text, r.reply_text),
        refused_because = x.because,
        sent_at = CASE WHEN x.state = 'sent' THEN x.at ELSE r.sent_at END,
        failed_at = CASE WHEN x.state = 'failed' THEN x.at ELSE r.failed_at END,
        doubted_at = CASE WHEN x.state = 'unknown' THEN x.at ELSE r.doubted_at END,
        bounced_at = CASE WHEN x.bounce <> '' THEN coalesce(r.bounced_at, x.at) ELSE r.bounced_at END,
        bounce_kind = CASE WHEN x.bounce <> '' THEN x.bounce ELSE r.bounce_kind END,
        bounce_text = CASE WHEN x.bounce <> '' THEN coalesce(x.text, '') ELSE r.bounce_text END
    FROM said x WHERE r.id = x.id
    RETURNING r.id, r.message_id, r.state, x.was, x.was_bounced, {COUNTED}
), {ADD_UP}
SELECT id::text, message_id::text, state, was_bounced::text, bounced::text FROM written
"""
