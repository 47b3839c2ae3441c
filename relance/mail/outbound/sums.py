"""What a batch of recipients adds to its messages, in the statement that moves them: exactly once (L4)."""

from __future__ import annotations

from relance.mail.tracking.facts import COUNTERS

COUNTERS_OF_STATE = ("sent", "failed", "unknown", "cancelled", "refused")
OWN_SUMS = (*COUNTERS_OF_STATE, "bounced")
CHANGED = (*COUNTERS_OF_STATE, "bounced", "bounced_late", "opened", "clicked", "untracked_opens", "untracked_clicks")

COUNTED = ", ".join(
    f"({rule.replace('state', 'r.state').replace('bounced_at', 'r.bounced_at')}) AS {name}"
    for name, rule in COUNTERS.items()
    if name not in ("replied", "opted_out", "complained")
)
"""What a row counts for now. Before, it was on its way and counted for nothing save an early bounce."""

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

ADD_UP = f"""summed AS (
    SELECT message_id, {", ".join(SUMS.values())} FROM written GROUP BY message_id
), locked AS (
    SELECT id FROM mail_message WHERE id IN (SELECT message_id FROM summed) ORDER BY id FOR NO KEY UPDATE
), added AS (
    UPDATE mail_message m SET {", ".join(f"{name} = m.{name} + x.{name}" for name in CHANGED)}
    FROM summed x JOIN locked ON locked.id = x.message_id
    WHERE m.id = x.message_id AND ({" OR ".join(f"x.{name} <> 0" for name in CHANGED)})
)"""
"""The end of a statement whose part `written` gives: message_id, state, was, was_bounced and `COUNTED`."""
